"""What every peer's module shares: read the files of one task, and print what was found as JSON lines.

Runs inside the peer's own environment, so nothing is imported but Python. The lines are, in this order:
``{"ready": ...}`` once, ``{"file": ...}`` for each file, ``{"done": ...}`` once.
"""

import json
import logging
import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any, TextIO

Found = list[Any]
"""Words: pages of ``[text, x0, y0, x1, y1]``, points from the page's top-left corner, boxes left out where
the peer has none. Tables: each ``[page, cells]``, pages from 1, cells ``[row, column, row_span, column_span,
text]``."""


class Peer:
    """A library that can be asked. ``read`` has a method for each task that the library can do."""

    version = ""
    note = ""

    def __init__(self) -> None:
        self.read: dict[str, Callable[[str], Found]] = {}

    def elsewhere_s(self) -> float:
        """CPU seconds that other processes have spent for this one."""
        return 0.0

    def close(self) -> None:
        """End what was started."""


def tell(prepare: Callable[[], Peer]) -> None:
    """Do the task of the command line on the files of standard input: a JSON list of paths."""
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what a library prints is no answer
    warnings.simplefilter("ignore")
    logging.disable(logging.WARNING)
    task, paths = sys.argv[1], json.load(sys.stdin)
    peer = prepare()
    read = peer.read.get(task)
    start_s = time.process_time()
    warm_s = 0.0
    if read is not None and paths:
        warm_s = _timed(peer, read, paths[0])["cpu_s"]
    _line(out, ready={"start_s": start_s, "warm_s": warm_s, "can": read is not None})
    for path in paths if read is not None else ():
        _line(out, file=_timed(peer, read, path))
    peer.close()
    _line(out, done={"version": peer.version, "note": peer.note, "peak_bytes": _peak_bytes()})
    out.close()


def _timed(peer: Peer, read: Callable[[str], Found], path: str) -> dict[str, Any]:
    elsewhere_s = peer.elsewhere_s()
    start_s = time.process_time()
    found, error = [], ""
    try:
        found = read(path)
    except Exception as problem:  # a file that one peer cannot read is a figure, not the end
        error = f"{type(problem).__name__}: {problem}"[:200]
    cpu_s = time.process_time() - start_s
    return {"cpu_s": cpu_s + peer.elsewhere_s() - elsewhere_s, "found": found, "error": error}


def _peak_bytes() -> int:
    """The most that this process has held. `ru_maxrss` would begin with what its parent held at the fork."""
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("VmHWM:"))


def _line(out: TextIO, **fields: object) -> None:
    out.write(json.dumps(fields, ensure_ascii=False) + "\n")
    out.flush()
