"""The parts of a mail (RFC 2045 to 2047), each with its header and its bytes.

Bodies are taken apart here and not by `email`, which nests as deep as a file asks for and writes
forwarded mails anew; what a header says is left to it.
"""

import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.errors import HeaderParseError
from email.header import decode_header
from email.message import Message
from email.parser import BytesHeaderParser
from email.policy import compat32

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.kinds import encodings

_HEADER_END = re.compile(rb"\r?\n[ \t]*\r?\n|\A\r?\n")
_BAD_LINE = re.compile(r"[\x00-\x1f\x7f]+")
_FOLD = re.compile(r"\r?\n")


@dataclass(frozen=True, slots=True)
class Entity:
    """A mail or a part of one. ``body`` is as it was sent."""

    header: "Message[str, str]"
    body: bytes

    @property
    def kind(self) -> str:
        return self.header.get_content_type()

    @property
    def charset(self) -> str | None:
        return self.parameter("charset")

    @property
    def content_id(self) -> str:
        return self.text("Content-ID").strip("<> ")

    @property
    def is_attached(self) -> bool:
        return self.header.get_content_disposition() == "attachment"

    @property
    def name(self) -> str:
        """The name that the sender gave it, empty when there is none."""
        try:
            told = self.header.get_filename() or ""
        except (ValueError, LookupError, TypeError, AttributeError):  # of broken RFC 2231 parameters
            return ""
        return plain_header(told)

    def parameter(self, name: str) -> str | None:
        try:
            told = self.header.get_param(name)
        except (ValueError, LookupError, TypeError, AttributeError):
            return None
        return told[2] if isinstance(told, tuple) else told

    def text(self, name: str) -> str:
        """One header field as people see it, empty when it is not there."""
        wanted = name.lower()
        return next(
            (plain_header(value) for key, value in self.header.raw_items() if key.lower() == wanted), ""
        )

    def content(self) -> bytes:
        """The body as it was before it was packed for sending."""
        packing = str(self.header.get("Content-Transfer-Encoding", "")).strip().lower()
        if packing == "base64":
            return _from_base64(self.body)
        if packing == "quoted-printable":
            return binascii.a2b_qp(self.body)
        if packing in ("x-uuencode", "uuencode", "x-uue", "uue"):
            return _from_uu(self.body)
        return self.body

    def parts(self) -> Iterator["Entity"]:
        """Yield the parts of a multipart. Raises Rejected(file_truncated) when its end is missing."""
        boundary = self.parameter("boundary") or ""
        mark = re.escape(boundary.strip().encode("latin-1", "replace"))
        # What a pattern begins with is found many times faster when it is always the same.
        fence = re.compile(rb"--" + mark + rb"(--)?[ \t]*(?:\r?\n|\Z)")
        start = None
        for match in fence.finditer(self.body):
            at = match.start()
            if at and self.body[at - 1 : at] != b"\n":
                continue
            if start is not None:
                yield entity(self.body[start : max(start, _line_end(self.body, at))])
            start = match.end()
            if match[1]:
                return
        raise Rejected(ErrorCode.FILE_TRUNCATED, "the mail")


def _line_end(body: bytes, start: int) -> int:
    """Where the line ends that is before the one that starts there: its break belongs to the fence."""
    if body[max(0, start - 2) : start] == b"\r\n":
        return start - 2
    return max(0, start - 1)


def entity(data: bytes) -> Entity:
    """Take header and body apart. Raises Rejected(file_corrupt) for a header without measure."""
    end = _HEADER_END.search(data, 0, limits.MAIL_HEADER_BYTES_MAX)
    head = data[: end.start()] if end else data
    if len(head) > limits.MAIL_HEADER_BYTES_MAX or head.count(b"\n") > limits.MAIL_HEADER_LINES_MAX:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the mail's header is too long")
    header = BytesHeaderParser(policy=compat32).parsebytes(head + b"\n\n")
    return Entity(_cut(header), data[end.end() :] if end else b"")


def _cut(header: "Message[str, str]") -> "Message[str, str]":
    """The header with fields of a length that the standard library takes apart in no time."""
    cut: Message[str, str] = Message(policy=compat32)
    for name, value in header.raw_items():
        cut.set_raw(name, value[: limits.MAIL_FIELD_CHARS_MAX])
    return cut


def plain_header(value: object) -> str:
    """A header field as one line of text, whatever encodings its words are in."""
    lines = _FOLD.split(str(value)[: limits.MAIL_FIELD_CHARS_MAX])
    raw = " ".join(line.strip(" \t") for line in lines)
    raw = raw.encode("utf-8", "surrogateescape").decode("utf-8", "surrogateescape")
    try:
        pieces = decode_header(raw) if "=?" in raw else [(raw, None)]
    except (HeaderParseError, ValueError, binascii.Error):
        pieces = [(raw, None)]
    text = "".join(_piece(piece, charset) for piece, charset in pieces)
    return _BAD_LINE.sub(" ", text).strip()


def _piece(piece: str | bytes, charset: str | None) -> str:
    data = piece.encode("utf-8", "surrogateescape") if isinstance(piece, str) else piece
    found = encodings.named(data, charset) or encodings.decoded(data)
    return found.text if found is not None else data.decode("latin-1")


def _from_base64(body: bytes) -> bytes:
    plain = re.sub(rb"[^A-Za-z0-9+/]+", b"", body.partition(b"=")[0] if b"=" in body[-4096:] else body)
    plain = plain[: len(plain) - 1] if len(plain) % 4 == 1 else plain
    return binascii.a2b_base64(plain + b"=" * (-len(plain) % 4))


def _from_uu(body: bytes) -> bytes:
    found = bytearray()
    for line in body.splitlines():
        if line.startswith(b"begin ") or not line:
            continue
        if line.strip() == b"end":
            break
        try:
            found += binascii.a2b_uu(line)
        except binascii.Error:
            continue
    return bytes(found)
