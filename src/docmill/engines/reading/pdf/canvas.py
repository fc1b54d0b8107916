"""Pictures of words, cut from a page: each drawn for itself, or from the whole page drawn once."""

import math
from itertools import repeat

import numpy as np
import pypdfium2.raw as pdfium

from docmill.domain.pages import Box
from docmill.engines.reading.pdf.drawn import OBJECTS_MAX, drawn_on
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import Floats, Handle, Pixels8, address, call, render_part

EM_PX = 36
"""Size at which words are drawn to be looked at."""
SCALE_MAX = 12.0
"""Pixels to a point; what is smaller than 3 pt stays small."""
WHOLE_SCALE = 3.0
WHOLE_PIXELS_MAX = 8_000_000
CROP_PIXELS_MAX = 400_000
_FEW_WORDS = 4
_IMAGE_SHARE_MAX = 0.2
"""A larger image is scaled anew for every word: 27 ms, measured at 9 Mpx."""


class Canvas:
    """Draws a plain page word by word (0.15 ms each), and one with a large image once."""

    def __init__(self, page: Handle, frame: Frame, *, words: int) -> None:
        self._page, self._frame = page, frame
        self._scale = WHOLE_SCALE
        self._whole: Pixels8 | None = None
        if words > _FEW_WORDS and self._has_large_image():
            width, height = frame.size
            self._scale = min(WHOLE_SCALE, (WHOLE_PIXELS_MAX / (width * height)) ** 0.5)
            size = max(2, round(width * self._scale)), max(2, round(height * self._scale))
            self._whole = render_part(page, whole=size, corner=(0, 0), size=size)

    def around(self, box: Box, em: float) -> tuple[Pixels8, Floats, float]:
        """What stands in the box, its top-left corner on the page, and pixels to a point."""
        width, height = box.width, box.height
        scale = self._scale
        if self._whole is None:
            scale = min(SCALE_MAX, EM_PX / em, (CROP_PIXELS_MAX / (width * height)) ** 0.5)
        x, y = math.floor(box.x0 * scale), math.floor(box.y0 * scale)
        across, down = max(2, math.ceil(width * scale)), max(2, math.ceil(height * scale))
        if self._whole is not None:
            x, y = max(0, x), max(0, y)
            crop = self._whole[y : y + down, x : x + across]
            if crop.size:
                return crop, np.array([x, y]) / scale, scale
        whole = round(self._frame.size[0] * scale), round(self._frame.size[1] * scale)
        crop = render_part(self._page, whole=whole, corner=(x, y), size=(across, down))
        return crop, np.array([x, y]) / scale, scale

    def _has_large_image(self) -> bool:
        handle = address(self._page)
        count = min(pdfium.FPDFPage_CountObjects(self._page), OBJECTS_MAX)
        objects = map(call("FPDFPage_GetObject"), repeat(handle, count), range(count))
        kinds = set(map(call("FPDFPageObj_GetType"), objects))
        if not kinds & {pdfium.FPDF_PAGEOBJ_IMAGE, pdfium.FPDF_PAGEOBJ_FORM}:
            return False
        return drawn_on(self._page, self._frame).largest_image_share(*self._frame.size) > _IMAGE_SHARE_MAX
