"""Putting the parts together again, and OCR's words onto the page that they were seen on."""

from dataclasses import replace

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Attachment, Box, Member, Page, Provenance, Reading, Word
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading.characters import unmasked
from docmill.engines.reading.kinds import media
from docmill.engines.reading.parts import (
    AttachmentFound,
    MemberFound,
    Opened,
    PageDone,
    PageSeen,
    Part,
    Recognized,
)
from docmill.engines.reading.scans.turning import lined, upright

_OVERLAP_SHARE = 0.5


class OutOfBounds(Rejected):
    """The document as a whole is too much: no page alone is to blame."""


class Assembly:
    """Collects the parts of one file. ``reading`` raises Rejected when no page of it could be read."""

    def __init__(self, allowed: ReadingLimits = DEFAULT) -> None:
        self._allowed = allowed
        self.pages: list[Page] = []
        self.page_count = 0
        self._media_type = ""
        self._readers: list[str] = []
        self._attachments: list[Attachment] = []
        self._members: list[Member] = []
        self._member_bytes = 0
        self._words = 0
        self._chars = 0

    def add(self, part: Part) -> None:
        match part:
            case Opened():
                self._media_type, self.page_count = part.media_type, part.pages
                self._readers.append(part.reader)
            case PageDone():
                self._require_next(part.page.number, len(self.pages) + 1)
                self.pages.append(self._unmasked(part.page))
                self.page_count = max(self.page_count, len(self.pages))
            case AttachmentFound():
                self._attachments.append(part.attachment)
            case MemberFound():
                self._require_next(part.member.ordinal, len(self._members))
                self._members.append(part.member)
            case PageSeen():
                raise TypeError("a page that waits for OCR is not done")
        self._require_bounds(part)

    def _unmasked(self, page: Page) -> Page:
        drawn = self._media_type == media.PDF or self._media_type in media.PICTURES
        return unmasked(_cut(page), drawn=drawn)

    def _require_next(self, number: int, wanted: int) -> None:
        """Those who look a page up by its number trust that none is missing and none is there twice."""
        if number != wanted:
            raise Rejected(ErrorCode.READER_CRASHED, "its answer is out of order")

    def _require_bounds(self, part: Part) -> None:
        """The reader keeps to the limits by itself, unless a file has taken it over."""
        if isinstance(part, MemberFound):
            self._member_bytes += len(part.member.data)
        if (
            len(self.pages) > self._allowed.pages_max
            or len(self._attachments) > self._allowed.attachments_max
            or len(self._members) > self._allowed.archive_members_max
            or self._member_bytes > self._allowed.unpack_size_bytes_max
        ):
            raise OutOfBounds(ErrorCode.READER_CRASHED, "its answer has no end")
        if isinstance(part, PageDone | PageSeen):
            self._words += len(part.page.words)
            if self._words > limits.WORDS_MAX:
                raise OutOfBounds(ErrorCode.READER_LIMIT, f"more than {limits.WORDS_MAX} words")
            self._chars += sum(len(word.text) for word in part.page.words)
            if self._chars > limits.READING_CHARS_MAX:
                raise OutOfBounds(ErrorCode.READER_LIMIT, f"more than {limits.READING_CHARS_MAX} characters")

    def add_recognized(self, seen: PageSeen, found: Recognized | None) -> None:
        """Add a page that was read by OCR; marked with its code when OCR has failed."""
        self._require_bounds(seen)
        self._require_next(seen.page.number, len(self.pages) + 1)
        if found is None:
            self.pages.append(self._unmasked(failed(seen.page)))
            return
        self.pages.append(self._unmasked(recognized(seen, found)))
        self._readers.append(found.engine)

    def reading(self, *, cpu_seconds: float = 0.0) -> Reading:
        if self.pages and not self._attachments and all(page.error for page in self.pages):
            raise Rejected(ErrorCode.PAGE_FAILED, "no page could be read")
        return Reading(
            self._media_type,
            tuple(self.pages),
            tuple(self._attachments),
            tuple(self._members),
            reader="; ".join(dict.fromkeys(self._readers)),
            cpu_seconds=cpu_seconds,
        )


def recognized(seen: PageSeen, found: Recognized) -> Page:
    """The page with OCR's words in the page's own unit, between the words that its text layer shows."""
    page = seen.page
    x, y = page.width / seen.pixels.width, page.height / seen.pixels.height
    shown = [word for word in page.words if word.hidden is None]
    words = [_scaled(word, x, y) for word in found.words]
    fresh = [word for word in words if not any(_same_place(word.box, other.box) for other in shown)]
    if not fresh:
        return replace(page, skew_deg=found.skew_deg)
    together = (*page.words, *fresh)
    whole = replace(page, words=together, provenance=Provenance.OWN_OCR, skew_deg=found.skew_deg)
    if not shown:  # else the page stands as those who wrote its text wanted it to
        whole = upright(whole, found.turned_deg)
    return lined(whole) if page.words else whole


def _cut(page: Page) -> Page:
    """The page with words of a length that patterns can be tried on."""
    most = limits.WORD_CHARS_MAX
    if all(len(word.text) <= most for word in page.words):
        return page
    return replace(page, words=tuple(replace(word, text=word.text[:most]) for word in page.words))


def failed(page: Page) -> Page:
    """The page as far as it could be read, marked with its code."""
    return replace(page, error=ErrorCode.PAGE_FAILED.value)


def _scaled(word: Word, x: float, y: float) -> Word:
    left, top, right, bottom = word.box
    x0, y0 = round(left * x, 2), round(top * y, 2)
    box = Box(x0, y0, max(round(right * x, 2), x0 + 0.01), max(round(bottom * y, 2), y0 + 0.01))
    confidence = None if word.confidence is None else round(min(1.0, max(0.0, word.confidence)), 3)
    return Word(word.text, box, confidence, word.hidden, word.line)


def _same_place(box: Box, other: Box) -> bool:
    """True when at least half of ``box`` is under the other one."""
    width = min(box.x1, other.x1) - max(box.x0, other.x0)
    height = min(box.y1, other.y1) - max(box.y0, other.y0)
    return width > 0 and height > 0 and width * height >= _OVERLAP_SHARE * box.width * box.height
