"""Which lock or limit stopped a file, told from how its child ended."""

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.ports.telemetry import Lock

# A lock answers EPERM, which Python raises as this; a child has no other business with permissions.
_REFUSED = ("SIGSYS", "PermissionError")
_LIMITS = {"CPU time": Lock.CPU_TIME, "time": Lock.WALL_TIME, "memory": Lock.MEMORY}
_NONSENSE = (
    "its answer has no end",
    "its answer makes no sense",
    "it gave no code",
    "it opened another document",
)


def lock_of(end: DocmillError) -> Lock | None:
    """None for a file that was refused without having gone too far."""
    if end.code == ErrorCode.READER_LIMIT:
        return _LIMITS.get(end.detail, Lock.OUTPUT)
    if end.code != ErrorCode.READER_CRASHED:
        return None
    if end.detail in _REFUSED:
        return Lock.SYSTEM_CALL
    return Lock.OUTPUT if end.detail in _NONSENSE else Lock.DEATH
