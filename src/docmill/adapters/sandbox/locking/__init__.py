"""What the child locks itself into before it looks at the first byte.

Each lock is a function, put on in the order of `LOCKS`, and none can be taken off again. The zygote
prepares what costs time. A lock that the machine does not give is left off and told; `strict` refuses
to go on then. docs/lock.md says what each of them stops.
"""

from docmill.adapters.sandbox.locking import identity, landlock, limits, namespaces, seccomp
from docmill.adapters.sandbox.locking.cell import Cell, Ground, Lock, LockState
from docmill.adapters.sandbox.locking.identity import NOBODY, die_with_parent
from docmill.adapters.sandbox.locking.kernel import LockFailed
from docmill.adapters.sandbox.locking.namespaces import end_processes

__all__ = [
    "LOCKS", "NOBODY", "Cell", "Ground", "Lock", "LockFailed", "LockState", "die_with_parent",
    "end_processes", "prepare", "put_on_all",
]  # fmt: skip


def prepare() -> Ground:
    """Do in the zygote, while it has one thread, what its children's locks stand on."""
    ground = Ground()
    for lock in LOCKS:
        if lock.prepare is not None:
            try:
                lock.prepare(ground)
            except OSError as error:
                ground.refused[lock.name] = error.strerror or str(error)
    return ground


def put_on_all(cell: Cell) -> dict[str, str]:
    """Put on every lock; return why each is off, "" for those that are on.

    Raises LockFailed when one is off that every machine has, or any of them where all must be on.
    """
    why = {lock.name: _put_on(lock, cell) for lock in LOCKS}
    off = [f"{lock.name} ({why[lock.name]})" for lock in LOCKS if why[lock.name]]
    if off and (cell.strict or any(lock.everywhere and why[lock.name] for lock in LOCKS)):
        raise LockFailed(", ".join(off))
    return why


def _put_on(lock: Lock, cell: Cell) -> str:
    try:
        on = lock.put_on(cell)
    except OSError as error:
        return error.strerror or str(error)
    return "" if on else cell.ground.refused.get(lock.name, "not on this machine")


LOCKS: tuple[Lock, ...] = (
    Lock("session", identity.own_session, "The child shares a terminal with docmill.", everywhere=True),
    Lock("limits", limits.resource_limits, "A file can take all memory, CPU and disk.", everywhere=True),
    Lock(
        "network",
        namespaces.own_network,
        "Only `system_calls` and `landlock` keep the child from the network.",
        namespaces.enter_network,
    ),
    Lock(
        "messages",
        namespaces.own_messages,
        "The child sees the machine's name, and shared memory of other processes of its user.",
        namespaces.enter_messages,
    ),
    Lock(
        "processes",
        namespaces.own_processes,
        "The child sees the numbers of other processes, and can signal those of its user unless "
        "`system_calls` or `landlock` is on.",
        namespaces.enter_processes,
    ),
    Lock(
        "empty_root",
        namespaces.empty_root,
        "The child sees the file system, and reads what its user may read unless `system_calls` or "
        "`landlock` is on.",
        namespaces.make_empty_root,
    ),
    Lock(
        "unprivileged",
        identity.unprivileged,
        "The child has the rights of the user who runs docmill: use an account that owns nothing else.",
        namespaces.enter_user,
    ),
    Lock("no_capabilities", identity.no_capabilities, "The child keeps what the superuser may do."),
    Lock(
        "no_new_privileges",
        identity.no_new_privileges,
        "A program that the child starts could have more rights.",
        everywhere=True,
    ),
    Lock(
        "no_processes", identity.no_processes, "The child could start processes, unless `system_calls` is on."
    ),
    Lock("not_readable", identity.not_readable, "Other processes of the same user can look into the child."),
    Lock(
        "landlock",
        landlock.landlock,
        "Only `empty_root` and `system_calls` keep the child from files. Linux 5.13 or newer has it.",
        landlock.prepare_landlock,
    ),
    Lock("no_descriptors", identity.no_descriptors, "The child holds what docmill has open."),
    Lock(
        "system_calls",
        seccomp.system_calls,
        "The child can ask anything of the kernel: sockets, and every flaw that a system call has.",
        seccomp.prepare_filter,
    ),
)
"""In the order in which they go on."""
