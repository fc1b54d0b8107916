"""Printed lines and their runs of words, by the words' indexes in the page."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import NamedTuple

from docmill.domain.pages import Box, Page, Provenance, Word
from docmill.engines.layout.numbers import is_number
from docmill.engines.layout.rows import ROW_REACH, monospace_blank, slope_of

RUN_GAP = 0.95
"""A gap wider than this share of the letters' height ends a run."""


class Run(NamedTuple):
    """Words of one line with no wide gap between them, from the left."""

    words: tuple[int, ...]
    x0: float
    x1: float


@dataclass(frozen=True, slots=True)
class Line:
    """``centre`` is freed from the page's lean; ``height`` is that of the letters."""

    words: tuple[int, ...]
    runs: tuple[Run, ...]
    centre: float
    height: float
    y0: float
    y1: float

    @property
    def x0(self) -> float:
        return self.runs[0].x0

    @property
    def x1(self) -> float:
        return self.runs[-1].x1


def lines_of(page: Page, indexes: Sequence[int]) -> list[Line]:
    """Arrange these words of the page to lines, from the top."""
    if not indexes:
        return []
    words = page.words
    chosen = [words[index] for index in indexes]
    typeset = page.provenance is Provenance.TEXT_LAYER
    slope = 0.0 if typeset else slope_of(chosen)
    usual = median(word.box.y1 - word.box.y0 for word in chosen)
    placed = sorted(
        ((box.y0 + box.y1) / 2 - slope * box.x0, index) for index in indexes for box in (words[index].box,)
    )
    out: list[Line] = []
    current: list[int] = []
    centre = height = 0.0
    for y, index in placed:
        box = words[index].box
        tall = box.y1 - box.y0
        if current and y - centre < ROW_REACH * max(min(tall, height), 0.7 * usual):
            centre += (y - centre) / (len(current) + 1)
            height = max(height, tall) if tall < 2 * usual else height
            current.append(index)
            continue
        if current:
            out.append(_line(words, current, centre, height, typeset=typeset))
        current, centre, height = [index], y, tall
    out.append(_line(words, current, centre, height, typeset=typeset))
    return out


def _line(words: Sequence[Word], indexes: list[int], centre: float, height: float, *, typeset: bool) -> Line:
    indexes.sort(key=lambda index: (words[index].box.x0, index))
    boxes = [words[index].box for index in indexes]
    x0, top, reach, bottom = boxes[0]
    least = 0.7 * height
    runs: list[Run] = []
    start = 0
    before = indexes[0]
    tall = bottom - top
    y0, y1 = top, bottom
    for place in range(1, len(indexes)):
        left, top, right, bottom = boxes[place]
        gap = left - reach
        if gap > RUN_GAP * least:
            letters = max(min(tall, bottom - top), least)
            blank = monospace_blank(words[before], words[indexes[place]]) if typeset else 0.0
            if gap > RUN_GAP * letters and gap > blank:
                runs.append(Run(tuple(indexes[start:place]), x0, reach))
                start, x0, reach = place, left, right
        reach = max(reach, right)
        y0 = min(y0, top)
        y1 = max(y1, bottom)
        before, tall = indexes[place], bottom - top
    runs.append(Run(tuple(indexes[start:]), x0, reach))
    return Line(tuple(indexes), tuple(runs), centre, height, y0, y1)


def text_of(words: Sequence[Word], indexes: Sequence[int]) -> str:
    return " ".join(words[index].text for index in indexes)


def is_figure(text: str) -> bool:
    """Whether it is a number, a date or a code rather than words."""
    digits = sum(map(str.isdigit, text))
    return is_number(text) or (digits > 0 and digits * 2 >= len(text.replace(" ", "")))


def box_of(words: Sequence[Word], indexes: Sequence[int]) -> Box:
    """Return the smallest box around some words, at least one."""
    boxes = [words[index].box for index in indexes]
    return Box(
        min(box.x0 for box in boxes),
        min(box.y0 for box in boxes),
        max(box.x1 for box in boxes),
        max(box.y1 for box in boxes),
    )
