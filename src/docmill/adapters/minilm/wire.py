"""What goes through the pipe: a length and texts as JSON; back a length, CPU seconds and the vectors."""

import struct
from array import array
from collections.abc import Sequence

import orjson

LENGTH = struct.Struct("<I")  # bytes of what follows
_CPU = struct.Struct("<d")  # seconds


def request(texts: Sequence[str]) -> bytes:
    body = orjson.dumps([_encodable(text) for text in texts])
    return LENGTH.pack(len(body)) + body


def texts_of(body: bytes) -> list[str]:
    texts: list[str] = orjson.loads(body)
    return texts


def answer(vectors: bytes, cpu_seconds: float) -> bytes:
    """``vectors`` are float32[n, dimensions], row after row, in the machine's byte order."""
    return LENGTH.pack(_CPU.size + len(vectors)) + _CPU.pack(cpu_seconds) + vectors


def vectors_of(body: bytes, dimensions: int) -> tuple[list[Sequence[float]], float]:
    """Return the rows and the CPU seconds that they took."""
    (cpu_seconds,) = _CPU.unpack_from(body)
    flat = array("f")
    flat.frombytes(body[_CPU.size :])
    return [flat[start : start + dimensions] for start in range(0, len(flat), dimensions)], cpu_seconds


def _encodable(text: str) -> str:
    # Text layers may hold half a surrogate pair, which no UTF-8 can carry.
    return text.encode(errors="replace").decode()
