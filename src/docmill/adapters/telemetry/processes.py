"""What the processes of a platform take of this machine, read from /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

from docmill.adapters.cpu_clock import below

_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_ENTRY = "docmill.entrypoints."
_NAMES = {"api_server": "api"}
_FILE_PID = re.compile(r"_(\d+)\.db$")


@dataclass(frozen=True, slots=True)
class Process:
    """A process of the platform; ``children`` is all that it has started. CPU seconds are of all together."""

    name: str
    pid: int
    cpu_seconds: float
    resident_bytes: int
    children_resident_bytes: int


def platform_processes(folder: Path) -> list[Process]:
    """Those that put their numbers into ``folder`` and live on this machine; [] where there is no /proc."""
    writers = {int(found[1]) for path in folder.glob("*.db") if (found := _FILE_PID.search(path.name))}
    processes = []
    for pid in sorted(writers):
        own = _stat(pid)
        if own is None:
            continue
        # Only what the platform has started is looked at: a machine may have thousands of other processes.
        started = [stat for child in below(pid) if (stat := _stat(child)) is not None]
        processes.append(
            Process(
                name=_name(pid),
                pid=pid,
                cpu_seconds=own[0] + sum(cpu_s for cpu_s, _ in started),
                resident_bytes=own[1],
                children_resident_bytes=sum(resident for _, resident in started),
            )
        )
    return [process for process in processes if process.name]


def dead_writers(folder: Path) -> list[Path]:
    """The files of those numbers that only a living process has, left by processes that have gone."""
    return [
        path
        for path in folder.glob("gauge_live*.db")
        if (found := _FILE_PID.search(path.name)) and not Path(f"/proc/{found[1]}").exists()
    ]


def _stat(pid: int) -> tuple[float, int] | None:
    """CPU seconds with those of ended children, and resident bytes; None when it has ended."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None
    return sum(int(ticks) for ticks in fields[11:15]) * _TICK_S, int(fields[21]) * _PAGE_BYTES


def _name(pid: int) -> str:
    """``worker-1``, ``api``, ``sequencer``; "" for a process that is none of the platform's."""
    try:
        words = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return ""
    modules = [word.removeprefix(_ENTRY) for word in words if word.startswith(_ENTRY)]
    if not modules:
        return ""
    if "--name" in words[:-1]:
        return words[words.index("--name") + 1]
    return _NAMES.get(modules[0], modules[0])
