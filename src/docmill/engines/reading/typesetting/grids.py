"""Tables to groups of rows that stay together."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.typesetting.blocks import CellText, Grid, Paragraph
from docmill.engines.reading.typesetting.leaf import Leaf, Rows, SetCell, SetWord
from docmill.engines.reading.typesetting.metrics import width
from docmill.engines.reading.typesetting.setting import BOXES, LEADING, lines, natural_width

_PAD = 5.4
_PAD_OPEN = 8.0
"""Beside what is in a cell; more where no line parts it from its neighbour."""
_PAD_Y = 3.0
_SAMPLE_ROWS = 400
"""Rows that decide how wide the columns are: later ones may wrap."""
_GROUP_ROWS_MAX = 40
_COLUMN_PT_MAX = 220.0
_COLUMN_PT_MIN = 14.0
_SHRUNK_PT = 90.0
_NESTED_MAX = 8
_WORD_CHARS = 24
_numbers = itertools.count()


@dataclass(slots=True)
class _Placed:
    cell: CellText
    row: int
    column: int
    row_span: int
    column_span: int


@dataclass(slots=True)
class _Group:
    rows: int = 0
    cells: list[_Placed] = field(default_factory=list)


def leaves(grid: Grid, room: float, *, depth: int = 0) -> Iterator[Leaf]:
    """Yield the table in leaves of one row, or of those that a span holds together.

    Raises Rejected(too_many_pages) for more columns than `limits.TABLE_COLUMNS_MAX`.
    """
    if depth >= _NESTED_MAX:
        yield from _flat(grid, room, depth)
        return
    groups = _groups(grid)
    sample = list(itertools.islice(groups, _SAMPLE_ROWS))
    if not sample:
        return
    columns = max(
        (placed.column + placed.column_span for group in sample for placed in group.cells), default=0
    )
    widths = _widths(grid, sample, columns, room, depth=depth)
    number = next(_numbers)
    for group in itertools.chain(sample, groups):
        yield _leaf(grid, group, widths, number, depth=depth)


def _flat(grid: Grid, room: float, depth: int) -> Iterator[Leaf]:
    """Only the text, where tables are nested deeper than anybody can see."""
    for row in grid.rows:
        for cell in row:
            for block in paragraphs(cell, grid.size_pt):
                if isinstance(block, Paragraph):
                    yield from lines(block, room, address=cell.address)
                else:
                    yield from leaves(block, room, depth=depth + 1)


def _groups(grid: Grid) -> Iterator[_Group]:
    group = _Group()
    open_until: dict[int, int] = {}  # column: for how many rows of this group it is taken
    for row in grid.rows:
        taken = {column for column, until in open_until.items() if until > group.rows}
        column = 0
        for cell in row:
            while column in taken:
                column += 1
            across = max(1, min(cell.column_span, limits.TABLE_COLUMNS_MAX))
            across = next((n for n in range(1, across) if column + n in taken), across)
            down = max(1, min(cell.row_span, _GROUP_ROWS_MAX))
            if column + across > limits.TABLE_COLUMNS_MAX:
                raise Rejected(
                    ErrorCode.TOO_MANY_PAGES, f"a table of more than {limits.TABLE_COLUMNS_MAX} columns"
                )
            group.cells.append(_Placed(cell, group.rows, column, down, across))
            if cell.row_span > 1:
                for place in range(column, column + across):
                    open_until[place] = group.rows + cell.row_span
            column += across
        group.rows += 1
        if group.rows >= _GROUP_ROWS_MAX or all(until <= group.rows for until in open_until.values()):
            carried = {place: until - group.rows for place, until in open_until.items() if until > group.rows}
            yield _closed(group)
            group, open_until = _Group(), carried
    if group.rows:
        yield _closed(group)


def _closed(group: _Group) -> _Group:
    for placed in group.cells:
        placed.row_span = min(placed.row_span, group.rows - placed.row)
    return group


def paragraphs(cell: CellText, size_pt: float) -> tuple[Paragraph | Grid, ...]:
    return cell.blocks or (
        Paragraph(cell.text, size_pt, bold=cell.bold or cell.header, align=cell.align, hidden=cell.hidden),
    )


def _pad(grid: Grid) -> float:
    return _PAD if grid.ruled else _PAD_OPEN


def _extent(cell: CellText, grid: Grid, depth: int) -> tuple[float, float]:
    """How wide the cell would like to be, and has to be."""
    natural = least = 0.0
    if _one_word(cell):
        natural = width(cell.text, bold=cell.bold or cell.header) * grid.size_pt + 2 * _pad(grid) + 1
        return natural, natural
    for block in paragraphs(cell, grid.size_pt):
        if isinstance(block, Paragraph):
            longest, word = natural_width(block)
        else:
            longest = word = _grid_extent(block, depth + 1)
        natural, least = max(natural, longest), max(least, word)
    around = 2 * _pad(grid) + 1
    return natural + around, least + around


def _grid_extent(grid: Grid, depth: int) -> float:
    if grid.widths_pt or depth >= _NESTED_MAX:
        return sum(grid.widths_pt)
    sample = list(itertools.islice(_groups(grid), _SAMPLE_ROWS)) if isinstance(grid.rows, Sequence) else []
    columns = max(
        (placed.column + placed.column_span for group in sample for placed in group.cells), default=0
    )
    return sum(_widths(grid, sample, columns, _COLUMN_PT_MAX, depth=depth)) if columns else 0.0


def _widths(grid: Grid, sample: list[_Group], columns: int, room: float, *, depth: int) -> list[float]:
    natural, least = [_COLUMN_PT_MIN] * columns, [_COLUMN_PT_MIN] * columns
    for group in sample:
        for placed in group.cells:
            longest, word = _extent(placed.cell, grid, depth)
            share = placed.column_span
            # What spans has the room of several columns, and seldom needs more than they have.
            for column in range(placed.column, placed.column + share):
                natural[column] = max(natural[column], longest if share == 1 else min(longest / share, 40.0))
                least[column] = max(least[column], word if share == 1 else _COLUMN_PT_MIN)
    wished = grid.widths_pt
    if wished and len(wished) >= columns and sum(wished[:columns]) > 0:
        return [max(wish, min(word, _COLUMN_PT_MAX)) for wish, word in zip(wished, least, strict=False)]
    widths = [min(extent, _COLUMN_PT_MAX) for extent in natural]
    if sum(widths) <= room:
        return widths
    spare = sum(max(0.0, extent - _SHRUNK_PT) for extent in widths)
    cut = min(1.0, (sum(widths) - room) / spare) if spare else 0.0
    return [
        max(extent - cut * max(0.0, extent - _SHRUNK_PT), min(word, _COLUMN_PT_MAX))
        for extent, word in zip(widths, least, strict=True)
    ]


def _leaf(grid: Grid, group: _Group, widths: list[float], number: int, *, depth: int) -> Leaf:
    edges = list(itertools.accumulate(widths, initial=0.0))
    most = max((placed.column + placed.column_span for placed in group.cells), default=0)
    while len(edges) <= most:  # a row with more columns than those that decided
        edges.append(edges[-1] + 60.0)
    pad = _pad(grid)
    heights = [grid.size_pt * LEADING + 2 * _PAD_Y] * group.rows
    contents: list[tuple[_Placed, Leaf]] = []
    for placed in group.cells:
        room = edges[placed.column + placed.column_span] - edges[placed.column] - 2 * pad
        content = _content(placed.cell, grid, room, depth)
        contents.append((placed, content))
        last = placed.row + placed.row_span - 1
        missing = content.height + 2 * _PAD_Y - sum(heights[placed.row : last + 1])
        heights[last] += max(0.0, missing)
    ys = list(itertools.accumulate(heights, initial=0.0))
    leaf = Leaf(edges[-1], ys[-1])
    cells = []
    for placed, content in contents:
        first = len(leaf.words)
        leaf.put(content, edges[placed.column] + pad, ys[placed.row] + _PAD_Y)
        words = tuple(range(first, len(leaf.words)))
        spans = placed.row_span, placed.column_span
        cells.append(SetCell(placed.row, placed.column, *spans, placed.cell.header, words))
    leaf.rows = Rows(number, edges, ys, cells, grid.ruled)
    leaf.width = max(leaf.width, edges[-1])
    return leaf


def _one_word(cell: CellText) -> bool:
    """True for most cells of most sheets, which need no setting of lines."""
    text = cell.text
    return not cell.blocks and 0 < len(text) < _WORD_CHARS and text.isprintable() and " " not in text


def _content(cell: CellText, grid: Grid, room: float, depth: int) -> Leaf:
    if cell.align == "left" and _one_word(cell) and cell.text not in BOXES:
        size = grid.size_pt
        extent = width(cell.text, bold=cell.bold or cell.header) * size
        if extent <= room:
            top = size * (LEADING - 1) / 2
            word = SetWord(cell.text, 0.0, top, extent, top + size, cell.hidden, cell.address)
            return Leaf(extent, size * LEADING, [word])
    return stack(paragraphs(cell, grid.size_pt), room, address=cell.address, depth=depth)


def stack(
    blocks: Sequence[Paragraph | Grid], room: float, *, address: str | None = None, depth: int = 0
) -> Leaf:
    """All blocks below each other on one leaf."""
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        set_lines = list(lines(blocks[0], room, address=address))
        if len(set_lines) == 1:
            return set_lines[0]
    leaf = Leaf()
    for block in blocks:
        inner = (
            lines(block, room, address=address)
            if isinstance(block, Paragraph)
            else leaves(replace(block), room, depth=depth + 1)
        )
        for each in inner:
            leaf.put(each, 0.0, leaf.height)
    return leaf
