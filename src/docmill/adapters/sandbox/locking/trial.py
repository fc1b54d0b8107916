"""Trying all locks in a process that is thrown away: what `docmill doctor`, `/health` and `strict` ask."""

import os
import socket
from contextlib import suppress

from docmill.adapters import bare_process, frames
from docmill.adapters.sandbox.locking import LOCKS, end_processes, prepare, put_on_all
from docmill.adapters.sandbox.locking.cell import Cell, LockState
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.reading_limits import DEFAULT


def locks(*, module: str = __name__) -> list[LockState]:
    """Try every lock. Raises Unavailable when the process cannot be started.

    ``module`` has the `main` that tries them; tests give one that plays a poorer machine.
    """
    process, sock = bare_process.start(module, "", kind=socket.SOCK_STREAM)
    with sock:
        answer = frames.receive(sock)
    bare_process.end(process)
    why = answer.header if answer is not None else {}
    return [
        LockState(
            lock.name, why.get(lock.name) == "", lock.without, str(why.get(lock.name, "it did not start"))
        )
        for lock in LOCKS
    ]


def require_all() -> None:
    """Raises DocmillError(part_missing), naming every lock that does not go on, and why."""
    off = [f"{lock.name} ({lock.why})" for lock in locks() if not lock.on]
    if off:
        raise DocmillError(
            ErrorCode.PART_MISSING,
            f"DOCMILL_SANDBOX_REQUIRED=strict, and these locks do not go on here: {', '.join(off)}",
            action="See docs/lock.md for what each of them needs, or set DOCMILL_SANDBOX_REQUIRED=portable.",
        )


def main(socket_fd: int, _: str) -> None:
    """Say of each lock why it does not go on, "" for one that does."""
    ground = prepare()
    with socket.socket(fileno=socket_fd) as sock:
        pid = os.fork()
        if pid == 0:
            try:
                frames.send(sock, dict(put_on_all(Cell(ground, DEFAULT, (socket_fd,)))))
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
    end_processes(ground)
    with suppress(ChildProcessError):
        os.wait()
