"""The lines that are drawn on a page, and its small squares: what tables and check boxes are made of."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Stroke
from docmill.engines.reading.geometry.ruling import ruled
from docmill.engines.reading.pdf.drawn import Drawn
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import (
    Floats,
    Ints,
    bounds_of,
    call,
    draw_modes,
    fill_colours,
    matrices,
    segments,
)

THIN_PT = 3.0
"""A shape up to this thick and longer than that is a line."""
SQUARE_MIN_PT, SQUARE_MAX_PT = 5.0, 18.0
"""Sides of a box to tick."""
MARK_MAX_PT = 24.0
_RATIO_MAX = 1.3
_SLANT_PT = 0.6
_INK_PT = 0.5  # how thick a line is taken for whose width nobody asks
_WHITE, _DARK = 252, 128
_SEEN_ALPHA = 12
Bools = npt.NDArray[np.bool_]
Ints32 = npt.NDArray[np.int32]
_NO_BOXES = np.zeros((0, 4))
_RECTANGLE = range(3, 7)  # pieces of a path that is one rectangle


@dataclass(frozen=True, slots=True)
class DrawnLines:
    """``squares`` and ``marks`` are float64[n, 4] as displayed.

    A square is drawn by its edges and small enough to be ticked; marks are other small shapes.
    """

    strokes: tuple[Stroke, ...]
    squares: Floats
    marks: Floats


def lines_on(drawn: Drawn, frame: Frame) -> DrawnLines:
    pieces, squares, marks = [_NO_BOXES], [_NO_BOXES], [_NO_BOXES]
    left, budget = limits.PAGE_PATHS_MAX, limits.PAGE_PIECES_MAX
    for paths, matrix in drawn.shapes:
        some = paths[:left]
        left -= len(some)
        if not some:
            break
        shapes = _seen(some, matrix, frame)
        boxes = shapes.boxes()
        short, long = np.minimum(*_sides(boxes)), np.maximum(*_sides(boxes))
        thin = (short <= THIN_PT) & (long >= 2 * short)
        pieces.append(boxes[thin])
        counts = np.fromiter(map(call("FPDFPath_CountSegments"), shapes.paths.tolist()), np.int64, len(boxes))
        outlined = shapes.modes[:, 1] != 0
        square = _square(boxes) & outlined & ~shapes.dark & np.isin(counts, _RECTANGLE)
        squares.append(boxes[square])
        marks.append(boxes[~thin & ~square & (long <= MARK_MAX_PT)])
        # A shape with fewer than two rectangles in it that is only filled is an area, not lines.
        open_up = ~thin & ~square & (long > MARK_MAX_PT) & (outlined | (counts >= 2 * _RECTANGLE.start))
        for figures in (outlined, ~outlined):
            wanted = np.nonzero(open_up & figures)[0]
            wanted = wanted[np.cumsum(counts[wanted]) <= budget]
            budget -= int(counts[wanted].sum())
            if wanted.size:
                pieces.append(shapes.taken(wanted).pieces(counts[wanted], outlined=figures is outlined))
    strokes = ruled(_inside(np.concatenate(pieces), frame))
    return DrawnLines(strokes, _inside(np.concatenate(squares), frame), np.concatenate(marks))


@dataclass(frozen=True, slots=True)
class _Shapes:
    """Paths that stand in the same space: addresses, how each is painted, what moves them onto the page.

    ``dark``: filled with a dark colour.
    """

    paths: Ints
    modes: Ints32
    dark: Bools
    matrix: Floats | None
    frame: Frame

    def taken(self, which: Ints | Bools) -> "_Shapes":
        return _Shapes(self.paths[which], self.modes[which], self.dark[which], self.matrix, self.frame)

    def boxes(self) -> Floats:
        found = bounds_of(self.paths.tolist())
        if self.matrix is None:
            return self.frame.displayed(found)
        corners = [self._displayed(found[:, at]) for at in ((0, 1), (2, 1), (0, 3), (2, 3))]
        return np.concatenate([np.min(corners, axis=0), np.max(corners, axis=0)], axis=1)

    def pieces(self, counts: Ints, *, outlined: bool) -> Floats:
        """The level and upright lines of these paths; of those only filled the thin figures."""
        kinds, closing, points = segments(self.paths.tolist(), counts.tolist())
        owners = np.repeat(np.arange(len(counts)), counts)
        points = self._displayed(_applied(matrices(self.paths.tolist())[owners], points))
        starts = kinds == pdfium.FPDF_SEGMENT_MOVETO
        starts[np.concatenate([[0], np.cumsum(counts)[:-1]])] = True
        if not outlined:
            first = np.nonzero(starts)[0]
            figures = np.concatenate(
                [np.minimum.reduceat(points, first), np.maximum.reduceat(points, first)], axis=1
            )
            return figures[np.minimum(*_sides(figures)) <= THIN_PT]
        begin = np.maximum.accumulate(np.where(starts, np.arange(len(kinds)), 0))
        drawn = np.nonzero((kinds == pdfium.FPDF_SEGMENT_LINETO) & ~starts)[0]
        back = np.nonzero(closing)[0]
        ends = np.concatenate([points[drawn], points[back]])
        origins = np.concatenate([points[drawn - 1], points[begin[back]]])
        lines = np.concatenate([np.minimum(ends, origins), np.maximum(ends, origins)], axis=1)
        width, height = _sides(lines)
        straight = (np.minimum(width, height) <= _SLANT_PT) & (np.maximum(width, height) > _INK_PT)
        return lines[straight] + np.array([-1, -1, 1, 1]) * _INK_PT / 2

    def _displayed(self, points: Floats) -> Floats:
        moved = points if self.matrix is None else _applied(self.matrix[None, :], points)
        return self.frame.displayed(moved[:, (0, 1, 0, 1)])[:, :2]


def _seen(paths: list[int], matrix: Floats | None, frame: Frame) -> _Shapes:
    """Leave out what is not painted, or painted in white: on white nobody sees it."""
    modes = draw_modes(paths)
    filled, outlined = modes[:, 0] != 0, modes[:, 1] != 0
    seen, dark = np.zeros(len(paths), bool), np.zeros(len(paths), bool)
    for which, stroke in ((np.nonzero(filled)[0], False), (np.nonzero(outlined)[0], True)):
        if which.size:
            colours = fill_colours([paths[place] for place in which.tolist()], stroke=stroke)
            seen[which] |= _coloured(colours)
            if not stroke:
                dark[which] = colours[:, :3].max(axis=1) < _DARK
    return _Shapes(np.array(paths, np.int64), modes, dark, matrix, frame).taken(seen)


def _coloured(colours: Floats) -> Bools:
    return np.asarray((colours[:, :3].min(axis=1) < _WHITE) & (colours[:, 3] >= _SEEN_ALPHA))


def _applied(matrix: Floats, points: Floats) -> Floats:
    a, b, c, d, e, f = matrix.T
    x, y = points[:, 0], points[:, 1]
    return np.stack([a * x + c * y + e, b * x + d * y + f], axis=1)


def _sides(boxes: Floats) -> tuple[Floats, Floats]:
    return boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]


def _square(boxes: Floats) -> Bools:
    width, height = _sides(boxes)
    short, long = np.minimum(width, height), np.maximum(width, height)
    return np.asarray((short >= SQUARE_MIN_PT) & (long <= SQUARE_MAX_PT) & (long <= _RATIO_MAX * short))


def _inside(boxes: Floats, frame: Frame) -> Floats:
    """Cut to the page; what is outside of it, or no number, is left out."""
    width, height = frame.size
    whole = boxes[np.isfinite(boxes).all(axis=1)]
    whole = whole[(whole[:, 2] > 0) & (whole[:, 3] > 0) & (whole[:, 0] < width) & (whole[:, 1] < height)]
    return np.clip(whole, 0, [width, height, width, height])
