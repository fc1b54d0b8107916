"""Bytes to text, for files that do not say in which encoding they are written."""

import codecs
import re
from functools import cache
from typing import NamedTuple

from docmill.domain.limits import documents as limits

_MARKS: tuple[tuple[bytes, str], ...] = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = (
    "cp1252", "iso8859-15", "cp1250", "iso8859-2", "cp1251", "koi8-r", "cp1253", "cp850", "cp852",
    "mac-roman",
)  # fmt: skip
_USUAL = frozenset(
    "äöüÄÖÜßàâæçéèêëîïôœùûÿÀÂÇÉÈÊËÎÏÔŒÙÛáíóúñÁÍÓÚÑ¿¡ìòÌÒąćęłńśźżĄĆĘŁŃŚŹŻčěřšťůýžČŘŠŽőűåøÅØãõ€§°"
)
"""What the languages of Europe write beyond ASCII, and what stands on their invoices."""
_COMMON = frozenset("–—„“”‚‘’…«»·•²³½¼®©™\xa0£±µ×")
_DRAWN = re.compile("[\u2500-\u25ff]")
# No text holds these; 0x1A ends files of old systems, 0x1B switches printers.
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x19\x1c-\x1f\x7f]")
_UNREADABLE = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f\ufffd]")
_SCORE_MIN = 0.0


class Decoded(NamedTuple):
    text: str
    encoding: str


def decoded(data: bytes) -> Decoded | None:
    """The text and its encoding; None for bytes that are no text in any encoding known here.

    A byte order mark decides, then whether the bytes are valid UTF-8, then the pattern of UTF-16, then
    which code page gives the letters that European languages use.
    """
    for mark, marked in _MARKS:
        if data.startswith(mark):
            return _checked(data, marked)
    wide = _wide(data[: limits.TEXT_PROBE_BYTES])
    if wide is not None:
        return _checked(data, wide)
    data = data.rstrip(b"\x1a")
    if _CONTROL.search(data):
        return None
    try:
        return Decoded(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError as error:
        if error.reason == "unexpected end of data" and error.start > 0:  # cut in the middle of a letter
            return Decoded(data[: error.start].decode("utf-8"), "utf-8")
        first = max(0, error.start - 1)  # what is before it is in every encoding the same
    encoding = _code_page(data[first : first + limits.TEXT_PROBE_BYTES])
    return None if encoding is None else Decoded(data.decode(encoding, "replace"), encoding)


def named(data: bytes, label: str | None) -> Decoded | None:
    """The text in the encoding that the file names itself; None when there is none of that name."""
    plain = (label or "").strip().strip("\"'").lower()
    try:
        encoding = codecs.lookup(_ALIASES.get(plain, plain)).name if plain else ""
        return Decoded(data.decode(encoding, "replace"), encoding) if encoding in known() else None
    except (LookupError, ValueError):
        return None


@cache
def known() -> frozenset[str]:
    """The encodings that files may name. Asking for them loads them, for a process that sees no folder."""
    for needed in ("utf_8_sig", "raw_unicode_escape", "unicode_escape", "idna"):
        codecs.lookup(needed)  # by the standard library itself
    return frozenset(codecs.lookup(name).name for name in _KNOWN)


_KNOWN = (
    "ascii", "utf-8", "utf-7", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be",
    "latin-1", "iso8859-2", "iso8859-3", "iso8859-4", "iso8859-5", "iso8859-6", "iso8859-7", "iso8859-8",
    "iso8859-9", "iso8859-10", "iso8859-13", "iso8859-14", "iso8859-15", "iso8859-16", "cp1250", "cp1251",
    "cp1252", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257", "cp1258", "cp437", "cp850", "cp852", "cp855",
    "cp858", "cp866", "cp874", "koi8-r", "koi8-u", "mac-roman", "mac-latin2", "mac-cyrillic", "cp932",
    "shift_jis", "euc_jp", "iso2022_jp", "gbk", "gb18030", "big5", "cp950", "euc_kr", "cp949", "iso2022_kr",
)  # fmt: skip
# What browsers take these names for.
_ALIASES = {
    "iso-8859-1": "cp1252",
    "latin-1": "cp1252",
    "latin1": "cp1252",
    "us-ascii": "cp1252",
    "ascii": "cp1252",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "iso-8859-9": "cp1254",
    "windows-874": "cp874",
    "tis-620": "cp874",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-user-defined": "cp1252",
    "unicode": "utf-16",
    "utf8": "utf-8",
}


def _checked(data: bytes, encoding: str) -> Decoded | None:
    text = data.decode(encoding, "replace").rstrip("\0\x1a\ufffd")
    bad = sum(1 for _ in _UNREADABLE.finditer(text))
    return None if bad > len(text) // 100 else Decoded(text, encoding)


def _wide(probe: bytes) -> str | None:
    """UTF-16 without a mark: nearly every other byte of European text is zero."""
    if len(probe) < 4 or b"\0" not in probe:
        return None
    even, odd = probe[0::2].count(0), probe[1::2].count(0)
    half = len(probe) // 2
    if odd > 0.4 * half and even < 0.05 * half:
        return "utf-16-le"
    if even > 0.4 * half and odd < 0.05 * half:
        return "utf-16-be"
    return None


def _code_page(probe: bytes) -> str | None:
    best, most = None, _SCORE_MIN
    for encoding in _CODE_PAGES:
        score = _score(probe.decode(encoding, "replace"))
        if score > most:
            best, most = encoding, score
    return best


def _score(text: str) -> float:
    """How much the letters beyond ASCII look like a language, for one of them."""
    score, count, before = 0.0, 0, " "
    for character in text:
        if character > "\x7f":
            count += 1
            score += _weight(character)
            if character.isupper() and before.islower():
                score -= 2.0
            if character.isalpha() and before.isalpha() and before > "\x7f":
                # Two in a row are usual in Cyrillic and Greek, and rare in Latin.
                score += 0.0 if character < "\u0370" else 0.5
        before = character
    return score / count if count else 0.0


def _weight(character: str) -> float:
    if character in _USUAL:
        return 2.0
    if character in _COMMON:
        return 1.0
    if "\u0370" <= character <= "\u04ff":
        return 1.4 if character.islower() else 0.6
    if character == "\ufffd" or character <= "\x9f":
        return -6.0
    if _DRAWN.match(character):
        return -0.5
    return 0.2 if character.isalpha() else -1.0
