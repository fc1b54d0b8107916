"""What processes have used, as the kernel counts it, in CPU seconds."""

import os
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")


def of_process(pid: int) -> float:
    """What a process and those of its children that it has waited for used; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    return sum(_times(stat))


def of_process_alone(pid: int) -> float:
    """What a process used itself; 0 when it is gone."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return 0.0
    return sum(_times(stat)[:2])


def _times(stat: str) -> list[float]:
    """utime, stime, cutime and cstime: 12th to 15th after the name, which may have brackets and spaces."""
    return [int(field) / _TICKS_PER_S for field in stat.rpartition(")")[2].split()[11:15]]


def of_handle(pidfd: int) -> float:
    """The same by a handle: it means one process, whatever becomes of its number."""
    try:
        lines = Path(f"/proc/self/fdinfo/{pidfd}").read_text().splitlines()
    except OSError:
        return 0.0
    pid = next((int(line.split()[1]) for line in lines if line.startswith("Pid:")), 0)
    return of_process(pid) if pid > 0 else 0.0


def of_this_tree() -> float:
    """What this process used, with all that it started and all that those started, living or dead.

    A child whose parent does not wait for it is lost when it ends; ours all wait.
    """
    times = os.times()
    own = times.user + times.system + times.children_user + times.children_system
    return own + sum(of_process(pid) for pid in below(os.getpid()))


def of_this_tree_and_parent() -> float:
    """The same, and what the process used itself that started this one."""
    return of_this_tree() + of_process_alone(os.getppid())


def below(pid: int) -> list[int]:
    """All that the process has started and all that those have started, as far as they live."""
    found: list[int] = []
    fresh = [pid]
    while fresh:
        fresh = [child for parent in fresh for child in _children(parent)]
        found += fresh
    return found


def _children(pid: int) -> list[int]:
    children: list[int] = []
    try:
        for task in os.scandir(f"/proc/{pid}/task"):
            children += map(int, Path(task.path, "children").read_text().split())
    except OSError:  # it ended while we looked
        return children
    return children
