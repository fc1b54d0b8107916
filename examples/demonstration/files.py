"""Which files the demo uploads, for whom, and what each must come to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Label = Mapping[str, Any]

ENDS = ("succeeded", "needs_review", "rejected")


@dataclass(frozen=True, slots=True)
class Expected:
    """The ends that are right for a file. Without a label, every end but ``failed`` is."""

    status: tuple[str, ...] = ENDS
    code: str | None = None
    type: str | None = None
    members: Mapping[str, "Expected"] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PileFile:
    """``name`` is the path inside the pile's folder."""

    name: str
    path: Path
    expected: Expected


def pile_files(folder: Path, *, limit: int | None = None) -> list[PileFile]:
    """The labelled files of the folder, or every file in it where there is no ``labels.jsonl``."""
    labels = _labels(folder)
    paths = [folder / name for name in labels] if labels else _every_file(folder)
    files = []
    for path in paths[:limit]:
        name = path.relative_to(folder).as_posix()
        files.append(PileFile(name, path, expectation(labels.get(name, {}))))
    return files


def expectation(label: Label) -> Expected:
    """``status`` is one end or a list of them; labels of other sources have none."""
    status = label.get("status", ENDS)
    return Expected(
        status=(status,) if isinstance(status, str) else tuple(status),
        code=label.get("code"),
        type=label.get("type"),
        members={member["file"]: expectation(member) for member in label.get("members", ())},
    )


def dealt(files: Sequence[PileFile], hands: int) -> list[list[PileFile]]:
    """Deal the files out like cards: every hand gets some of each kind."""
    return [list(files[start::hands]) for start in range(hands)]


def _labels(folder: Path) -> dict[str, Label]:
    path = folder / "labels.jsonl"
    if not path.is_file():
        return {}
    lines = (json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line.strip())
    return {label["file"]: label for label in lines if (folder / label["file"]).is_file()}


def _every_file(folder: Path) -> list[Path]:
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not any(part.startswith(".") for part in path.relative_to(folder).parts)
    )
