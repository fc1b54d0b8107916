"""Where set type stands: a line, a cell, a page. All of it can be put onto another leaf, or cut in two."""

import math
from dataclasses import dataclass, field
from typing import NamedTuple

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Cell, CheckBox, Hidden, Page, Provenance, Stroke, Table, Word
from docmill.engines.reading.geometry.lines import lines_of


class SetWord(NamedTuple):
    text: str
    x0: float
    y0: float
    x1: float
    y1: float
    hidden: Hidden | None = None
    address: str | None = None


class SetCell(NamedTuple):
    row: int
    column: int
    row_span: int
    column_span: int
    header: bool
    words: tuple[int, ...]


@dataclass(slots=True)
class Rows:
    """As many rows of a table as stand on one leaf. ``grid`` tells one table from the next."""

    grid: int
    xs: list[float]  # of the columns' edges, one more than there are columns
    ys: list[float]
    cells: list[SetCell]
    ruled: bool

    def moved(self, dx: float, dy: float, first_word: int, first_row: int = 0) -> "Rows":
        cells = [
            cell._replace(row=cell.row + first_row, words=tuple(first_word + word for word in cell.words))
            for cell in self.cells
        ]
        return Rows(self.grid, [x + dx for x in self.xs], [y + dy for y in self.ys], cells, self.ruled)


@dataclass(slots=True)
class Leaf:
    """``rows`` is the table whose rows make up this leaf and may go on with those of the next one."""

    width: float = 0.0
    height: float = 0.0
    words: list[SetWord] = field(default_factory=list)
    strokes: list[Stroke] = field(default_factory=list)
    ticks: list[CheckBox] = field(default_factory=list)
    tables: list[Rows] = field(default_factory=list)
    rows: Rows | None = None

    def put(self, other: "Leaf", dx: float, dy: float) -> None:
        """Put what stands on the other leaf onto this one, that far from its top-left corner."""
        first = len(self.words)
        self.words += [
            SetWord(text, x0 + dx, y0 + dy, x1 + dx, y1 + dy, hidden, address)
            for text, x0, y0, x1, y1, hidden, address in other.words
        ]
        self.strokes += [Stroke(x0 + dx, y0 + dy, x1 + dx, y1 + dy) for x0, y0, x1, y1 in other.strokes]
        for box, checked in ((tick.box, tick.checked) for tick in other.ticks):
            self.ticks.append(CheckBox(Box(box.x0 + dx, box.y0 + dy, box.x1 + dx, box.y1 + dy), checked))
        self.tables += [table.moved(dx, dy, first) for table in other.tables]
        if other.rows is not None:
            self._go_on(other.rows, dx, dy, first)
        self.width = max(self.width, other.width + dx)
        self.height = max(self.height, other.height + dy)

    def _go_on(self, rows: Rows, dx: float, dy: float, first: int) -> None:
        # Tables within its cells were put down after it.
        last = next((table for table in reversed(self.tables) if table.grid == rows.grid), None)
        if last is None or abs(last.ys[-1] - rows.ys[0] - dy) > 0.01:
            self.tables.append(rows.moved(dx, dy, first))
            return
        moved = rows.moved(dx, dy, first, first_row=len(last.ys) - 1)
        if len(moved.xs) > len(last.xs):  # a row with more columns than those that decided
            last.xs = moved.xs
        last.ys += moved.ys[1:]
        last.cells += moved.cells

    def slices(self, height: float) -> list["Leaf"]:
        """Return it in pieces of that height; a line that would be cut through stays on the upper one."""
        count = max(1, math.ceil(self.height / height))
        pieces = [Leaf(self.width, height) for _ in range(count)]
        pieces[-1].height = self.height - height * (count - 1)
        places: list[tuple[int, int]] = []
        for word in self.words:
            piece = min(count - 1, int(word.y0 / height))
            up = piece * height
            places.append((piece, len(pieces[piece].words)))
            pieces[piece].words.append(word._replace(y0=word.y0 - up, y1=word.y1 - up))
        for tick in self.ticks:
            box = tick.box
            piece = min(count - 1, int(box.y0 / height))
            up = piece * height
            pieces[piece].ticks.append(CheckBox(Box(box.x0, box.y0 - up, box.x1, box.y1 - up), tick.checked))
        if self.rows is not None:
            for index, piece_leaf in enumerate(pieces):
                piece_leaf.rows = _part(self.rows, places, index, piece_leaf.height)
        return pieces

    def page(self, number: int, name: str, size: tuple[float, float]) -> Page:
        """The leaf as a page of at least this size, its words in the order of reading."""
        words = [word for word in self.words if word.text]
        order, lines = lines_of([word[1:5] for word in words])
        place = {old: new for new, old in enumerate(order)}
        strokes = self.strokes + [stroke for table in self.tables if table.ruled for stroke in rules(table)]
        return Page(
            number,
            round(max(size[0], self.width), 2),
            round(max(size[1], self.height), 2),
            "pt",
            tuple([_word(words[old], line) for old, line in zip(order, lines, strict=True)]),
            Provenance.TEXT_LAYER if words else Provenance.EMPTY,
            name=name,
            strokes=tuple(
                Stroke(*(round(edge, 2) for edge in stroke)) for stroke in strokes[: limits.PAGE_STROKES_MAX]
            ),
            check_boxes=tuple(
                CheckBox(rounded(*tick.box), tick.checked)
                for tick in self.ticks[: limits.PAGE_CHECK_BOXES_MAX]
            ),
            tables=tuple(_table(table, place) for table in self.tables if table.cells),
        )


