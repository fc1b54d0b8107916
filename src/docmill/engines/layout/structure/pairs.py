"""Labels with their values: in the cells of a form, behind a colon, or with a gap between them."""

import re
from bisect import bisect_left
from collections.abc import Mapping, Sequence

from docmill.domain.pages import Page
from docmill.engines.layout.structure.lines import Line, Run, box_of, is_figure, lines_of, text_of
from docmill.engines.layout.structure.model import Pair
from docmill.engines.layout.structure.ruled import Grid

LABEL_WORDS_MAX = 12
FORM_LABEL_LINES_MAX = 3
FORM_CELL_LINES_MAX = 12
FORM_SHARE = 0.3
"""Share of a grid's filled cells from which on cells that name what they hold make it a form, not a table."""
_NUMBERED = re.compile(r"^\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]$", re.IGNORECASE)


def form_pairs(page: Page, grids: Sequence[Grid], indexes: Sequence[int]) -> list[Pair]:
    """The cells of drawn forms: a label at the top of the cell, the value in the rest of it."""
    out: list[Pair] = []
    for grid in grids:
        for number, members in sorted(grid.filled(page.words, indexes).items()):
            pair = _form_cell(page, members)
            if pair is not None:
                out.append(Pair(pair[0], pair[1], grid.cells[number].box, form_cell=True))
    return out


def is_form(page: Page, grid: Grid, filled: Mapping[int, Sequence[int]]) -> bool:
    """Whether the cells of a grid each name what they hold.

    They are numbered, have a label's colon, or are a single row of cells with several lines.
    """
    if len({grid.cells[number].row for number in filled}) == 1:
        tall = sum(len(lines_of(page, members)) > 1 for members in filled.values())
        return 2 * tall >= len(filled)
    named = 0
    for members in filled.values():
        first = lines_of(page, members)[0].words
        named += _NUMBERED.match(page.words[first[0]].text) is not None or _colon(page, first) is not None
    return named >= 2 and named >= FORM_SHARE * len(filled)


def _form_cell(page: Page, members: Sequence[int]) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    lines = lines_of(page, members)
    if not lines or len(lines) > FORM_CELL_LINES_MAX:
        return None
    first = lines[0].words
    colon = _colon(page, first)
    if colon is not None:
        return first[:colon], tuple(index for line in lines for index in line.words)[colon:]
    if is_figure(text_of(page.words, first)) or len(first) > LABEL_WORDS_MAX:
        return None
    if len(lines) == 1 and len(lines[0].runs) > 1:
        return _parted(page, lines[0])
    count = 1
    while count < min(len(lines), FORM_LABEL_LINES_MAX) and _label_goes_on(page, lines[:count], lines[count]):
        count += 1
    label = tuple(index for line in lines[:count] for index in line.words)
    return label, tuple(index for line in lines[count:] for index in line.words)


def _parted(page: Page, line: Line) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """A cell of one line: what stands before its first gap is the label, with the number before it."""
    runs = line.runs
    numbered = len(runs) > 2 and _NUMBERED.match(text_of(page.words, runs[0].words)) is not None
    cut = 2 if numbered else 1
    return (
        tuple(index for run in runs[:cut] for index in run.words),
        tuple(index for run in runs[cut:] for index in run.words),
    )


def _label_goes_on(page: Page, label: Sequence[Line], line: Line) -> bool:
    """Whether a label's sentence goes on: in small letters, or all in capitals until its full stop."""
    before, text = text_of(page.words, label[-1].words), text_of(page.words, line.words)
    if before.endswith((".", ":", "?")):
        return False
    if text[:1].islower() or text.startswith("("):
        return True
    return before.isupper() and text.isupper() and text.endswith((".", ":"))


def line_pairs(page: Page, lines: Sequence[Line]) -> list[Pair]:
    """Labels in lines of text: with a colon, the value right of it or else below; or with a gap after it."""
    out: list[Pair] = []
    for number, line in enumerate(lines):
        for place, run in enumerate(line.runs):
            found = _run_pair(page, lines, number, place)
            if found is not None:
                label, value = found
                members = [*label, *value]
                out.append(Pair(label, value, box_of(page.words, members)))
            del run
    return out


def _run_pair(
    page: Page, lines: Sequence[Line], number: int, place: int
) -> tuple[tuple[int, ...], tuple[int, ...]] | None:
    line = lines[number]
    run = line.runs[place]
    colon = _colon(page, run.words)
    if colon is None or colon > LABEL_WORDS_MAX:
        return None
    label, value = run.words[:colon], run.words[colon:]
    if value:
        return label, value
    following = line.runs[place + 1] if place + 1 < len(line.runs) else None
    if following is not None and _colon(page, following.words) is None:
        return label, following.words
    below = _below(page, lines, number, run)
    return label, below


def _below(page: Page, lines: Sequence[Line], number: int, run: Run) -> tuple[int, ...]:
    line = lines[number]
    for other in lines[number + 1 : number + 3]:
        if other.centre - line.centre > 2.6 * max(line.height, other.height):
            break
        at = bisect_left(other.runs, run.x0 - line.height, key=lambda one: one.x0)
        if at < len(other.runs) and other.runs[at].x0 < run.x1:
            found = other.runs[at].words
            return found if _colon(page, found) is None else ()
    return ()


def _colon(page: Page, words: Sequence[int]) -> int | None:
    """Return how many words belong to the label: those up to the first that ends with a colon."""
    for count, index in enumerate(words[: LABEL_WORDS_MAX + 1], 1):
        text = page.words[index].text
        if text.endswith(":") and (len(text) > 1 or count > 1):
            return count
    return None
