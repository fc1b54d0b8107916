"""Tables without upright lines: what stands under each other in columns with white between them."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docmill.domain.pages import Word
from docmill.engines.layout.structure.grouping import LEADING_MAX, Cut, Piece
from docmill.engines.layout.structure.lines import RUN_GAP, Line, is_figure, text_of

GAP_MAX = 2.9
"""A gap between two lines wider than so many letter heights ends a table."""
GUTTER_MIN = 0.32
"""White between two columns, in letter heights, over all of their lines."""
PROSE_WORDS = 6
PROSE_SHARE = 0.42
"""A line that is one run of so many words, and so much of the page's text wide, is no row of a table."""
CROSSING_SHARE = 0.08
"""Share of a table's lines that may cross the white between two columns: heads and totals."""
_KEPT_SHARE = 0.65
_TRIES_MAX = 3
_LINES_MIN = 3
_ALIGNED = 0.7  # of a letter's height
_ALIGNED_SHARE = 0.6
_CELL_WORDS_MAX = 7.0
_FIGURES_MIN = 0.3
_SAME_EDGE, _EDGE_LINES_MIN, _WIDER = 0.15, 4, 1.15

Gutter = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Aligned:
    """A table's lines cut at its columns. ``bounds`` are the places between the columns."""

    cuts: tuple[Cut, ...]
    bounds: tuple[float, ...]


def aligned_tables(lines: Sequence[Line], words: Sequence[Word]) -> list[Aligned]:
    """Find tables among lines that are given from the top. No line is in two of them."""
    if not lines:
        return []
    width = max(line.x1 for line in lines) - min(line.x0 for line in lines)
    usual = median(line.height for line in lines)
    out: list[Aligned] = []
    start = tries = 0
    while start < len(lines):
        if len(lines[start].runs) < 2:
            start += 1
            continue
        stop = _grown(lines, start, words, width=width, usual=usual)
        found = _table(lines[start:stop], words) if stop - start >= 2 else None
        if found is None:
            tries += 1
            if tries >= _TRIES_MAX or stop - start < _LINES_MIN:
                start, tries = max(start + 1, stop - 1), 0
            else:
                start += 1
            continue
        out.append(found)
        start, tries = start + len(found.cuts), 0
    return out


def _grown(lines: Sequence[Line], start: int, words: Sequence[Word], *, width: float, usual: float) -> int:
    """Return the index after the last line that leaves enough white between the columns."""
    covered = _spans(lines[start], words)
    counts = [len(lines[start].runs) - 1]
    stop = start + 1
    while stop < len(lines):
        line, before = lines[stop], lines[stop - 1]
        height = max(line.height, before.height, usual)
        if line.centre - before.centre > GAP_MAX * height or _is_prose(line, width):
            break
        together = _merged(covered, _spans(line, words))
        wanted = median(counts) if len(counts) > 1 else min(counts[0], max(len(line.runs) - 1, 1))
        if _gutters(together, height) < max(1, _KEPT_SHARE * wanted):
            break
        covered = together
        if len(line.runs) > 1:
            counts.append(len(line.runs) - 1)
        stop += 1
    return stop


def _is_prose(line: Line, width: float) -> bool:
    run = line.runs[0]
    return len(line.runs) == 1 and len(run.words) >= PROSE_WORDS and run.x1 - run.x0 >= PROSE_SHARE * width


def _spans(line: Line, words: Sequence[Word]) -> list[Gutter]:
    return [(words[index].box.x0, words[index].box.x1) for index in line.words]


def _merged(spans: Sequence[Gutter], more: Sequence[Gutter]) -> list[Gutter]:
    out: list[list[float]] = []
    for x0, x1 in sorted([*spans, *more]):
        if out and x0 <= out[-1][1]:
            out[-1][1] = max(out[-1][1], x1)
        else:
            out.append([x0, x1])
    return [(x0, x1) for x0, x1 in out]


def _gutters(spans: Sequence[Gutter], height: float) -> int:
    return sum(1 for one, other in pairwise(spans) if other[0] - one[1] >= GUTTER_MIN * height)


