"""Which words of a text layer a person does not see: by what the file says, and by looking at the page."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from docmill.domain.pages import Hidden
from docmill.engines.reading.pdf.drawn import Drawn
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import Floats, Ints, call, fill_colours
from docmill.engines.reading.pdf.unseen import boxes_by_object, on_its_own_colour, reasons
from docmill.engines.reading.pdf.words import WordColumns

Bools = npt.NDArray[np.bool_]
Gray = npt.NDArray[np.uint8]
Look = Callable[[], Gray]
"""Draws the page at `LOOK_DPI`; called only for a page on which something is suspicious."""

LOOK_DPI = 72
TINY_HEIGHT_PT = 1.5
"""Ascent plus descent of a font of about 1 pt."""

TINY_SIDE_PT = 0.4
"""Nobody reads a letter that is pressed to less, in whichever direction."""

_LIGHT = 190  # of 255: fill colours from here on are looked at
_SAME_TONE = 40  # of 255
_BACKGROUND_SHARE = 0.3
_ALPHA_SEEN = 12
_SLIVER_ROWS_MIN = 5
_SLIVER_SHARE_MAX = 0.3
_UNSEEN_MODES = (3, 7)
_STROKE_MODES = (1, 5)
_GRAY = np.array([0.299, 0.587, 0.114])


@dataclass(frozen=True, slots=True)
class Suspicion:
    """What the file says about each word.

    Its colour (float64[n, 4], 0 to 255), that it is drawn invisibly, that something is painted over it, and
    that this is an image; and why else it may not be shown.
    """

    columns: WordColumns
    frame: Frame
    colours: Floats
    unseen: Bools
    covered: Bools
    under_image: Bools
    reasons: list[Hidden | None]


def suspicion(columns: WordColumns, drawn: Drawn, frame: Frame) -> Suspicion:
    objects, owner = np.unique(columns.objects, return_inverse=True)
    known = [int(thing) for thing in objects if thing]
    offset = len(objects) - len(known)  # 1 where some words belong to no object
    modes = np.zeros(len(objects), np.int64)
    modes[offset:] = list(map(call("FPDFTextObj_GetTextRenderMode"), known))
    colours = np.zeros((len(objects), 4))
    colours[:, 3] = 255
    colours[offset:] = _colours(known, modes[offset:])
    under_image, covered = _covered(columns, drawn)
    unseen = np.isin(modes, _UNSEEN_MODES)[owner]
    why = reasons(known, boxes_by_object(columns.objects, columns.boxes), drawn, frame)
    told: list[Hidden | None] = [why.get(thing) for thing in columns.objects.tolist()]
    for index in np.nonzero(on_its_own_colour(colours[owner], columns.boxes, drawn, frame))[0].tolist():
        told[index] = told[index] or Hidden.WHITE
    return Suspicion(columns, frame, colours[owner], unseen, covered, under_image, told)


def _colours(objects: list[int], modes: Ints) -> Floats:
    colours = fill_colours(objects)
    stroked = np.nonzero(np.isin(modes, _STROKE_MODES))[0]
    if stroked.size:
        colours[stroked] = fill_colours([objects[index] for index in stroked], stroke=True)
    return colours


def _covered(columns: WordColumns, drawn: Drawn) -> tuple[Bools, Bools]:
    """Which words stand under an image of a scan's size, and which under anything painted later."""
    none = np.zeros(len(columns.texts), bool)
    if not len(drawn.covers):
        return none, none
    order = np.array([drawn.order.get(thing, 1 << 40) for thing in columns.objects.tolist()])
    x, y = (columns.boxes[:, 0] + columns.boxes[:, 2]) / 2, (columns.boxes[:, 1] + columns.boxes[:, 3]) / 2
    covered = none.copy()
    for start in range(0, len(drawn.covers), 512):  # bounded memory on pages full of shapes
        some = slice(start, start + 512)
        left, top, right, bottom = drawn.covers[some].T[:, :, None]
        inside = (left < x) & (x < right) & (top < y) & (y < bottom)
        covered |= (inside & (drawn.cover_order[some, None] > order)).any(axis=0)
    under = none.copy()
    for left, top, right, bottom in drawn.images[:8]:
        under |= covered & (left < x) & (x < right) & (top < y) & (y < bottom)
    return under, covered


def hidden_words(seen: Suspicion, look: Look, *, foreign: bool) -> list[Hidden | None]:
    """Why each word is not seen, or None. Invisible words of ``foreign`` OCR are seen where there is ink."""
    columns, frame = seen.columns, seen.frame
    width, height = frame.size
    x, y = (columns.boxes[:, 0] + columns.boxes[:, 2]) / 2, (columns.boxes[:, 1] + columns.boxes[:, 3]) / 2
    light = seen.colours[:, :3].min(axis=1) >= _LIGHT
    hidden: list[Hidden | None] = [None] * len(columns.texts)
    doubted = np.array([why is not None for why in seen.reasons]) & ~seen.unseen
    for index in np.nonzero(light | seen.covered | (seen.unseen & foreign) | doubted)[0].tolist():
        hidden[index] = _looked_at(index, seen, look(), light=bool(light[index]) and not seen.unseen[index])
    for index in np.nonzero((seen.unseen & (not foreign)) | (seen.colours[:, 3] < _ALPHA_SEEN))[0].tolist():
        hidden[index] = Hidden.INVISIBLE
    sides = (columns.boxes[:, 2:] - columns.boxes[:, :2]).min(axis=1)
    flat = (sides < TINY_SIDE_PT) & [any(map(str.isalnum, text)) for text in columns.texts]
    for index in np.nonzero((columns.heights < TINY_HEIGHT_PT) | flat)[0].tolist():
        hidden[index] = Hidden.TINY
    for index in np.nonzero((x < 0) | (y < 0) | (x > width) | (y > height))[0].tolist():
        hidden[index] = Hidden.OFF_PAGE
    return hidden


def _looked_at(index: int, seen: Suspicion, gray: Gray, *, light: bool) -> Hidden | None:
    """Compare a word with what is drawn in its box: no contrast, or its own colour all around, hides it."""
    patch = _patch(gray, seen.columns.boxes[index], seen.frame)
    if patch.size == 0:
        return None
    if light:
        tone = seen.colours[index, :3] @ _GRAY
        differs = np.abs(patch.astype(float) - tone) > _SAME_TONE
        return None if float(differs.mean()) >= _BACKGROUND_SHARE else Hidden.WHITE
    if int(patch.max()) - int(patch.min()) >= _SAME_TONE:
        return seen.reasons[index] if seen.reasons[index] and _is_sliver(patch) else None
    if seen.unseen[index]:
        return Hidden.INVISIBLE
    return seen.reasons[index] or Hidden.COVERED


def _is_sliver(patch: Gray) -> bool:
    """What a clip leaves of a word: ink in a few of its rows."""
    rows = np.ptp(patch, axis=1) >= _SAME_TONE
    return len(rows) >= _SLIVER_ROWS_MIN and float(rows.mean()) <= _SLIVER_SHARE_MAX


def _patch(gray: Gray, box: Floats, frame: Frame) -> Gray:
    scale = np.array(gray.shape[::-1]) / frame.size
    x0, y0 = np.floor(box[:2] * scale).astype(int).clip(0).tolist()
    x1, y1 = np.ceil(box[2:] * scale).astype(int).clip(0).tolist()
    return gray[y0:y1, x0:x1]
