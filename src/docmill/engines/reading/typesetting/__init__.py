"""Pages for formats that have none: blocks are laid out on A4, wider where a table needs it.

Boxes come from Helvetica's widths, whatever the file's fonts are. Pages come out as they fill.
"""

from collections.abc import Iterable, Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Page
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.typesetting.blocks import (
    Block,
    CellText,
    Frame,
    Grid,
    PageBreak,
    Paragraph,
    Run,
    Slide,
    Stop,
    column_letters,
)
from docmill.engines.reading.typesetting.grids import leaves, stack
from docmill.engines.reading.typesetting.leaf import Leaf
from docmill.engines.reading.typesetting.setting import lines

__all__ = [
    "HEIGHT_PT",
    "WIDTH_PT",
    "Block",
    "CellText",
    "Frame",
    "Grid",
    "PageBreak",
    "Paragraph",
    "Run",
    "Slide",
    "Stop",
    "column_letters",
    "typeset",
]

WIDTH_PT, HEIGHT_PT = 595.0, 842.0
MARGIN_PT = 56.0
_ROOM_X, _ROOM_Y = WIDTH_PT - 2 * MARGIN_PT, HEIGHT_PT - 2 * MARGIN_PT
_AFTER_PT = 4.0
_PAGE_CHARS_MAX = 6_000


def typeset(blocks: Iterable[Block], allowed: ReadingLimits) -> Iterator[Page]:
    """Yield the pages, from 1; none when there is nothing on them. Raises Rejected(too_many_pages)."""
    maker = _Maker(allowed)
    for block in _bounded(blocks, allowed):
        match block:
            case Paragraph():
                for line in lines(block, _ROOM_X):
                    yield from maker.add(line)
                maker.skip(_AFTER_PT)
            case Grid():
                for leaf in leaves(block, _ROOM_X):
                    yield from maker.add(leaf)
                maker.skip(2 * _AFTER_PT)
            case PageBreak():
                yield from maker.turn()
                maker.name = block.name
            case Slide():
                yield from maker.turn()
                yield maker.slide(block)
    yield from maker.turn()


def _bounded(blocks: Iterable[Block], allowed: ReadingLimits) -> Iterator[Block]:
    """Stop at text that cannot fit before it is set: that takes a minute, to count it a moment."""
    left = allowed.pages_max * _PAGE_CHARS_MAX
    for block in blocks:
        if isinstance(block, Paragraph):
            text = block.text
            left -= len(text) if isinstance(text, str) else sum(len(run.text) for run in text)
            if left < 0:
                raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {allowed.pages_max}")
        yield block


class _Maker:
    """Makes set type up into pages."""

    def __init__(self, allowed: ReadingLimits) -> None:
        self._allowed = allowed
        self._number = 0
        self._leaf = Leaf()
        self._y = 0.0
        self.name = ""

    def add(self, leaf: Leaf) -> Iterator[Page]:
        if self._y + leaf.height > _ROOM_Y and self._y > 0:
            yield from self.turn()
        pieces = leaf.slices(_ROOM_Y) if leaf.height > _ROOM_Y else [leaf]
        for piece in pieces[:-1]:
            self._leaf.put(piece, MARGIN_PT, MARGIN_PT)
            yield from self.turn()
        self._leaf.put(pieces[-1], MARGIN_PT, MARGIN_PT + self._y)
        self._y += pieces[-1].height

    def skip(self, height: float) -> None:
        self._y += height if self._y else 0.0

    def turn(self) -> Iterator[Page]:
        """Yield the page, if there is anything on it, and begin the next one."""
        leaf, self._leaf, self._y = self._leaf, Leaf(), 0.0
        if leaf.words or leaf.ticks:
            width = max(WIDTH_PT, leaf.width + MARGIN_PT)
            yield leaf.page(self._next(), self.name, (width, HEIGHT_PT))

    def slide(self, slide: Slide) -> Page:
        leaf = Leaf()
        for frame in slide.frames:
            leaf.put(stack(frame.blocks, frame.width_pt), max(0.0, frame.x_pt), max(0.0, frame.y_pt))
        return leaf.page(self._next(), slide.name, (slide.width_pt, slide.height_pt))

    def _next(self) -> int:
        self._number += 1
        if self._number > self._allowed.pages_max:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {self._allowed.pages_max}")
        return self._number