def _table(lines: Sequence[Line], words: Sequence[Word]) -> Aligned | None:
    kept = list(lines)
    while kept and len(kept[-1].runs) == 1 and not _continues(kept):
        kept.pop()
    if len(kept) < 2:
        return None
    height = median(line.height for line in kept)
    gutters = _real([*_white(kept, words, height)], kept, words, height)
    if not gutters:
        return None
    bounds = tuple((x0 + x1) / 2 for x0, x1 in gutters)
    cuts = tuple(Cut(line, _pieces(line, gutters, words)) for line in kept)
    return Aligned(cuts, bounds) if _is_table(cuts, len(gutters) + 1, words, height) else None


def _continues(lines: Sequence[Line]) -> bool:
    """Whether the last line may be the end of a wrapped cell: close to the one above and not wide."""
    if len(lines) < 2:
        return False
    line, before = lines[-1], lines[-2]
    return line.centre - before.centre < LEADING_MAX * max(
        line.height, before.height
    ) and line.x1 - line.x0 < 0.5 * max(other.x1 - other.x0 for other in lines)


def _white(lines: Sequence[Line], words: Sequence[Word], height: float) -> list[Gutter]:
    """Return where at most a few lines have ink, from left to right."""
    allowed = max(1 if len(lines) >= 5 else 0, int(CROSSING_SHARE * len(lines)))
    events: list[tuple[float, int]] = []
    for line in lines:
        for x0, x1 in _merged(_spans(line, words), ()):
            events += [(x0, 1), (x1, -1)]
    events.sort()
    out: list[Gutter] = []
    depth, free = 0, None
    for x, change in events:
        before, depth = depth, depth + change
        if before > allowed >= depth:
            free = x
        elif before <= allowed < depth:
            if free is not None and x - free >= GUTTER_MIN * height:
                out.append((free, x))
            free = None
    return out


def _real(
    gutters: Sequence[Gutter], lines: Sequence[Line], words: Sequence[Word], height: float
) -> list[Gutter]:
    """Leave out white that is only blanks that happen to stand under each other."""
    middles = [(x0 + x1) / 2 for x0, x1 in gutters]
    bounds = [float("-inf"), *middles, float("inf")]
    blank = _blank(lines, words)
    out: list[Gutter] = []
    for number, gutter in enumerate(gutters):
        gaps: list[float] = []
        starts: list[float] = []
        single = 0
        for line in lines:
            boxes = [words[index].box for index in line.words]
            left = [box.x1 for box in boxes if bounds[number] < (box.x0 + box.x1) / 2 < middles[number]]
            single += len(left) == 1
            right = [box.x0 for box in boxes if middles[number] < (box.x0 + box.x1) / 2 < bounds[number + 2]]
            if right:
                starts.append(min(right))
            if left and right:
                gaps.append(min(right) - max(left))
        if not gaps or median(gaps) >= RUN_GAP * height or _is_edge(gaps, starts, blank, height, single):
            out.append(gutter)
    return out


