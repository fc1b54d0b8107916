"""What reading a file takes of the machine: memory of the child and of its parent, bytes on a disk."""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

_LOOK_S = 0.01


@dataclass(slots=True)
class Taken:
    """Bytes, in the end; ``child`` is the peak of the largest child, what it shares with the zygote included."""

    child: int = 0
    parent: int = 0
    written: int = 0


@contextmanager
def watched(zygote: int) -> Iterator[Taken]:
    """Measure what happens in the block. What a child takes in its last hundredth of a second may be missed."""
    taken, done = Taken(), threading.Event()

    def look() -> None:
        while not done.wait(_LOOK_S):
            for child in children_of(zygote):
                taken.child = max(taken.child, _status(child, "VmHWM"))

    # The peak starts anew where this process stands now.
    Path("/proc/self/clear_refs").write_text("5")
    before, written = _status(os.getpid(), "VmHWM"), _written("self", zygote)
    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield taken
    finally:
        done.set()
        thread.join()
        taken.parent = _status(os.getpid(), "VmHWM") - before
        taken.written = _written("self", zygote) - written


def children_of(pid: int) -> list[int]:
    try:
        return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def _status(pid: int, name: str) -> int:
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # it has ended
    return 0


def _written(*pids: int | str) -> int:
    """Bytes sent to disks by processes, their children that have ended included."""
    found = 0
    for pid in pids:
        try:
            lines = Path(f"/proc/{pid}/io").read_text().splitlines()
        except OSError:  # not everybody may look
            continue
        found += sum(int(line.split()[1]) for line in lines if line.startswith("write_bytes"))
    return found
