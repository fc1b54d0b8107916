"""The reader that the stages call: bytes in, a Reading out, and whatever the file does happens elsewhere."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing, suppress
from functools import partial
from typing import Any, Protocol, TypeVar

from docmill.adapters.frames import FrameError, FrameMessage
from docmill.adapters.sandbox import comparing
from docmill.adapters.sandbox.alarm import lock_of
from docmill.adapters.sandbox.answers import death, part_of, refusal
from docmill.adapters.sandbox.clock import Clock
from docmill.adapters.sandbox.salvage import Salvage
from docmill.adapters.sandbox.warden import Child, ChildEnded, Warden
from docmill.domain.appearance import Comparison, Printed, Seen
from docmill.domain.errors import ErrorCode, Rejected, Unavailable
from docmill.domain.limits import api as api_limits
from docmill.domain.limits import child as child_limits
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading.parts import PageDone, PageSeen, Pixels, Recognized
from docmill.ports.reader import Progress
from docmill.ports.telemetry import Attributes, Parts

T = TypeVar("T")
_BESIDE_THE_PAGES = ("opened", "attachment")


class Recognizer(Protocol):
    """OCR, in a process of its own."""

    async def recognize(self, pixels: Pixels) -> Recognized:
        """Raises Rejected(page_failed) for a picture that cannot be read, and Unavailable."""

    async def close(self) -> None: ...


def _free(_cpu_seconds: float) -> None:
    """Nobody counts."""


class SandboxedReader:
    """Implements `ports.reader.Reader`. One zygote, up to ``children_max`` children at a time.

    Nothing is started before the first call. ``tasks`` names the module of what children do. ``strict``:
    no child opens a file unless every lock is on. ``charge`` is told the CPU seconds of every child, also
    of one that is killed, in the context of whoever asked. ``parts`` is told of every child and OCR page.
    """

    def __init__(
        self,
        *,
        ocr: Recognizer | None = None,
        children_max: int = 2,
        tasks: str = "docmill.adapters.sandbox.tasks",
        strict: bool = False,
        charge: Callable[[float], None] = _free,
        parts: Parts | None = None,
    ) -> None:
        self._parts = parts
        self._charge = charge
        self._warden = Warden(tasks, strict=strict)
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
    ) -> Comparison:
        seen: list[Seen] = []
        cpu_seconds = 0.0
        for first, rows in comparing.requests(printed):
            request = _request("compare", name, allowed, printed=rows)
            some = printed[first : first + len(rows)]
            found = await self._twice(partial(self._compare, data, request, some, allowed))
            seen += found.seen
            cpu_seconds += found.cpu_seconds
        return Comparison(tuple(seen), cpu_seconds)

    async def render(
        self,
        data: bytes,
        name: str,
        page: int,
        *,
        dpi: int,
        turned: int = 0,
        allowed: ReadingLimits = DEFAULT,
    ) -> bytes:
        dpi = max(1, min(dpi, limits.RENDER_DPI_MAX))
        request = _request("render", name, allowed, page=page, dpi=dpi, turned=turned)
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
        salvage = Salvage(allowed)
        while True:
            try:
                await self._read_on(data, request | {"first": salvage.first}, allowed, salvage, progress)
                return salvage.reading()
            except Rejected as end:
                goes_on = salvage.lose_page(end)
                salvage.tell(progress)
            if not goes_on:
                return salvage.reading()

    async def _read_on(
        self,
        data: bytes,
        request: dict[str, Any],
        allowed: ReadingLimits,
        salvage: Salvage,
        progress: Progress | None,
    ) -> None:
        """Read with one child, from the first page that no other has read. Raises Rejected where it ends."""
        async with aclosing(self._answers(data, request, allowed, clock=salvage.clock)) as answers:
            async for message in answers:
                if isinstance(message, ChildEnded):
                    salvage.cpu_seconds += message.cpu_seconds
                    continue
                part = part_of(message)
                if not salvage.is_new(part):
                    continue
                if isinstance(part, PageSeen):
                    salvage.add_recognized(part, await self._recognized(part.pixels))
                else:
                    salvage.add(part)
                if isinstance(part, PageDone | PageSeen):
                    salvage.tell(progress)

    async def _recognized(self, pixels: Pixels) -> Recognized | None:
        if self._ocr is None:
            from docmill.adapters.ocr import OcrProcess

            self._ocr = OcrProcess(charge=self._charge)
        started = time.monotonic()
        try:
            return await self._ocr.recognize(pixels)
        except Rejected:
            return None
        finally:
            self._tell("ocr", started, {"docmill.pixels": pixels.width * pixels.height})

    async def _compare(
        self, data: bytes, request: dict[str, Any], printed: Sequence[Printed], allowed: ReadingLimits
    ) -> Comparison:
        verdicts = comparing.Verdicts(printed, self._recognized)
        async with aclosing(self._answers(data, request, allowed)) as answers:
            async for message in answers:
                if isinstance(message, ChildEnded):
                    verdicts.cpu_seconds += message.cpu_seconds
                else:
                    await verdicts.take(message)
        return verdicts.comparison()

    async def _render(self, data: bytes, request: dict[str, Any], allowed: ReadingLimits) -> bytes:
        drawn = b""
        async with aclosing(self._answers(data, request, allowed)) as answers:
            async for message in answers:
                if isinstance(message, FrameMessage):
                    drawn = bytes(message.blob)
        return drawn

    async def _answers(
        self, data: bytes, request: dict[str, Any], allowed: ReadingLimits, *, clock: Clock | None = None
    ) -> AsyncGenerator[FrameMessage | ChildEnded, None]:
        """Yield the child's messages, then how it ended. Raises what it says, or what its death means.

        Pages wind the clock up again, so that their number has to be bounded here, whoever counts them.
        """
        told: dict[str, str | int] = {"docmill.task": request["task"], "docmill.size_bytes": len(data)}
        asked = time.monotonic()
        async with self._warden.child(data, request) as child:
            try:
                async with aclosing(_messages(child, allowed, clock or Clock(allowed))) as messages:
                    async for message in messages:
                        yield message
            except Rejected as end:
                told["docmill.code"] = end.code.value
                self._alarm(end)
                raise
            finally:
                self._charge(child.cpu_seconds())
                self._tell("child", asked, told)

    def _tell(self, name: str, started: float, attributes: Attributes) -> None:
        if self._parts is not None:
            self._parts.part(name, wall_s=time.monotonic() - started, attributes=attributes)

    def _alarm(self, end: Rejected) -> None:
        lock = lock_of(end)
        if lock is not None and self._parts is not None:
            self._parts.lock_fired(lock)


def _request(task: str, name: str, allowed: ReadingLimits, **more: Any) -> dict[str, Any]:
    name = name[-api_limits.FILE_NAME_CHARS_MAX :]
    return {"task": task, "name": name, "allowed": allowed.to_json(), **more}


async def _messages(
    child: Child, allowed: ReadingLimits, clock: Clock
) -> AsyncGenerator[FrameMessage | ChildEnded, None]:
    left = child_limits.CHILD_MESSAGES_MAX
    while True:
        started = time.monotonic()
        try:
            async with asyncio.timeout(clock.left_s):
                message = await child.next()
        except TimeoutError:
            clock.spent(time.monotonic() - started)
            raise Rejected(ErrorCode.READER_LIMIT, "time") from None
        except FrameError:
            clock.spent(time.monotonic() - started)
            end = await child.ended()
            yield end
            raise death(end, allowed) from None
        clock.spent(time.monotonic() - started)
        if "error" in message.header:
            with suppress(Unavailable):
                await child.ended()  # it says what it cost
            raise refusal(message.header)
        if "end" in message.header:
            yield await child.ended()
            return
        left -= 1
        if not left:
            raise Rejected(ErrorCode.READER_CRASHED, "its answer has no end")
        if message.header.get("part") not in _BESIDE_THE_PAGES:
            clock.page_read()
        yield message
