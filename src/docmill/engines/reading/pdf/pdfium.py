"""PDFium's raw functions, called in batches: one C loop per property instead of Python per character.

pypdfium2's own prototypes convert and check every argument, which costs more than PDFium does. These
take addresses as integers and do not let go of the interpreter lock (a child has one thread).
"""

import ctypes
from collections import deque
from dataclasses import dataclass
from functools import cache
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium
import pypdfium2_raw  # type: ignore[import-untyped]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Pixels8 = npt.NDArray[np.uint8]
Handle = Any
"""A ctypes pointer of pypdfium2."""

_POINTER, _INT, _UINT = ctypes.c_void_p, ctypes.c_int, ctypes.c_uint
_ADDRESS = ctypes.c_size_t  # as a result: a pointer that is 0, not None, where there is nothing
_BLENDED_PIXELS_MAX = 16_000_000
"""PDFium obeys blend modes (black that lightens white is white) only on pixels of four bytes."""
_LAST_CONTROL, _HYPHEN = 0x20, 0x02  # PDFium puts U+0002 for a hyphen at the end of a line
_PROTOTYPES: dict[str, tuple[Any, ...]] = {
    "FPDFText_GetUnicode": (_UINT, _POINTER, _INT),
    "FPDFText_IsGenerated": (_INT, _POINTER, _INT),
    "FPDFText_GetTextObject": (_ADDRESS, _POINTER, _INT),
    "FPDFText_GetCharBox": (_INT, _POINTER, _INT, _POINTER, _POINTER, _POINTER, _POINTER),
    "FPDFText_GetLooseCharBox": (_INT, _POINTER, _INT, _POINTER),
    "FPDFPage_GetObject": (_ADDRESS, _POINTER, _INT),
    "FPDFPageObj_GetType": (_INT, _POINTER),
    "FPDFPageObj_GetBounds": (_INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "FPDFPageObj_GetFillColor": (_INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "FPDFPageObj_GetStrokeColor": (_INT, _POINTER, _POINTER, _POINTER, _POINTER, _POINTER),
    "FPDFPageObj_GetMatrix": (_INT, _POINTER, _POINTER),
    "FPDFTextObj_GetTextRenderMode": (_INT, _POINTER),
    "FPDFFormObj_CountObjects": (_INT, _POINTER),
    "FPDFFormObj_GetObject": (_ADDRESS, _POINTER, ctypes.c_ulong),
    "FPDFPath_GetDrawMode": (_INT, _POINTER, _POINTER, _POINTER),
    "FPDFPageObj_GetClipPath": (_ADDRESS, _POINTER),
    "FPDFPageObj_CountMarks": (_INT, _POINTER),
    "FPDFPageObj_GetMark": (_ADDRESS, _POINTER, ctypes.c_ulong),
    "FPDFPageObjMark_GetName": (_INT, _POINTER, _POINTER, ctypes.c_ulong, _POINTER),
    "FPDFClipPath_CountPaths": (_INT, _POINTER),
    "FPDFClipPath_CountPathSegments": (_INT, _POINTER, _INT),
    "FPDFClipPath_GetPathSegment": (_ADDRESS, _POINTER, _INT, _INT),
    "FPDFPathSegment_GetPoint": (_INT, _POINTER, _POINTER, _POINTER),
    "FPDFText_GetCharOrigin": (_INT, _POINTER, _INT, _POINTER, _POINTER),
    "FPDFText_GetMatrix": (_INT, _POINTER, _INT, _POINTER),
    "FPDFText_GetFontSize": (ctypes.c_double, _POINTER, _INT),
    "FPDFPath_CountSegments": (_INT, _POINTER),
    "FPDFPath_GetPathSegment": (_ADDRESS, _POINTER, _INT),
    "FPDFPathSegment_GetType": (_INT, _POINTER),
    "FPDFPathSegment_GetClose": (_INT, _POINTER),
}


@cache
def call(name: str) -> Any:
    """The function of this name, with plain integers for pointers."""
    function = _library()[name]
    function.restype, *function.argtypes = _PROTOTYPES[name]
    return function


@cache
def _library() -> ctypes.PyDLL:
    # The same file that pypdfium2 has loaded and initialised: the loader gives the same library again.
    return ctypes.PyDLL(str(Path(pypdfium2_raw.__file__).parent / "libpdfium.so"))


def address(handle: Handle) -> int:
    return ctypes.cast(handle, _POINTER).value or 0


@dataclass(frozen=True, slots=True)
class Chars:
    """The printed characters of a page in PDFium's order, in PDF space (origin bottom left, y up).

    ``tight`` and ``loose`` are ``float64[n, 4]`` as left, bottom, right, top: the ink, and the room
    that the font gives the glyph (its advance, its ascent and descent). ``blanks`` and ``made_up`` count the
    blanks before each character: those of the file, and those that PDFium made up for a gap. ``objects``
    are the addresses of the text objects of those at ``anchors``: the first of each run without a blank
    on one line. `objects_at` asks for others, by ``places``, PDFium's own numbers of the characters.
    """

    codes: Ints
    blanks: Ints
    made_up: Ints
    tight: Floats
    loose: Floats
    anchors: Ints
    objects: Ints
    places: Ints
    text_page: int

    def objects_at(self, which: Ints) -> Ints:
        return _objects(self.text_page, self.places[which])


def read_chars(text_page: Handle, count: int) -> Chars:
    handle = address(text_page)
    # One by one: FPDFText_GetText cuts what is beyond U+FFFF to something that looks like a character.
    codes = np.fromiter(map(call("FPDFText_GetUnicode"), repeat(handle), range(count)), np.int64, count)
    is_blank = (codes <= _LAST_CONTROL) & (codes != _HYPHEN)
    blanks = np.nonzero(is_blank)[0]
    made_up = np.zeros(count, np.int64)
    generated = map(call("FPDFText_IsGenerated"), repeat(handle), blanks.tolist())
    made_up[blanks] = np.fromiter(generated, np.int64, blanks.size)
    real = is_blank - made_up

    printed = np.nonzero(~is_blank)[0]
    some, size = printed.tolist(), printed.size
    tight = np.zeros((size, 4))
    left, right, bottom, top = _columns(tight, (0, 2, 1, 3))
    _run(map(call("FPDFText_GetCharBox"), repeat(handle), some, left, right, bottom, top))
    narrow = np.zeros((size, 4), np.float32)
    start = narrow.ctypes.data
    _run(map(call("FPDFText_GetLooseCharBox"), repeat(handle), some, range(start, start + 16 * size, 16)))
    loose = narrow[:, (0, 3, 2, 1)].astype(np.float64)  # FS_RECTF is left, top, right, bottom
    anchors = np.ones(size, bool)
    # Letters in a row, of one height and on one line, run the same way.
    anchors[1:] = (np.diff(printed) > 1) | (loose[1:, (1, 3)] != loose[:-1, (1, 3)]).any(axis=1)
    first = np.nonzero(anchors)[0]
    return Chars(
        codes[printed],
        np.cumsum(real)[printed],
        np.cumsum(made_up)[printed],
        tight,
        loose,
        first,
        _objects(handle, printed[first]),
        printed,
        handle,
    )


def _objects(text_page: int, places: Ints) -> Ints:
    found = map(call("FPDFText_GetTextObject"), repeat(text_page), places.tolist())
    return np.fromiter(found, np.int64, places.size)


def codes_and_ink(text_page: Handle, count: int) -> tuple[Ints, Floats]:
    """Of all characters, blanks included: their codes, and ``float64[n, 4]`` as `Chars.tight`."""
    handle = address(text_page)
    codes = np.fromiter(map(call("FPDFText_GetUnicode"), repeat(handle), range(count)), np.int64, count)
    tight = np.zeros((count, 4))
    left, right, bottom, top = _columns(tight, (0, 2, 1, 3))
    _run(map(call("FPDFText_GetCharBox"), repeat(handle), range(count), left, right, bottom, top))
    return codes, tight


def bounds_of(objects: list[int]) -> Floats:
    """``float64[n, 4]``: left, bottom, right, top of page objects, in the space that they stand in."""
    count = len(objects)
    narrow = np.zeros((count, 4), np.float32)
    _run(map(call("FPDFPageObj_GetBounds"), objects, *_columns(narrow, (0, 1, 2, 3))))
    return narrow.astype(np.float64)


def fill_colours(objects: list[int], *, stroke: bool = False) -> Floats:
    """``float64[n, 4]``: red, green, blue, alpha from 0 to 255; black where there is a pattern instead."""
    count = len(objects)
    colours = np.zeros((count, 4), np.uint32)
    colours[:, 3] = 255
    function = call("FPDFPageObj_GetStrokeColor" if stroke else "FPDFPageObj_GetFillColor")
    _run(map(function, objects, *_columns(colours, (0, 1, 2, 3))))
    return colours.astype(np.float64)


def matrices(objects: list[int]) -> Floats:
    """``float64[n, 6]``: a b c d e f of each object."""
    count = len(objects)
    narrow = np.zeros((count, 6), np.float32)
    start = narrow.ctypes.data
    _run(map(call("FPDFPageObj_GetMatrix"), objects, range(start, start + 24 * count, 24)))
    return narrow.astype(np.float64)


def filled(paths: list[int]) -> npt.NDArray[np.bool_]:
    """Which paths are filled, not only drawn as lines."""
    return np.asarray(draw_modes(paths)[:, 0] != 0)


def draw_modes(paths: list[int]) -> npt.NDArray[np.int32]:
    """``int32[n, 2]``: how each path is filled, and whether its outline is drawn; 0 for not at all."""
    modes = np.zeros((len(paths), 2), np.int32)
    _run(map(call("FPDFPath_GetDrawMode"), paths, *_columns(modes, (0, 1))))
    return modes


def segments(paths: list[int], counts: list[int]) -> tuple[Ints, npt.NDArray[np.bool_], Floats]:
    """What the first ``counts`` pieces of each path are, which close their figure, and where they end.

    ``int64[m]``, ``bool[m]`` and ``float64[m, 2]``, in the path's own space.
    """
    owners = [path for path, count in zip(paths, counts, strict=True) for _ in range(count)]
    places = [place for count in counts for place in range(count)]
    pieces = list(map(call("FPDFPath_GetPathSegment"), owners, places))
    kinds = np.fromiter(map(call("FPDFPathSegment_GetType"), pieces), np.int64, len(pieces))
    closing = np.fromiter(map(call("FPDFPathSegment_GetClose"), pieces), np.int64, len(pieces)) > 0
    points = np.zeros((len(pieces), 2), np.float32)
    _run(map(call("FPDFPathSegment_GetPoint"), pieces, *_columns(points, (0, 1))))
    return kinds, np.asarray(closing), points.astype(np.float64)


def _columns(array: npt.NDArray[Any], order: tuple[int, ...]) -> list[range]:
    """The addresses of some columns of a row-major array, as ranges to map over."""
    if not array.size:
        return [range(0) for _ in order]
    step, end = array.strides[0], array.ctypes.data + array.nbytes
    return [range(array.ctypes.data + column * array.itemsize, end, step) for column in order]


def _run(calls: Any) -> None:
    """Exhaust a `map` at the speed of C."""
    deque(calls, maxlen=0)


def render_gray(page: Handle, *, width: int, height: int) -> Pixels8:
    """Draw the page, annotations included, on white: ``uint8[height, width]``."""
    return render_part(page, whole=(width, height), corner=(0, 0), size=(width, height))


def render_colour(page: Handle, *, width: int, height: int) -> Pixels8:
    """The same as ``uint8[height, width, 3]``: red, green, blue."""
    pixels = np.full((height, width, 3), 255, np.uint8)
    _render(page, pixels, pdfium.FPDFBitmap_BGR, pdfium.FPDF_ANNOT | pdfium.FPDF_REVERSE_BYTE_ORDER)
    return pixels


def render_part(
    page: Handle, *, whole: tuple[int, int], corner: tuple[int, int], size: tuple[int, int]
) -> Pixels8:
    """A part of the page in gray, as `render_gray` draws it in ``whole`` (width, height) pixels."""
    flags = pdfium.FPDF_ANNOT | pdfium.FPDF_GRAYSCALE
    if size[0] * size[1] <= _BLENDED_PIXELS_MAX and pdfium.FPDFPage_HasTransparency(page):
        mixed = np.full((size[1], size[0], 4), 255, np.uint8)
        _render(page, mixed, pdfium.FPDFBitmap_BGRA, flags, whole=whole, corner=corner)
        return np.ascontiguousarray(mixed[:, :, 0])
    pixels = np.full((size[1], size[0]), 255, np.uint8)
    _render(page, pixels, pdfium.FPDFBitmap_Gray, flags, whole=whole, corner=corner)
    return pixels


def _render(
    page: Handle,
    pixels: Pixels8,
    layout: int,
    flags: int,
    *,
    whole: tuple[int, int] | None = None,
    corner: tuple[int, int] = (0, 0),
) -> None:
    height, width = pixels.shape[:2]
    bitmap = pdfium.FPDFBitmap_CreateEx(
        width, height, layout, pixels.ctypes.data_as(ctypes.c_void_p), pixels.strides[0]
    )
    if not bitmap:
        raise MemoryError
    try:
        across, down = whole or (width, height)
        pdfium.FPDF_RenderPageBitmap(bitmap, page, -corner[0], -corner[1], across, down, 0, flags)
    finally:
        pdfium.FPDFBitmap_Destroy(bitmap)
