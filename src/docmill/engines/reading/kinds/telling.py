"""What kind of file it is, by its content: names lie, and break ties only.

The rule, also for files that are two things at once, is the first of these that holds:

1. A signature at the first byte. A ZIP or compound file is then told by its own directory.
2. The checksum of a TAR header.
3. A PDF header within the first kilobyte, as PDF viewers accept it, unless header lines of a mail that
   was sent stand before it.
4. Text without control characters: markup by its first element, mail by its header lines, a table by
   delimiters that come equally often in every row, else plain text. Between the last three the file's
   name has a say.
"""

import re

from docmill.domain.limits import documents as limits
from docmill.engines.reading.kinds.media import (
    AVIF,
    BZIP2,
    EML,
    GZIP,
    HEIC,
    JPEG,
    PDF,
    PICTURES,
    PNG,
    RTF,
    TAR,
    TIFF,
    UNKNOWN,
    WEBP,
    XZ,
)

_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", PDF),
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"\x1f\x8b", GZIP),
    (b"\xfd7zXZ\x00", XZ),
    (b"{\\rtf", RTF),
    (b"GIF8", UNKNOWN),
    (b"7z\xbc\xaf\x27\x1c", UNKNOWN),
    (b"Rar!\x1a", UNKNOWN),
    (b"%!PS", UNKNOWN),
    (b"\x00\x00\x00\x0cjP  ", UNKNOWN),
    (b"\x7fELF", UNKNOWN),
)
SIGNED_PAGES = tuple(magic for magic, kind in _MAGIC if kind == PDF or kind in PICTURES)
"""A file that begins with one of these is a PDF or a picture, whatever else is in it."""
_BZIP2 = re.compile(rb"BZh[1-9](?:1AY&SY|\x17rE8P\x90)")
_BRAND = re.compile(rb"....ftyp(....)", re.DOTALL)
_BRANDS = {
    b"heic": HEIC, b"heix": HEIC, b"heim": HEIC, b"heis": HEIC, b"hevc": HEIC, b"hevx": HEIC, b"mif1": HEIC,
    b"msf1": HEIC, b"avif": AVIF, b"avis": AVIF,
}  # fmt: skip
_HEAD_BYTES = 1024  # PDF viewers accept the header anywhere in the first kilobyte
_PDF_LATER = re.compile(rb"%PDF-\d")


def media_type(data: bytes, name: str = "") -> str:
    """Return the media type by content, ``application/octet-stream`` for what docmill does not read."""
    signed = _signed(data)
    if signed is not None:
        return signed
    if is_tar(data):
        return TAR
    from docmill.engines.reading.kinds.texts import is_sent_mail, kind_of_text  # few files come so far

    if _PDF_LATER.search(data, 0, _HEAD_BYTES):
        return EML if is_sent_mail(data) else PDF
    return kind_of_text(data[: limits.TEXT_PROBE_BYTES], name)


def _signed(data: bytes) -> str | None:
    head = data[:_HEAD_BYTES]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08PK\x03\x04")):
        from docmill.engines.reading.kinds.packages import kind_of_zip

        return kind_of_zip(data)
    if head.startswith(_COMPOUND):
        from docmill.engines.reading.kinds.packages import kind_of_compound

        return kind_of_compound(data)
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return WEBP
    if _BZIP2.match(head):
        return BZIP2
    brand = _BRAND.match(head)
    if brand is not None:
        if brand[1] in (b"mif1", b"msf1") and b"avif" in head[16:64]:
            return AVIF
        return _BRANDS.get(brand[1], UNKNOWN)
    return None


def is_tar(data: bytes) -> bool:
    """True when the first block is the header of a file, by the checksum that every kind of TAR has."""
    block = data[:512]
    if len(block) < 512 or not block[0]:
        return False
    digits = block[148:156].strip(b" \0")
    if not digits or not re.fullmatch(rb"[0-7]{1,7}", digits):
        return False
    plain = block[:148] + b" " * 8 + block[156:]
    signed = sum(byte - 256 if byte > 127 else byte for byte in plain)
    return int(digits, 8) in (sum(plain), signed)
