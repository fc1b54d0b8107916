"""Entries: rows of print put together.

A row with an amount makes an entry; the others belong to one of their neighbours.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docmill.domain.pages import Box, Word
from docmill.engines.layout.numbers import is_number
from docmill.engines.layout.rows import Row
from docmill.engines.layout.tables.grid import NUMERIC
from docmill.engines.layout.tables.model import Cell, Form, HeadCell, TableRow

TRAILING_GAP = 2.4
"""After the last amount of a page, a row further away than this many letter heights is no part of the
entry.
"""
CLEAR_GAP = 1.35
"""A gap so much wider than the other gaps around it parts two entries whose text is centred on their
amounts.
"""


@dataclass(frozen=True, slots=True)
class Placed:
    """One row of print with its words by column.

    ``anchor``: it has an amount in a column that makes a row.
    """

    row: Row
    cells: list[tuple[HeadCell, list[Word]]]
    anchor: bool
    adjusts: bool
    keys: tuple[Box, ...]

    def money_span(self) -> list[tuple[float, float]]:
        """Where the amounts of the row stand: (x0, x1)."""
        return [
            (words[0].box.x0, words[-1].box.x1)
            for cell, words in self.cells
            if cell.box in self.keys and is_number(" ".join(word.text for word in words))
        ]

    def names(self) -> set[str]:
        """The numeric and date columns that the row fills: what an entry has once."""
        return {
            cell.name
            for cell, words in self.cells
            if cell.name
            and (cell.form in NUMERIC or cell.form is Form.DATE or cell.name == "position")
            and not words[0].text.startswith("(")
        }

    def stands_alone(self, anchor: "Placed") -> bool:
        """Whether the row has text and a number in columns where ``anchor`` has them too."""
        if self.adjusts or self.anchor or self.row.page != anchor.row.page:
            return False
        return bool(self._numbers() & anchor._numbers()) and bool(self._texts() & anchor._texts())

    def _numbers(self) -> set[str]:
        return {
            cell.name
            for cell, words in self.cells
            if cell.name and cell.form in NUMERIC and is_number(" ".join(word.text for word in words))
        }

    def _texts(self) -> set[str]:
        return {cell.name for cell, _ in self.cells if cell.name and cell.form is Form.TEXT}


def entries(placed: Sequence[Placed]) -> tuple[list[TableRow], set[int], int]:
    """Return the entries in order, the numbers of the rows that they are made of, and how many were lost.

    A row that says what it is, and how many or at what price although its entry says so already, is
    an entry of its own whose amount was not read.
    """
    anchors = [index for index, one in enumerate(placed) if one.anchor and not one.adjusts]
    out: list[TableRow] = []
    used: set[int] = set()
    start = lost = 0
    for number, anchor in enumerate(anchors):
        following = anchors[number + 1] if number + 1 < len(anchors) else None
        first = max(start, _lead(placed, anchor, start)) if number == 0 else start
        stop = len(placed) if following is None else _cut(placed, range(first, anchor + 1), following)
        entry = TableRow(placed[anchor].row.page, [])
        for one in _near(placed, first, stop, anchor):
            lost += one is not placed[anchor] and one.stands_alone(placed[anchor])
            _take(entry, one)
        used.update(entry.lines)
        out.append(entry)
        start = stop
    return out, used, lost


def _cut(placed: Sequence[Placed], entry: range, following: int) -> int:
    """Return the index of the first row that belongs to the following anchor.

    ``entry`` ends with the anchor before it.
    """
    anchor = entry[-1]
    if following == anchor + 1:
        return following
    latest = following
    have = placed[following].names()
    filled = set().union(*(placed[index].names() for index in entry))
    for index in range(anchor + 1, following):
        names = placed[index].names()
        if not placed[index].adjusts and names & filled and not names & have:
            latest = index
            break
        filled |= names
    if placed[anchor].row.page != placed[following].row.page:
        return latest  # over a page's end no gap says anything
    gaps = [_gap(placed[index - 1], placed[index]) for index in range(anchor + 1, following + 1)]
    earliest = max((index for index in range(anchor + 1, latest) if placed[index].adjusts), default=anchor)
    widest = max(range(earliest - anchor, latest - anchor), key=lambda number: (gaps[number], number))
    others = [gap for number, gap in enumerate(gaps) if number != widest]
    if others and gaps[widest] > CLEAR_GAP * max(others):
        return anchor + 1 + widest
    return latest


def _gap(above: Placed, below: Placed) -> float:
    if above.row.page != below.row.page:
        return 0.0
    return max(0.0, below.row.centre - above.row.centre)


def _lead(placed: Sequence[Placed], anchor: int, start: int) -> int:
    """Rows between the header and the first amount: those that follow each other without a wide gap."""
    first = anchor
    while (
        first > start and 0 < _gap(placed[first - 1], placed[first]) < TRAILING_GAP * placed[first].row.height
    ):
        first -= 1
    return first


def _near(placed: Sequence[Placed], start: int, stop: int, anchor: int) -> list[Placed]:
    """Leave out what follows after a wide gap on the page of the last row.

    That is a page's foot or a note.
    """
    kept = list(placed[start : anchor + 1])
    inner = [_gap(one, other) for one, other in pairwise(kept)]
    usual = median(inner) if inner else 0.0
    certain = max((index for index in range(anchor + 1, stop) if placed[index].adjusts), default=anchor)
    for index in range(anchor + 1, stop):
        one = placed[index]
        gap = _gap(kept[-1], one)
        far = gap > max(TRAILING_GAP * one.row.height, 1.5 * usual)
        after_page = one.row.page != kept[-1].row.page and stop == len(placed)
        if index > certain and (far or after_page):
            break
        kept.append(one)
    return kept


def _take(entry: TableRow, one: Placed) -> None:
    entry.lines.append(one.row.number)
    for cell, words in one.cells:
        if one.adjusts and cell.box in one.keys:
            note = Cell()
            note.add(words, one.row.page)
            entry.adjustments.append(note)
            continue
        if one.adjusts or not cell.name:
            continue
        there = entry.cells.get(cell.name)
        if there is not None and cell.form is not Form.TEXT and cell.name != "description":
            continue  # an entry has one of each; a second one is a remark under it
        entry.cells.setdefault(cell.name, Cell()).add(words, one.row.page)
