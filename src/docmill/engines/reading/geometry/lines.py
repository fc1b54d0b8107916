"""Which words stand on one line, for every format that says where its words are."""

import math
from collections.abc import Sequence

import numpy as np

Edges = Sequence[float]
"""x0, y0, x1, y1, from the top-left corner."""


def lines_of(boxes: Sequence[Edges], *, skew_deg: float = 0.0) -> tuple[list[int], list[int]]:
    """Return the order of reading (indices) and, in that order, the line of each word from 0.

    Lines are rows over the whole width: two columns side by side share them. ``skew_deg`` is how
    far the page leans, clockwise.
    """
    if not boxes:
        return [], []
    slope = math.tan(math.radians(skew_deg)) / 2
    edges = np.asarray(boxes, np.float64)
    middles = (edges[:, 1] + edges[:, 3]) / 2 - slope * (edges[:, 0] + edges[:, 2])
    by_middle = np.argsort(middles, kind="stable")
    lines = np.array(_rows(middles[by_middle].tolist(), (edges[:, 3] - edges[:, 1])[by_middle].tolist()))
    within = np.lexsort((edges[by_middle, 0], lines))
    return by_middle[within].tolist(), lines[within].tolist()


def _rows(middles: list[float], heights: list[float]) -> list[int]:
    """The line of each word, from top to bottom: a word joins while its middle is near the line's."""
    rows: list[int] = []
    row, size = -1, 0
    centre = height = 0.0
    for middle, extent in zip(middles, heights, strict=True):
        if size and middle - centre <= 0.5 * min(height, max(extent, 0.6 * height)):
            size += 1
            centre += (middle - centre) / size
            height = max(height, extent)
        else:
            row, size = row + 1, 1
            centre, height = middle, extent
        rows.append(row)
    return rows
