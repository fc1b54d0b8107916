"""The picture of one character as a row of numbers, whatever its font's size."""

from functools import lru_cache
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Ink = npt.NDArray[np.float32]
"""``float32[height, width]``: 0 for paper, 1 for the darkest (on dark paper: lightest) ink of the word."""
Floats = npt.NDArray[np.float32]

HEIGHT, WIDTH = 20, 16
GEOMETRY = 4
FEATURES = HEIGHT * WIDTH + GEOMETRY
CONTRAST_MIN = 48
"""Of 255, between paper and ink: below it nobody reads the word, and nothing is said about it."""
INKED = 0.35
"""From here on a pixel belongs to a letter."""
_CLEAR = 4.0
"""How much the geometry counts beside the pixels."""


class Place(NamedTuple):
    """Where a character stands in the picture of its word, in pixels: the room of its ink."""

    x0: float
    y0: float
    x1: float
    y1: float


def tones_of(gray: npt.NDArray[np.uint8]) -> tuple[float, float] | None:
    """The tone of the paper and that of the ink, 0 to 255; None where there is too little contrast."""
    paper = float(np.partition(gray.ravel(), gray.size // 2)[gray.size // 2])
    darkest, lightest = float(gray.min()), float(gray.max())
    tip = darkest if paper - darkest >= lightest - paper else lightest
    if abs(paper - tip) < CONTRAST_MIN:
        return None
    return paper, tip


def ink_of(gray: npt.NDArray[np.uint8], tones: tuple[float, float]) -> Ink:
    """What is written, on paper of whatever tone."""
    paper, tip = tones
    ink: Ink = np.clip((gray.astype(np.float32) - paper) / (tip - paper), 0, 1)
    return ink


def features(ink: Ink, place: Place, *, baseline: float, em: float) -> Floats | None:
    """``float32[FEATURES]`` of the ink at ``place``; None where there is none. ``em`` is the font's size."""
    rows, columns = ink.shape
    x0, x1 = max(0, int(place.x0 - 0.5)), min(columns, int(np.ceil(place.x1 + 0.5)))
    y0, y1 = max(0, int(place.y0 - 1.5)), min(rows, int(np.ceil(place.y1 + 1.5)))
    patch = ink[y0:y1, x0:x1]
    if not patch.size:
        return None
    down, across = np.nonzero(patch > INKED)
    if not across.size:
        return None
    left, right = int(across.min()), int(across.max()) + 1
    top, bottom = int(down[0]), int(down[-1]) + 1
    shape = _fitted(patch[top:bottom, left:right])
    height, width = bottom - top, right - left
    geometry = np.array(
        [height / em, width / em, (baseline - (y0 + bottom)) / em, min(4.0, width / height) / 2], np.float32
    )
    return np.concatenate([shape.ravel(), geometry * np.float32(_CLEAR)])


def _fitted(patch: Ink) -> Ink:
    """The patch in the middle of HEIGHT x WIDTH, its sides kept in proportion, by area."""
    height, width = patch.shape
    scale = min(HEIGHT / height, WIDTH / width)
    tall, wide = max(1, round(height * scale)), max(1, round(width * scale))
    small = _shares(tall, height) @ patch @ _shares(wide, width).T
    fitted = np.zeros((HEIGHT, WIDTH), np.float32)
    top, left = (HEIGHT - tall) // 2, (WIDTH - wide) // 2
    fitted[top : top + tall, left : left + wide] = small
    return fitted


@lru_cache(1024)
def _shares(parts: int, pixels: int) -> Floats:
    """``float32[parts, pixels]``: how much each pixel counts in each part; rows sum to 1."""
    edges = np.arange(parts + 1) * (pixels / parts)
    ends = np.arange(pixels)
    overlap = np.minimum(edges[1:, None], ends + 1) - np.maximum(edges[:-1, None], ends)
    shares: Floats = (np.maximum(overlap, 0) * (parts / pixels)).astype(np.float32)
    return shares
