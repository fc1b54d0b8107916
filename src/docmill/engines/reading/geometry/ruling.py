"""Lines as a person sees them: pieces that lie on each other or end where the next begins are one line."""

import numpy as np
import numpy.typing as npt

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Stroke

Floats = npt.NDArray[np.float64]

LENGTH_MIN_PT = 5.0
"""Shorter lines part nothing: they are dots, dashes and serifs."""
_SAME_PLACE_PT = 0.9
_JOIN_PT = 1.6


def ruled(pieces: Floats) -> tuple[Stroke, ...]:
    """Join ``float64[n, 4]`` level and upright pieces (x0, y0, x1, y1 in points) to lines.

    At most PAGE_STROKES_MAX, the longest ones, from the top.
    """
    sides = pieces[:, 2:] - pieces[:, :2]
    if len(pieces) > limits.PAGE_PIECES_MAX:
        kept = np.argsort(-sides.max(axis=1), kind="stable")[: limits.PAGE_PIECES_MAX]
        pieces, sides = pieces[kept], sides[kept]
    level = sides[:, 0] >= sides[:, 1]
    lines = _joined(pieces[level])
    lines += [(x0, y0, x1, y1) for y0, x0, y1, x1 in _joined(pieces[~level][:, (1, 0, 3, 2)])]
    long = [line for line in lines if max(line[2] - line[0], line[3] - line[1]) >= LENGTH_MIN_PT]
    if len(long) > limits.PAGE_STROKES_MAX:
        long.sort(key=lambda line: -max(line[2] - line[0], line[3] - line[1]))
        del long[limits.PAGE_STROKES_MAX :]
    long.sort(key=lambda line: (line[1], line[0]))
    return tuple(Stroke(*(round(edge, 2) for edge in line)) for line in long)


def _joined(pieces: Floats) -> list[tuple[float, float, float, float]]:
    """Join level pieces; those of one height first, then along it."""
    middles = (pieces[:, 1] + pieces[:, 3]) / 2
    order = np.argsort(middles, kind="stable")
    bands: list[list[list[float]]] = []
    start = -np.inf
    for middle, piece in zip(middles[order].tolist(), pieces[order].tolist(), strict=True):
        if middle - start > _SAME_PLACE_PT:
            bands.append([])
            start = middle
        bands[-1].append(piece)
    out: list[tuple[float, float, float, float]] = []
    for band in bands:
        band.sort()
        x0, y0, x1, y1 = band[0]
        for left, top, right, bottom in band[1:]:
            if left - x1 <= _JOIN_PT:
                x1, y0, y1 = max(x1, right), min(y0, top), max(y1, bottom)
            else:
                out.append((x0, y0, x1, y1))
                x0, y0, x1, y1 = left, top, right, bottom
        out.append((x0, y0, x1, y1))
    return out
