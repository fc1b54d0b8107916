"""Who the child is, and what it may still ask of the kernel in that name."""

import os
import resource
import signal
import struct

from docmill.adapters.sandbox.locking import kernel
from docmill.adapters.sandbox.locking.cell import Cell

NOBODY = 65534
_CAPABILITIES_VERSION_3 = 0x20080522


def die_with_parent() -> None:
    """The kernel kills this process when its parent's thread ends, whatever it is doing."""
    kernel.prctl(kernel.PR_SET_PDEATHSIG, signal.SIGKILL)


def own_session(_: Cell) -> bool:
    if os.getsid(0) != os.getpid():
        os.setsid()
    return True


def unprivileged(cell: Cell) -> bool:
    """Root becomes nobody; anybody else is on in a user namespace, where its name means nothing."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        # Changing the uid clears the death signal.
        die_with_parent()
        return True
    return cell.ground.own_user


def no_capabilities(_: Cell) -> bool:
    header = struct.pack("=Ii", _CAPABILITIES_VERSION_3, 0)
    kernel.call("capset", header, bytes(24))
    # Dropping them, too, clears the death signal.
    die_with_parent()
    return True


def no_new_privileges(_: Cell) -> bool:
    kernel.prctl(kernel.PR_SET_NO_NEW_PRIVS, 1)
    return True


def no_processes(_: Cell) -> bool:
    # After the uid has changed: the kernel counts the processes of a user, and lets root have any number.
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    if os.getuid() == 0:
        raise OSError("root may have any number of processes")
    return True


def not_readable(_: Cell) -> bool:
    kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    return True


def no_descriptors(cell: Cell) -> bool:
    """Close all but the three standard ones, which are /dev/null, and those that the answer needs."""
    first = 3
    for kept in sorted(cell.kept_fds):
        kernel.close_range(first, kept - 1)
        first = kept + 1
    kernel.close_range(first, kernel.DESCRIPTOR_MAX)
    return True
