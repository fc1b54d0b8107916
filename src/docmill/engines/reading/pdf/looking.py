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
from docmill.engines.reading.appearance.beside import REACH_EMS, painted_beside
from docmill.engines.reading.appearance.shapes import Place, ink_of, tones_of
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
_MARGIN_EMS = 0.15
_LAST_BLANK = 0x20


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
    """The page's printed characters, and the boxes of their ink as displayed."""

    def __init__(self, text_page: Handle, frame: Frame) -> None:
        self.handle, self.frame = address(text_page), frame
        codes, tight = codes_and_ink(text_page, max(0, pdfium.FPDFText_CountChars(text_page)))
        self._places = np.flatnonzero(codes > _LAST_BLANK)
        self._codes, self._boxes = codes[self._places], frame.displayed(tight[self._places])
        edges = np.ascontiguousarray(self._boxes.T)
        self._edges, self._x, self._y = edges, (edges[0] + edges[2]) / 2, (edges[1] + edges[3]) / 2

    def within(self, box: Box) -> Ints:
        """The characters whose middle is in the box, in the order of the file."""
        x, y = self._x, self._y
        inside = (box.x0 - 0.3 <= x) & (x <= box.x1 + 0.3) & (box.y0 - 0.3 <= y) & (y <= box.y1 + 0.3)
        return np.asarray(np.flatnonzero(inside))

    def near(self, area: Box) -> Floats:
        """The boxes of the characters that reach into an area."""
        x0, y0, x1, y1 = self._edges
        return np.asarray(self._boxes[(x0 < area.x1) & (x1 > area.x0) & (y0 < area.y1) & (y1 > area.y0)])

    def text(self, some: Ints) -> str:
        return "".join(map(chr, self._codes[some].tolist()))

    def boxes(self, some: Ints) -> Floats:
        return np.asarray(self._boxes[some])

    def em(self, index: int) -> tuple[float, float]:
        """The font's size in points, and the direction of the text in degrees counterclockwise."""
        matrix = (ctypes.c_float * 6)()
        index = int(self._places[index])
        call("FPDFText_GetMatrix")(self.handle, index, ctypes.addressof(matrix))
        a, b, c, d, _, _ = matrix
        size = abs(call("FPDFText_GetFontSize")(self.handle, index)) * math.hypot(c, d)
        return size, math.degrees(math.atan2(b, a))

    def origin(self, index: int) -> Floats:
        spot = (ctypes.c_double * 2)()
        start = ctypes.addressof(spot)
        call("FPDFText_GetCharOrigin")(self.handle, int(self._places[index]), start, start + 8)
        x, y = spot
        return np.asarray(self.frame.displayed(np.array([[x, y, x, y]]))[0, :2])


def _look(index: int, word: Printed, canvas: Canvas, chars: _Chars) -> Look:
    found = chars.within(word.box)
    size, angle = chars.em(int(found[0])) if found.size else (word.box.height, 0.0)
    quarter = int(chars.frame.quarter(np.array([angle]))[0])
    size = size if size > 0.5 else max(1.0, min(word.box.width, word.box.height))
    view = _View(word.box, size, quarter, canvas)
    crop = view.narrow
    tones = tones_of(crop)
    if tones is None or np.ptp(view.bare) <= _BLANK:
        return Look(index, 1.0, crop if np.ptp(view.bare) > _BLANK else None)
    start = chars.text(found).find(word.text)  # letters of other lines may reach into the box
    if start < 0 or not word.text:
        return Look(index, 0.5, crop)
    found = found[start : start + len(word.text)]
    places = view.places(chars.boxes(found))
    origin = chars.origin(int(found[0]))
    baseline = float(view.places(np.array([[*origin, *origin]]))[0, 3])
    characters = [
        Character(sign, Place(*place), baseline, size * view.scale)
        for sign, place in zip(word.text, places.tolist(), strict=True)
    ]
    found_doubt = doubt(ink_of(crop, tones), characters)
    if not found_doubt:
        shift = np.array([view.left, 0, view.left, 0])
        known, wide = view.places(chars.near(view.area)) + shift, places + shift
        if painted_beside(ink_of(view.wide, tones), wide, known, em=size * view.scale):
            return Look(index, 0.5, view.wide)
    return Look(index, found_doubt, crop if found_doubt else None)


class _View:
    """The picture of a word, upright: ``wide`` with what stands before and after it, ``narrow`` without.

    ``bare`` is what is in its box alone; ``left`` is where the narrow picture starts in the wide one.
    """

    def __init__(self, box: Box, em: float, quarter: int, canvas: Canvas) -> None:
        self._quarter = quarter
        margin, reach = _MARGIN_EMS * em, REACH_EMS * em
        x, y = (reach, margin) if quarter % 2 == 0 else (margin, reach)
        self.area = Box(box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y)
        picture, self._corner, self.scale = canvas.around(self.area, em)
        self.wide = np.ascontiguousarray(np.rot90(picture, -quarter))
        self.left = 0
        x0, y0, x1, y1 = self.places(np.array([box]))[0].tolist()
        room = margin * self.scale
        self.left = min(max(0, math.floor(x0 - room)), self.wide.shape[1] - 1)
        right = max(self.left + 1, math.ceil(x1 + room))
        self.narrow = np.ascontiguousarray(self.wide[:, self.left : right])
        bare = self.wide[max(0, math.floor(y0)) : math.ceil(y1), max(0, math.floor(x0)) : math.ceil(x1)]
        self.bare = bare if bare.size else self.narrow

    def places(self, boxes: Floats) -> Floats:
        """Boxes on the page (``[n, 4]``) in the narrow picture."""
        turned = _turned(
            (boxes - [*self._corner, *self._corner]) * self.scale, self.wide.shape, self._quarter
        )
        return np.asarray(turned - [self.left, 0, self.left, 0])


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
