"""Tables: which cells are right, on made ones with exact truth."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

from bench.figures import Figure, shown, table
from bench.peers.rows import Asked, Row, ask_all
from bench.peers.scoring import Score
from bench.tables import Counts, Found, cell_counts
from bench.tables_made import Truth, made_tables

SEED = 11
ROWS = (
    Row("docmill", "docmill", "tables", sampled=True),
    Row("Docling", "docling", "tables"),
    Row("Unstructured", "unstructured", "tables"),
    Row("pdfminer.six", "pdfminer", "tables"),
    Row("pdfplumber, lines", "pdfplumber", "tables"),
    Row("pdfplumber, text", "pdfplumber", "aligned_tables"),
    Row("camelot, lattice", "camelot", "tables"),
    Row("camelot, stream", "camelot", "aligned_tables"),
)
_HEADS = ("", "version", "cell F1", "precision", "recall", "neighbours F1", "pages/s/core", "note")
_ABOUT = """\
PDFs by `bench/tables_made.py`, another seed than `make bench` takes: ruled, unruled, level rules only, zebra,
wrapped and multi-line cells, spanning headers, figures to the right, two on a page, page breaks, totals, empty
cells. A cell is right when its text stands at its row and column with its spans. *Neighbours* is the measure of the
ICDAR 2013 competition: pairs of texts that stand side by side or one below the other, which forgives a heading taken
for the first row. What is reported as a table and is none counts as wrong, too. No peer was told what to expect: pdfplumber
and camelot are asked by drawn lines (their default) and, apart from that, by how text is aligned. docmill's reader and
table finding were written beside this kind of table, so it has the home game here."""
_NONE = {
    "docling": "its table model cannot be had, and without it there are no tables",
    "unstructured": "`fast` finds no tables",
    "pdfminer": "has no tables",
}


def measure(scratch: Path, *, quick: bool) -> tuple[list[str], list[Asked]]:
    """Return Markdown, and what was asked of whom."""
    made = made_tables(scratch / "made", SEED, 12 if quick else 72)
    truths = [truth for _, truth in made]
    asked = ask_all(ROWS, [path for path, _ in made], rounds=1)
    pages, count = sum(truth.pages for truth in truths), sum(len(truth.tables) for truth in truths)
    title = f"## Tables ({count} on {pages} pages of {len(made)} made files)"
    rows = [_row(one, truths, pages) for one in asked]
    layouts = list(dict.fromkeys(truth.layout for truth in truths))
    able = [one for one in asked if one.rounds and one.first.can and not _NONE.get(one.row.peer)]
    heads = ("neighbours F1 by layout", *(one.row.title for one in able))
    by_layout = [
        [layout.replace("_", " "), *(_f1(one, truths, layout) for one in able)] for layout in layouts
    ]
    aim = [] if asked[0].failure else [_aim(_counts(asked[0], truths))]
    return [title, _ABOUT, *aim, table(_HEADS, rows), table(heads, by_layout)], asked


def _aim(ours: Counts) -> str:
    lines = ["| what | measured | target | | |", "|---|---|---|---|---|"]
    return "\n".join([*lines, Figure("docmill, cell F1", ours.f1, "", at_least=0.98).row()])


def _row(one: Asked, truths: Sequence[Truth], pages: int) -> list[str]:
    if one.failure:
        return [one.row.title, f"not measured: {one.failure}", *[""] * 6]
    note = _NONE.get(one.row.peer, f"{len(one.errors)} files not read" if one.errors else "")
    if not one.first.can:
        return [one.row.title, one.first.version, *["–"] * 5, note]
    counts, pairs = _counts(one, truths), _neighbours(one, truths)
    return [
        one.row.title, one.first.version, f"{counts.f1:.3f}", f"{counts.right / max(1, counts.found):.3f}",
        f"{counts.right / max(1, counts.real):.3f}", f"{pairs.f1:.3f}", shown(pages / one.cpu_s), note,
    ]  # fmt: skip


def _f1(one: Asked, truths: Sequence[Truth], layout: str) -> str:
    return f"{_neighbours(one, truths, layout=layout).f1:.3f}"


def _counts(one: Asked, truths: Sequence[Truth]) -> Counts:
    counts = Counts(0, 0, 0)
    for answer, truth in zip(one.first.files, truths, strict=True):
        counts = counts.plus(cell_counts(truth.tables, map(_found, answer.found)))
    return counts


def _neighbours(one: Asked, truths: Sequence[Truth], *, layout: str = "") -> Score:
    score = Score()
    for answer, truth in zip(one.first.files, truths, strict=True):
        if layout not in {"", truth.layout}:
            continue
        found = [(page, *pair) for page, cells in map(_found, answer.found) for pair in _pairs(cells)]
        wanted = [(made.page, *pair) for made in truth.tables for pair in _pairs(made.cells)]
        score += Score.of(found, wanted)
    return score


def _found(told: Sequence[Any]) -> tuple[int, list[Found]]:
    page, cells = told
    return page, [
        (row, column, down, across, " ".join(text.split())) for row, column, down, across, text in cells
    ]


def _pairs(cells: Iterable[Found]) -> Iterator[tuple[str, str, str]]:
    """Each text with the next one to the right and the next one below; what is empty is passed over."""
    at: dict[tuple[int, int], Found] = {}
    for cell in cells:
        row, column, down, across, text = cell
        if text:
            at |= {(row + i, column + j): cell for i in range(down) for j in range(across)}
    rows = max((row for row, _ in at), default=-1) + 1
    columns = max((column for _, column in at), default=-1) + 1
    pairs = dict.fromkeys(
        (one, other, way)
        for way, lines in (
            ("right", [[(row, column) for column in range(columns)] for row in range(rows)]),
            ("below", [[(row, column) for row in range(rows)] for column in range(columns)]),
        )
        for line in lines
        for one, other in pairwise(at[place] for place in line if place in at)
        if one is not other
    )
    yield from ((one[4], other[4], way) for one, other, way in pairs)
