"""Which kind of text it is: markup, a mail, a table or plain."""

import csv
import re
from collections import Counter
from collections.abc import Sequence

from docmill.engines.reading.kinds import encodings, media

_MARKUP = re.compile(r"<(?:[!?]|(?:[A-Za-z_][\w.\-]*:)?[A-Za-z_][\w.\-]*(?:[\s/>]|$))")
_PROLOG = re.compile(r"\s+|<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^>\[]*>", re.DOTALL | re.IGNORECASE)
_OWN_SUBSET = re.compile(r"<!DOCTYPE[^>\[]*\[", re.IGNORECASE)
_ROOT = re.compile(r"<(?:([A-Za-z_][\w.\-]*):)?([A-Za-z_][\w.\-]*)")
_HTML_TYPE = re.compile(r"<!DOCTYPE\s+html[^>\[]*>", re.IGNORECASE)
_HTML_ROOTS = frozenset({
    "html", "head", "body", "title", "meta", "link", "style", "script", "base", "div", "p", "table",
    "thead", "tbody", "tr", "td", "th", "center", "font", "span", "br", "hr", "h1", "h2", "h3", "h4",
    "h5", "h6", "ul", "ol", "li", "dl", "pre", "form", "frameset", "section", "article", "header",
    "main", "nav", "img", "strong", "em",
})  # fmt: skip
_HTML_INSIDE = re.compile(r"<(?:html|head|body)\b[^<>]*>", re.IGNORECASE)
_PDF_INSIDE = re.compile(r"^\s{0,9}(?:%PDF|\d{1,9} \d{1,9} obj\b)", re.MULTILINE)
_TAG = re.compile(r"</?[A-Za-z][A-Za-z0-9]*[\s/>]")
_HEADER = re.compile(r"([A-Za-z][A-Za-z0-9\-]{1,60})[ \t]*:")
_MAIL_ONLY = frozenset({"received", "message-id", "mime-version", "return-path", "delivered-to", "x-mailer"})
_MAIL = _MAIL_ONLY | {
    "from", "to", "cc", "bcc", "subject", "date", "reply-to", "sender", "content-type", "in-reply-to",
    "content-transfer-encoding", "references", "resent-from", "dkim-signature",
}  # fmt: skip
_DELIMITERS = ";\t,|"
_RECORDS_MAX = 50


def kind_of_text(head: bytes, name: str) -> str:
    """Return XML, HTML, EML, CSV or TEXT, and UNKNOWN for bytes that are no text.

    ``head`` is the file's beginning, or all of it.
    """
    marked = _markup(head)
    if marked is not None:
        return marked
    ending = name.rpartition(".")[2].lower()
    if is_mail(_first_lines(head), ending):
        return media.EML
    found = encodings.decoded(head)
    if found is None or not found.text.strip():
        return media.UNKNOWN
    if _PDF_INSIDE.search(found.text):
        return media.PDF  # without its header; what its reader makes of it is a better answer than its source
    if _HTML_INSIDE.search(found.text) or (ending in ("html", "htm", "xhtml") and _TAG.search(found.text)):
        return media.HTML
    if delimiter_of(found.text, named_csv=ending in ("csv", "tsv")) is not None:
        return media.CSV
    return media.TEXT


_MAIL_HEAD_BYTES = 16 * 1024


def is_sent_mail(data: bytes) -> bool:
    """True for a mail whose header has what only programs that send mails write."""
    return is_mail(_first_lines(data), "txt")


def _first_lines(data: bytes) -> list[str]:
    return data[:_MAIL_HEAD_BYTES].decode("latin-1").splitlines()


def _markup(head: bytes) -> str | None:
    text = head_text(head).lstrip("\ufeff \t\r\n\0")
    if not _MARKUP.match(text):
        return None
    at = 0
    while (prolog := _PROLOG.match(text, at)) and prolog.end() > at:
        at = prolog.end()
    if _OWN_SUBSET.match(text, at):
        return media.XML  # which refuses it: what a browser opens has no entities of its own
    root = _ROOT.match(text, at)
    if root is not None:
        is_html = root[1] is None and root[2].lower() in _HTML_ROOTS
        return media.HTML if is_html else media.XML
    return media.HTML if _HTML_TYPE.match(text) or _HTML_INSIDE.search(text) else media.XML


def head_text(head: bytes) -> str:
    """The first characters of a file that may be UTF-8 or UTF-16 with or without a byte order mark."""
    if head.startswith((b"\xff\xfe", b"<\x00")):
        return head[: len(head) & ~1].decode("utf-16-le", "replace").replace("\0", "")
    if head.startswith((b"\xfe\xff", b"\x00<")):
        return head[: len(head) & ~1].decode("utf-16-be", "replace").replace("\0", "")
    if head.startswith(b"\x00\x00"):
        return head.replace(b"\0", b"").decode("latin-1")
    return head.decode("utf-8", "replace")


def is_mail(lines: Sequence[str], ending: str = "") -> bool:
    """True when the lines before the first empty one are header fields as mails have them.

    Two that any letter could have (From, To, Subject) are not enough for a file that is named a text.
    """
    if lines and lines[0].startswith(("From ", ">From ")):
        lines = lines[1:]  # as mailboxes put it between mails
    fields: set[str] = set()
    for line in lines:
        if not line.strip():
            break
        if line[0] in " \t" and fields:
            continue
        header = _HEADER.match(line)
        if header is None:
            break
        fields.add(header[1].lower())
    known = fields & _MAIL
    if ending in ("eml", "mht", "mhtml"):
        return bool(known)
    enough = len(known) >= 2 and bool(known - {"date", "to", "cc", "subject", "content-type"})
    return enough and (ending not in ("txt", "text", "csv", "log") or bool(fields & _MAIL_ONLY))


def delimiter_of(text: str, *, named_csv: bool) -> str | None:
    """The character that parts columns: in every row equally often. None when this is no table.

    A file that is named as a table needs less of it than one that is not.
    """
    best, most = None, 1
    for delimiter in _DELIMITERS:
        columns = _columns(text, delimiter)
        if columns is None:
            continue
        usual, times = Counter(columns).most_common(1)[0]
        rows = len(columns)
        fits = times >= 0.6 * rows if named_csv else rows >= 3 and times == rows
        if usual > most and fits:
            best, most = delimiter, usual
    return best


def _columns(text: str, delimiter: str) -> list[int] | None:
    lines = text[: 64 * 1024].splitlines(keepends=True)
    rows = csv.reader(lines[: _RECORDS_MAX * 2], delimiter=delimiter)
    counts: list[int] = []
    try:
        for row in rows:
            if any(field.strip() for field in row):
                counts.append(len(row))
            if len(counts) == _RECORDS_MAX:
                break
    except csv.Error:
        return None
    return counts or None
