"""Where a value stands on the printed pages: matched by what it means, not by how it is written."""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property

from docmill.domain.pages import Page, Reading, Word
from docmill.domain.results import Citation
from docmill.domain.types import DocumentType
from docmill.engines.extraction.rules.lines import Line, line_of
from docmill.engines.layout import lay_out
from docmill.engines.layout.rows import citation_of
from docmill.engines.values.amounts import decimal_mark_of, parse_number
from docmill.engines.values.date_order import date_order_of
from docmill.engines.values.text import comparable

SAMPLE_ROWS = 400
"""Rows that tell the document's decimal mark."""


@dataclass(frozen=True, slots=True)
class Place:
    """Words of one printed line; ``start`` is the offset of the first in the line's text."""

    line: int
    start: int
    words: tuple[Word, ...]
    text: str


class PrintedPages:
    """The visible lines of a reading, searchable by date, amount and text; searched when first asked for."""

    def __init__(self, reading: Reading, document_type: DocumentType) -> None:
        layout = lay_out(reading)
        mark = decimal_mark_of(row.text for row in layout.rows[:SAMPLE_ROWS])
        dates = date_order_of((row.text for row in layout.rows), document_type.date_order)
        self.lines: Sequence[Line] = [line_of(row, dates.order, mark) for row in layout.rows]
        self._pages: dict[int, Page] = layout.pages

    def citation(self, place: Place) -> Citation:
        page = self._pages[self.lines[place.line].row.page]
        return citation_of(page, place.words)

    @cached_property
    def dates(self) -> dict[date, list[Place]]:
        found: dict[date, list[Place]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            for hit in line.dates:
                found[hit.value].append(self._place(number, hit.start, hit.end))
        return found

    @cached_property
    def amounts(self) -> dict[Decimal, list[Place]]:
        """By absolute value: credit notes print their sums with and without a minus."""
        found: dict[Decimal, list[Place]] = defaultdict(list)
        for number, line in enumerate(self.lines):
            for hit in line.amounts:
                found[abs(hit.value.value)].append(self._place(number, hit.start, hit.end))
        return found

    def amounts_on(self, value: Decimal, lines: range) -> list[Place]:
        """Return the places of an amount on these lines, in order."""
        places = self.amounts.get(abs(value), [])
        first = bisect_left(places, lines.start, key=_line)
        return places[first : bisect_left(places, lines.stop, key=_line)]

    def numbers(self, value: Decimal, lines: Iterable[int]) -> list[Place]:
        """Return the words in these lines that are the number, signs of percent and currency aside."""
        found = []
        for number in lines:
            line = self.lines[number]
            for word, start in zip(line.words, line.starts, strict=True):
                if parse_number(word.text, line.decimal_mark) == value:
                    found.append(Place(number, start, (word,), word.text))
        return found

    def text(self, value: str, *, after_line: int = 0, lines_max: int | None = None) -> list[Place]:
        """Return the first place of a text, one Place per line that it runs over, never half a word."""
        wanted = comparable(value)
        stream, offsets, owners = self._stream
        if not wanted or not offsets or after_line >= len(self.lines):
            return []
        start = offsets[self._first_word(after_line)]
        end = len(stream)
        if lines_max is not None and after_line + lines_max < len(self.lines):
            end = offsets[self._first_word(after_line + lines_max)]
        at = stream.find(wanted, start, end)
        while at >= 0:
            first, last = bisect_right(offsets, at) - 1, bisect_right(offsets, at + len(wanted) - 1) - 1
            whole_words = offsets[first] == at and (
                last + 1 == len(offsets) or offsets[last + 1] == at + len(wanted)
            )
            if whole_words:
                return self._places(owners[first : last + 1])
            at = stream.find(wanted, at + 1, end)
        return []

    @cached_property
    def _stream(self) -> tuple[str, list[int], list[tuple[int, int]]]:
        """All letters and digits in one string, the offset of each word in it, and (line, word) of each."""
        parts, offsets, owners, at = [], [], [], 0
        for number, line in enumerate(self.lines):
            for index, word in enumerate(line.words):
                letters = comparable(word.text)
                if letters:
                    parts.append(letters)
                    offsets.append(at)
                    owners.append((number, index))
                    at += len(letters)
        return "".join(parts), offsets, owners

    def _first_word(self, line: int) -> int:
        owners = self._stream[2]
        return min(bisect_right(owners, (line, -1)), len(owners) - 1)

    def _places(self, owners: Sequence[tuple[int, int]]) -> list[Place]:
        by_line: dict[int, list[int]] = defaultdict(list)
        for number, index in owners:
            by_line[number].append(index)
        places = []
        for number, indexes in by_line.items():
            line = self.lines[number]
            words = tuple(line.words[index] for index in indexes)
            text = " ".join(word.text for word in words)
            places.append(Place(number, line.starts[indexes[0]], words, text))
        return places

    def _place(self, number: int, start: int, end: int) -> Place:
        line = self.lines[number]
        return Place(number, start, line.words_between(start, end), line.text[start:end])


def _line(place: Place) -> int:
    return place.line
