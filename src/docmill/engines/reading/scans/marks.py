"""Drawn lines and check boxes in the pixels of a scan."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, CheckBox, Page, Stroke
from docmill.engines.reading.parts import Pixels

Gray = npt.NDArray[np.uint8]
Bools = npt.NDArray[np.bool_]
Ints = npt.NDArray[np.int64]

_A4_HEIGHT_PT = 842
_FINE_PX = 3.2
"""Pixels per point that are enough; of finer scans every second, third … is looked at."""
_SQUARES_PX = 1.8
"""Pixels per point below which squares cannot be told from letters."""
_INK = 60  # of 255, darker than the paper
_BLOCK = 8
_THICK = 7  # pixels: what is thicker is an area
_LEVEL_BLOCKS, _UPRIGHT_BLOCKS = 9, 5
_JOIN_PX, _LEAN_PX = 28, 3
_SQUARE_MIN_PT, _SQUARE_MAX_PT = 5.5, 14.5
_EDGE_SHARE = 0.82
_TICKED_SHARE = 0.07
_CANDIDATES_MAX = 4_000


def with_marks(page: Page, pixels: Pixels) -> Page:
    """Return the page with the lines and boxes that its picture shows, in the page's unit.

    What the file itself draws is kept when there is any: it is more exact.
    """
    gray = np.frombuffer(pixels.gray, np.uint8).reshape(pixels.height, pixels.width)
    per_point = max(pixels.width, pixels.height) / _A4_HEIGHT_PT
    if page.unit == "pt":
        per_point = pixels.width / max(page.width, 1.0)
    step = max(1, int(per_point / _FINE_PX + 0.5))
    ink = _ink(gray[::step, ::step])
    scale = (step * page.width / pixels.width, step * page.height / pixels.height)
    strokes = page.strokes or _strokes(ink, scale)
    boxes = page.check_boxes
    if not boxes and per_point >= _SQUARES_PX:
        boxes = _check_boxes(ink, per_point / step, scale)
    return replace(page, strokes=strokes, check_boxes=boxes)


def _ink(gray: Gray) -> Bools:
    sample = gray[::16, ::16]
    return np.asarray(gray < max(float(np.median(sample)) - _INK, 40))


def _strokes(ink: Bools, scale: tuple[float, float]) -> tuple[Stroke, ...]:
    level = _lines(ink, _LEVEL_BLOCKS)
    upright = _lines(np.ascontiguousarray(ink.T), _UPRIGHT_BLOCKS)
    found = [
        *level,
        *((x0, y0, x1, y1) for y0, x0, y1, x1 in upright),
    ]
    found.sort(key=lambda line: -max(line[2] - line[0], line[3] - line[1]))
    kept = sorted(found[: limits.PAGE_STROKES_MAX], key=lambda line: (line[1], line[0]))
    x, y = scale
    return tuple(Stroke(*(round(v, 2) for v in (a * x, b * y, c * x, d * y))) for a, b, c, d in kept)


def _lines(ink: Bools, blocks_min: int) -> list[tuple[int, int, int, int]]:
    """Level lines as x0, y0, x1, y1 in pixels, leaning a little at the most."""
    height, width = ink.shape
    columns = width // _BLOCK
    if height < 3 * _THICK or columns < blocks_min:
        return []
    spread = ink.copy()
    spread[1:] |= ink[:-1]
    blocks = spread[:, : columns * _BLOCK].reshape(height, columns, _BLOCK).sum(axis=2) >= _BLOCK - 1
    thin = blocks.copy()
    thin[_THICK:] &= ~blocks[:-_THICK]
    thin[:-_THICK] &= ~blocks[_THICK:]
    padded = np.zeros((height, columns + 2), np.int8)
    padded[:, 1:-1] = thin
    turns = np.diff(padded, axis=1)
    rows, starts = np.nonzero(turns == 1)
    stops = np.nonzero(turns == -1)[1]
    long = stops - starts >= 3
    rows, starts, stops = rows[long], starts[long], stops[long]
    if len(rows) > limits.PAGE_PIECES_MAX:
        kept = np.sort(np.argsort(starts - stops, kind="stable")[: limits.PAGE_PIECES_MAX])
        rows, starts, stops = rows[kept], starts[kept], stops[kept]
    chains = _chained(rows, starts * _BLOCK, stops * _BLOCK)
    return [line for line in chains if line[2] - line[0] >= blocks_min * _BLOCK]


def _chained(rows: Ints, starts: Ints, stops: Ints) -> list[tuple[int, int, int, int]]:
    """Join pieces that lie on each other or go on, from left to right, a few pixels higher or lower."""
    order = np.lexsort((rows, starts))
    open_at: dict[int, list[int]] = {}
    chains: list[list[int]] = []  # x0, y0, x1, y1, and the row of its end
    for row, start, stop in zip(
        rows[order].tolist(), starts[order].tolist(), stops[order].tolist(), strict=True
    ):
        found = next(
            (
                number
                for near in range(row - _LEAN_PX, row + _LEAN_PX + 1)
                for number in open_at.get(near, ())[-3:]
                if chains[number][2] >= start - _JOIN_PX
            ),
            None,
        )
        if found is None:
            open_at.setdefault(row, []).append(len(chains))
            chains.append([start, row, stop, row + 1, row])
            continue
        chain = chains[found]
        chain[1], chain[3] = min(chain[1], row), max(chain[3], row + 1)
        if stop > chain[2]:
            chain[2] = stop
            if row != chain[4]:
                chain[4] = row
                open_at.setdefault(row, []).append(found)
    return [(x0, y0, x1, y1) for x0, y0, x1, y1, _ in chains]


def _check_boxes(ink: Bools, per_point: float, scale: tuple[float, float]) -> tuple[CheckBox, ...]:
    least, most = round(_SQUARE_MIN_PT * per_point), round(_SQUARE_MAX_PT * per_point)
    padded = np.zeros((ink.shape[0], ink.shape[1] + 2), np.int8)
    padded[:, 1:-1] = ink
    turns = np.diff(padded, axis=1)
    rows, starts = np.nonzero(turns == 1)
    stops = np.nonzero(turns == -1)[1]
    sized = (stops - starts >= least) & (stops - starts <= most) & (rows > 0)
    rows, starts, stops = rows[sized][:_CANDIDATES_MAX], starts[sized], stops[sized]
    found: list[_Square] = []
    for row, start, stop in zip(rows.tolist(), starts.tolist(), stops.tolist(), strict=False):
        if any(one.holds(start, row) for one in found[-40:]):
            continue
        square = _square_at(ink, row, start, stop)
        if square is not None:
            found.append(square)
    x, y = scale
    return tuple(
        CheckBox(
            Box(round(one.x0 * x, 2), round(one.y0 * y, 2), round(one.x1 * x, 2), round(one.y1 * y, 2)),
            checked=one.ticked,
        )
        for one in found[: limits.PAGE_CHECK_BOXES_MAX]
    )


@dataclass(frozen=True, slots=True)
class _Square:
    x0: int
    y0: int
    x1: int
    y1: int
    ticked: bool

    def holds(self, x: int, y: int) -> bool:
        return self.x0 - 2 <= x <= self.x1 + 2 and self.y0 - 2 <= y <= self.y1 + 2


def _square_at(ink: Bools, row: int, start: int, stop: int) -> _Square | None:
    """The square whose upper edge this run of ink is."""
    side = stop - start
    if row + side + 4 >= ink.shape[0] or ink[row - 1, start:stop].mean() > 0.5:
        return None
    edge = max(1, side // 10)
    left = ink[row : row + side, start : start + 2 * edge].any(axis=1).mean()
    right = ink[row : row + side, stop - 2 * edge : stop].any(axis=1).mean()
    if left < 0.95 or right < 0.95:
        return None
    reach = max(2, side // 5)
    low = ink[row + side - reach : row + side + reach, start:stop].mean(axis=1)
    lower = np.nonzero(low >= _EDGE_SHARE)[0]
    if not lower.size:
        return None
    bottom = row + side - reach + int(lower[-1]) + 1
    # The ink of a square ends with it: that of a cell in a grid goes on.
    around = [
        ink[row:bottom, max(0, start - 3) : max(0, start - 1)],
        ink[row:bottom, stop + 1 : stop + 3],
        ink[bottom + 1 : bottom + 3, start:stop],
    ]
    if any(part.size and part.mean() > 0.35 for part in around):
        return None
    inset = max(2 * edge + 1, side // 5)
    inner = ink[row + inset : bottom - inset, start + inset : stop - inset]
    if not inner.size or inner.mean() > 0.85:
        return None
    return _Square(start, row, stop, bottom, bool(inner.mean() >= _TICKED_SHARE))
