"""What is painted right before or after a word, and is in no text: a digit, or a minus."""

import numpy as np
import numpy.typing as npt

from docmill.engines.reading.appearance.shapes import INKED, Ink

REACH_EMS = 0.9
"""How far from a word one looks, in sizes of its font."""
_GAP_EMS = 0.4
"""A digit that stands farther off is read as another word."""
_DIGIT_HEIGHTS = 0.6
_DIGIT_WIDTH_EMS = (0.04, 0.75)
_MINUS_WIDTH_EMS = 0.2
_MIDDLE = (0.3, 0.75)
"""Where a minus stands between the upper and the lower edge of digits."""


def painted_beside(
    ink: Ink, word: npt.NDArray[np.float64], known: npt.NDArray[np.float64], em: float
) -> bool:
    """Whether ink beside the word could be one of its characters, and is none of the ``known`` ones.

    ``word`` and ``known`` are boxes of characters in the picture, ``[n, 4]``, in pixels. What touches the
    upper and the lower edge of the picture is a rule; what reaches its left or right edge goes on there.
    """
    rows, columns = ink.shape
    x0, y0 = np.floor(word[:, :2].min(axis=0)).astype(int).tolist()
    x1, y1 = np.ceil(word[:, 2:].max(axis=0)).astype(int).tolist()
    free = ink > INKED
    free[:, max(0, x0 - 1) : max(0, x1 + 1)] = False
    if not free.any():
        return False
    for left, top, right, bottom in known.tolist():
        free[
            max(0, int(top) - 1) : max(0, int(bottom) + 2), max(0, int(left) - 1) : max(0, int(right) + 2)
        ] = False
    free[:, free[0] & free[-1]] = False
    band = free[max(0, y0) : min(rows, y1)]
    if not band.any():
        return False
    edges = np.flatnonzero(np.diff(np.concatenate([[False], band.any(axis=0), [False]])))
    for start, end in edges.reshape(-1, 2).tolist():
        gap = x0 - end if end <= x0 else start - x1
        whole = start > 0 and end < columns
        if whole and gap <= _GAP_EMS * em and _is_sign(band[:, start:end], em):
            return True
    return False


def _is_sign(blob: npt.NDArray[np.bool_], em: float) -> bool:
    height, width = blob.shape
    lines = np.flatnonzero(blob.any(axis=1))
    tall, middle = int(lines[-1] - lines[0]) + 1, float(lines.mean()) / height
    if tall >= _DIGIT_HEIGHTS * height:
        return bool(_DIGIT_WIDTH_EMS[0] * em <= width <= _DIGIT_WIDTH_EMS[1] * em)
    return bool(width >= _MINUS_WIDTH_EMS * em and _MIDDLE[0] <= middle <= _MIDDLE[1])
