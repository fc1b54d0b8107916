"""Which printed lines are one row of a table: cells wrap, and rows have wider gaps than lines."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

from docmill.domain.pages import Word
from docmill.engines.layout.structure.lines import Line, is_figure, text_of

TIGHT = 1.2
"""Lines of one row follow each other by up to so many times the narrowest gap of the table."""
LEADING_MAX = 1.75
"""And by no more than so many letter heights."""


class Piece(NamedTuple):
    """The words of one line in one cell, which reaches from column ``first`` to ``last``."""

    first: int
    last: int
    words: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Cut:
    """A line of a table, cut at its columns."""

    line: Line
    pieces: tuple[Piece, ...]

    @property
    def columns(self) -> frozenset[int]:
        return frozenset(c for piece in self.pieces for c in range(piece.first, piece.last + 1))


def row_groups(bands: Sequence[Sequence[Cut]], words: Sequence[Word]) -> list[list[Cut]]:
    """Group lines from top to bottom into rows. Between two ``bands`` a line is drawn."""
    columns = [_figures(band, words) for band in bands]
    if len(bands) > 1 and all(_is_row(band, figures) for band, figures in zip(bands, columns, strict=True)):
        return [list(band) for band in bands]
    return [row for band, figures in zip(bands, columns, strict=True) for row in _rows(band, figures)]


def _rows(cuts: Sequence[Cut], figures: Sequence[frozenset[int]]) -> list[list[Cut]]:
    if len(cuts) < 2:
        return [list(cuts)] if cuts else []
    return _by_gaps(cuts, figures) or _by_continuation(cuts, figures)


def _figures(cuts: Sequence[Cut], words: Sequence[Word]) -> list[frozenset[int]]:
    """The columns of each line that hold a figure."""
    return [
        frozenset(p.first for p in cut.pieces if p.first == p.last and is_figure(text_of(words, p.words)))
        for cut in cuts
    ]


def _gaps(cuts: Sequence[Cut]) -> list[float]:
    return [below.line.centre - above.line.centre for above, below in pairwise(cuts)]


def _height(cuts: Sequence[Cut]) -> float:
    return sorted(cut.line.height for cut in cuts)[len(cuts) // 2]


def _is_row(cuts: Sequence[Cut], figures: Sequence[frozenset[int]]) -> bool:
    """Whether lines between two drawn lines can be one row: close, and no column has two figures."""
    close = all(gap <= LEADING_MAX * _height(cuts) for gap in _gaps(cuts))
    return close and not _twice(figures) and not _full(cuts)


def _twice(figures: Sequence[frozenset[int]]) -> bool:
    counts = Counter(column for some in figures for column in some)
    twice = sum(count > 1 for count in counts.values())
    # A date or a code may wrap in a narrow column, sums do not: one column may be of that kind.
    return twice > (1 if len(counts) > 1 else 0)


def _by_gaps(cuts: Sequence[Cut], figures: Sequence[frozenset[int]]) -> list[list[Cut]] | None:
    """Cut at the wide gaps, when no row then has two figures in one column."""
    gaps = _gaps(cuts)
    near = min(gaps)
    if near > LEADING_MAX * _height(cuts) or max(gaps) <= TIGHT * near:
        return None
    groups = [[0]]
    for index, gap in enumerate(gaps, 1):
        if gap > TIGHT * near:
            groups.append([])
        groups[-1].append(index)
    for group in groups:
        if len(group) > 1 and (
            _twice([figures[index] for index in group]) or _full([cuts[i] for i in group])
        ):
            return None
    return [[cuts[index] for index in group] for group in groups]


def _full(cuts: Sequence[Cut]) -> bool:
    """Whether two lines of a group fill the same three columns or more, as two rows do."""
    wide = [cut.columns for cut in cuts if len(cut.pieces) >= 3]
    return len(wide) > 1 and any(len(one & other) >= 3 and one == other for one, other in pairwise(wide))


def _by_continuation(cuts: Sequence[Cut], figures: Sequence[frozenset[int]]) -> list[list[Cut]]:
    """A line that only goes on with some cells of the one above belongs to it."""
    gaps, height = _gaps(cuts), _height(cuts)
    usual = sorted(gaps)[len(gaps) // 2]
    rows = [[0]]
    for index in range(1, len(cuts)):
        filled = frozenset().union(*(cuts[before].columns for before in rows[-1]))
        columns = cuts[index].columns
        goes_on = (
            columns < filled
            and not figures[index]
            and len(cuts[index].pieces) <= max(1, len(filled) // 2)
            and gaps[index - 1] <= min(LEADING_MAX * height, 1.05 * usual)
        )
        if goes_on:
            rows[-1].append(index)
        else:
            rows.append([index])
    return [[cuts[index] for index in row] for row in rows]
