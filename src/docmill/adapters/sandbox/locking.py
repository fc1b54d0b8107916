"""What the child locks itself into before it looks at the first byte.

Each lock is a function, put on in this order, and none can be taken off again. Kernel features that
not every machine has (Landlock, seccomp, namespaces) find their place at the end of `LOCKS`.
"""

import ctypes
import os
import resource
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from docmill.adapters import bare_process, frames
from docmill.domain import limits

_PR_SET_PDEATHSIG = 1
_PR_SET_DUMPABLE = 4
_PR_SET_NO_NEW_PRIVS = 38
NOBODY = 65534


class LockFailed(Exception):
    """A lock that must be on is not: the child does not open the file."""


@dataclass(frozen=True, slots=True)
class Lock:
    """``put_on`` returns False where the machine does not give it; ``without`` says what is weaker then."""

    name: str
    put_on: Callable[[], bool]
    without: str


@dataclass(frozen=True, slots=True)
class LockState:
    """What `docmill doctor` tells about one lock."""

    name: str
    on: bool
    without: str


def put_on_all() -> dict[str, bool]:
    """Put on every lock; return which are on. Raises LockFailed or OSError."""
    return {lock.name: lock.put_on() for lock in LOCKS}


def locks() -> list[LockState]:
    """Try every lock in a process that is thrown away. Raises Unavailable when it cannot be started."""
    process, sock = bare_process.start(__name__, "", kind=socket.SOCK_STREAM)
    with sock:
        answer = frames.receive(sock)
    bare_process.end(process)
    on = answer.header if answer is not None else {}
    return [LockState(lock.name, bool(on.get(lock.name)), lock.without) for lock in LOCKS]


def main(socket_fd: int, _: str) -> None:
    """Say which locks go on."""
    with socket.socket(fileno=socket_fd) as sock:
        frames.send(sock, dict(put_on_all()))


def die_with_parent() -> None:
    """The kernel kills this process when its parent's thread ends, whatever it is doing."""
    _prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def _own_session() -> bool:
    if os.getsid(0) != os.getpid():
        os.setsid()
    return True


def _no_new_privileges() -> bool:
    _prctl(_PR_SET_NO_NEW_PRIVS, 1)
    return True


def _unprivileged() -> bool:
    if os.getuid() != 0:
        return False
    os.setgroups([])
    os.setresgid(NOBODY, NOBODY, NOBODY)
    os.setresuid(NOBODY, NOBODY, NOBODY)
    # Changing the uid clears the death signal.
    die_with_parent()
    return True


def _limits() -> bool:
    has = int(Path("/proc/self/statm").read_text().split()[0]) * os.sysconf("SC_PAGE_SIZE")
    for kind, most in (
        (resource.RLIMIT_AS, has + limits.CHILD_MEMORY_BYTES_MAX),
        (resource.RLIMIT_CPU, limits.CHILD_CPU_S_MAX),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, limits.CHILD_FILES_MAX),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(kind, (most, most))
    return True


def _no_processes() -> bool:
    # After the uid has changed: the kernel counts the processes of a user, and lets root have any number.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    _prctl(_PR_SET_DUMPABLE, 0)
    return os.getuid() != 0


def _prctl(option: int, value: int) -> None:
    if ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0) != 0:
        raise LockFailed(f"prctl {option}: {os.strerror(ctypes.get_errno())}")


LOCKS: tuple[Lock, ...] = (
    Lock("session", _own_session, "The child shares a terminal with docmill."),
    Lock("limits", _limits, "A file can take all memory, CPU and disk."),
    Lock(
        "unprivileged",
        _unprivileged,
        "The child has the rights of the user who runs docmill: use an account that owns nothing else.",
    ),
    Lock("no_new_privileges", _no_new_privileges, "A program that the child starts could have more rights."),
    Lock("no_processes", _no_processes, "The child could start processes."),
)
