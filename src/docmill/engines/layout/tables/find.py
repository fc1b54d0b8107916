"""From a layout to one table: its header, the rows under it on every page, and where one entry ends."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from docmill.domain.pages import Box, Word
from docmill.engines.layout.numbers import has_money, is_number
from docmill.engines.layout.rows import Layout, Row, Segment
from docmill.engines.layout.tables.entries import Placed, entries
from docmill.engines.layout.tables.furniture import furniture
from docmill.engines.layout.tables.grid import Grid
from docmill.engines.layout.tables.header import HeaderFinder
from docmill.engines.layout.tables.headless import guessed_header
from docmill.engines.layout.tables.model import Form, HeadCell, Table, TableWords
from docmill.engines.layout.tables.openings import Openings

BEFORE = 0.5
"""Text that ends so many letter heights before the header starts stands beside the table."""
BEHIND = 25.0
"""Text that starts so many letter heights after the header does too; numbers align right of a short word."""
SECTION_GAP = 4.0
"""A gap of so many letter heights before words without a number starts another part of the page."""


@dataclass(slots=True)
class _Body:
    """Rows under one header, until the next header or the end.

    ``covered`` counts carried sums and heads too.
    """

    grid: Grid
    rows: list[Row]
    covered: set[int] = field(default_factory=set)

    @property
    def span(self) -> tuple[float, float]:
        """Where the table may stand on the page, from its header."""
        cells = [cell.box for cell in self.grid.cells]
        height = cells[0].height
        return min(c.x0 for c in cells) - BEFORE * height, max(c.x1 for c in cells) + BEHIND * height

    def within(self, row: Row) -> Row | None:
        """Return the row without what stands beside the table; None when nothing else is left."""
        x0, x1 = self.span
        inside = tuple(segment for segment in row.segments if segment.box.x1 > x0 and segment.box.x0 < x1)
        if len(inside) == len(row.segments):
            return row
        return replace(row, segments=inside) if inside else None


def find_table(layout: Layout, words: TableWords, taken: Collection[int] = ()) -> Table | None:
    """Return the table that names most of the columns, over all its pages.

    Where there is no such header, rows of amounts in columns are read as a ``guessed`` table.
    ``taken`` are the numbers of rows that belong to other tables.
    """
    rows = [row for row in layout.rows if row.number not in taken] if taken else layout.rows
    heads = _heads(rows, HeaderFinder(words))
    table = _headed(layout, rows, words, heads) if heads else None
    return table if table is not None else _guessed(layout, rows, words)


def _guessed(layout: Layout, rows: Sequence[Row], words: TableWords) -> Table | None:
    """Read rows without a header as a table, from the first that has amounts in columns."""
    openings = Openings(words)
    guess = guessed_header(rows, words, openings.of)
    if guess is None:
        return None
    cells, first = guess
    stops = _Stops(openings, furniture(rows, layout.pages), frozenset())
    body = _body(rows, cells, range(first, first), None, stops)
    table = _table([body], cells, words, openings)
    return None if table is None else replace(table, guessed=True)


def _headed(
    layout: Layout, rows: Sequence[Row], words: TableWords, heads: list[tuple[list[HeadCell], range]]
) -> Table | None:
    best = max(heads, key=lambda head: (_named(head[0]), -head[1].start))
    others = frozenset(head[1].start for head in heads if not _alike(head[0], best[0]))
    heads = [head for head in heads if _alike(head[0], best[0])]
    sides = Openings(words)
    apart = furniture(rows, layout.pages)
    bodies: list[_Body] = []
    for number, (cells, span) in enumerate(heads):
        following = heads[number + 1][1].start if number + 1 < len(heads) else None
        body = _body(rows, cells, span, following, _Stops(sides, apart, others))
        bodies.append(body)
    return _table(bodies, best[0], words, sides)


def _heads(rows: Sequence[Row], finder: HeaderFinder) -> list[tuple[list[HeadCell], range]]:
    """Return the headers in order; of several rows of one header the one that names most stands for it."""
    out: list[tuple[list[HeadCell], range]] = []
    for index in range(len(rows)):
        head = finder.header(rows, index)
        if head is None:
            continue
        if out and head[1].start < out[-1][1].stop:
            out[-1] = max(out[-1], head, key=lambda one: _named(one[0]))
        else:
            out.append(head)
    return out


def _named(cells: Sequence[HeadCell]) -> int:
    return len({cell.name for cell in cells if cell.name})


def _alike(cells: Sequence[HeadCell], other: Sequence[HeadCell]) -> bool:
    one, two = {cell.name for cell in cells if cell.name}, {cell.name for cell in other if cell.name}
    return len(one & two) >= 0.7 * max(len(one), len(two))


@dataclass(frozen=True, slots=True)
class _Stops:
    """What is no entry, by index.

    Totals and carried sums, running heads and feet, the headers of other tables.
    """

    sides: Openings
    apart: frozenset[int]
    others: frozenset[int]


def _body(
    rows: Sequence[Row], cells: Sequence[HeadCell], span: range, following: int | None, stops: _Stops
) -> _Body:
    body = _Body(Grid(tuple(cells)), [], {rows[index].number for index in span})
    page = rows[span.start].page
    stop = len(rows) if following is None else following
    for index in range(span.stop, stop):
        row = body.within(rows[index])
        if row is None:
            continue
        if following is not None and row.page != page and rows[following].page == row.page:
            break  # what stands above a repeated header is the page's head
        if following is None and (index in stops.others or (body.rows and _heads_other(row))):
            break
        if row.number in stops.apart:
            body.covered.add(row.number)
            continue
        side = stops.sides.of(row)
        if side == "end" and has_number(row):
            if following is None:
                break
            side = "carried"
        if side == "apart" and has_number(row):
            continue
        if side == "carried":
            body.covered.add(row.number)
            continue
        if _leaves(body, row) and following is None:
            break
        body.rows.append(row)
    return body


def _heads_other(row: Row) -> bool:
    """Whether several cells without a digit look like another table's header."""
    return len(row.segments) >= 4 and not any(char.isdigit() for char in row.text)


