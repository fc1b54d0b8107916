"""Mails as they are sent (RFC 5322)."""

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.archives.names import plain_name
from docmill.engines.reading.mail.letter import HEADS, Body, File, Letter, Written
from docmill.engines.reading.mail.logos import is_logo
from docmill.engines.reading.mail.mime import Entity, entity

_SIGNATURES = frozenset(
    {"application/pkcs7-signature", "application/x-pkcs7-signature", "application/pgp-signature"}
)
_ENVELOPES = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SHOWN = frozenset(
    {"text/plain", "text/html", "text/enriched", "message/delivery-status", "text/rfc822-headers"}
)
_WEB_PARTS = ("text/css", "text/javascript", "application/javascript", "application/x-javascript", "font/")
_ENDINGS = {
    "message/rfc822": ".eml", "application/pdf": ".pdf", "image/jpeg": ".jpg", "image/png": ".png",
    "image/tiff": ".tif", "text/calendar": ".ics", "text/plain": ".txt", "text/html": ".html",
    "application/xml": ".xml", "text/xml": ".xml", "text/csv": ".csv", "application/zip": ".zip",
}  # fmt: skip


def eml_letter(data: bytes, allowed: ReadingLimits) -> Letter:
    """Raises Rejected: file_corrupt, file_truncated, password_required, unpack_bomb."""
    mail = entity(_without_postmark(data))
    letter = Letter(tuple((label, text) for label in HEADS if (text := mail.text(label))))
    _Unpacking(letter, allowed).add(mail, 1)
    return letter


def _without_postmark(data: bytes) -> bytes:
    """Without the line that mailboxes put between mails."""
    return data.partition(b"\n")[2] if data.startswith((b"From ", b">From ")) else data


class _Unpacking:
    """Goes through the parts of one mail."""

    def __init__(self, letter: Letter, allowed: ReadingLimits) -> None:
        self._letter = letter
        self._allowed = allowed
        self._count = 0

    def add(self, part: Entity, depth: int) -> None:
        self._require_bounds(depth)
        kind = part.kind
        if kind == "multipart/encrypted" or (kind in _ENVELOPES and _is_sealed(part)):
            raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the mail is encrypted")
        if kind.startswith("multipart/") and part.parameter("boundary"):
            self._add_all(part, kind, depth)
        elif kind in _SIGNATURES:
            return
        elif (kind in _SHOWN or kind.startswith("multipart/")) and not part.is_attached and not part.name:
            self._letter.bodies.append(_body(part))
        else:
            self._letter.files.append(self._file(part))

    def _require_bounds(self, depth: int) -> None:
        self._count += 1
        if depth > limits.MAIL_DEPTH_MAX:
            raise Rejected(ErrorCode.UNPACK_BOMB, "parts of the mail within parts")
        if self._count > self._allowed.archive_members_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "the mail has too many parts")

    def _add_all(self, part: Entity, kind: str, depth: int) -> None:
        if kind == "multipart/alternative":
            self._add_alternative(part, depth)
            return
        files, bodies = len(self._letter.files), len(self._letter.bodies)
        inner: list[tuple[Entity, int]] = []
        for each in part.parts():
            before = len(self._letter.files)
            self.add(each, depth + 1)
            if len(self._letter.files) == before + 1:
                inner.append((each, before))
        if kind == "multipart/related":
            html = b"".join(body.html.data for body in self._letter.bodies[bodies:] if body.html)
            left_out = {at for each, at in inner if _is_decoration(each, self._letter.files[at], html)}
            kept = [file for at, file in enumerate(self._letter.files) if at not in left_out]
            self._letter.files[files:] = kept[files:]

    def _add_alternative(self, part: Entity, depth: int) -> None:
        """One body in several writings; what is neither is a file."""
        before = len(self._letter.bodies)
        for each in part.parts():
            if each.kind not in ("text/x-amp-html", "text/enriched", "text/watch-html"):
                self.add(each, depth + 1)
        found = self._letter.bodies[before:]
        if found:
            plain = next((body.plain for body in found if body.plain), None)
            html = next((body.html for body in reversed(found) if body.html), None)
            self._letter.bodies[before:] = [Body(plain, html)]

    def _file(self, part: Entity) -> File:
        name = part.name
        if not name:
            title = entity(part.body).text("Subject") if part.kind == "message/rfc822" else ""
            name = (title[:100] or f"part {self._count}") + _ENDINGS.get(part.kind, "")
        content = part.content()
        return File(plain_name(name), content.lstrip(b"\r\n") if part.kind == "message/rfc822" else content)


def _body(part: Entity) -> Body:
    written = Written(part.content(), part.charset)
    return Body(html=written) if part.kind == "text/html" else Body(plain=written)


def _is_sealed(part: Entity) -> bool:
    return (part.parameter("smime-type") or "").lower() != "signed-data"


def _is_decoration(part: Entity, file: File, html: bytes) -> bool:
    """What belongs to the looks of an HTML mail: its style sheets, and logos that it shows itself."""
    if part.kind.startswith(_WEB_PARTS):
        return True
    places = [part.text("Content-Location")]
    if part.content_id:
        places.append("cid:" + part.content_id)
    shown = any(place and place.encode("utf-8", "replace") in html for place in places)
    return shown and part.kind.startswith("image/") and is_logo(file.data)
