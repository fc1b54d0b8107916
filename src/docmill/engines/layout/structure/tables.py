"""Tables of a page: those with drawn cells, and those whose columns only stand under each other."""

from bisect import bisect_right
from collections.abc import Collection, Sequence

from docmill.domain.pages import Box, Cell, Page, Stroke, Table, Word
from docmill.engines.layout.structure.aligned import Aligned, aligned_tables
from docmill.engines.layout.structure.grouping import Cut, Piece, row_groups
from docmill.engines.layout.structure.lines import Line, box_of, is_figure, lines_of, text_of
from docmill.engines.layout.structure.pairs import is_form
from docmill.engines.layout.structure.ruled import Grid

_RULE_SHARE = 0.7
_FILLED_MIN = 0.25


def ruled_table(grid: Grid, page: Page, indexes: Sequence[int]) -> Table | None:
    """Return the grid as a table with these words in its cells; None for a frame or a form."""
    inside = grid.filled(page.words, indexes)
    if len(inside) < 3 or len(inside) < _FILLED_MIN * len(grid.cells) or is_form(page, grid, inside):
        return None
    lines = {number: lines_of(page, members) for number, members in inside.items()}
    bands = _bands(grid, lines, page.words)
    starts = [0]
    for band in bands:
        starts.append(starts[-1] + max(1, len(band)))
    cells: list[Cell] = []
    for number, cell in enumerate(grid.cells):
        own = lines.get(number, [])
        members = tuple(index for line in own for index in line.words)
        if cell.row_span > 1 or not bands[cell.row]:
            last = cell.row + cell.row_span
            span = starts[last] - starts[cell.row]
            cells.append(Cell(starts[cell.row], cell.column, cell.box, members, span, cell.column_span))
            continue
        cells += _sliced(
            cell.box, own, bands[cell.row], at=(starts[cell.row], cell.column), span=cell.column_span
        )
    rows, columns = starts[-1], len(grid.xs) - 1
    if rows < 2 or columns < 2:
        return None
    return _headed(
        Table(_rounded(grid.box), rows, columns, tuple(map(_rounded_cell, cells)), ruled=True), page.words
    )


def _bands(grid: Grid, lines: dict[int, list[Line]], words: Sequence[Word]) -> list[list[float]]:
    """Return for each drawn row where the printed rows in it begin: empty for one that is a row itself.

    Invoices draw columns and let the rows between them stand freely: then two columns or more have
    a figure in each of several lines.
    """
    out: list[list[float]] = []
    for row in range(len(grid.ys) - 1):
        own = [n for n, cell in enumerate(grid.cells) if cell.row == row and cell.row_span == 1]
        stacks = []
        for number in own:
            some = lines.get(number, [])
            if len(some) >= 2 and all(is_figure(text_of(words, line.words)) for line in some):
                stacks.append([line.y0 for line in some])
        best = max(stacks, key=len, default=[])
        alike = sum(1 for stack in stacks if len(stack) == len(best)) if best else 0
        out.append(best if alike >= 2 or len(best) >= 4 else [])
    return out


def _sliced(
    box: Box, lines: Sequence[Line], starts: Sequence[float], *, at: tuple[int, int], span: int
) -> list[Cell]:
    members: list[list[int]] = [[] for _ in starts]
    for line in lines:
        place = max(0, bisect_right(starts, line.centre) - 1)
        members[place].extend(line.words)
    edges = [box.y0, *(start - 1.0 for start in starts[1:]), box.y1]
    return [
        Cell(
            at[0] + n,
            at[1],
            Box(box.x0, edges[n], box.x1, max(edges[n + 1], edges[n] + 0.01)),
            tuple(some),
            1,
            span,
        )
        for n, some in enumerate(members)
    ]


def free_tables(page: Page, indexes: Sequence[int], strokes: Sequence[Stroke]) -> list[Table]:
    """Find tables without drawn cells among these words."""
    lines = lines_of(page, indexes)
    found = aligned_tables(lines, page.words)
    return [table for each in found if (table := _aligned_table(each, page.words, strokes)) is not None]


