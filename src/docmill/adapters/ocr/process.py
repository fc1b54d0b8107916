"""The owner's side of the OCR process: started on demand, replaced when it has had enough, left when idle."""

import asyncio
import socket
import subprocess
from collections.abc import Callable

from docmill.adapters import bare_process, cpu_clock, frames
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as limits
from docmill.engines.reading.parts import Pixels, Recognized
from docmill.engines.reading.wire.codec import page_from_json

ENGINE = "docmill.engines.reading.ocr:Recognition"
_TRIES = 2


def _free(_cpu_seconds: float) -> None:
    """Nobody counts."""


class OcrProcess:
    """One page at a time. A page that kills the process or takes too long is tried once more with a new one.

    ``engine`` names what reads, as ``module:name``. ``charge`` is told the CPU seconds of every page, also of
    one that the process was killed over, in the context of whoever asked.
    """

    def __init__(
        self,
        *,
        engine: str = ENGINE,
        idle_s: float = limits.ENGINE_IDLE_S,
        page_wall_s: float = limits.OCR_PAGE_WALL_S_MAX,
        charge: Callable[[float], None] = _free,
    ) -> None:
        self._charge = charge
        self._engine, self._idle_s, self._page_wall_s = engine, idle_s, page_wall_s
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None
        self._pages = 0
        self._turn = asyncio.Lock()
        self._leaving: asyncio.TimerHandle | None = None

    async def recognize(self, pixels: Pixels) -> Recognized:
        """Raises Rejected(page_failed) for a page that cannot be read, Unavailable when nothing starts."""
        async with self._turn:
            if self._leaving is not None:
                self._leaving.cancel()
            try:
                for _ in range(_TRIES):
                    found = await self._try(pixels)
                    if found is not None:
                        return found
                raise Rejected(ErrorCode.PAGE_FAILED, "OCR")
            finally:
                self._leaving = asyncio.get_running_loop().call_later(self._idle_s, self._stop)

    async def close(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
        self._stop()

    async def _try(self, pixels: Pixels) -> Recognized | None:
        """None when the process died of the page or did not finish it: it is gone then."""
        sock = self._running()
        header = {"width": pixels.width, "height": pixels.height, "photo": pixels.photo, "line": pixels.line}
        done, before = False, self._used()
        try:
            async with asyncio.timeout(self._page_wall_s):
                await frames.send_async(sock, header, pixels.gray)
                answer = (await frames.receive_async(sock)).header
            done = True
        except (TimeoutError, frames.FrameError, OSError):
            return None
        finally:
            if not done:
                self._charge(max(self._used() - before, 0.0))
                # Also when the caller has given up: the answer would be taken for the next page's.
                self._stop()
        # Its own count: the process may have been starting before that, which is nobody's doing.
        self._charge(answer.get("cpu_seconds", 0.0))
        if "error" in answer:
            raise Rejected(ErrorCode.PAGE_FAILED, "OCR")
        self._pages += 1
        if (
            self._pages >= limits.OCR_PAGES_PER_PROCESS
            or answer["resident_bytes"] > limits.OCR_MEMORY_BYTES_MAX
        ):
            self._stop()
        words = page_from_json(answer["page"]).words
        return Recognized(
            words, answer["skew_deg"], answer["engine"], answer["cpu_seconds"], answer["turned_deg"]
        )

    def _running(self) -> socket.socket:
        if self._socket is not None and self._process is not None and self._process.poll() is None:
            return self._socket
        self._stop()
        self._process, self._socket = bare_process.start(
            "docmill.adapters.ocr.server", self._engine, kind=socket.SOCK_STREAM
        )
        self._socket.setblocking(False)
        self._pages = 0
        return self._socket

    def _used(self) -> float:
        return 0.0 if self._process is None else cpu_clock.of_process(self._process.pid)

    def _stop(self) -> None:
        if self._socket is not None:
            self._socket.close()
            self._socket = None
        if self._process is not None:
            bare_process.end(self._process)
            self._process = None