def _blank(lines: Sequence[Line], words: Sequence[Word]) -> float:
    """The white between two words of a run, from its narrow side: narrow columns look like runs too."""
    gaps = sorted(
        words[index].box.x0 - words[before].box.x1
        for line in lines
        for run in line.runs
        for before, index in pairwise(run.words)
    )
    return gaps[len(gaps) // 5] if gaps else 0.0


def _is_edge(
    gaps: Sequence[float], starts: Sequence[float], blank: float, height: float, single: int
) -> bool:
    """Whether all that stands right of some white begins at one place, with more than a blank before it.

    ``single`` lines have one word left of it, as a column of dates or codes has.
    """
    edge = median(starts)
    same = sum(abs(start - edge) <= _SAME_EDGE * height for start in starts)
    more = len(starts) - len(gaps)  # lines with nothing left of the white: cells that go on
    wider = _WIDER if more * 5 >= len(starts) or single >= 0.8 * len(starts) else 1.6
    return len(starts) >= _EDGE_LINES_MIN and same >= 0.9 * len(starts) and median(gaps) >= wider * blank


def _pieces(line: Line, gutters: Sequence[Gutter], words: Sequence[Word]) -> tuple[Piece, ...]:
    middles = [(x0 + x1) / 2 for x0, x1 in gutters]
    pieces: list[Piece] = []
    for part, least, most in _cut(line.words, gutters, words):
        x0 = min(words[index].box.x0 for index in part)
        x1 = max(words[index].box.x1 for index in part)
        first = min(max(bisect_right(middles, x0), least), most)
        last = max(min(bisect_left(middles, x1), most), first)
        members = part
        if pieces and pieces[-1].last >= first:
            before = pieces.pop()
            first, last, members = before.first, max(before.last, last), [*before.words, *part]
        pieces.append(Piece(first, last, tuple(members)))
    return tuple(pieces)


def _cut(
    line: Sequence[int], gutters: Sequence[Gutter], words: Sequence[Word]
) -> list[tuple[list[int], int, int]]:
    """Cut a line where it has white in a gutter; each part with the columns that it may be in."""
    whites = [(words[before].box.x1, words[index].box.x0) for before, index in pairwise(line)]
    cuts: dict[int, list[int]] = {}
    for number, gutter in enumerate(gutters):
        first = max(0, bisect_left(whites, gutter[0], key=lambda white: white[1]))
        options = [(_common(whites[at], gutter), at) for at in range(first, min(first + 3, len(whites)))]
        best, at = max(options, default=(0.0, 0))
        if best > 0:
            cuts.setdefault(at, []).append(number)
    parts: list[tuple[list[int], int, int]] = []
    part, least = [line[0]], 0
    for at, index in enumerate(line[1:]):
        if at in cuts:
            parts.append((part, least, max(least, cuts[at][0])))
            part, least = [], cuts[at][-1] + 1
        part.append(index)
    parts.append((part, least, len(gutters)))
    return parts


def _common(white: Gutter, gutter: Gutter) -> float:
    """How much white of a line is the gutter's, which a word may reach into; 0 for a blank beside it."""
    common = min(white[1], gutter[1]) - max(white[0], gutter[0])
    in_middle = white[0] <= (gutter[0] + gutter[1]) / 2 <= white[1]
    enough = common >= 0.6 * min(white[1] - white[0], gutter[1] - gutter[0])
    return common if common > 0 and (in_middle or enough) else 0.0


def _is_table(cuts: Sequence[Cut], columns: int, words: Sequence[Word], height: float) -> bool:
    full = [cut for cut in cuts if len(cut.pieces) >= 2]
    cells = [piece for cut in full for piece in cut.pieces]
    if len(full) < 2 or len(full) < 0.3 * len(cuts):
        return False
    figures = sum(is_figure(text_of(words, piece.words)) for piece in cells) / len(cells)
    if columns == 2 and (len(full) < _LINES_MIN or figures < _FIGURES_MIN):
        return False
    if (
        figures < 0.1
        and sum(len(piece.words) for piece in cells) / len(cells) > _CELL_WORDS_MAX / columns + 1.5
    ):
        return False
    if columns > 2 and len(full) < _LINES_MIN and figures < _FIGURES_MIN:
        return False
    aligned = sum(_is_aligned(full, column, words, height) for column in range(columns))
    return aligned >= 0.6 * columns


def _is_aligned(cuts: Sequence[Cut], column: int, words: Sequence[Word], height: float) -> bool:
    edges = [
        (words[piece.words[0]].box.x0, words[piece.words[-1]].box.x1)
        for cut in cuts
        for piece in cut.pieces
        if piece.first == piece.last == column
    ]
    if len(edges) < 2:
        return False
    for places in ([x0 for x0, _ in edges], [x1 for _, x1 in edges], [(x0 + x1) / 2 for x0, x1 in edges]):
        middle = median(places)
        if sum(abs(place - middle) <= _ALIGNED * height for place in places) >= _ALIGNED_SHARE * len(places):
            return True
    return False
