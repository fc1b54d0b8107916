"""Rows and segments: what a person sees as one printed line, and its parts between wide gaps."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.results import Citation

SEGMENT_GAP = 0.95
"""A gap wider than this share of the letters' height ends a segment: columns are wider apart, words are
not.
"""
MONOSPACE_BLANK = 1.6
"""Where all characters are equally wide, one blank is as wide as a letter and does not end a segment;
two do.
"""
ROW_REACH = 0.5
"""A word belongs to a row when their centres are closer than this share of the smaller height."""
VERTICAL_RUN = 10
"""Single letters stacked without a line's space between them are a caption in the margin from this
number on.
"""


@dataclass(frozen=True, slots=True)
class Segment:
    """Neighbouring words of one row.

    ``row`` counts over the whole document; ``box`` is in the page's unit.
    """

    words: tuple[Word, ...]
    text: str
    box: Box
    page: int
    row: int


@dataclass(frozen=True, slots=True)
class Row:
    """One printed line. ``centre`` and ``height`` are those of its letters, freed from the page's lean."""

    number: int
    page: int
    centre: float
    height: float
    segments: tuple[Segment, ...]

    @property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)

    @property
    def text(self) -> str:
        return " ".join(segment.text for segment in self.segments)

    @property
    def x0(self) -> float:
        return self.segments[0].box.x0

    @property
    def x1(self) -> float:
        return self.segments[-1].box.x1


@dataclass(frozen=True, slots=True)
class Layout:
    """All rows of a document in reading order. ``pages`` are those of the reading, by number."""

    rows: tuple[Row, ...]
    pages: dict[int, Page]

    def below(self, row: Row, count: int) -> Sequence[Row]:
        """Return the next rows of the same page, at most ``count``."""
        return [
            other for other in self.rows[row.number + 1 : row.number + 1 + count] if other.page == row.page
        ]

    def above(self, row: Row, count: int) -> Sequence[Row]:
        """Return the rows before it on the same page, nearest first, at most ``count``."""
        before = self.rows[max(0, row.number - count) : row.number]
        return [other for other in reversed(before) if other.page == row.page]


def lay_out(reading: Reading) -> Layout:
    """Arrange the words that a person sees.

    Hidden ones are left out here, once, for everything that follows.
    """
    rows: list[Row] = []
    for page in reading.pages:
        typeset = page.provenance is Provenance.TEXT_LAYER
        for words, centre, height in _rows_of(page):
            segments = _segments(words, page.number, number=len(rows), height=height, typeset=typeset)
            rows.append(Row(len(rows), page.number, centre, height, segments))
    return Layout(tuple(rows), {page.number: page for page in reading.pages})


def _rows_of(page: Page) -> list[tuple[list[Word], float, float]]:
    words = _without_margin_captions([word for word in page.visible if word.text])
    if not words:
        return []
    slope = slope_of(words) if page.provenance is not Provenance.TEXT_LAYER else 0.0
    usual = median(word.box.height for word in words)
    placed = sorted(
        ((word.box.centre_y - slope * word.box.x0, word) for word in words), key=lambda pair: pair[0]
    )
    rows: list[tuple[list[Word], float, float]] = []
    current: list[Word] = []
    centre = height = 0.0
    for y, word in placed:
        reach = ROW_REACH * max(min(word.box.height, height), 0.7 * usual)
        if current and y - centre < reach and len(current) < limits.LINE_WORDS_MAX:
            centre += (y - centre) / (len(current) + 1)
            height = max(height, word.box.height) if word.box.height < 2 * usual else height
            current.append(word)
            continue
        if current:
            rows.append((current, centre, height))
        current, centre, height = [word], y, word.box.height
    rows.append((current, centre, height))
    return rows


def _segments(
    words: list[Word], page: int, *, number: int, height: float, typeset: bool
) -> tuple[Segment, ...]:
    words.sort(key=lambda word: word.box.x0)
    parts: list[list[Word]] = [[words[0]]]
    for before, word in pairwise(words):
        letters = max(min(before.box.height, word.box.height), 0.7 * height)
        blank = max(SEGMENT_GAP * letters, monospace_blank(before, word) if typeset else 0.0)
        if word.box.x0 - before.box.x1 > blank:
            parts.append([word])
        else:
            parts[-1].append(word)
    return tuple(segment_of(part, page, number) for part in parts)


def monospace_blank(one: Word, other: Word) -> float:
    """Return the widest that one blank may be between two words whose characters are equally wide.

    0 where they are not.
    """
    if len(one.text) < 2 and len(other.text) < 2:
        return 0.0
    first, second = one.box.width / len(one.text), other.box.width / len(other.text)
    return MONOSPACE_BLANK * first if abs(first - second) < 0.03 * first else 0.0


def segment_of(words: Sequence[Word], page: int, row: int) -> Segment:
    """Join words, left to right, to a segment."""
    text = words[0].text if len(words) == 1 else " ".join(word.text for word in words)
    return Segment(tuple(words), text, box_around(words), page, row)


def box_around(words: Sequence[Word]) -> Box:
    """Return the smallest box around the words, of which there is at least one."""
    if len(words) == 1:
        return words[0].box
    boxes = [word.box for word in words]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )


def slope_of(words: Sequence[Word]) -> float:
    """Return how far lines sink per unit to the right, from the reader's own lines.

    0 where they are too short to tell.
    """
    lines: dict[int, list[Word]] = defaultdict(list)
    for word in words:
        lines[word.line].append(word)
    slopes = []
    for line in lines.values():
        first, last = line[0].box, line[-1].box
        if len(line) > 2 and last.x0 - first.x0 > 8 * first.height:
            slopes.append((last.centre_y - first.centre_y) / (last.x0 - first.x0))
    return median(slopes) if len(slopes) >= 3 else 0.0


def _without_margin_captions(words: list[Word]) -> list[Word]:
    """Leave out text that runs up or down a margin: its letters would break into every row that they pass."""
    upright = [word for word in words if word.box.height < 6 * word.box.width or len(word.text) < 4]
    letters = [word for word in upright if len(word.text) == 1]
    if len(letters) < VERTICAL_RUN:
        return upright
    dropped: set[int] = set()
    stack: list[Word] = []
    for letter in sorted(letters, key=lambda word: word.box.x0 + word.box.x1):
        if stack and letter.box.x0 > stack[-1].box.x1:
            dropped.update(_stacked(stack))
            stack = []
        stack.append(letter)
    dropped.update(_stacked(stack))
    return [word for word in upright if id(word) not in dropped]


def _stacked(stack: list[Word]) -> list[int]:
    out: list[int] = []
    stack.sort(key=lambda word: word.box.centre_y)
    run = [stack[0]]
    for before, word in zip(stack, [*stack[1:], None], strict=False):
        if word is not None and word.box.y0 - before.box.y1 < 0.45 * max(word.box.width, word.box.height):
            run.append(word)
            continue
        if len(run) >= VERTICAL_RUN:
            out.extend(id(letter) for letter in run)
        run = [word] if word is not None else run
    return out


def citation_of(page: Page, words: Sequence[Word]) -> Citation:
    """Where the words stand, of which there is at least one; in a spreadsheet also in which cells."""
    cells = [word.cell for word in words if word.cell]
    cell = None
    if cells:
        cell = cells[0] if cells[0] == cells[-1] else f"{cells[0]}:{cells[-1]}"
    size, sheet = (page.width, page.height), page.name if cell else ""
    return Citation(page.number, box_around(words), page.unit, size, sheet=sheet, cell=cell)