def _part(rows: Rows, places: list[tuple[int, int]], piece: int, height: float) -> Rows:
    """The rows once more, with only the words that went to one piece."""
    cells = [
        cell._replace(words=tuple(places[word][1] for word in cell.words if places[word][0] == piece))
        for cell in rows.cells
    ]
    step = height / max(1, len(rows.ys) - 1)
    return Rows(rows.grid, rows.xs, [step * n for n in range(len(rows.ys))], cells, rows.ruled)


def _word(word: SetWord, line: int) -> Word:
    return Word(word.text, rounded(*word[1:5]), None, word.hidden, line, None, word.address)


def rounded(x0: float, y0: float, x1: float, y1: float) -> Box:
    left, top = round(x0, 2), round(y0, 2)
    return Box(left, top, max(round(x1, 2), left + 0.01), max(round(y1, 2), top + 0.01))


def _table(rows: Rows, place: dict[int, int]) -> Table:
    xs, ys = rows.xs, rows.ys
    cells = tuple(
        Cell(
            cell.row,
            cell.column,
            rounded(
                xs[cell.column],
                ys[cell.row],
                xs[cell.column + cell.column_span],
                ys[cell.row + cell.row_span],
            ),
            tuple(sorted(place[word] for word in cell.words)),
            cell.row_span,
            cell.column_span,
            header=cell.header,
        )
        for cell in rows.cells
    )
    return Table(rounded(xs[0], ys[0], xs[-1], ys[-1]), len(ys) - 1, len(xs) - 1, cells, ruled=rows.ruled)


_RULE = 0.25
"""Half of a rule's thickness, in points."""


def rules(rows: Rows) -> list[Stroke]:
    """The lines around the cells, as long as they go, and none through a cell that spans."""
    height, width = len(rows.ys) - 1, len(rows.xs) - 1
    owner = [[-1] * width for _ in range(height)]
    for index, cell in enumerate(rows.cells):
        for row in range(cell.row, cell.row + cell.row_span):
            owner[row][cell.column : cell.column + cell.column_span] = [index] * cell.column_span
    strokes: list[Stroke] = []
    for row, y in enumerate(rows.ys):
        cut = [
            0 < row < height and owner[row][column] == owner[row - 1][column] != -1 for column in range(width)
        ]
        for start, end in _open_runs(cut):
            strokes.append(Stroke(rows.xs[start], y - _RULE, rows.xs[end], y + _RULE))
    for column, x in enumerate(rows.xs):
        cut = [0 < column < width and line[column] == line[column - 1] != -1 for line in owner]
        for start, end in _open_runs(cut):
            strokes.append(Stroke(x - _RULE, rows.ys[start], x + _RULE, rows.ys[end]))
    return strokes


def _open_runs(cut: list[bool]) -> list[tuple[int, int]]:
    """From where to where nothing is cut out, ends not included."""
    if True not in cut:
        return [(0, len(cut))]
    found: list[tuple[int, int]] = []
    start = None
    for index, closed in enumerate([*cut, True]):
        if not closed and start is None:
            start = index
        elif closed and start is not None:
            found.append((start, index))
            start = None
    return found