def _leaves(body: _Body, row: Row) -> bool:
    """Whether a gap parts the row from the table: wider than any before, with an amount above it already."""
    rows = body.rows
    if len(rows) < 2 or rows[-1].page != row.page or row.x0 > body.grid.cells[0].box.x1:
        return False
    gap = row.centre - rows[-1].centre
    if gap < SECTION_GAP * max(row.height, rows[-1].height) or any(char.isdigit() for char in row.text):
        return False
    gaps = [
        other.centre - one.centre
        for one, other in zip(rows[-40:], rows[-39:], strict=False)
        if one.page == other.page
    ]
    return gap > 1.8 * max(gaps, default=gap)


def has_number(row: Row) -> bool:
    """Whether the row ends with a number, as sums do."""
    return has_money(row.text) or is_number(row.segments[-1].text)


def _table(
    bodies: Sequence[_Body], header: Sequence[HeadCell], words: TableWords, sides: Openings
) -> Table | None:
    names = _money_columns(bodies, words)
    if not names:
        return None
    placed: list[Placed] = []
    spans: dict[int, tuple[float, float]] = {}
    for body in bodies:
        spans |= dict.fromkeys([*body.covered, *(row.number for row in body.rows)], body.span)
        placed.extend(_placed(body, names, sides))
    parsed, used, lost = entries(placed)
    used |= {number for body in bodies for number in body.covered}
    return Table(tuple(header), parsed, _expected(placed) + lost, {number: spans[number] for number in used})


def _money_columns(bodies: Sequence[_Body], words: TableWords) -> frozenset[str]:
    """Return the columns that make a row; where none is named, the rightmost money without a name is."""
    named = {cell.name for body in bodies for cell in body.grid.cells if cell.name in words.rows_by}
    if named:
        return frozenset(named)
    for body in bodies:
        cells = body.grid.cells
        sums = [segment for row in body.rows[:200] for segment in row.segments if has_money(segment.text)]
        free = [index for index in map(body.grid.under, sums) if index is not None and not cells[index].name]
        apart = [segment for segment in sums if body.grid.under(segment) is None]
        if free:
            fresh = HeadCell(words.rows_by[0], Form.MONEY, cells[max(free)].box)
            body.grid = Grid((*cells[: max(free)], fresh, *cells[max(free) + 1 :]))
        elif apart:
            body.grid = Grid((*cells, _headless_cell(apart, words)))
        else:
            continue
        named.add(words.rows_by[0])
    return frozenset(named)


def _headless_cell(sums: Sequence[Segment], words: TableWords) -> HeadCell:
    """The column of the amounts furthest right that stand under no word of the header."""
    right = max(segment.box.x1 for segment in sums)
    column = [segment for segment in sums if segment.box.x1 > right - 2 * segment.box.height]
    box = column[0].box
    x0 = min(segment.box.x0 for segment in column)
    return HeadCell(words.rows_by[0], Form.MONEY, Box(x0, box.y0, right, box.y1))


def _placed(body: _Body, names: frozenset[str], sides: Openings) -> list[Placed]:
    out = []
    keys = [index for index, cell in enumerate(body.grid.cells) if cell.name in names]
    for row in body.rows:
        cells = body.grid.place(row, split=len(row.segments) > 1)
        anchor = any(column in keys and is_number(_text(words)) for column, words in cells)
        if not anchor:
            cells = body.grid.place(row, split=False)
        named = [(body.grid.cells[column], words) for column, words in cells]
        out.append(
            Placed(
                row,
                named,
                anchor=anchor,
                adjusts=anchor and sides.of(row) == "adjusts",
                keys=tuple(body.grid.cells[k].box for k in keys),
            )
        )
    return out


def _text(words: Sequence[Word]) -> str:
    return " ".join(word.text for word in words)


def _expected(placed: Sequence[Placed]) -> int:
    """Count the rows that have a number standing in the range of the amounts.

    However they were cut and placed.
    """
    edges: list[tuple[float, float]] = []
    for one in placed:
        if one.anchor and not one.adjusts:
            edges.extend(one.money_span())
    if not edges:
        return 0
    spans = _merged(edges)
    count = 0
    for one in placed:
        if one.adjusts:
            continue
        numbers = [s.box for s in one.row.segments if any(char.isdigit() for char in s.text)]
        tails = [w.box for s in one.row.segments for w in s.words[-2:] if is_number(w.text)]
        if any(_inside(box, spans) for box in [*tails, *(b for b in numbers if b.width < 90)]):
            count += 1
    return count


def _merged(edges: Sequence[tuple[float, float]]) -> list[tuple[float, float]]:
    out: list[tuple[float, float]] = []
    for x0, x1 in sorted(edges):
        if out and x0 <= out[-1][1]:
            out[-1] = (out[-1][0], max(out[-1][1], x1))
        else:
            out.append((x0, x1))
    return out


def _inside(box: tuple[float, float, float, float], spans: Sequence[tuple[float, float]]) -> bool:
    return any(min(box[2], x1) - max(box[0], x0) > 0.6 * (box[2] - box[0]) for x0, x1 in spans)
