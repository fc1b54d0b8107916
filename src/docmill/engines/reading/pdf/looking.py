"""Looking at the words of a PDF's text layer on the picture of its page."""

import ctypes
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy as np
import pypdfium2.raw as pdfium

from docmill.domain.appearance import Printed
from docmill.domain.pages import Box
from docmill.engines.reading.appearance.shapes import Place, ink_of
from docmill.engines.reading.appearance.verdict import Character, doubt
from docmill.engines.reading.pdf.canvas import Canvas
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.opening import frame_of, opened, opened_page
from docmill.engines.reading.pdf.pdfium import (
    Floats,
    Handle,
    Ints,
    Pixels8,
    address,
    call,
    codes_and_ink,
)

_BLANK = 12
"""Of 255: nobody sees less contrast."""


@dataclass(frozen=True, slots=True)
class Look:
    """``doubt`` is 0 to 1; above 0 ``crop`` (uint8, text upright) is what OCR may be asked about."""

    index: int
    doubt: float
    crop: Pixels8 | None = field(default=None, repr=False)


def looks(data: bytes, printed: Sequence[Printed]) -> Iterator[Look]:
    """Say of each word, by its index in ``printed``, how doubtful it is. Raises Rejected.

    Words of a page that is not there are doubted without a crop.
    """
    numbered = sorted(enumerate(printed), key=lambda each: each[1].page)
    with opened(data) as document:
        for number, some in groupby(numbered, key=lambda each: each[1].page):
            with opened_page(document, number) as page:
                if page:
                    yield from _page_looks(page, list(some))
                else:
                    yield from (Look(index, 1.0) for index, _ in some)


def _page_looks(page: Handle, words: list[tuple[int, Printed]]) -> Iterator[Look]:
    frame = frame_of(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        chars, canvas = _Chars(text_page, frame), Canvas(page, frame, words=len(words))
        for index, word in words:
            yield _look(index, word, canvas, chars)
    finally:
        pdfium.FPDFText_ClosePage(text_page)


class _Chars:
    """The page's characters: codes, and the boxes of their ink as displayed."""

    def __init__(self, text_page: Handle, frame: Frame) -> None:
        self.handle, self.frame = address(text_page), frame
        self.codes, tight = codes_and_ink(text_page, max(0, pdfium.FPDFText_CountChars(text_page)))
        self.boxes = frame.displayed(tight)

    def within(self, box: Box) -> Ints:
        x, y = (self.boxes[:, 0] + self.boxes[:, 2]) / 2, (self.boxes[:, 1] + self.boxes[:, 3]) / 2
        inside = (box.x0 - 0.3 <= x) & (x <= box.x1 + 0.3) & (box.y0 - 0.3 <= y) & (y <= box.y1 + 0.3)
        return np.asarray(np.nonzero(inside & (self.codes > 0x20))[0])

    def em(self, index: int) -> tuple[float, float]:
        """The font's size in points, and the direction of the text in degrees counterclockwise."""
        matrix = (ctypes.c_float * 6)()
        call("FPDFText_GetMatrix")(self.handle, index, ctypes.addressof(matrix))
        a, b, c, d, _, _ = matrix
        size = abs(call("FPDFText_GetFontSize")(self.handle, index)) * math.hypot(c, d)
        return size, math.degrees(math.atan2(b, a))

    def origin(self, index: int) -> Floats:
        spot = (ctypes.c_double * 2)()
        start = ctypes.addressof(spot)
        call("FPDFText_GetCharOrigin")(self.handle, index, start, start + 8)
        x, y = spot
        return np.asarray(self.frame.displayed(np.array([[x, y, x, y]]))[0, :2])


def _look(index: int, word: Printed, canvas: Canvas, chars: _Chars) -> Look:
    found = chars.within(word.box)
    size, angle = chars.em(int(found[0])) if found.size else (word.box.height, 0.0)
    quarter = int(chars.frame.quarter(np.array([angle]))[0])
    size = size if size > 0.5 else max(1.0, min(word.box.width, word.box.height))
    crop, corner, scale = canvas.around(word.box, size)
    crop = np.ascontiguousarray(np.rot90(crop, -quarter))
    ink = ink_of(crop)
    if ink is None:
        return Look(index, 1.0, crop if np.ptp(crop) > _BLANK else None)
    text = "".join(map(chr, chars.codes[found].tolist()))
    start = text.find(word.text)  # letters of other lines may reach into the box
    if start < 0 or not word.text:
        return Look(index, 0.5, crop)
    text, found = word.text, found[start : start + len(word.text)]
    places = _turned((chars.boxes[found] - [*corner, *corner]) * scale, crop.shape, quarter)
    origin = (chars.origin(int(found[0])) - corner) * scale
    baseline = float(_turned(np.array([[*origin, *origin]]), crop.shape, quarter)[0, 3])
    characters = [
        Character(sign, Place(*place), baseline, size * scale)
        for sign, place in zip(text, places.tolist(), strict=True)
    ]
    found_doubt = doubt(ink, characters)
    return Look(index, found_doubt, crop if found_doubt else None)


def _turned(boxes: Floats, shape: tuple[int, ...], quarter: int) -> Floats:
    """Boxes on the picture as it was drawn, on the picture (of ``shape``) that was turned upright."""
    if quarter == 0:
        return boxes
    x0, y0, x1, y1 = boxes.T
    height, width = shape
    turned = {
        1: (width - y1, x0, width - y0, x1),
        2: (width - x1, height - y1, width - x0, height - y0),
        3: (y0, height - x1, y1, height - x0),
    }
    return np.stack(turned[quarter], axis=1)
