"""Messages between docmill's processes on one machine: a small JSON header and a large blob.

Sixteen bytes of sizes (both unsigned, little endian), the header, the blob. The receiver bounds
both: the sender may be a process that a stranger's file has taken over. asyncio is loaded by those who
wait in an event loop; the processes at the other end have none.
"""

import socket
import struct
from dataclasses import dataclass, field
from typing import Any

import orjson

from docmill.domain.limits import child as limits

_SIZES = struct.Struct("<QQ")


class FrameError(Exception):
    """The other side has gone, or has sent what is no frame."""


@dataclass(frozen=True, slots=True)
class FrameMessage:
    """``header`` is whatever JSON object the sender has sent: nothing in it is checked yet."""

    header: dict[str, Any]
    blob: bytearray | bytes = field(default=b"", repr=False)


def send(sock: socket.socket, header: dict[str, Any], blob: bytes | memoryview = b"") -> None:
    """Send from a process that has nothing else to do. Raises OSError."""
    sock.sendall(_head(header, len(blob)))
    if len(blob):
        sock.sendall(blob)


def receive(sock: socket.socket) -> FrameMessage | None:
    """Wait for the next message; None when the other side has closed. Raises FrameError."""
    sizes = _read_exactly(sock, _SIZES.size)
    if sizes is None:
        return None
    header_bytes, blob_bytes = _checked(sizes)
    header = _read_exactly(sock, header_bytes)
    blob = _read_exactly(sock, blob_bytes)
    if header is None or blob is None:
        raise FrameError("cut off")
    return FrameMessage(_parsed(header), blob)


async def send_async(sock: socket.socket, header: dict[str, Any], blob: bytes | memoryview = b"") -> None:
    """Send from the event loop; ``sock`` does not block. Raises OSError."""
    import asyncio

    loop = asyncio.get_running_loop()
    await loop.sock_sendall(sock, _head(header, len(blob)))
    if len(blob):
        await loop.sock_sendall(sock, blob)


async def receive_async(sock: socket.socket) -> FrameMessage:
    """Wait for the next message in the event loop. Raises FrameError, also when the other side has closed."""
    header_bytes, blob_bytes = _checked(await _read_exactly_async(sock, _SIZES.size))
    header = await _read_exactly_async(sock, header_bytes)
    return FrameMessage(_parsed(header), await _read_exactly_async(sock, blob_bytes))


def _head(header: dict[str, Any], blob_bytes: int) -> bytes:
    text = orjson.dumps(header)
    return _SIZES.pack(len(text), blob_bytes) + text


def _checked(sizes: bytes | bytearray) -> tuple[int, int]:
    header_bytes, blob_bytes = _SIZES.unpack(sizes)
    if max(header_bytes, blob_bytes) > limits.FRAME_SIZE_BYTES_MAX:
        raise FrameError("too large")
    return header_bytes, blob_bytes


def _parsed(header: bytes | bytearray) -> dict[str, Any]:
    try:
        tree = orjson.loads(header)
    except orjson.JSONDecodeError:
        raise FrameError("no JSON") from None
    if not isinstance(tree, dict):
        raise FrameError("no object")
    return tree


def _read_exactly(sock: socket.socket, count: int) -> bytearray | None:
    buffer = bytearray(count)
    view, done = memoryview(buffer), 0
    while done < count:
        got = sock.recv_into(view[done:])
        if not got:
            if done:
                raise FrameError("cut off")
            return None
        done += got
    return buffer


async def _read_exactly_async(sock: socket.socket, count: int) -> bytearray:
    buffer = bytearray(count)
    view, done = memoryview(buffer), 0
    import asyncio

    loop = asyncio.get_running_loop()
    while done < count:
        got = await loop.sock_recv_into(sock, view[done:])
        if not got:
            raise FrameError("closed")
        done += got
    return buffer
