"""Lines that OCR has read, cut into words that stand on the page as it is: leaning, turned, and all."""

import math

import numpy as np

from docmill.domain.pages import Box, Word
from docmill.engines.reading.geometry.lines import lines_of
from docmill.engines.reading.ocr.rapid import OcrLine

_MARGIN = 0.1
"""Share of a line box's height above and below the letters: detection grows its boxes by about that."""
_SKEW_WIDTH_PX_MIN = 60
_SKEW_DEG_MAX = 20.0


def words_of_lines(lines: list[OcrLine], *, turned_deg: int = 0) -> tuple[tuple[Word, ...], float]:
    """Return words in reading order with their lines, and the degrees (clockwise) that the page leans.

    Boxes are on the page as it is; ``turned_deg`` says how far its text is turned, clockwise.
    """
    skew_deg = lean_of(lines, turned_deg)
    words = [word for line in lines for word in _split(line)]
    order, rows = lines_of([_turned_back(word.box, turned_deg) for word in words], skew_deg=skew_deg)
    numbered = (
        Word(words[index].text, words[index].box, words[index].confidence, None, row)
        for index, row in zip(order, rows, strict=True)
    )
    return tuple(numbered), skew_deg


def lean_of(lines: list[OcrLine], turned_deg: int) -> float:
    """Median slope of the long lines against the page's direction, weighted by length; 0.0 without any."""
    slopes: list[tuple[float, float]] = []
    for line in lines:
        across, down = (line.quad[1] - line.quad[0]) + (line.quad[2] - line.quad[3])
        length = math.hypot(across, down) / 2
        angle = (math.degrees(math.atan2(down, across)) - turned_deg + 180) % 360 - 180
        if length >= _SKEW_WIDTH_PX_MIN and abs(angle) <= _SKEW_DEG_MAX:
            slopes.append((angle, length))
    slopes.sort()
    half, passed = sum(length for _, length in slopes) / 2, 0.0
    for angle, length in slopes:
        passed += length
        if passed >= half:
            return round(angle, 2)
    return 0.0


def _turned_back(box: Box, turned_deg: int) -> Box:
    """Where the box would be, but for an offset, if the page were the right way up."""
    x0, y0, x1, y1 = box
    upright = {90: (y0, -x1, y1, -x0), 180: (-x1, -y1, -x0, -y0), 270: (-y1, x0, -y0, x1)}
    return Box(*upright.get(turned_deg, box))


def _split(line: OcrLine) -> list[Word]:
    words = []
    begin: int | None = None
    for index in range(len(line.text) + 1):
        blank = index == len(line.text) or line.text[index].isspace()
        if not blank:
            begin = index if begin is None else begin
        elif begin is not None:
            words.append(_word(line, begin, index))
            begin = None
    return words


def _word(line: OcrLine, begin: int, end: int) -> Word:
    top_left, top_right, bottom_right, bottom_left = line.quad.astype(float)
    left, right = line.starts[begin], line.ends[end - 1]
    corners = []
    for upper, lower in ((top_left, bottom_left), (top_right, bottom_right)):
        corners.append((upper + (lower - upper) * _MARGIN, lower - (lower - upper) * _MARGIN))
    (upper_left, lower_left), (upper_right, lower_right) = corners
    points = np.array(
        [
            upper_left + (upper_right - upper_left) * left,
            upper_left + (upper_right - upper_left) * right,
            lower_left + (lower_right - lower_left) * left,
            lower_left + (lower_right - lower_left) * right,
        ]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    box = Box(float(low[0]), float(low[1]), float(high[0]), float(high[1]))
    confidences = line.confidences[begin:end]
    return Word(line.text[begin:end], box, sum(confidences) / len(confidences))
