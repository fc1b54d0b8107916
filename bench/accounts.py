"""What the processes of a platform cost, as the kernel counts it."""

import os
from collections import Counter
from pathlib import Path

_TICKS_PER_S = os.sysconf("SC_CLK_TCK")

CHILDREN = "children that read"
ENGINES = "embedding engine"
ZYGOTE = "zygote: forks the children"
WORKER = "workers, event loop"
WORKER_THREADS = "workers, engine threads"

_ROLES = (
    ("docmill.adapters.sandbox.zygote", ZYGOTE),
    ("docmill.adapters.minilm.server", ENGINES),
    ("docmill.adapters.ocr.server", "OCR engine"),
    ("docmill.entrypoints.worker", WORKER),
    ("docmill.entrypoints.api_server", "API"),
    ("docmill.entrypoints.sequencer", "sequencer"),
    ("docmill.entrypoints.cli", "supervisor"),
    ("postgres", "PostgreSQL"),
)


def roles(*roots: int) -> dict[int, str]:
    """Every process at or below ``roots`` and its role."""
    parents = {}
    for folder in Path("/proc").glob("[0-9]*"):
        stat = _stat(folder)
        if stat is not None:
            parents[int(folder.name)] = int(stat[1])
    found, edge = set(roots), set(roots)
    while edge:
        edge = {pid for pid, parent in parents.items() if parent in edge and pid not in found}
        found |= edge
    return {pid: _role(pid) for pid in found if pid in parents}


def cpu_seconds(*roots: int) -> Counter[str]:
    """CPU seconds by role since the processes began. What has ended counts through those that waited for it."""
    spent: Counter[str] = Counter()
    for pid, role in roles(*roots).items():
        stat = _stat(Path(f"/proc/{pid}"))
        if stat is None:
            continue
        own, waited_for = _seconds(stat, 11), _seconds(stat, 13)
        if role == WORKER:
            main = _stat(Path(f"/proc/{pid}/task/{pid}"))
            loop = own if main is None else _seconds(main, 11)
            spent[WORKER_THREADS] += own - loop
            own = loop
        spent[role] += own
        spent[_heir(role)] += waited_for
    return spent


def proportional_bytes(*roots: int) -> Counter[str]:
    """PSS by role: what is shared between processes is counted once. Needs the processes' user, or root."""
    held: Counter[str] = Counter()
    for pid, role in roles(*roots).items():
        for line in _lines(Path(f"/proc/{pid}/smaps_rollup")):
            if line.startswith("Pss:"):
                held[role] += int(line.split()[1]) * 1024
    return held


def resident_bytes(pid: int) -> int:
    lines = _lines(Path(f"/proc/{pid}/statm"))
    return int(lines[0].split()[1]) * os.sysconf("SC_PAGE_SIZE") if lines else 0


def _heir(role: str) -> str:
    """Whose CPU time it is that a process has inherited from children that have ended."""
    return {ZYGOTE: CHILDREN, WORKER: ENGINES}.get(role, role)


def _role(pid: int) -> str:
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
    except OSError:
        return "ended"
    return next((role for needle, role in _ROLES if needle in command), "other")


def _stat(folder: Path) -> list[str] | None:
    """The fields after the name, from the state on; the name may have blanks and brackets in it."""
    lines = _lines(folder / "stat")
    return lines[0].rpartition(")")[2].split() if lines else None


def _seconds(stat: list[str], first: int) -> float:
    """User and system time together: two fields that stand side by side."""
    return (int(stat[first]) + int(stat[first + 1])) / _TICKS_PER_S


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:  # it has ended meanwhile
        return []
