"""How large the letters of a picture are, and pictures made as large as an engine wants its letters."""

import numpy as np
import numpy.typing as npt

Gray = npt.NDArray[np.uint8]

GLYPH_HEIGHT_PX = 20
"""Height that glyphs are scaled to: more and less both cost accuracy (tried from 14 to 38)."""
_SCALE_MIN, _SCALE_MAX = 0.25, 3.0


def scaled_to_glyphs(gray: Gray) -> tuple[Gray, float]:
    """The page scaled so that its median glyph is `GLYPH_HEIGHT_PX` high, and the scale."""
    import cv2

    height = glyph_height_px(gray)
    scale = min(_SCALE_MAX, max(_SCALE_MIN, GLYPH_HEIGHT_PX / height)) if height else 1.0
    if 0.9 < scale < 1.1:
        return gray, 1.0
    how = cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
    size = max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=how), np.uint8), scale


def glyph_height_px(gray: Gray) -> float:
    """Median height of the connected components that could be letters; 0.0 where there are none."""
    import cv2

    _, ink = cv2.threshold(gray, 0, 1, cv2.THRESH_BINARY_INV + cv2.THRESH_OTSU)
    _, _, stats, _ = cv2.connectedComponentsWithStats(ink, connectivity=8)
    width, height, area = (
        stats[1:, column] for column in (cv2.CC_STAT_WIDTH, cv2.CC_STAT_HEIGHT, cv2.CC_STAT_AREA)
    )
    letters = (height >= 5) & (height <= 150) & (width <= 4 * height) & (height <= 6 * width) & (area >= 10)
    return float(np.median(height[letters])) if letters.any() else 0.0


def shrunk(gray: Gray, side_px: int) -> tuple[Gray, float]:
    """The picture with no side longer than that, and its scale."""
    import cv2

    longest = max(gray.shape)
    if longest <= side_px:
        return gray, 1.0
    scale = side_px / longest
    size = max(1, round(gray.shape[1] * scale)), max(1, round(gray.shape[0] * scale))
    return np.asarray(cv2.resize(gray, size, interpolation=cv2.INTER_AREA), np.uint8), scale
