"""How well tables are put together: cells at their places, on made tables with exact truth."""

import argparse
import io
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NamedTuple

from PIL import Image

from bench.figures import Figure, Subject
from bench.tables_made import MadeTable, Truth, made_tables
from docmill.domain.pages import Page, Table
from docmill.engines.layout.structure import structure
from docmill.engines.reading import read, render
from docmill.engines.reading.ocr.choice import Recognition

SEED = 7
COUNT, QUICK_COUNT = 120, 12
SCANS, SCAN_DPI, SCAN_LEAN_DEG = 12, 200, 0.4
ABOUT = (
    "Tables made by `bench/tables_made.py` in twelve layouts: ruled, unruled, only level rules, zebra, wrapped "
    "cells, spanning headers, multi-line cells, right-aligned numbers, two tables on a page, a page break with "
    "the header repeated, totals, empty cells. A cell is right when its text stands at its row and column with "
    "its spans; cells without text do not count; tables that are none count as wrong cells. *Scans* are "
    "pages of the same drawn at 200 dpi as pictures, read by OCR: a word read wrong is a wrong cell."
)

Found = tuple[int, int, int, int, str]
"""A cell as (row, column, row_span, column_span, text with single blanks)."""


class Counts(NamedTuple):
    """Cells that are right, that were found, and that there are."""

    right: int
    found: int
    real: int

    @property
    def f1(self) -> float:
        return 2 * self.right / max(1, self.found + self.real)

    def plus(self, other: "Counts") -> "Counts":
        return Counts(self.right + other.right, self.found + other.found, self.real + other.real)


def cell_counts(truth: Sequence[MadeTable], found: Iterable[tuple[int, Sequence[Found]]]) -> Counts:
    """Compare the tables of a document; ``found`` are (page, cells) of each table that a program reports.

    Tables of a page are matched by what they have in common, the best first.
    """
    tables = [(page, Counter(cell for cell in cells if cell[4].strip())) for page, cells in found]
    real = [(table.page, Counter(map(tuple, table.cells))) for table in truth]
    options = sorted(
        (
            (sum((one & other).values()), i, j)
            for i, (page, one) in enumerate(real)
            for j, (place, other) in enumerate(tables)
            if page == place
        ),
        key=lambda option: (-option[0], option[1:]),
    )
    right, used_real, used_found = 0, set(), set()
    for common, i, j in options:
        if i not in used_real and j not in used_found:
            right += common
            used_real.add(i)
            used_found.add(j)
    return Counts(
        right, sum(sum(cells.values()) for _, cells in tables), sum(sum(cells.values()) for _, cells in real)
    )


def cells_of(page: Page, table: Table) -> list[Found]:
    """The cells of a table of docmill's own."""
    return [
        (
            cell.row,
            cell.column,
            cell.row_span,
            cell.column_span,
            " ".join(page.words[i].text for i in cell.words),
        )
        for cell in table.cells
    ]


def found_in(pages: Sequence[Page]) -> list[tuple[int, list[Found]]]:
    return [(page.number, cells_of(page, table)) for page in pages for table in structure(page).tables]


def by_layout(made: Sequence[tuple[Path, Truth]]) -> dict[str, Counts]:
    counts: dict[str, Counts] = defaultdict(lambda: Counts(0, 0, 0))
    for path, truth in made:
        pages = read(path.read_bytes(), path.name).pages
        counts[truth.layout] = counts[truth.layout].plus(cell_counts(truth.tables, found_in(pages)))
    return counts


def total(counts: Iterable[Counts]) -> Counts:
    out = Counts(0, 0, 0)
    for each in counts:
        out = out.plus(each)
    return out


def scanned(made: Sequence[tuple[Path, Truth]]) -> Counts:
    """The first pages of some of them as pictures at 200 dpi, a little askew, read by OCR."""
    recognition = Recognition()
    counts = Counts(0, 0, 0)
    for number, (path, truth) in enumerate(made):
        drawn = Image.open(io.BytesIO(render(path.read_bytes(), 1, dpi=SCAN_DPI) or b"")).convert("L")
        turned = drawn.rotate(
            (number % 3 - 1) * SCAN_LEAN_DEG, fillcolor=255, resample=Image.Resampling.BICUBIC
        )
        out = io.BytesIO()
        turned.save(out, "PNG")
        pages = read(out.getvalue(), "scan.png", ocr=recognition).pages
        first = [table for table in truth.tables if table.page == 1]
        counts = counts.plus(cell_counts(first, found_in(pages)))
    return counts


def measure(*, quick: bool) -> Subject:
    with tempfile.TemporaryDirectory() as scratch:
        made = made_tables(Path(scratch), SEED, QUICK_COUNT if quick else COUNT)
        counts = by_layout(made)
        scans = scanned(made[: 3 if quick else SCANS])
    tables = sum(len(truth.tables) for _, truth in made)
    whole = total(counts.values())
    figures = [
        Figure(
            "cells of digital tables, F1",
            whole.f1,
            "",
            at_least=0.98,
            note=f"{tables} tables, {whole.real} cells",
        ),
        *(Figure(f"of them: {name.replace('_', ' ')}", each.f1, "") for name, each in counts.items()),
        Figure("cells of the same as scans, F1", scans.f1, "", note=f"{scans.real} cells, read by OCR"),
    ]
    return Subject("Tables", ABOUT, tuple(figures))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--count", type=int, default=COUNT)
    parser.add_argument("--scans", type=int, default=0, help="read so many of them as scans too")
    parser.add_argument("--keep", type=Path, help="folder for the PDFs")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        made = made_tables(options.keep or Path(scratch), options.seed, options.count)
        counts = by_layout(made)
        scans = scanned(made[: options.scans])
    for name, each in counts.items():
        print(f"{name:12} {each.f1:.3f} {each}")
    print(f"{'all':12} {total(counts.values()).f1:.3f}")
    if options.scans:
        print(f"{'scans':12} {scans.f1:.3f} {scans}")


if __name__ == "__main__":
    main()
