"""One document over all its children: a page that brings one down is marked, and the rest is read."""

from docmill.adapters.sandbox.clock import Clock
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as limits
from docmill.domain.pages import Page, Provenance, Reading
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.assembly import Assembly, OutOfBounds, failed
from docmill.engines.reading.parts import (
    AttachmentFound,
    MemberFound,
    Opened,
    PageDone,
    PageSeen,
    Part,
    Recognized,
)
from docmill.ports.reader import Progress

_OF_A_PAGE = (ErrorCode.READER_LIMIT, ErrorCode.READER_CRASHED)


class Salvage:
    """``first`` is the page that the next child begins with."""

    def __init__(self, allowed: ReadingLimits) -> None:
        self.assembly = Assembly(allowed)
        self.clock = Clock(allowed)
        self.cpu_seconds = 0.0
        self.first = 1
        self._next = 1
        self._opened: Opened | None = None
        self._ends: list[Rejected] = []
        self._found = {AttachmentFound: 0, MemberFound: 0}
        self._known = dict(self._found)

    def is_new(self, part: Part) -> bool:
        """False for what an earlier child has brought already. Raises Rejected for another document."""
        if isinstance(part, Opened):
            before, self._opened = self._opened, part
            if before is not None and before.pages != part.pages:
                raise Rejected(ErrorCode.READER_CRASHED, "it opened another document")
            return before is None
        if isinstance(part, PageDone | PageSeen):
            return part.page.number >= self.first
        kind = type(part)
        self._found[kind] += 1
        return self._found[kind] > self._known[kind]

    def add(self, part: Part) -> None:
        self.assembly.add(part)
        if isinstance(part, PageDone):
            self._page_read(part.page)

    def add_recognized(self, seen: PageSeen, found: Recognized | None) -> None:
        self.assembly.add_recognized(seen, found)
        self.cpu_seconds += found.cpu_seconds if found else 0.0
        self._page_read(seen.page)

    def tell(self, progress: Progress | None) -> None:
        if progress:
            progress(len(self.assembly.pages), self.assembly.page_count)

    def lose_page(self, end: Rejected) -> bool:
        """Mark the page that a child came to its end at; return whether there are pages after it.

        Raises ``end`` where it is not about one page, or enough has been tried.
        """
        pages = self._opened.pages if self._opened else 0
        if isinstance(end, OutOfBounds) or end.code not in _OF_A_PAGE:
            raise end
        if self._next > pages or len(self._ends) >= limits.CHILD_RESTARTS_MAX:
            raise end
        self._ends.append(end)
        self.assembly.add(PageDone(failed(Page(self._next, 0.0, 0.0, "pt", (), Provenance.EMPTY))))
        if not self.clock.page_lost():
            raise end
        self._next += 1
        self.first = self._next
        for kind, count in self._found.items():
            self._known[kind] = max(self._known[kind], count)
            self._found[kind] = 0
        return self.first <= pages

    def reading(self) -> Reading:
        """Raises Rejected when no page could be read: with what ended the first child, if any was ended."""
        try:
            reading = self.assembly.reading(cpu_seconds=self.cpu_seconds)
        except Rejected:
            if self._ends:
                raise self._ends[0] from None
            raise
        return reading

    def _page_read(self, page: Page) -> None:
        self._next = page.number + 1
