"""Clients that are slow, or do not do what they say: each sends its part and tells what it was answered."""

import asyncio
import contextlib
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

_STATUS = re.compile(rb"HTTP/1\.1 (\d{3})")


@dataclass(frozen=True)
class Target:
    host: str
    port: int
    key: str

    def head(self, method: str, path: str, *lines: str) -> bytes:
        first = (
            f"{method} {path} HTTP/1.1",
            f"Host: {self.host}:{self.port}",
            f"Authorization: Bearer {self.key}",
        )
        return "\r\n".join((*first, *lines, "", "")).encode()


@dataclass(frozen=True)
class End:
    """What became of a client: the first status that it was answered, if any, and after how many seconds it ended."""

    kind: str
    status: int | None
    wall_s: float


Sends = Callable[[Target, asyncio.StreamWriter], Awaitable[None]]


async def slow_head(target: Target, writer: asyncio.StreamWriter) -> None:
    for byte in target.head("GET", "/v1/documents", *(f"X-{n}: {n}" for n in range(100))):
        await _send(writer, bytes((byte,)))
        await asyncio.sleep(1)


async def no_head(_target: Target, _writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(3600)


async def slow_body(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("POST", "/v1/documents?name=a.pdf", "Content-Length: 1000000"))
    while True:
        await _send(writer, b"x" * 10)
        await asyncio.sleep(0.5)


async def body_that_stops(target: Target, writer: asyncio.StreamWriter) -> None:
    """It announces more than it sends."""
    await _send(writer, target.head("POST", "/v1/documents?name=a.pdf", "Content-Length: 10000") + b"x" * 10)
    await asyncio.sleep(3600)


async def body_that_goes_on(target: Target, writer: asyncio.StreamWriter) -> None:
    """It sends more than it announces."""
    await _send(writer, target.head("POST", "/v1/search", "Content-Length: 5") + b"x" * 5000)
    await asyncio.sleep(3600)


async def negative_length(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("POST", "/v1/documents", "Content-Length: -5") + b"x" * 100)
    await asyncio.sleep(3600)


async def two_lengths(target: Target, writer: asyncio.StreamWriter) -> None:
    lines = ("Content-Length: 5", "Content-Length: 50")
    await _send(writer, target.head("POST", "/v1/documents", *lines) + b"x" * 50)
    await asyncio.sleep(3600)


async def endless(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("POST", "/v1/documents?name=a.pdf", "Transfer-Encoding: chunked"))
    piece = b"10000\r\n" + b"x" * 65536 + b"\r\n"
    while True:
        await _send(writer, piece)
        await asyncio.sleep(0.05)


async def garbage_behind_a_request(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("GET", "/v1/documents") + b"\x00\xff garbage\r\n\r\n" * 20)
    await asyncio.sleep(3600)


async def half_closed(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("POST", "/v1/documents?name=a.pdf", "Content-Length: 10000") + b"x" * 10)
    writer.write_eof()
    await asyncio.sleep(3600)


async def huge_head(target: Target, writer: asyncio.StreamWriter) -> None:
    await _send(writer, target.head("GET", "/v1/documents", *(f"X-{n}: {'y' * 1000}" for n in range(200))))
    await asyncio.sleep(3600)


KINDS: dict[str, tuple[Sends, frozenset[int]]] = {
    "slow_head": (slow_head, frozenset((408,))),
    "no_head": (no_head, frozenset((408,))),
    "slow_body": (slow_body, frozenset((408,))),
    "body_that_stops": (body_that_stops, frozenset((408,))),
    "body_that_goes_on": (body_that_goes_on, frozenset((400, 422))),
    "negative_length": (negative_length, frozenset((400,))),
    "two_lengths": (two_lengths, frozenset((400,))),
    "endless": (endless, frozenset((413,))),
    "garbage_behind_a_request": (garbage_behind_a_request, frozenset((200,))),
    "half_closed": (half_closed, frozenset()),
    "huge_head": (huge_head, frozenset((400,))),
}


async def lie(kind: str, target: Target, *, patience_s: float) -> End:
    """Play one client until the server has closed the connection; ``status`` None and all the patience if it does not."""
    sends, _ = KINDS[kind]
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(target.host, target.port)
    sending = asyncio.create_task(sends(target, writer))
    status = None
    try:
        async with asyncio.timeout(patience_s):
            async for piece in _pieces(reader):
                found = _STATUS.search(piece)
                status = status or (int(found[1]) if found else None)
    except TimeoutError:
        pass
    finally:
        sending.cancel()
        await asyncio.gather(sending, return_exceptions=True)
        writer.close()
    return End(kind, status, asyncio.get_running_loop().time() - began)


async def never_read(target: Target, path: str, *, requests: int, patience_s: float) -> End:
    """Ask and ask, and take nothing of what is answered, until the connection is cut."""
    began = asyncio.get_running_loop().time()
    reader, writer = await asyncio.open_connection(target.host, target.port, limit=1024)
    writer.transport.pause_reading()
    ended = "never_read"
    try:
        async with asyncio.timeout(patience_s):
            for _ in range(requests):
                await _send(writer, target.head("GET", path))
            while True:
                await _send(
                    writer, b"\r\n"
                )  # an empty line between requests is allowed, and fails once it is cut
                await asyncio.sleep(0.5)
    except (OSError, TimeoutError):
        pass
    finally:
        writer.transport.abort()
        del reader
    return End(ended, None, asyncio.get_running_loop().time() - began)


async def _pieces(reader: asyncio.StreamReader) -> AsyncIterator[bytes]:
    with contextlib.suppress(OSError):
        while piece := await reader.read(65536):
            yield piece


async def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()
