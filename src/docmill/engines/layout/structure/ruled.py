"""Grids of drawn lines: their cells, with those that reach over several rows or columns."""

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Stroke, Word

Floats = npt.NDArray[np.float64]

TOUCH = 3.0
"""Lines that come so near to each other, in points, meet; edges so near are one."""
_COVERED_MIN = 0.6
"""Share of a cell's side that a line must cover to be its side."""
_OPEN_EDGE = 8.0


@dataclass(frozen=True, slots=True)
class GridCell:
    row: int
    column: int
    row_span: int
    column_span: int
    box: Box


@dataclass(frozen=True, slots=True)
class Grid:
    """``xs`` and ``ys`` are the edges of columns and rows; ``cells`` do not overlap."""

    xs: tuple[float, ...]
    ys: tuple[float, ...]
    cells: tuple[GridCell, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    def filled(self, words: Sequence[Word], indexes: Sequence[int]) -> dict[int, list[int]]:
        """Return which of these words stand in which cell, by the cell's place in ``cells``."""
        owners = {
            (row, column): number
            for number, cell in enumerate(self.cells)
            for row in range(cell.row, cell.row + cell.row_span)
            for column in range(cell.column, cell.column + cell.column_span)
        }
        inside: dict[int, list[int]] = {}
        x0, y0, x1, y1 = self.box
        for index in indexes:
            left, top, right, bottom = words[index].box
            x, y = (left + right) / 2, (top + bottom) / 2
            if x0 <= x < x1 and y0 <= y < y1:
                owner = owners.get((bisect_right(self.ys, y) - 1, bisect_right(self.xs, x) - 1))
                if owner is not None:
                    inside.setdefault(owner, []).append(index)
        return inside


def grids_of(strokes: Sequence[Stroke], scale: float) -> list[Grid]:
    """Return what lines that meet each other enclose, from the top. ``scale``: units of a point."""
    touch = TOUCH * scale
    some = sorted(strokes, key=lambda line: -max(line.x1 - line.x0, line.y1 - line.y0))
    some = some[: limits.PAGE_STROKES_MAX]
    level = np.array([line for line in some if line.level], np.float64).reshape(-1, 4)
    upright = np.array([line for line in some if not line.level], np.float64).reshape(-1, 4)
    if len(level) < 2 or len(upright) < 2:
        return []
    meeting = _meeting(level, upright, touch)
    grids = []
    for levels, uprights in _components(meeting):
        if len(levels) >= 2 and len(uprights) >= 2:
            grid = _grid(level[levels], upright[uprights], touch)
            if grid is not None:
                grids.append(grid)
    return sorted(grids, key=lambda grid: (grid.ys[0], grid.xs[0]))


def _meeting(level: Floats, upright: Floats, touch: float) -> npt.NDArray[np.bool_]:
    y, x = (level[:, 1] + level[:, 3]) / 2, (upright[:, 0] + upright[:, 2]) / 2
    across = (level[:, None, 0] - touch <= x[None]) & (x[None] <= level[:, None, 2] + touch)
    along = (upright[None, :, 1] - touch <= y[:, None]) & (y[:, None] <= upright[None, :, 3] + touch)
    return np.asarray(across & along)


def _components(meeting: npt.NDArray[np.bool_]) -> list[tuple[list[int], list[int]]]:
    """Groups of level and upright lines that meet each other, directly or by others."""
    free = set(range(meeting.shape[0]))
    out = []
    unseen = np.ones(meeting.shape[1], bool)
    while free:
        first = min(free)
        free.discard(first)
        levels, uprights, waiting = [first], [], [first]
        while waiting:
            fresh = np.nonzero(meeting[waiting].any(axis=0) & unseen)[0]
            unseen[fresh] = False
            uprights.extend(fresh.tolist())
            reached = np.nonzero(meeting[:, fresh].any(axis=1))[0].tolist() if fresh.size else []
            waiting = [index for index in reached if index in free]
            free.difference_update(waiting)
            levels.extend(waiting)
        out.append((levels, uprights))
    return out


def _grid(level: Floats, upright: Floats, touch: float) -> Grid | None:
    ys = _edges((level[:, 1] + level[:, 3]) / 2, touch)
    xs = _edges((upright[:, 0] + upright[:, 2]) / 2, touch)
    open_edge = _OPEN_EDGE * touch / TOUCH
    left, right = float(level[:, 0].min()), float(level[:, 2].max())
    # A table may have no line at its left and right: the level lines say how wide it is.
    open_left, open_right = left < xs[0] - open_edge, right > xs[-1] + open_edge
    xs = [left] * open_left + xs + [right] * open_right
    rows, columns = len(ys) - 1, len(xs) - 1
    if rows < 1 or columns < 1 or rows * columns > limits.TABLE_UNITS_MAX:
        return None
    above = _covers(level, xs, ys, touch, axis=0)  # [rows + 1, columns]
    beside = _covers(upright, ys, xs, touch, axis=1)  # [columns + 1, rows]
    if open_left:
        beside[0] = True
    if open_right:
        beside[-1] = True
    owner = _owners(above, beside.T)
    cells = _cells(owner, xs, ys)
    return Grid(tuple(xs), tuple(ys), tuple(cells)) if cells else None


def _edges(places: Floats, touch: float) -> list[float]:
    places = np.sort(places)
    cuts = np.nonzero(np.diff(places) > touch)[0] + 1
    return [float(part.mean()) for part in np.split(places, cuts)]


def _covers(
    lines: Floats, along: Sequence[float], edges: Sequence[float], touch: float, *, axis: int
) -> npt.NDArray[np.bool_]:
    """Whether a line lies on each edge between each two places ``along`` it."""
    covered = np.zeros((len(edges), len(along) - 1))
    sides = np.array(edges)
    start, stop = np.array(along[:-1]), np.array(along[1:])
    for line in lines:
        middle = (line[1 - axis] + line[3 - axis]) / 2
        edge = int(np.abs(sides - middle).argmin())
        if abs(sides[edge] - middle) <= touch:
            covered[edge] += np.clip(
                np.minimum(stop, line[2 + axis]) - np.maximum(start, line[axis]), 0, None
            )
    return np.asarray(covered >= _COVERED_MIN * (stop - start))


def _owners(above: npt.NDArray[np.bool_], beside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int64]:
    """Number the cells: units without a line between them are one. -1 where the grid is open."""
    rows, columns = above.shape[0] - 1, above.shape[1]
    owner = np.full((rows, columns), -2, np.int64)
    number = 0
    for row in range(rows):
        for column in range(columns):
            if owner[row, column] != -2:
                continue
            units, leaks = _flood(row, column, above, beside, owner)
            r0, r1 = min(r for r, _ in units), max(r for r, _ in units)
            c0, c1 = min(c for _, c in units), max(c for _, c in units)
            whole = len(units) == (r1 - r0 + 1) * (c1 - c0 + 1)
            if leaks:
                for unit in units:
                    owner[unit] = -1
            elif whole:
                owner[r0 : r1 + 1, c0 : c1 + 1] = number
                number += 1
            else:  # no rectangle: lines are missing, and each unit stands for itself
                for unit in units:
                    owner[unit] = number
                    number += 1
    return owner


def _flood(
    row: int,
    column: int,
    above: npt.NDArray[np.bool_],
    beside: npt.NDArray[np.bool_],
    owner: npt.NDArray[np.int64],
) -> tuple[list[tuple[int, int]], bool]:
    rows, columns = owner.shape
    owner[row, column] = -3
    units, waiting, leaks = [(row, column)], [(row, column)], False
    while waiting:
        r, c = waiting.pop()
        for closed, near in (
            (above[r, c], (r - 1, c)),
            (above[r + 1, c], (r + 1, c)),
            (beside[r, c], (r, c - 1)),
            (beside[r, c + 1], (r, c + 1)),
        ):
            if closed:
                continue
            if not (0 <= near[0] < rows and 0 <= near[1] < columns):
                leaks = True
            elif owner[near] == -2:
                owner[near] = -3
                units.append(near)
                waiting.append(near)
    return units, leaks


def _cells(owner: npt.NDArray[np.int64], xs: Sequence[float], ys: Sequence[float]) -> list[GridCell]:
    seen: dict[int, list[int]] = {}
    for (row, column), number in np.ndenumerate(owner):
        if number >= 0:
            spot = seen.setdefault(int(number), [row, column, row, column])
            spot[2], spot[3] = max(spot[2], row), max(spot[3], column)
    return [
        GridCell(r0, c0, r1 - r0 + 1, c1 - c0 + 1, Box(xs[c0], ys[r0], xs[c1 + 1], ys[r1 + 1]))
        for r0, c0, r1, c1 in seen.values()
    ]
