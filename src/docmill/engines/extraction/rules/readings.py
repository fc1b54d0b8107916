"""The ways to read a list: by the cells that the file declares, by rows of print, by cells of drawn lines."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from docmill.domain.results import Completeness
from docmill.engines.extraction.rules.lists import ListFound
from docmill.engines.layout import Layout
from docmill.engines.layout.structure import ruled_tables
from docmill.engines.layout.tables import Table, TableWords, celled_table, find_table
from docmill.engines.layout.tables.celled import PageTables


class Cells(NamedTuple):
    """Tables with known cells, by page number."""

    declared: PageTables
    ruled: PageTables


class ReadTable(NamedTuple):
    """One reading of a list, and whether it accounts for itself."""

    table: Table
    found: ListFound
    contract: Completeness


def cells_of(layout: Layout) -> Cells:
    """Collect them from all pages; drawn lines count where the file declares no table."""
    declared = {number: page.tables for number, page in layout.pages.items() if page.tables}
    ruled = {
        number: found
        for number, page in layout.pages.items()
        if number not in declared and (found := ruled_tables(page))
    }
    return Cells(declared, ruled)


def tables_for(layout: Layout, words: TableWords, cells: Cells, taken: Collection[int]) -> tuple[Table, ...]:
    """Return the readings of a list, the most exact first; the first that accounts for itself is believed.

    Declared cells come before rows of print. Drawn lines come after them: they may part what belongs
    together, such as a description in two columns.
    """
    options = (
        celled_table(layout, words, cells.declared, taken) if cells.declared else None,
        find_table(layout, words, taken),
        celled_table(layout, words, cells.ruled, taken) if cells.ruled else None,
    )
    return tuple(table for table in options if table is not None and table.rows)


def surest(readings: Sequence[ReadTable]) -> ReadTable:
    """Return the first reading of a list that accounts for itself, else the first of all, of at least one.

    One by drawn cells is preferred to one by rows of print where it has all that the other has: it knows
    which lines of text belong to an entry.
    """
    best: ReadTable | None = None
    for one in readings:
        if not one.contract.holds:
            continue
        if best is None or (one.table.celled and not best.table.celled and _as_full(one.found, best.found)):
            best = one
    return best or readings[0]


def _as_full(found: ListFound, other: ListFound) -> bool:
    return len(found.entries) == len(other.entries) and all(
        entry.values.keys() >= before.values.keys()
        for entry, before in zip(found.entries, other.entries, strict=True)
    )
