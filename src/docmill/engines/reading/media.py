"""What kind of file it is, by its content: names lie."""

PDF = "application/pdf"
JPEG = "image/jpeg"
PNG = "image/png"
TIFF = "image/tiff"
XML = "application/xml"
ZIP = "application/zip"
TAR = "application/x-tar"
GZIP = "application/gzip"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
PPTX = "application/vnd.openxmlformats-officedocument.presentationml.presentation"
ODT = "application/vnd.oasis.opendocument.text"
RTF = "application/rtf"
EML = "message/rfc822"
MSG = "application/vnd.ms-outlook"
HTML = "text/html"
CSV = "text/csv"
TEXT = "text/plain"
WEBP = "image/webp"
HEIC = "image/heic"
UNKNOWN = "application/octet-stream"

PICTURES = (JPEG, PNG, TIFF, WEBP, HEIC)
OFFICE = (DOCX, XLSX, PPTX, ODT, RTF)
MAILS = (EML, MSG)
ARCHIVES = (ZIP, TAR, GZIP)
MARKUP = (HTML, CSV, TEXT)

_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"II*\x00", TIFF),
    (b"MM\x00*", TIFF),
    (b"II+\x00", TIFF),
    (b"MM\x00+", TIFF),
    (b"PK\x03\x04", ZIP),
    (b"PK\x05\x06", ZIP),
)
_HEAD_BYTES = 1024  # PDF viewers accept the header anywhere in the first kilobyte
_WEB_PAGES = ("<!doctype html", "<html", "<svg")


def media_type(data: bytes, name: str = "") -> str:
    """Return the media type by content, ``application/octet-stream`` for what docmill does not read.

    ``name`` decides nothing: it is taken so that a format without any mark of its own can be told one day.
    """
    del name
    head = data[:_HEAD_BYTES]
    for magic, kind in _MAGIC:
        if head.startswith(magic):
            return kind
    if b"%PDF-" in head:
        return PDF
    return XML if _looks_like_xml(head) else UNKNOWN


def _looks_like_xml(head: bytes) -> bool:
    text = head_text(head).lstrip("\ufeff \t\r\n").lower()
    if text.startswith(_WEB_PAGES):
        return False
    return text.startswith("<") and len(text) > 1 and (text[1] in "?!_" or text[1].isalpha())


def head_text(head: bytes) -> str:
    """The first characters of a file that may be UTF-8 or UTF-16 with or without a byte order mark."""
    if head.startswith((b"\xff\xfe", b"<\x00")):
        return head[: len(head) & ~1].decode("utf-16-le", "replace")
    if head.startswith((b"\xfe\xff", b"\x00<")):
        return head[: len(head) & ~1].decode("utf-16-be", "replace")
    return head.decode("utf-8", "replace")