def _aligned_table(found: Aligned, words: Sequence[Word], strokes: Sequence[Stroke]) -> Table | None:
    groups = row_groups(_between_rules(found.cuts, strokes), words)
    if len(groups) < 2:
        return None
    members = [index for cut in found.cuts for index in cut.line.words]
    box = box_of(words, members)
    xs = [box.x0, *found.bounds, box.x1]
    tops = [min(cut.line.y0 for cut in group) for group in groups]
    bottoms = [max(cut.line.y1 for cut in group) for group in groups]
    ys = [box.y0, *((low + high) / 2 for low, high in zip(bottoms, tops[1:], strict=False)), box.y1]
    cells: list[Cell] = []
    for row, group in enumerate(groups):
        for piece in _merged_pieces(group):
            place = Box(xs[piece.first], ys[row], xs[piece.last + 1], ys[row + 1])
            around = box_of(words, piece.words).union(place)
            cells.append(Cell(row, piece.first, around, piece.words, 1, piece.last - piece.first + 1))
    table = Table(_rounded(box), len(groups), len(xs) - 1, tuple(map(_rounded_cell, cells)))
    return _headed(table, words)


def _merged_pieces(group: Sequence[Cut]) -> list[Piece]:
    """Put the lines of one row together: pieces that share a column are one cell."""
    out: list[Piece] = []
    for cut in group:
        for piece in cut.pieces:
            first, last, members = piece.first, piece.last, list(piece.words)
            for other in [one for one in out if one.first <= last and first <= one.last]:
                out.remove(other)
                first, last = min(first, other.first), max(last, other.last)
                members = [*other.words, *members]
            out.append(Piece(first, last, tuple(members)))
    return sorted(out)


def _between_rules(cuts: Sequence[Cut], strokes: Sequence[Stroke]) -> list[list[Cut]]:
    """Part lines where a level line is drawn between them, when it is as wide as the table."""
    x0, x1 = min(cut.line.x0 for cut in cuts), max(cut.line.x1 for cut in cuts)
    top, bottom = cuts[0].line.y0, cuts[-1].line.y1
    rules = sorted(
        (line.y0 + line.y1) / 2
        for line in strokes
        if line.level
        and top - 1 < line.y1
        and line.y0 < bottom + 1
        and min(line.x1, x1) - max(line.x0, x0) >= _RULE_SHARE * (x1 - x0)
    )
    bands: list[list[Cut]] = [[]]
    before = -1.0
    for cut in cuts:
        place = bisect_right(rules, cut.line.centre)
        if bands[-1] and place != before:
            bands.append([])
        bands[-1].append(cut)
        before = place
    return bands


def _headed(table: Table, words: Sequence[Word]) -> Table:
    """Mark the rows at the top that have no figure while columns below have."""
    by_row: dict[int, list[Cell]] = {}
    for cell in table.cells:
        by_row.setdefault(cell.row, []).append(cell)
    plain: list[int] = []
    for row in range(table.rows - 1):
        texts = [text_of(words, cell.words) for cell in by_row.get(row, ()) if cell.words]
        if not texts or any(is_figure(text) for text in texts if not _is_year(text)):
            break
        plain.append(row)
    if not plain or len(plain) > max(2, table.rows // 2):
        return table
    below = [cell for cell in table.cells if cell.row > plain[-1] and cell.words]
    if not any(is_figure(text_of(words, cell.words)) for cell in below):
        plain = plain[:1]
    heads = frozenset(plain)
    cells = tuple(
        Cell(c.row, c.column, c.box, c.words, c.row_span, c.column_span, header=True) if c.row in heads else c
        for c in table.cells
    )
    return Table(table.box, table.rows, table.columns, cells, table.ruled)


def _is_year(text: str) -> bool:
    return len(text) == 4 and text.isdigit() and text[:2] in ("19", "20")


def _rounded(box: Box) -> Box:
    x0, y0, x1, y1 = (round(edge, 2) for edge in box)
    return Box(x0, y0, max(x1, x0 + 0.01), max(y1, y0 + 0.01))


def _rounded_cell(cell: Cell) -> Cell:
    return Cell(
        cell.row,
        cell.column,
        _rounded(cell.box),
        cell.words,
        cell.row_span,
        cell.column_span,
        header=cell.header,
    )


def words_in(tables: Collection[Table]) -> frozenset[int]:
    return frozenset(index for table in tables for cell in table.cells for index in cell.words)
