"""What the processes of a platform take of this machine, read from /proc."""

import os
import re
from dataclasses import dataclass
from pathlib import Path

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
    table = _table()
    below: dict[int, list[int]] = {}
    for pid, (parent, _, _) in table.items():
        below.setdefault(parent, []).append(pid)
    processes = []
    for pid in sorted(writers & table.keys()):
        tree = _tree(pid, below)
        processes.append(
            Process(
                name=_name(pid),
                pid=pid,
                cpu_seconds=sum(table[each][1] for each in tree),
                resident_bytes=table[pid][2],
                children_resident_bytes=sum(table[each][2] for each in tree[1:]),
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


def _table() -> dict[int, tuple[int, float, int]]:
    """pid → (parent, CPU seconds with ended children, resident bytes)."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text(errors="replace").rpartition(")")[2].split()
        except OSError:  # it has ended
            continue
        cpu_s = sum(int(ticks) for ticks in fields[11:15]) * _TICK_S
        found[int(stat.parent.name)] = (int(fields[1]), cpu_s, int(fields[21]) * _PAGE_BYTES)
    return found


def _tree(pid: int, below: dict[int, list[int]]) -> list[int]:
    found = [pid]
    for each in found:
        found.extend(below.get(each, ()))
    return found


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
