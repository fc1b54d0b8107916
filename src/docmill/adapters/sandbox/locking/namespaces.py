"""A world of the child's own: no network, nobody else's processes, no file system.

The zygote enters it once, so that a child costs no more for it. Root enters directly, anybody else
through a user namespace, which needs no rights where the kernel allows it at all.
"""

import os
import shutil
import signal
from contextlib import suppress
from pathlib import Path
from typing import NoReturn

from docmill.adapters.sandbox.locking import kernel
from docmill.adapters.sandbox.locking.cell import Cell, Ground
from docmill.adapters.sandbox.locking.identity import NOBODY, die_with_parent

_NEW_MOUNTS = 0x00020000
_NEW_HOSTNAME = 0x04000000
_NEW_IPC = 0x08000000
_NEW_USER = 0x10000000
_NEW_PIDS = 0x20000000
_NEW_NETWORK = 0x40000000
_FSCONFIG_CMD_CREATE = 6
_CLOSE_ON_EXEC = 1
_READ_ONLY_NO_SUID_DEV_EXEC = 0x1 | 0x2 | 0x4 | 0x8


def enter_user(ground: Ground, *, inside: int = NOBODY) -> None:
    """Be ``inside`` in a user namespace of its own; does nothing for root, who needs none."""
    if os.getuid() == 0 or ground.own_user:
        return
    uid, gid = os.getuid(), os.getgid()
    kernel.unshare(_NEW_USER)
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{inside} {uid} 1")
    Path("/proc/self/gid_map").write_text(f"{inside} {gid} 1")
    ground.own_user = True


def enter_network(ground: Ground) -> None:
    """A new network has no interface that is up."""
    enter_user(ground)
    kernel.unshare(_NEW_NETWORK)
    ground.own_network = True


def enter_messages(ground: Ground) -> None:
    enter_user(ground)
    kernel.unshare(_NEW_IPC | _NEW_HOSTNAME)
    ground.own_messages = True


def enter_processes(ground: Ground) -> None:
    """The first process of the new numbers must stay, or no other can be started among them.

    It sleeps; it dies with the zygote, and all children die with it.
    """
    enter_user(ground)
    kernel.unshare(_NEW_PIDS)
    pid = os.fork()
    if pid == 0:
        kernel.close_range(0, kernel.DESCRIPTOR_MAX)
        die_with_parent()
        _sleep_for_ever()
    ground.init_pid = pid


def end_processes(ground: Ground) -> None:
    """Kill the sleeper, and with it all that is left among the new numbers."""
    if ground.init_pid > 0:
        os.kill(ground.init_pid, signal.SIGKILL)


def _sleep_for_ever() -> NoReturn:
    """As a program of 100 kB where there is one: a copy of the zygote would hold 17 MB that nobody uses."""
    program = shutil.which("sleep", path=os.defpath)
    with suppress(OSError):
        if program is not None:
            os.execve(program, ["sleep", "infinity"], {})  # noqa: S606 - there is no shell in the way
    while True:
        signal.pause()


def make_empty_root(ground: Ground) -> None:
    """An empty folder that nobody can write to and that is mounted nowhere."""
    enter_user(ground)
    kernel.unshare(_NEW_MOUNTS)
    context = kernel.call("fsopen", b"tmpfs", _CLOSE_ON_EXEC)
    try:
        kernel.call("fsconfig", context, _FSCONFIG_CMD_CREATE, None, None, 0)
        ground.empty_root_fd = kernel.call("fsmount", context, _CLOSE_ON_EXEC, _READ_ONLY_NO_SUID_DEV_EXEC)
    finally:
        os.close(context)


def own_network(cell: Cell) -> bool:
    return cell.ground.own_network


def own_messages(cell: Cell) -> bool:
    return cell.ground.own_messages


def own_processes(cell: Cell) -> bool:
    return cell.ground.init_pid > 0


def empty_root(cell: Cell) -> bool:
    if cell.ground.empty_root_fd < 0:
        return False
    os.fchdir(cell.ground.empty_root_fd)
    os.chroot(".")
    return True
