"""The reader that the stages call: bytes in, a Reading out, and whatever the file does happens elsewhere."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from typing import Any, Protocol, TypeVar

from docmill.adapters.frames import FrameError, FrameMessage
from docmill.adapters.sandbox.answers import death, part_of, refusal
from docmill.adapters.sandbox.warden import ChildEnded, Warden
from docmill.domain import limits
from docmill.domain.appearance import Printed, Seen
from docmill.domain.errors import ErrorCode, Rejected, Unavailable
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.parts import PageDone, PageSeen, Pixels, Recognized
from docmill.ports.reader import Progress

T = TypeVar("T")


class Recognizer(Protocol):
    """OCR, in a process of its own."""

    async def recognize(self, pixels: Pixels) -> Recognized:
        """Raises Rejected(page_failed) for a picture that cannot be read, and Unavailable."""

    async def close(self) -> None: ...


class SandboxedReader:
    """Implements `ports.reader.Reader`. One zygote, up to ``children_max`` children at a time.

    Nothing is started before the first call. ``tasks`` names the module of what children do.
    """

    def __init__(
        self,
        *,
        ocr: Recognizer | None = None,
        children_max: int = 2,
        tasks: str = "docmill.adapters.sandbox.tasks",
    ) -> None:
        self._warden = Warden(tasks)
        self._ocr = ocr
        self._turns = asyncio.Semaphore(children_max)

    def warm(self) -> None:
        """Start the zygote now, so that it gets ready while its owner still does. Raises Unavailable."""
        self._warden.warm()

    async def read(
        self,
        data: bytes,
        name: str,
        *,
        allowed: ReadingLimits = DEFAULT,
        progress: Progress | None = None,
    ) -> Reading:
        request = _request("read", name, allowed, first=1)
        return await self._twice(lambda: self._read(data, request, allowed, progress))

    async def compare(
        self, data: bytes, name: str, printed: Sequence[Printed], *, allowed: ReadingLimits = DEFAULT
    ) -> list[Seen]:
        del data, name, allowed
        return [Seen.UNSURE for _ in printed]

    async def render(
        self, data: bytes, name: str, page: int, *, dpi: int, allowed: ReadingLimits = DEFAULT
    ) -> bytes:
        request = _request("render", name, allowed, page=page, dpi=max(1, min(dpi, limits.RENDER_DPI_MAX)))
        return await self._twice(lambda: self._render(data, request, allowed))

    async def close(self) -> None:
        self._warden.close()
        if self._ocr is not None:
            await self._ocr.close()

    async def _twice(self, attempt: Callable[[], Awaitable[T]]) -> T:
        """The zygote's death says nothing about the file: try again with a new one."""
        async with self._turns:
            try:
                return await attempt()
            except Unavailable:
                return await attempt()

    async def _read(
        self, data: bytes, request: dict[str, Any], allowed: ReadingLimits, progress: Progress | None
    ) -> Reading:
        assembly, cpu_seconds = Assembly(allowed), 0.0
        async with aclosing(self._answers(data, request, allowed)) as answers:
            async for message in answers:
                if isinstance(message, ChildEnded):
                    cpu_seconds += message.cpu_seconds
                    continue
                part = part_of(message)
                if isinstance(part, PageSeen):
                    found = await self._recognized(part.pixels)
                    assembly.add_recognized(part, found)
                    cpu_seconds += found.cpu_seconds if found else 0.0
                else:
                    assembly.add(part)
                if progress and isinstance(part, PageDone | PageSeen):
                    progress(len(assembly.pages), assembly.page_count)
        return assembly.reading(cpu_seconds=cpu_seconds)

    async def _recognized(self, pixels: Pixels) -> Recognized | None:
        if self._ocr is None:
            from docmill.adapters.ocr import OcrProcess

            self._ocr = OcrProcess()
        try:
            return await self._ocr.recognize(pixels)
        except Rejected:
            return None

    async def _render(self, data: bytes, request: dict[str, Any], allowed: ReadingLimits) -> bytes:
        drawn = b""
        async with aclosing(self._answers(data, request, allowed)) as answers:
            async for message in answers:
                if isinstance(message, FrameMessage):
                    drawn = bytes(message.blob)
        return drawn

    async def _answers(
        self, data: bytes, request: dict[str, Any], allowed: ReadingLimits
    ) -> AsyncGenerator[FrameMessage | ChildEnded, None]:
        """Yield the child's messages, then how it ended. Raises what it says, or what its death means."""
        clock = _Clock(allowed)
        async with self._warden.child(data, request) as child:
            while True:
                try:
                    async with asyncio.timeout(clock.left_s):
                        started = time.monotonic()
                        message = await child.next()
                except TimeoutError:
                    raise Rejected(ErrorCode.READER_LIMIT, "time") from None
                except FrameError:
                    raise death(await child.ended()) from None
                clock.spent(time.monotonic() - started, page=message.header.get("part") != "opened")
                if "error" in message.header:
                    raise refusal(message.header)
                if "end" in message.header:
                    yield await child.ended()
                    return
                yield message


def _request(task: str, name: str, allowed: ReadingLimits, **more: int) -> dict[str, Any]:
    name = name[-limits.FILE_NAME_CHARS_MAX :]
    return {"task": task, "name": name, "allowed": allowed.to_json(), **more}


class _Clock:
    """Wall time that the child itself may still take; OCR's time is not counted against it."""

    def __init__(self, allowed: ReadingLimits) -> None:
        self.left_s = allowed.child_first_page_wall_s_max
        self._set_wall_s = allowed.child_set_wall_s_max
        self._pages = 0

    def spent(self, seconds: float, *, page: bool) -> None:
        self.left_s = max(0.0, self.left_s - seconds)
        self._pages += page
        if page and self._pages % limits.PAGES_PER_SET == 1:
            self.left_s = self._set_wall_s
