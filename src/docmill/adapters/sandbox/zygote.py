"""The process that children are forked from: one thread, everything imported, nothing to steal.

It is started with an empty environment and takes requests from its control socket: one packet with
the task as JSON and four file descriptors (the document's socket, its bytes, the window, the status socket).
On the status socket it says the child's pid, with a pidfd to kill it by, and how it ended. It loads
what most files need; `LOAD_EVERYTHING` without descriptors tells it that a file of another kind comes.
"""

import gc
import json
import os
import select
import signal
import socket
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from types import ModuleType
from typing import NoReturn

from docmill.adapters.sandbox import child, locking

REQUEST_BYTES_MAX = 64 * 1024
LOAD_EVERYTHING = b"everything"
_FDS = 4


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    pidfd: int
    status: socket.socket


def main(control_fd: int, tasks: str) -> None:
    """Serve until the other end of the control socket is closed: that is how it notices its owner's death.

    A death signal would be wrong here: it follows the thread that started the process, not the process.
    Children that still work are ended then, and those of a zygote that is killed die with it.
    """
    module = import_module(tasks)
    ground = locking.prepare()
    _warm_up(module, everything=False)
    control = socket.socket(fileno=control_fd)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    children: dict[int, _Child] = {}
    nursery = _Nursery(control, os.pidfd_open(os.getpid()), ground, module.TASKS)
    while True:
        for fd, _ in poll.poll():
            if fd != control.fileno():
                poll.unregister(fd)
                _bury(children.pop(fd))
                continue
            packet, fds, _, _ = socket.recv_fds(control, REQUEST_BYTES_MAX, _FDS)
            if not packet:
                _end_all(children.values(), ground)
                os._exit(0)  # nothing to put in order but that
            if packet == LOAD_EVERYTHING:
                _warm_up(module, everything=True)
                continue
            born = nursery.fork(packet, fds)
            children[born.pidfd] = born
            poll.register(born.pidfd, select.POLLIN)


def _warm_up(module: ModuleType, *, everything: bool) -> None:
    module.warm_up(everything=everything)
    gc.collect()
    gc.freeze()


@dataclass(frozen=True, slots=True)
class _Nursery:
    """What every fork needs. ``myself`` is the zygote's own pidfd: it tells a child whether it lives."""

    control: socket.socket
    myself: int
    ground: locking.Ground
    tasks: dict[str, child.Task]

    def fork(self, packet: bytes, fds: list[int]) -> _Child:
        document, data_fd, window_fd, status_fd = fds
        status = socket.socket(fileno=status_fd)
        pid = os.fork()
        if pid == 0:
            self.control.close()
            status.close()
            self._be_child(packet, (document, data_fd, window_fd))
        for fd in (document, data_fd, window_fd):
            os.close(fd)
        pidfd = os.pidfd_open(pid)
        try:
            socket.send_fds(status, [json.dumps({"pid": pid}).encode()], [pidfd])
        except OSError:
            signal.pidfd_send_signal(pidfd, signal.SIGKILL)  # nobody waits for it any more
        return _Child(pid, pidfd, status)

    def _be_child(self, packet: bytes, fds: tuple[int, int, int]) -> NoReturn:
        code = 1
        try:
            code = child.run(json.loads(packet), fds, self.myself, self.ground, tasks=self.tasks)
        finally:
            os._exit(code)


def _end_all(children: Iterable[_Child], ground: locking.Ground) -> None:
    """Kill and bury what is left: whoever inherits orphans may take their time with it."""
    for each in children:
        signal.pidfd_send_signal(each.pidfd, signal.SIGKILL)
    locking.end_processes(ground)
    with suppress(ChildProcessError):
        while True:
            os.wait()


def _bury(dead: _Child) -> None:
    _, status, usage = os.wait4(dead.pid, 0)
    os.close(dead.pidfd)
    told = {"status": status, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    with dead.status, suppress(OSError):  # its owner may have given the document up
        dead.status.send(json.dumps(told).encode())
