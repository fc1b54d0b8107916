"""Tables whose cells are known, by the file itself or by drawn lines: nothing has to be guessed from places.

A row of cells whose words name columns is a header; the rows below it are entries until a total or another
table. A table that goes on over pages goes on where the next page starts with as many columns.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from docmill.domain import pages as model
from docmill.domain.pages import Page, Word
from docmill.engines.layout.numbers import has_money, is_number
from docmill.engines.layout.rows import Layout, Row, segment_of
from docmill.engines.layout.tables.header import HeaderFinder
from docmill.engines.layout.tables.model import Cell, Form, HeadCell, Table, TableRow, TableWords
from docmill.engines.layout.tables.openings import Openings

WHOLE = 3
"""Numbers and dates from which on a row is an entry, whatever its words say ("Total Energies")."""

PageTables = Mapping[int, Sequence[model.Table]]


@dataclass(frozen=True, slots=True)
class _Line:
    """One row of cells that have words. ``cells`` are (first column, one past the last, words)."""

    page: int
    table: model.Table
    cells: tuple[tuple[int, int, tuple[Word, ...]], ...]
    row: Row
    numbers: frozenset[int]

    def text(self, number: int) -> str:
        return " ".join(word.text for word in self.cells[number][2])


@dataclass(slots=True)
class _Run:
    """The rows under one header. ``lost`` rows have values of an entry, but no amount."""

    head: list[tuple[int, int, HeadCell]]
    rows: list[TableRow] = field(default_factory=list)
    lost: int = 0
    lines: dict[int, tuple[float, float]] = field(default_factory=dict)

    @property
    def names(self) -> frozenset[str]:
        return frozenset(cell.name for _, _, cell in self.head if cell.name)


def celled_table(
    layout: Layout, words: TableWords, tables: PageTables, taken: Collection[int] = ()
) -> Table | None:
    """Return the table that names most of the columns, all its parts joined; None where no cells name any.

    ``tables`` are by page number. ``taken`` are the numbers of the layout's rows that belong to others.
    """
    runs = list(_runs(_lines(layout, tables, taken), words))
    if not runs:
        return None
    best = max(runs, key=lambda run: len(run.names))
    alike = [run for run in runs if len(run.names & best.names) >= 0.7 * max(len(run.names), len(best.names))]
    rows = [row for run in alike for row in run.rows]
    if not rows:
        return None
    lines = {number: span for run in alike for number, span in run.lines.items()}
    header = tuple(cell for _, _, cell in best.head)
    return Table(header, rows, len(rows) + sum(run.lost for run in alike), lines, celled=True)


def _lines(layout: Layout, tables: PageTables, taken: Collection[int]) -> Iterator[_Line]:
    numbers = {id(word): row.number for row in layout.rows for word in row.words}
    others = frozenset(taken)
    for page in layout.pages.values():
        for table in tables.get(page.number, ()):
            by_row: dict[int, list[model.Cell]] = {}
            for cell in table.cells:
                by_row.setdefault(cell.row, []).append(cell)
            for _, cells in sorted(by_row.items()):
                line = _line(page, table, cells, numbers)
                if line is not None and not line.numbers & others:
                    yield line


def _line(
    page: Page, table: model.Table, cells: Sequence[model.Cell], numbers: Mapping[int, int]
) -> _Line | None:
    filled = []
    for cell in sorted(cells, key=lambda one: one.column):
        words = tuple(page.words[index] for index in cell.words if id(page.words[index]) in numbers)
        if words:
            filled.append((cell.column, cell.column + cell.column_span, words))
    if not filled:
        return None
    covered = frozenset(numbers[id(word)] for _, _, words in filled for word in words)
    first = min(covered)
    segments = tuple(segment_of(words, page.number, first) for _, _, words in filled)
    box = segments[0].box
    row = Row(first, page.number, box.centre_y, box.height, segments)
    return _Line(page.number, table, tuple(filled), row, covered)


def _runs(lines: Iterator[_Line], words: TableWords) -> Iterator[_Run]:
    finder, openings = HeaderFinder(words), Openings(words)
    run: _Run | None = None
    before: _Line | None = None
    for line in lines:
        moved = before is not None and line.table is not before.table
        if run is not None and moved and before is not None and not _goes_on(before, line):
            yield run
            run = None
        head = _head(line, finder)
        if head is not None:
            if run is not None and (run.rows or run.lost):
                yield run
                run = _Run(head)
            else:
                run = _Run(_joined(run.head, head) if run is not None else head)
            _cover(run, line)
        elif run is not None and not _take(run, line, words, openings):
            yield run
            run = None
        before = line
    if run is not None:
        yield run


def _goes_on(before: _Line, line: _Line) -> bool:
    return line.page == before.page + 1 and line.table.columns == before.table.columns


def _head(line: _Line, finder: HeaderFinder) -> list[tuple[int, int, HeadCell]] | None:
    if has_money(line.row.text):
        return None
    cells = finder.named([segment_of(words, line.page, line.row.number) for _, _, words in line.cells])
    if cells is None:
        return None
    return [(first, stop, cell) for (first, stop, _), cell in zip(line.cells, cells, strict=True)]


def _joined(
    above: Sequence[tuple[int, int, HeadCell]], below: Sequence[tuple[int, int, HeadCell]]
) -> list[tuple[int, int, HeadCell]]:
    """A header of two rows: the lower one tells more, where it says anything."""
    places = {column for first, stop, cell in below if cell.name for column in range(first, stop)}
    names = {cell.name for _, _, cell in below}
    kept = [
        one for one in above if one[2].name not in names and not places.intersection(range(one[0], one[1]))
    ]
    return sorted([*kept, *(one for one in below if one[2].name)], key=lambda one: one[0])


def _take(run: _Run, line: _Line, words: TableWords, openings: Openings) -> bool:
    """Add the row; False when the table ends above it."""
    placed = _placed(run, line)
    filled = [number for number, cell in placed.items() if _counts(cell, line.text(number))]
    named = {placed[number].name for number in filled}
    keyed = [number for number in filled if placed[number].name in words.rows_by]
    side = "" if keyed and len(named) >= WHOLE else openings.of(line.row)
    figure = any(is_number(line.text(number)) for number in range(len(line.cells)))
    if side in ("end", "apart", "carried") and figure:
        if side == "carried":
            _cover(run, line)
        return side != "end"
    if side == "adjusts" and keyed and run.rows:
        note = Cell()
        note.add(line.cells[keyed[-1]][2], line.page)
        run.rows[-1].adjustments.append(note)
    elif keyed:
        run.rows.append(TableRow(line.page, [line.row.number]))
        _fill(run.rows[-1], placed, line, other=False)
    elif named:
        run.lost += 1
    elif run.rows and placed:
        _fill(run.rows[-1], placed, line, other=True)
    else:
        return True
    _cover(run, line)
    return True


def _placed(run: _Run, line: _Line) -> dict[int, HeadCell]:
    """The header's cell over each cell of the row: the one that it starts under."""
    out: dict[int, HeadCell] = {}
    for number, (start, _, _) in enumerate(line.cells):
        over = next((cell for first, stop, cell in run.head if first <= start < stop), None)
        if over is not None and over.name:
            out[number] = over
    return out


def _counts(head: HeadCell, text: str) -> bool:
    """Whether a cell has what only an entry has: a number or a date in a column of such."""
    if head.form is Form.DATE:
        return any(char.isdigit() for char in text)
    return head.form in (Form.MONEY, Form.NUMBER) and (is_number(text) or has_money(text))


def _fill(entry: TableRow, placed: Mapping[int, HeadCell], line: _Line, *, other: bool) -> None:
    """Add the cells; ``other``: the row carries on the text of the entry above it."""
    for number, head in placed.items():
        if other and (head.form is not Form.TEXT or head.name not in entry.cells):
            continue
        entry.cells.setdefault(head.name, Cell()).add(line.cells[number][2], line.page)


def _cover(run: _Run, line: _Line) -> None:
    span = (line.table.box.x0 - 1, line.table.box.x1 + 1)
    run.lines |= dict.fromkeys(line.numbers, span)
