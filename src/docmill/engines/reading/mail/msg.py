"""Mails as Outlook stores them (MS-OXMSG): properties as streams of a compound file."""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import olefile

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.archives.budget import Budget
from docmill.engines.reading.archives.names import plain_name
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.mail.letter import Body, File, Letter, Written
from docmill.engines.reading.mail.logos import is_logo
from docmill.engines.reading.mail.mime import entity, plain_header
from docmill.engines.reading.mail.writing import written_mail

_BROKEN = (
    OSError, ValueError, IndexError, KeyError, TypeError, AttributeError, struct.error, OverflowError,
    RecursionError, AssertionError,
)  # fmt: skip
_PROPERTIES = "__properties_version1.0"
_WIDE, _NARROW, _BINARY, _STORAGE = 0x001F, 0x001E, 0x0102, 0x000D
_SUBJECT, _HEADERS, _BODY, _RTF, _HTML = 0x0037, 0x007D, 0x1000, 0x1009, 0x1013
_SENDER, _SENDER_ADDRESS, _SENDER_SMTP = 0x0C1A, 0x0C1F, 0x5D01
_FOR, _FOR_ADDRESS = 0x0042, 0x0065
_TO, _CC, _SENT, _DELIVERED = 0x0E04, 0x0E03, 0x0039, 0x0E06
_CODE_PAGE, _INTERNET_CODE_PAGE = 0x3FFD, 0x3FDE
_DATA, _LONG_NAME, _NAME, _CONTENT_ID, _TITLE = 0x3701, 0x3707, 0x3704, 0x3712, 0x3001
_FIXED_BYTES = 16
_ROOT_HEAD_BYTES, _INNER_HEAD_BYTES, _ATTACHED_HEAD_BYTES = 32, 24, 8

_Path = tuple[str, ...]


def msg_letter(data: bytes, allowed: ReadingLimits) -> Letter:
    """Raises Rejected: file_corrupt, unpack_bomb.

    A mail inside becomes a file in the format of sent mails.
    """
    try:
        with olefile.OleFileIO(data) as compound:
            return _Store(compound, Budget(len(data), allowed)).letter((), 1, _ROOT_HEAD_BYTES)
    except _BROKEN:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the mail's storage") from None


@dataclass(slots=True)
class _Storage:
    """The properties of one message or one attachment."""

    compound: olefile.OleFileIO
    path: _Path
    head_bytes: int
    code_page: str | None = None

    def stream(self, tag: int, kind: int) -> bytes | None:
        path = [*self.path, f"__substg1.0_{tag:04X}{kind:04X}"]
        if not self.compound.exists(path) or self.compound.get_type(path) != olefile.STGTY_STREAM:
            return None
        with self.compound.openstream(path) as stream:
            return bytes(stream.read())

    def text(self, *tags: int) -> str:
        """The first of these properties that has a text."""
        for tag in tags:
            wide = self.stream(tag, _WIDE)
            if wide is not None and (text := wide.decode("utf-16-le", "replace").strip("\0")).strip():
                return text
            narrow = self.stream(tag, _NARROW)
            if narrow is not None and narrow.strip(b"\0 "):
                return self._narrow(narrow.rstrip(b"\0"))
        return ""

    def line(self, *tags: int) -> str:
        return plain_header(self.text(*tags))

    def number(self, tag: int) -> int | None:
        """A property that is stored in eight bytes with all others of its kind."""
        path = [*self.path, _PROPERTIES]
        if not self.compound.exists(path):
            return None
        with self.compound.openstream(path) as stream:
            table = stream.read()[self.head_bytes :]
        for at in range(0, len(table) - _FIXED_BYTES + 1, _FIXED_BYTES):
            kind, known, _, value = struct.unpack_from("<HHIQ", table, at)
            if known == tag:
                return int(value & 0xFFFFFFFF if kind == 3 else value)
        return None

    def _narrow(self, data: bytes) -> str:
        found = encodings.named(data, self.code_page) or encodings.decoded(data)
        return found.text if found is not None else data.decode("cp1252", "replace")


