"""The text layer of a PDF page: its words, which of them nobody sees, and whether it can be believed."""

import math
from dataclasses import dataclass
from itertools import repeat

import numpy as np

from docmill.domain.pages import Box, Hidden, Provenance, Word
from docmill.engines.reading.geometry.lines import lines_of
from docmill.engines.reading.pdf.drawn import Drawn
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.hidden import Gray, Look, hidden_words, suspicion
from docmill.engines.reading.pdf.pdfium import Chars, Floats, matrices
from docmill.engines.reading.pdf.words import WordColumns, lean_of, words_of

CHARS_MIN = 25
"""A page that shows fewer, and a picture, is a scan (measured on 277 forms and 189 e-invoices)."""
IMAGE_SHARE_MIN = 0.05
"""Share of the page that a picture must take before its letters are looked for."""
SCAN_SHARE_MIN = 0.5
"""A picture of at least this share of the page is the page."""
FOREIGN_SHARE_MIN = 0.9
"""A layer is somebody's OCR when this share of its words is invisible and stands on a picture."""
UNMAPPED_SHARE_MAX = 0.3
"""Above this share of characters without a meaning the page is read as a picture."""
INK_COVERED_MIN = 0.35
"""Below this share of ink under its words a layer on a scan is not what stands on the scan.

It parts the 18 of 42 scanned forms whose layer is the archive's metadata from the others.
OCR agrees on 29 forms with a layer: of the words that it sees such layers hold 7 to 19 %, others 98 to 100.
"""
INK_SHARE_MIN = 0.002
"""A page with less ink is blank; one with more, without words and pictures, has outlined letters."""
OUTLINES_MIN = 50
"""Shapes on a page with a few words from which on they may be letters."""
TURNED_SHARE_MIN = 0.8
"""A page is turned when this share of its letters is: a label along the margin turns none."""
_INK = 60  # of 255, darker than the paper
_NO_CHARACTER = "\ufffd"


@dataclass(frozen=True, slots=True)
class Layer:
    """``needs_ocr``: the picture says more than the text. Words are in reading order.

    ``turned_deg``: how far the page's text is turned, clockwise: 0, 90, 180 or 270.
    """

    words: tuple[Word, ...]
    provenance: Provenance
    skew_deg: float
    needs_ocr: bool
    turned_deg: int = 0


def read_layer(chars: Chars, drawn: Drawn, frame: Frame, *, look: Look) -> Layer:
    columns = words_of(chars, frame, _angles_deg(chars))
    image_share = drawn.largest_image_share(*frame.size)
    if not columns.texts:
        wanted = image_share >= IMAGE_SHARE_MIN or _is_outlined(drawn, look)
        return Layer((), Provenance.EMPTY, 0.0, needs_ocr=wanted)
    seen = suspicion(columns, drawn, frame)
    scan = image_share >= SCAN_SHARE_MIN
    foreign = scan and float((seen.unseen | seen.under_image).mean()) >= FOREIGN_SHARE_MIN
    hidden = hidden_words(seen, look, foreign=foreign)
    shown = [text for text, why in zip(columns.texts, hidden, strict=True) if why is None]
    letters, unmapped = sum(map(len, shown)), sum(text.count(_NO_CHARACTER) for text in shown)
    if unmapped > UNMAPPED_SHARE_MAX * letters:
        needs_ocr, columns, hidden = True, _mapped(columns), _mapped_only(columns, hidden)
    elif letters < CHARS_MIN:
        needs_ocr = image_share >= IMAGE_SHARE_MIN or (
            drawn.paths >= OUTLINES_MIN and _is_outlined(drawn, look)
        )
    else:
        needs_ocr = scan and _ink_covered(look(), columns.boxes, frame) < INK_COVERED_MIN
    if needs_ocr and foreign:
        hidden = [why or Hidden.INVISIBLE for why in hidden]
    turned_deg = 0 if needs_ocr else _turned_deg(columns, hidden)
    skew_deg = 0.0 if turned_deg else lean_of(columns)
    provenance = Provenance.FOREIGN_OCR if foreign else Provenance.TEXT_LAYER
    words = _words(columns, hidden, skew_deg)
    return Layer(words, provenance, skew_deg, needs_ocr=needs_ocr, turned_deg=turned_deg)


def _turned_deg(columns: WordColumns, hidden: list[Hidden | None]) -> int:
    """Where nearly all that is seen runs down, up or upside down, the page lies on its side or head."""
    letters = np.zeros(4)
    for text, quarter, why in zip(columns.texts, columns.quarters.tolist(), hidden, strict=True):
        letters[int(quarter)] += len(text) if why is None else 0
    most = int(letters.argmax())
    if letters[most] < max(CHARS_MIN, TURNED_SHARE_MIN * letters.sum()):
        return 0
    return -90 * most % 360


def _angles_deg(chars: Chars) -> Floats:
    """The direction of each character's text in PDF space, which is that of the anchor before it."""
    unique, inverse = np.unique(chars.objects, return_inverse=True)
    objects = [int(thing) for thing in unique if thing]
    shape = matrices(objects)
    turns = np.zeros(len(unique))
    turns[len(unique) - len(objects) :] = np.degrees(np.arctan2(shape[:, 1], shape[:, 0]))
    lengths = np.diff(np.append(chars.anchors, len(chars.codes)))
    return np.repeat(turns[inverse], lengths)


def _is_outlined(drawn: Drawn, look: Look) -> bool:
    """Some programs write letters as shapes: a page with ink and without words."""
    return drawn.paths > 0 and float(_ink(look()).mean()) >= INK_SHARE_MIN


def _ink(gray: Gray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    return np.asarray(gray < float(np.median(gray)) - _INK)


def _mapped(columns: WordColumns) -> WordColumns:
    kept = [index for index, text in enumerate(columns.texts) if _NO_CHARACTER not in text]
    return WordColumns(
        [columns.texts[index] for index in kept],
        columns.boxes[kept],
        columns.heights[kept],
        columns.middles[kept],
        columns.objects[kept],
        columns.quarters[kept],
    )


def _mapped_only(columns: WordColumns, hidden: list[Hidden | None]) -> list[Hidden | None]:
    return [why for text, why in zip(columns.texts, hidden, strict=True) if _NO_CHARACTER not in text]


def _ink_covered(gray: Gray, boxes: Floats, frame: Frame) -> float:
    """Share of the page's dark pixels that stand in the boxes of words; 1.0 for a page without ink."""
    ink = _ink(gray)
    total = int(ink.sum())
    if total < ink.size * INK_SHARE_MIN:
        return 1.0
    under = np.zeros_like(ink)
    scale = np.array([*gray.shape[::-1], *gray.shape[::-1]]) / [*frame.size, *frame.size]
    for x0, y0, x1, y1 in (boxes * scale).tolist():
        under[
            max(0, math.floor(y0) - 1) : max(0, math.ceil(y1) + 1),
            max(0, math.floor(x0)) : max(0, math.ceil(x1)),
        ] = True
    return float((ink & under).sum()) / total


def _words(columns: WordColumns, hidden: list[Hidden | None], skew_deg: float) -> tuple[Word, ...]:
    edges = np.round(columns.boxes, 2)
    edges[:, 2:] = np.maximum(edges[:, 2:], np.round(edges[:, :2] + 0.01, 2))  # a box has an extent
    rows = edges.tolist()
    order, lines = lines_of(rows, skew_deg=skew_deg)
    boxes = map(Box._make, map(rows.__getitem__, order))
    texts, why = map(columns.texts.__getitem__, order), map(hidden.__getitem__, order)
    return tuple(map(Word, texts, boxes, repeat(None), why, lines))
