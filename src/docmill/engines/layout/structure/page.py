"""One page taken apart, step by step."""

from collections.abc import Sequence

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Page, Table
from docmill.engines.layout.structure.boxes import labelled
from docmill.engines.layout.structure.flow import blocks_of
from docmill.engines.layout.structure.kinds import with_repeated
from docmill.engines.layout.structure.lines import box_of, lines_of
from docmill.engines.layout.structure.model import Block, BlockKind, LabelledCheckBox, Pair, Structure
from docmill.engines.layout.structure.pairs import form_pairs, line_pairs
from docmill.engines.layout.structure.ruled import Grid, grids_of
from docmill.engines.layout.structure.tables import free_tables, ruled_table, words_in

_A4_HEIGHT_PT = 842
_STROKES_MIN = 4


def structure(page: Page) -> Structure:
    """Take one page apart. Pure; only words that a person sees take part.

    A page of more words than STRUCTURE_WORDS_MAX is one block of text.
    """
    seen = [index for index, word in enumerate(page.words) if word.hidden is None and word.text]
    if len(seen) > limits.STRUCTURE_WORDS_MAX:
        return Structure((Block(BlockKind.TEXT, box_of(page.words, seen), tuple(seen)),), page.tables)
    grids = grids_of(page.strokes, unit_of(page))
    tables = _tables(page, seen, grids)
    taken = words_in(tables)
    rest = [index for index in seen if index not in taken]
    visible = frozenset(seen)
    boxes = [(table.box, _in_cells(table, visible)) for table in tables]
    forms = form_pairs(page, grids, rest)
    in_forms = frozenset(index for pair in forms for index in (*pair.label, *pair.value))
    free = line_pairs(page, lines_of(page, [index for index in rest if index not in in_forms]))
    return Structure(
        tuple(blocks_of(page, rest, boxes)),
        tuple(tables),
        tuple(labelled(page, seen)),
        tuple(sorted([*forms, *free], key=lambda pair: (pair.box.y0, pair.box.x0))),
    )


def forms(page: Page) -> list[Pair]:
    """Return the pairs of drawn form cells alone, for those who need nothing else of a page."""
    if len(page.strokes) < _STROKES_MIN or len(page.words) > limits.STRUCTURE_WORDS_MAX:
        return []
    seen = [index for index, word in enumerate(page.words) if word.hidden is None and word.text]
    grids = grids_of(page.strokes, unit_of(page))
    free = [grid for grid in grids if ruled_table(grid, page, seen) is None]
    return form_pairs(page, free, seen)


def check_boxes(page: Page) -> list[LabelledCheckBox]:
    """Return the boxes to tick alone, for those who need nothing else of a page."""
    return labelled(
        page, [index for index, word in enumerate(page.words) if word.hidden is None and word.text]
    )


def ruled_tables(page: Page) -> list[Table]:
    """Return the tables with drawn lines alone, for those who need nothing else of a page."""
    if len(page.strokes) < _STROKES_MIN or len(page.words) > limits.STRUCTURE_WORDS_MAX:
        return []
    seen = [index for index, word in enumerate(page.words) if word.hidden is None and word.text]
    found = (ruled_table(grid, page, seen) for grid in grids_of(page.strokes, unit_of(page)))
    return sorted((table for table in found if table is not None), key=lambda one: (one.box.y0, one.box.x0))


def structures(pages: Sequence[Page]) -> list[Structure]:
    """Take pages of one document apart; what stands at their edges again and again is header or footer."""
    return with_repeated(pages, [structure(page) for page in pages])


def unit_of(page: Page) -> float:
    """How many of the page's units are a point; a picture is taken for one of a sheet of paper."""
    return 1.0 if page.unit == "pt" else max(page.width, page.height) / _A4_HEIGHT_PT


def _in_cells(table: Table, visible: frozenset[int]) -> tuple[int, ...]:
    return tuple(dict.fromkeys(index for cell in table.cells for index in cell.words if index in visible))


def _tables(page: Page, seen: Sequence[int], grids: Sequence[Grid]) -> list[Table]:
    declared = list(page.tables)
    taken = words_in(declared)
    ruled = []
    for grid in grids:
        rest = [index for index in seen if index not in taken]
        table = ruled_table(grid, page, rest)
        if table is not None:
            ruled.append(table)
            taken |= words_in([table])
    free = free_tables(page, [index for index in seen if index not in taken], page.strokes)
    return sorted([*declared, *ruled, *free], key=lambda table: (table.box.y0, table.box.x0))
