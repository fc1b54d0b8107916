"""Wall time that a document's children may take, all together; OCR's time is not counted against them."""

from docmill.domain.limits import child as limits
from docmill.domain.reading_limits import ReadingLimits

_SECOND_CHANCE_SHARE = 5


class Clock:
    """Time until the first page is read, then for each set of pages; and no page may eat up its set.

    When the time for the first page is over, its successor gets a fifth of it, and so on: a file whose
    pages all hang takes a quarter more than one that hangs once, and not five times as much.
    """

    def __init__(self, allowed: ReadingLimits) -> None:
        self._first_s = self._stretch_s = allowed.child_first_page_wall_s_max
        self._set_s = allowed.child_set_wall_s_max
        self._page_s = self._page_s_max = allowed.child_page_wall_s_max
        self._pages = 0

    @property
    def left_s(self) -> float:
        return max(0.0, min(self._stretch_s, self._page_s))

    def spent(self, seconds: float) -> None:
        self._stretch_s -= seconds
        self._page_s -= seconds

    def page_read(self) -> None:
        self._page_s = self._page_s_max
        if self._pages % limits.PAGES_PER_SET == 0:
            self._stretch_s = self._set_s
        self._pages += 1

    def page_lost(self) -> bool:
        """Return whether there is time for the page after it."""
        self._page_s = self._page_s_max
        if self._pages:
            self._pages += 1
            return self._stretch_s > 0
        if self._stretch_s <= 0:
            self._first_s /= _SECOND_CHANCE_SHARE
            self._stretch_s = self._first_s
        return True
