"""Spans as JSON lines under the home, for `docmill trace` and for people without a collector."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from docmill.adapters.telemetry.spans import Span
from docmill.domain.limits.seeing import SPAN_FILE_BYTES_MAX, SPAN_FILES_KEPT


class SpanFile:
    """Implements `Sink`. One file for each process; a full one is put aside, and the oldest of them goes."""

    def __init__(self, folder: Path, *, process: str) -> None:
        self._folder, self._process = folder, process
        self._path = folder / f"{process}.jsonl"

    def keep(self, spans: Sequence[Span]) -> bool:
        lines = "".join(json.dumps(asdict(span) | {"process": self._process}) + "\n" for span in spans)
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with self._path.open("a", encoding="utf-8") as file:
                file.write(lines)
                full = file.tell() >= SPAN_FILE_BYTES_MAX
            if full:
                self._put_aside()
        except OSError:
            return False
        return True

    def _put_aside(self) -> None:
        for number in range(SPAN_FILES_KEPT - 1, 0, -1):
            older = self._folder / f"{self._process}.{number}.jsonl"
            if older.exists():
                older.replace(self._folder / f"{self._process}.{number + 1}.jsonl")
        self._path.replace(self._folder / f"{self._process}.1.jsonl")
        (self._folder / f"{self._process}.{SPAN_FILES_KEPT}.jsonl").unlink(missing_ok=True)


def spans_of(folder: Path, traces: set[str]) -> list[tuple[str, Span]]:
    """(process, span) of these traces, in the order in which they began."""
    found = [each for path in sorted(folder.glob("*.jsonl")) for each in _spans(path, traces)]
    return sorted(found, key=lambda each: each[1].start_s)


def _spans(path: Path, traces: set[str]) -> Iterator[tuple[str, Span]]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError:  # put aside meanwhile
        return
    for line in lines:
        try:
            told: dict[str, Any] = json.loads(line)
        except ValueError:  # half a line: it is being written
            continue
        process = told.pop("process", "")
        if told.get("trace") in traces:
            yield process, Span(**told)
