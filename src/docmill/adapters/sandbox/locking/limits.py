"""What the child may use up."""

import os
import resource

from docmill.adapters.sandbox.locking.cell import Cell
from docmill.domain.limits import child as limits


def resource_limits(cell: Cell) -> bool:
    """Memory above what the zygote had, CPU time, no byte in any file, no core, few descriptors."""
    memory, cpu_s = _size_bytes() + cell.allowed.child_memory_bytes_max, cell.allowed.child_cpu_s_max
    for kind, soft, hard in (
        (resource.RLIMIT_AS, memory, memory),
        # The signal that says what it is about comes at the soft limit, SIGKILL a second later.
        (resource.RLIMIT_CPU, cpu_s, cpu_s + 1),
        (resource.RLIMIT_FSIZE, 0, 0),
        (resource.RLIMIT_NOFILE, limits.CHILD_FILES_MAX, limits.CHILD_FILES_MAX),
        (resource.RLIMIT_CORE, 0, 0),
    ):
        resource.setrlimit(kind, (soft, hard))
    return True


def _size_bytes() -> int:
    """Of this process's addresses. As plainly as can be: a path and a text file cost each child 0.4 ms."""
    statm = os.open("/proc/self/statm", os.O_RDONLY)
    try:
        return int(os.read(statm, 128).split()[0]) * os.sysconf("SC_PAGE_SIZE")
    finally:
        os.close(statm)
