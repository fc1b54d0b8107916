"""Which column a word belongs to: by the header above it, and for numbers by what they line up with."""

from collections.abc import Sequence
from dataclasses import dataclass

from docmill.domain.pages import Box, Word
from docmill.engines.layout.numbers import is_number
from docmill.engines.layout.rows import Row, Segment
from docmill.engines.layout.tables.model import Form, HeadCell

NUMERIC = (Form.MONEY, Form.NUMBER)


@dataclass(frozen=True, slots=True)
class Grid:
    """The header's cells, left to right. ``x0`` and ``x1`` are where the table's rows may stand."""

    cells: tuple[HeadCell, ...]

    def index(self, name: str) -> int | None:
        return next((number for number, cell in enumerate(self.cells) if cell.name == name), None)

    def place(self, row: Row, *, split: bool) -> list[tuple[int, list[Word]]]:
        """Return (column, words) of a row from left to right. ``split`` lets a segment reach over columns."""
        placed: list[tuple[int, list[Word]]] = []
        for segment in row.segments:
            for words in self._parts(segment) if split else [list(segment.words)]:
                column = self.column_of(words)
                if placed and placed[-1][0] == column:
                    placed[-1][1].extend(words)
                else:
                    placed.append((column, words))
        return placed

    def under(self, segment: Segment) -> int | None:
        """Return the header's cell that the segment overlaps, or None."""
        shares = [_shared(segment.box, cell.box) for cell in self.cells]
        best = max(range(len(shares)), key=lambda number: shares[number])
        return best if shares[best] > 0 else None

    def column_of(self, words: Sequence[Word]) -> int:
        """Return the column that a cell belongs to.

        A number goes to the header that it overlaps or is nearest to; text to the column that it starts in.
        """
        x0, x1 = words[0].box.x0, words[-1].box.x1
        shares = [min(x1, cell.box.x1) - max(x0, cell.box.x0) for cell in self.cells]
        if is_number(" ".join(word.text for word in words)):
            return max(range(len(shares)), key=lambda number: shares[number])
        reach = 0.6 * words[0].box.height
        started = [number for number, cell in enumerate(self.cells) if cell.box.x0 - reach <= x0]
        best = max(range(len(shares)), key=lambda number: shares[number])
        if shares[best] > 0 and (best not in started or self._mostly_under(best, x0, x1)):
            return best
        texts = [number for number in started if self.cells[number].form not in NUMERIC]
        if texts:
            return (
                texts[-1]
                if not started or started[-1] == texts[-1] or shares[started[-1]] <= 0
                else started[-1]
            )
        return started[-1] if started else 0

    def _mostly_under(self, number: int, x0: float, x1: float) -> bool:
        cell = self.cells[number].box
        return min(x1, cell.x1) - max(x0, cell.x0) > 0.5 * (x1 - x0)

    def _parts(self, segment: Segment) -> list[list[Word]]:
        """Cut a segment where the next column's cell starts although the gap is narrow."""
        words = segment.words
        parts: list[list[Word]] = [[words[0]]]
        for word in words[1:]:
            if self._starts_cell(parts[-1], word):
                parts.append([word])
            else:
                parts[-1].append(word)
        return parts

    def _starts_cell(self, before: Sequence[Word], word: Word) -> bool:
        for cell in self.cells:
            if before[-1].box.x1 > cell.box.x0 + 0.3 * cell.box.width and before[-1].box.x1 > cell.box.x0 + 2:
                continue
            if cell.form in NUMERIC:
                if (
                    is_number(word.text)
                    and _shared(word.box, cell.box) > 0.3
                    and not is_number(before[-1].text)
                ):
                    return True
            elif (
                abs(word.box.x0 - cell.box.x0) < 0.5 * word.box.height
                and before[0].box.x0 < cell.box.x0 - word.box.height
            ):
                return True
        return False


def _shared(one: Box, other: Box) -> float:
    return max(0.0, min(one.x1, other.x1) - max(one.x0, other.x0)) / max(1e-6, min(one.width, other.width))
