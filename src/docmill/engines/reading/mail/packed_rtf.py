"""The packed RTF of Outlook's mails (MS-OXRTFCP), for those that have no other body."""

import struct
from collections.abc import Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.typesetting import Block

_PACKED, _PLAIN = b"LZFu", b"MELA"
_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern \\fscript "
    b"\\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0\\blue0\r\n\\par "
    b"\\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
"""What both sides take to stand before the text: references may go there."""
_WINDOW = 4096


def rtf_blocks(data: bytes, allowed: ReadingLimits) -> Iterator[Block]:
    """Yield the body. Raises Rejected(file_corrupt)."""
    from docmill.engines.reading.office.rtf import rtf_blocks as blocks

    yield from blocks(unpacked_rtf(data), allowed)


def unpacked_rtf(data: bytes) -> bytes:
    """Return the RTF. Raises Rejected(file_corrupt) for what is not packed like that."""
    if len(data) < 16:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the mail's body")
    size, kind = struct.unpack_from("<I", data, 4)[0], data[8:12]
    if kind == _PLAIN:
        return data[16 : 16 + size]
    if kind != _PACKED or size > limits.FILE_SIZE_BYTES_MAX:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the mail's body")
    out = bytearray(_START)
    at = 16
    while at < len(data) and len(out) < size + len(_START):
        flags = data[at]
        at += 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += data[at : at + 1]
                at += 1
                continue
            pair = int.from_bytes(data[at : at + 2], "big")
            at += 2
            start = _place(pair >> 4, len(out))
            if at > len(data) or start is None:  # the end, which refers to where it stands
                return bytes(out[len(_START) :])
            for step in range((pair & 15) + 2):
                out.append(out[start + step])
    return bytes(out[len(_START) :][:size])


def _place(offset: int, length: int) -> int | None:
    """Where in all that was written so far a reference into the window of 4096 bytes leads."""
    back = (length - offset) % _WINDOW
    return length - back if 0 < back <= length else None
