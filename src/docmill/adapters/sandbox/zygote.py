"""The process that children are forked from: one thread, everything imported, nothing to steal.

It is started with an empty environment and takes requests from its control socket: one packet with
the task as JSON and three file descriptors (the document's socket, its bytes, the status socket).
On the status socket it says the child's pid, with a pidfd to kill it by, and how it ended.
"""

import gc
import json
import os
import select
import signal
import socket
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import NoReturn

from docmill.adapters.sandbox import child

REQUEST_BYTES_MAX = 64 * 1024


@dataclass(frozen=True, slots=True)
class _Child:
    pid: int
    pidfd: int
    status: socket.socket


def main(control_fd: int, tasks: str) -> None:
    """Serve until the other end of the control socket is closed: that is how it notices its owner's death.

    A death signal would be wrong here: it follows the thread that started the process, not the process.
    Children that still work then die with this process.
    """
    module = import_module(tasks)
    module.warm_up()
    gc.collect()
    gc.freeze()
    control = socket.socket(fileno=control_fd)
    poll = select.poll()
    poll.register(control, select.POLLIN)
    children: dict[int, _Child] = {}
    while True:
        for fd, _ in poll.poll():
            if fd != control.fileno():
                poll.unregister(fd)
                _bury(children.pop(fd))
                continue
            packet, fds, _, _ = socket.recv_fds(control, REQUEST_BYTES_MAX, 3)
            if not packet:
                return
            born = _fork(packet, fds, control, module.TASKS)
            children[born.pidfd] = born
            poll.register(born.pidfd, select.POLLIN)


def _fork(packet: bytes, fds: list[int], control: socket.socket, tasks: dict[str, child.Task]) -> _Child:
    document, data_fd, status_fd = fds
    status = socket.socket(fileno=status_fd)
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        control.close()
        status.close()
        _be_child(packet, document, data_fd, parent, tasks)
    os.close(document)
    os.close(data_fd)
    pidfd = os.pidfd_open(pid)
    try:
        socket.send_fds(status, [json.dumps({"pid": pid}).encode()], [pidfd])
    except OSError:
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)  # nobody waits for it any more
    return _Child(pid, pidfd, status)


def _be_child(
    packet: bytes, document: int, data_fd: int, parent: int, tasks: dict[str, child.Task]
) -> NoReturn:
    code = 1
    try:
        code = child.run(json.loads(packet), document, data_fd, parent, tasks=tasks)
    finally:
        os._exit(code)


def _bury(dead: _Child) -> None:
    _, status, usage = os.wait4(dead.pid, 0)
    os.close(dead.pidfd)
    told = {"status": status, "cpu_seconds": usage.ru_utime + usage.ru_stime}
    with dead.status, suppress(OSError):  # its owner may have given the document up
        dead.status.send(json.dumps(told).encode())
