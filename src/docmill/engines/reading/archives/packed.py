"""One packed file: gzip, bzip2 and xz."""

import bz2
import lzma
import re
import zlib
from collections.abc import Iterator
from typing import Protocol

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.archives.budget import Budget
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type

_ENDINGS = {media.GZIP: (".gz", ".tgz"), media.BZIP2: (".bz2", ".tbz2"), media.XZ: (".xz", ".txz")}
_XZ_MEMORY_BYTES_MAX = 256 * 1024 * 1024
_GZIP_WITH_HEADER = 31


class _Stream(Protocol):
    """One stream of a packed file: others may follow it."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int, /) -> bytes: ...


def unpacked(data: bytes, kind: str, budget: Budget) -> bytes:
    """Return what is packed in it. Raises Rejected: file_truncated, file_corrupt, unpack_bomb."""
    content = bytearray()
    try:
        for chunk in _chunks(data, kind):
            budget.take(len(chunk))
            content += chunk
    except (zlib.error, lzma.LZMAError, OSError, ValueError, EOFError) as error:
        if "emory" in str(error):
            raise Rejected(ErrorCode.READER_LIMIT, "the packed file needs too much memory") from None
        raise Rejected(ErrorCode.FILE_CORRUPT, "the packed file") from None
    return bytes(content)


def unpacked_name(name: str, kind: str) -> str:
    """What the packed file is called without its ending."""
    for ending in _ENDINGS[kind]:
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)] + (".tar" if ending.startswith(".t") else "")
    return name or "file"


def _chunks(data: bytes, kind: str) -> Iterator[bytes]:
    """What the streams in it unpack to, a step at a time; padding and foreign bytes after them are left."""
    at = 0
    for _ in range(limits.PACKED_STREAMS_MAX):
        stream, fed = _stream(kind), b""
        while not stream.eof:
            if not fed and _needs_input(stream):
                fed = data[at : at + limits.UNPACK_STEP_BYTES]
                at += len(fed)
            chunk = stream.decompress(fed, limits.UNPACK_STEP_BYTES)
            ended = not fed and not chunk and at >= len(data) and _needs_input(stream)
            if ended and not stream.eof:
                raise Rejected(ErrorCode.FILE_TRUNCATED, "the packed file")
            fed = _unconsumed(stream)
            yield chunk
        at = _PADDING.match(data, at - len(stream.unused_data)).end()  # type: ignore[union-attr]
        if media_type(data[at : at + _SIGNATURE_BYTES]) != kind:
            return
    raise Rejected(ErrorCode.UNPACK_BOMB, "the packed file has too many parts")


_SIGNATURE_BYTES = 16
_PADDING = re.compile(rb"\0*")


def _stream(kind: str) -> _Stream:
    if kind == media.GZIP:
        return zlib.decompressobj(_GZIP_WITH_HEADER)
    return (
        bz2.BZ2Decompressor() if kind == media.BZIP2 else lzma.LZMADecompressor(memlimit=_XZ_MEMORY_BYTES_MAX)
    )


def _unconsumed(stream: _Stream) -> bytes:
    """zlib hands back what it has not taken yet, the others keep it."""
    return getattr(stream, "unconsumed_tail", b"")


def _needs_input(stream: _Stream) -> bool:
    return getattr(stream, "needs_input", True)
