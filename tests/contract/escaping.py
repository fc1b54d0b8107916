"""What a file that has taken its child over might try. Stands in for the sandbox's own tasks.

Each attempt returns when it has succeeded and raises OSError or MemoryError when it was stopped. The
document is JSON: the name of the attempt, and what it goes for.
"""

import ctypes
import json
import mmap
import os
import signal
import socket
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from docmill.adapters.sandbox import locking
from docmill.adapters.sandbox.child import Send, Task

ORDINARY_UID = 54321
SECRET = "dm_secret_of_the_worker"
STOPPED_BY = {
    "socket": ("network", "landlock", "system_calls"),
    "dns": ("network", "system_calls"),
    "environment": (),
    "blob": ("empty_root", "landlock", "system_calls"),
    "proc": ("empty_root", "landlock", "system_calls"),
    "fork": ("no_processes", "system_calls"),
    "memory": ("limits",),
    "disk": ("limits", "empty_root", "landlock", "system_calls"),
    "ptrace": ("processes", "landlock", "system_calls"),
    "mount": ("empty_root", "no_capabilities", "landlock", "system_calls"),
    "kill": ("processes", "landlock", "system_calls"),
    "write": ("empty_root", "landlock", "system_calls"),
}
"""The locks each of which stops an attempt by itself; the environment is empty from the start."""
KERNEL_MAY_REFUSE = {"network", "messages", "processes", "empty_root", "landlock", "system_calls"}
GETS_OUT_OF_THE_REST = {
    "root": {"socket", "dns", "blob", "write"},
    "ordinary": {"socket", "dns", "blob", "write", "proc", "ptrace", "kill"},
}
"""What works where the kernel refuses all of these locks at once, as docs/lock.md tells."""
WEAKER = ("unprivileged", "no_capabilities")
"""What makes root an ordinary user, and so stops attempts on root's things: left out in trials of the others."""
NAMESPACES = ("network", "messages", "processes", "empty_root", "unprivileged")
"""What an ordinary user enters a user namespace for, which by itself hides the processes outside."""

_NEW_MOUNTS, _PRIVATE = 0x20000, 0x4000 | 0x40000
_PTRACE_SEIZE = 0x4206


def warm_up(*, everything: bool = True) -> None:
    _libc()
    socket.getaddrinfo("127.0.0.1", 1)
    "".encode("idna")


def become_ordinary() -> None:
    """For the zygote: be a user like any other from here on."""
    os.setgroups([])
    os.setresgid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    os.setresuid(ORDINARY_UID, ORDINARY_UID, ORDINARY_UID)
    _libc().prctl(4, 1, 0, 0, 0)  # as after a start as this user: /proc/self is its own


def leave_out(names: set[str]) -> None:
    locking.LOCKS = tuple(lock for lock in locking.LOCKS if lock.name not in names)


def act(data: bytes, request: Mapping[str, Any], send: Send) -> None:
    told = json.loads(data)
    try:
        ATTEMPTS[told["attempt"]](told)
        outcome = "escaped"
    except (OSError, MemoryError, KeyError) as error:
        outcome = f"stopped by {error!r}"
    send({"part": "opened", "media_type": "application/pdf", "pages": 0, "reader": outcome})


def _connect(told: Mapping[str, Any]) -> None:
    socket.create_connection(("127.0.0.1", told["port"]), timeout=1).close()


def _ask_dns(told: Mapping[str, Any]) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.settimeout(1)
        sock.sendto(b"what is the address of evil.example", ("127.0.0.1", told["port"]))
        sock.recv(100)


def _environment(_: Mapping[str, Any]) -> None:
    if SECRET not in "".join(os.environ.values()):
        raise KeyError("not in the environment")


def _blob(told: Mapping[str, Any]) -> None:
    Path(told["folder"], "blob").read_bytes()


def _proc(told: Mapping[str, Any]) -> None:
    """The victim is of the user who runs docmill, as the worker is."""
    Path(f"/proc/{told['pid']}/environ").read_bytes()
    list(Path(f"/proc/{told['pid']}/fd").iterdir())
    Path(f"/proc/{told['pid']}/mem").open("rb").close()


def _fork(_: Mapping[str, Any]) -> None:
    """As a bomb begins; the second generation is enough to see that nothing stops it."""
    pid = os.fork()
    if pid == 0:
        grandchild = os.fork()
        if grandchild:
            os.waitpid(grandchild, 0)
        os._exit(0)
    if os.waitpid(pid, 0)[1]:
        raise PermissionError("its child was stopped")


def _memory(_: Mapping[str, Any]) -> None:
    mmap.mmap(-1, 2 << 30).close()


def _disk(told: Mapping[str, Any]) -> None:
    with Path(told["folder"], "filled").open("wb", buffering=0) as file:
        file.write(bytes(1 << 20))


def _ptrace(told: Mapping[str, Any]) -> None:
    libc = _libc()
    libc.ptrace.argtypes = [ctypes.c_long] * 4
    if libc.ptrace(_PTRACE_SEIZE, told["pid"], 0, 0):
        raise OSError(ctypes.get_errno(), "ptrace")


def _mount(_: Mapping[str, Any]) -> None:
    """In mounts of its own, so that the machine of the test stays as it is where nothing stops it."""
    libc = _libc()
    if libc.unshare(_NEW_MOUNTS) or libc.mount(b"none", b"/", None, _PRIVATE, None):
        raise OSError(ctypes.get_errno(), "unshare")
    if libc.mount(b"tmpfs", b"/", b"tmpfs", 0, None):
        raise OSError(ctypes.get_errno(), "mount")


def _kill(told: Mapping[str, Any]) -> None:
    os.kill(told["pid"], signal.SIGKILL)


def _write(told: Mapping[str, Any]) -> None:
    Path(told["folder"], "written").touch()


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


ATTEMPTS: dict[str, Callable[[Mapping[str, Any]], None]] = {
    "socket": _connect,
    "dns": _ask_dns,
    "environment": _environment,
    "blob": _blob,
    "proc": _proc,
    "fork": _fork,
    "memory": _memory,
    "disk": _disk,
    "ptrace": _ptrace,
    "mount": _mount,
    "kill": _kill,
    "write": _write,
}
TASKS: dict[str, Task] = {"read": act}
