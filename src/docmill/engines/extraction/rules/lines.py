"""A row as text with the values in it.

Typed values are looked for once per row, by character, and shown by word.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

from docmill.domain.pages import Box, Word
from docmill.engines.layout import Layout, Row
from docmill.engines.values.amounts import Amount, decimal_mark_of, find_amounts
from docmill.engines.values.dates import find_dates
from docmill.engines.values.identifiers import Identifier, find_ibans, find_tax_ids
from docmill.engines.values.text import Found

SAMPLE_ROWS = 400
"""Rows that tell how the document writes its numbers."""
BETWEEN_SEGMENTS = "   "
"""Wider than any blank that may stand inside an amount, so that two columns never read as one number."""


@dataclass(frozen=True)
class Line:
    """``text`` is the row's; ``starts`` has the offset in it of each word of ``words``."""

    row: Row
    text: str
    words: tuple[Word, ...]
    starts: tuple[int, ...]
    segment_of_word: tuple[int, ...]
    order: str
    decimal_mark: str | None
    skipped: bool = field(default=False)

    @cached_property
    def dates(self) -> list[Found[date]]:
        return find_dates(self.text, self.order) if self.has_digit else []

    @cached_property
    def amounts(self) -> list[Found[Amount]]:
        """Amounts that are no part of a date."""
        if not self.has_digit:
            return []
        found = find_amounts(self.text, self.decimal_mark)
        return [hit for hit in found if not any(hit.start < d.end and d.start < hit.end for d in self.dates)]

    @cached_property
    def ibans(self) -> list[Found[str]]:
        return find_ibans(self.text) if self.has_digit else []

    @cached_property
    def tax_ids(self) -> list[Found[Identifier]]:
        return find_tax_ids(self.text) if self.has_digit else []

    @cached_property
    def has_digit(self) -> bool:
        return any(char.isdigit() for char in self.text)

    def words_between(self, start: int, end: int) -> tuple[Word, ...]:
        """Return the words that ``text[start:end]`` touches."""
        return tuple(
            word
            for word, at in zip(self.words, self.starts, strict=True)
            if at < end and at + len(word.text) > start
        )

    def box_between(self, start: int, end: int) -> Box:
        """Return the box of ``text[start:end]``; a part of a word gets its share of the word's box."""
        boxes = []
        for word, at in zip(self.words, self.starts, strict=True):
            if at >= end or at + len(word.text) <= start:
                continue
            per_char = word.box.width / len(word.text)
            x0 = word.box.x0 + max(0, start - at) * per_char
            x1 = word.box.x0 + min(len(word.text), end - at) * per_char
            boxes.append(Box(x0, word.box.y0, x1, word.box.y1))
        return Box(
            min(box.x0 for box in boxes),
            min(box.y0 for box in boxes),
            max(box.x1 for box in boxes),
            max(box.y1 for box in boxes),
        )

    def segment_end(self, offset: int) -> int:
        """Return the offset where the segment that holds ``offset`` ends."""
        end = self.text.find(BETWEEN_SEGMENTS, offset)
        return len(self.text) if end < 0 else end

    def segment_start(self, offset: int) -> int:
        """Return the offset where the segment that holds ``offset`` starts."""
        start = self.text.rfind(BETWEEN_SEGMENTS, 0, offset)
        return 0 if start < 0 else start + len(BETWEEN_SEGMENTS)


def line_of(row: Row, order: str, decimal_mark: str | None, *, skipped: bool = False) -> Line:
    words: list[Word] = []
    starts: list[int] = []
    owners: list[int] = []
    at = 0
    for number, segment in enumerate(row.segments):
        for word in segment.words:
            words.append(word)
            starts.append(at)
            owners.append(number)
            at += len(word.text) + 1
        at += len(BETWEEN_SEGMENTS) - 1
    text = BETWEEN_SEGMENTS.join(segment.text for segment in row.segments)
    return Line(row, text, tuple(words), tuple(starts), tuple(owners), order, decimal_mark, skipped)


def lines_of(layout: Layout, order: str, tables: Mapping[int, tuple[float, float]]) -> list[Line]:
    """One line per row of the layout, with the document's own decimal mark.

    ``tables`` has the (x0, x1) of a table by row number: only what stands beside it stays on the
    line; a line of which nothing stays is ``skipped``.
    """
    mark = decimal_mark_of(row.text for row in layout.rows[:SAMPLE_ROWS])
    return [_beside(row, tables.get(row.number), order, mark) for row in layout.rows]


def _beside(row: Row, span: tuple[float, float] | None, order: str, mark: str | None) -> Line:
    if span is None:
        return line_of(row, order, mark)
    outside = tuple(
        segment for segment in row.segments if segment.box.x1 <= span[0] or segment.box.x0 >= span[1]
    )
    if not outside:
        return line_of(row, order, mark, skipped=True)
    return line_of(replace(row, segments=outside), order, mark)


def overlap(first: Box, second: Box) -> float:
    """Return how much two boxes share sideways, as a share of the narrower one."""
    shared = min(first.x1, second.x1) - max(first.x0, second.x0)
    return max(0.0, shared) / max(1e-6, min(first.width, second.width))
