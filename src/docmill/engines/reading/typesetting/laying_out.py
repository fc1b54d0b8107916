"""Files without pages of their own, as parts: what their blocks are when they are laid out."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import child as limits
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.parts import Opened, PageDone, Part
from docmill.engines.reading.typesetting import Block, typeset

_LINES_PER_PAGE = 80
_CHARS_PER_PAGE = 20_000
"""More than ever stand on a page that is set in type here."""


def require_pages(allowed: ReadingLimits, *, lines: int = 0, chars: int = 0) -> None:
    """Raise Rejected(too_many_pages) for what cannot fit, before time is spent to lay it out."""
    if lines > allowed.pages_max * _LINES_PER_PAGE or chars > allowed.pages_max * _CHARS_PER_PAGE:
        raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {allowed.pages_max}")


def laid_out(
    kind: str, blocks: Iterable[Block], allowed: ReadingLimits, *, first: int, reader: str
) -> Iterator[Part]:
    """Yield Opened and the pages from ``first`` on. Raises Rejected(too_many_pages), and what blocks raise.

    Pages come out as they fill: how many a long file gets is known with its last one, so Opened says
    how many there are at least.
    """
    pages = typeset(blocks, allowed)
    begun = list(islice(pages, 2 * limits.PAGES_PER_SET))
    yield Opened(kind, len(begun), reader)
    for page in chain(begun, pages):
        if page.number >= first:
            yield PageDone(page)
