"""Keeps the zygote, asks it for children, and sees that each of them ends."""

import asyncio
import json
import os
import signal
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from typing import Any

from docmill.adapters import bare_process, cpu_clock, frames
from docmill.adapters.sandbox import window
from docmill.adapters.sandbox.zygote import LOAD_EVERYTHING
from docmill.domain.errors import Unavailable
from docmill.engines.reading.kinds.telling import SIGNED_PAGES

_STATUS_BYTES_MAX = 4096
_LAST_WORDS_WALL_S = 5.0
_ZYGOTE_LEAVES_WALL_S = 1.0


@dataclass(frozen=True, slots=True)
class ChildEnded:
    """How a child ended: the wait status, and the CPU seconds that it took with everything."""

    status: int
    cpu_seconds: float

    @property
    def signal(self) -> int:
        return os.WTERMSIG(self.status) if os.WIFSIGNALED(self.status) else 0


class Child:
    """A running child; ``next`` and ``ended`` wait in the event loop."""

    def __init__(self, document: socket.socket, status: socket.socket, view: window.Window) -> None:
        self._document, self._status, self._window = document, status, view
        self._pidfd: int | None = None
        self._end: ChildEnded | None = None

    async def born(self) -> None:
        """Wait for the fork. Raises Unavailable when the zygote is not there."""
        if self._pidfd is not None:
            return
        packet, fds = await self._take()
        if not packet or not fds:
            raise Unavailable("the reading process did not start")
        self._pidfd = fds[0]

    async def next(self) -> frames.FrameMessage:
        """Raises FrameError when the child says nothing more."""
        return self._window.take(self._document, await frames.receive_async(self._document))

    async def ended(self) -> ChildEnded:
        """Wait until the child is gone. Raises Unavailable when its zygote died with it."""
        if self._end is None:
            try:
                async with asyncio.timeout(_LAST_WORDS_WALL_S):
                    packet, _ = await self._take()
            except TimeoutError:  # it says nothing more and does not go either
                self._kill()
                packet, _ = await self._take()
            if not packet:
                raise Unavailable("the reading process was ended")
            told = json.loads(packet)
            self._end = ChildEnded(told["status"], told["cpu_seconds"])
        return self._end

    def cpu_seconds(self) -> float:
        """What it has used, whether it has ended or is still at it."""
        if self._end is not None:
            return self._end.cpu_seconds
        return 0.0 if self._pidfd is None else cpu_clock.of_handle(self._pidfd)

    def close(self) -> None:
        """Kill it if it still runs: the pidfd means this process and no other, whatever its number."""
        self._document.close()
        self._status.close()
        self._window.close()
        self._kill()
        if self._pidfd is not None:
            os.close(self._pidfd)
            self._pidfd = None

    def _kill(self) -> None:
        if self._pidfd is not None:
            with suppress(ProcessLookupError):  # it has ended by itself
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)

    async def _take(self) -> tuple[bytes, list[int]]:
        while True:
            try:
                packet, fds, _, _ = socket.recv_fds(self._status, _STATUS_BYTES_MAX, 1)
                return packet, fds
            except BlockingIOError:
                await _readable(self._status)
            except ConnectionError:
                return b"", []


async def _readable(sock: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    ready = asyncio.Event()
    loop.add_reader(sock, ready.set)
    try:
        await ready.wait()
    finally:
        loop.remove_reader(sock)


class Warden:
    """One zygote at a time, started on demand and again when it has died."""

    def __init__(self, tasks: str, *, strict: bool = False) -> None:
        self._tasks, self._strict = tasks, strict
        self._zygote: subprocess.Popen[bytes] | None = None
        self._control: socket.socket | None = None
        self._has_everything = False

    @asynccontextmanager
    async def child(self, data: bytes, request: dict[str, Any]) -> AsyncIterator[Child]:
        """A child that works on ``data``; it is gone when the block is left. Raises Unavailable."""
        document, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
        status, their_status = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        document.setblocking(False)
        status.setblocking(False)
        view = window.Window()
        with closing(Child(document, status, view)) as child:
            with theirs, their_status:
                data_fd = window.document(data)
                try:
                    fds = [theirs.fileno(), data_fd, view.fd, their_status.fileno()]
                    zygote = self._ask(request, fds, everything=not data.startswith(SIGNED_PAGES))
                finally:
                    os.close(data_fd)
            try:
                await child.born()
                yield child
            except Unavailable:
                if self._zygote is zygote:  # and not the one that somebody else has started since
                    self.close()
                raise

    def warm(self) -> None:
        """Start the zygote if there is none; do not wait for it. Raises Unavailable."""
        if self._zygote is None or self._control is None or self._zygote.poll() is not None:
            self.close()
            self._start()

    def close(self) -> None:
        """End the zygote, and with it all children. Idempotent."""
        if self._control is not None:
            self._control.close()
            self._control = None
        if self._zygote is not None:
            bare_process.end(self._zygote, patience_s=_ZYGOTE_LEAVES_WALL_S)
            self._zygote = None

    def _ask(self, request: dict[str, Any], fds: list[int], *, everything: bool) -> subprocess.Popen[bytes]:
        """Hand the request to the zygote, to a new one if the old one has died; return which it was.

        ``everything``: the file may be of a kind that the zygote loads modules for only when one comes.
        """
        packet = [json.dumps(request | {"strict": self._strict}).encode()]
        for _ in range(2):
            self.warm()
            assert self._zygote is not None
            assert self._control is not None
            try:
                if everything and not self._has_everything:
                    self._control.send(LOAD_EVERYTHING)
                    self._has_everything = True
                socket.send_fds(self._control, packet, fds)
            except OSError:
                self.close()
            else:
                return self._zygote
        raise Unavailable("the reading process does not stay")

    def _start(self) -> None:
        self._has_everything = False
        self._zygote, self._control = bare_process.start(
            "docmill.adapters.sandbox.zygote", self._tasks, kind=socket.SOCK_SEQPACKET
        )