class _Store:
    """One compound file; mails inside mails share its limits."""

    def __init__(self, compound: olefile.OleFileIO, budget: Budget) -> None:
        self._compound = compound
        self._budget = budget
        self._entries: list[_Path] = [tuple(path) for path in compound.listdir(streams=False, storages=True)]

    def letter(self, path: _Path, depth: int, head_bytes: int) -> Letter:
        self._budget.require_depth(depth)
        storage = _Storage(self._compound, path, head_bytes)
        storage.code_page = _code_page(storage.number(_CODE_PAGE))
        body = _body(storage)
        letter = Letter(_heads(storage), [body])
        html = body.html.data if body.html else b""
        for attached in self._attachments(path):
            self._budget.count()
            file = self._file(attached, storage.code_page, depth, html)
            if file is not None:
                letter.files.append(file)
        return letter

    def _attachments(self, path: _Path) -> list[_Path]:
        inside = [each for each in self._entries if len(each) == len(path) + 1 and each[: len(path)] == path]
        return sorted(each for each in inside if each[-1].lower().startswith("__attach_version1.0"))

    def _file(self, path: _Path, code_page: str | None, depth: int, html: bytes) -> File | None:
        storage = _Storage(self._compound, path, _ATTACHED_HEAD_BYTES, code_page)
        name = storage.line(_LONG_NAME, _NAME, _TITLE)
        data = storage.stream(_DATA, _BINARY)
        inner = (*path, f"__substg1.0_{_DATA:04X}{_STORAGE:04X}")
        if data is None and self._compound.exists([*inner, _PROPERTIES]):
            mail = self.letter(inner, depth + 1, _INNER_HEAD_BYTES)
            title = dict(mail.heads).get("Subject", "") or name or "mail"
            return File(plain_name(title[:100].replace("/", " ")) + ".eml", written_mail(mail))
        if data is None:
            return None  # a link to a file elsewhere, or a drawing of another program
        self._budget.take(len(data))  # streams may share their bytes, as often as they like
        mark = storage.line(_CONTENT_ID).strip("<> ")
        if mark and b"cid:" + mark.encode("utf-8", "replace") in html and is_logo(data):
            return None
        return File(plain_name(name), data)


def _heads(storage: _Storage) -> tuple[tuple[str, str], ...]:
    sender, address = storage.line(_SENDER, _FOR), storage.line(_SENDER_SMTP, _SENDER_ADDRESS, _FOR_ADDRESS)
    sent = entity(storage.text(_HEADERS).encode("utf-8", "replace").replace(b"\r\n", b"\n"))
    if "@" in address and address not in sender:
        sender = f"{sender} <{address}>".strip()
    elif "@" not in sender and "@" in sent.text("From"):
        sender = sent.text("From")
    date = _date(storage.number(_SENT) or storage.number(_DELIVERED)) or sent.text("Date")
    heads = (
        ("From", sender), ("To", storage.line(_TO)), ("Cc", storage.line(_CC)),
        ("Subject", storage.line(_SUBJECT)), ("Date", date),
    )  # fmt: skip
    return tuple((label, text) for label, text in heads if text)


def _date(ticks: int | None) -> str:
    """From tenths of microseconds since 1601."""
    if not ticks or not 0 < ticks < 3 * 10**17:
        return ""
    return format_datetime(datetime(1601, 1, 1, tzinfo=UTC) + timedelta(microseconds=ticks // 10))


def _body(storage: _Storage) -> Body:
    plain = storage.text(_BODY)
    html = storage.stream(_HTML, _BINARY)
    charset = _code_page(storage.number(_INTERNET_CODE_PAGE))
    told = Written(html, charset) if html else None
    if told is None and (text := storage.text(_HTML)):
        told = Written(text.encode("utf-8", "replace"), "utf-8")
    return Body(
        Written(plain.encode("utf-8", "replace"), "utf-8") if plain.strip() else None,
        told,
        storage.stream(_RTF, _BINARY),
    )


def _code_page(number: int | None) -> str | None:
    """Windows' number of an encoding as its name."""
    known = {
        65001: "utf-8",
        20127: "ascii",
        28591: "latin-1",
        50220: "iso2022_jp",
        936: "gbk",
        20866: "koi8-r",
    }
    if not number:
        return None
    if 28592 <= number <= 28605:
        return f"iso8859-{number - 28590}"
    return known.get(number, f"cp{number}")
