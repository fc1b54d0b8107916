"""What is drawn on a page besides text, and in which order: pictures, and what may cover words."""

from dataclasses import dataclass, field
from itertools import repeat

import numpy as np
import pypdfium2.raw as pdfium

from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import (
    Floats,
    Handle,
    Ints,
    address,
    bounds_of,
    call,
    filled,
    matrices,
)

OBJECTS_MAX = 100_000
"""Objects of one page that are looked at; a page of more is a drawing."""
_FORM_DEPTH_MAX = 4
_SMALLEST_COVER_PT = 2.0
_NO_BOXES, _NO_ORDER = np.zeros((0, 4)), np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True)
class Drawn:
    """``order`` gives the place of each text object's address in the order of painting.

    ``images`` and ``covers`` are float64[n, 4] as displayed, cut to the page; ``cover_order`` int64[n].
    Covers are the filled shapes and images that are painted after some text. ``shapes`` are the addresses of
    the paths, by the matrix of the form that they stand in; ``in_forms`` those of text objects in forms.
    """

    order: dict[int, int]
    images: Floats
    covers: Floats
    cover_order: Ints
    shapes: tuple[tuple[list[int], Floats | None], ...]
    in_forms: frozenset[int] = frozenset()

    @property
    def paths(self) -> int:
        return sum(len(some) for some, _ in self.shapes)

    def largest_image_share(self, width: float, height: float) -> float:
        if not len(self.images):
            return 0.0
        sides = np.maximum(self.images[:, 2:] - self.images[:, :2], 0)
        return float((sides[:, 0] * sides[:, 1]).max() / max(width * height, 1e-6))


@dataclass(slots=True)
class _Walk:
    texts: dict[int, int]
    orders: list[Ints]
    boxes: list[Floats]
    images: list[Floats]
    seen: int = 0
    shapes: list[tuple[list[int], Floats | None]] = field(default_factory=list)
    in_forms: set[int] = field(default_factory=set)


def drawn_on(page: Handle, frame: Frame) -> Drawn:
    walk = _Walk({}, [], [], [])
    count = min(pdfium.FPDFPage_CountObjects(page), OBJECTS_MAX)
    handle = address(page)
    _visit(list(map(call("FPDFPage_GetObject"), repeat(handle, count), range(count))), None, 0, walk)
    boxes = _cut(np.concatenate([_NO_BOXES, *walk.boxes]), frame)
    order = np.concatenate([_NO_ORDER, *walk.orders])
    covers = (boxes[:, 2:] - boxes[:, :2] > _SMALLEST_COVER_PT).all(axis=1)
    return Drawn(
        walk.texts,
        _cut(np.concatenate([_NO_BOXES, *walk.images]), frame),
        boxes[covers],
        order[covers],
        tuple(walk.shapes),
        frozenset(walk.in_forms),
    )


def _visit(objects: list[int], matrix: Floats | None, depth: int, walk: _Walk) -> None:
    kinds = np.fromiter(map(call("FPDFPageObj_GetType"), objects), np.int64, len(objects))
    base = walk.seen
    walk.seen += len(objects)
    for place in np.nonzero(kinds == pdfium.FPDF_PAGEOBJ_TEXT)[0].tolist():
        walk.texts[objects[place]] = base + place
        if depth:
            walk.in_forms.add(objects[place])
    for place in np.nonzero(kinds == pdfium.FPDF_PAGEOBJ_FORM)[0].tolist():
        _visit_form(objects[place], matrix, depth, walk)
    paths = np.nonzero(kinds == pdfium.FPDF_PAGEOBJ_PATH)[0]
    if paths.size:
        walk.shapes.append(([objects[place] for place in paths.tolist()], matrix))
    images = np.nonzero(kinds == pdfium.FPDF_PAGEOBJ_IMAGE)[0]
    if images.size:
        _keep(objects, images, base, matrix, walk=walk, boxes=walk.images)
    if walk.texts:
        # What was painted before the first word covers none.
        shapes = np.nonzero((kinds == pdfium.FPDF_PAGEOBJ_PATH) | (kinds == pdfium.FPDF_PAGEOBJ_SHADING))[0]
        shapes = shapes[base + shapes > next(iter(walk.texts.values()))]
        if shapes.size:
            of_paths = filled([objects[place] for place in shapes.tolist()])
            _keep(
                objects,
                shapes[of_paths | (kinds[shapes] != pdfium.FPDF_PAGEOBJ_PATH)],
                base,
                matrix,
                walk=walk,
            )


def _keep(
    objects: list[int],
    places: Ints,
    base: int,
    matrix: Floats | None,
    *,
    walk: _Walk,
    boxes: list[Floats] | None = None,
) -> None:
    found = moved(bounds_of([objects[place] for place in places.tolist()]), matrix)
    walk.orders.append(base + places)
    walk.boxes.append(found)
    if boxes is not None:
        boxes.append(found)


def _visit_form(form: int, matrix: Floats | None, depth: int, walk: _Walk) -> None:
    count = min(call("FPDFFormObj_CountObjects")(form), OBJECTS_MAX - walk.seen)
    if depth >= _FORM_DEPTH_MAX or count <= 0:
        return
    own = matrices([form])[0]
    inner = own if matrix is None else _product(own, matrix)
    _visit([call("FPDFFormObj_GetObject")(form, index) for index in range(count)], inner, depth + 1, walk)


def _product(first: Floats, then: Floats) -> Floats:
    a, b, c, d, e, f = first
    p, q, r, s, t, u = then
    return np.array(
        [a * p + b * r, a * q + b * s, c * p + d * r, c * q + d * s, e * p + f * r + t, e * q + f * s + u]
    )


def moved(boxes: Floats, matrix: Floats | None) -> Floats:
    """The boxes ``[n, 4]`` of objects in a form, where the form's matrix puts them on the page."""
    if matrix is None:
        return boxes
    a, b, c, d, e, f = matrix
    x, y = boxes[:, (0, 2, 0, 2)], boxes[:, (1, 1, 3, 3)]
    moved_x, moved_y = a * x + c * y + e, b * x + d * y + f
    return np.stack([moved_x.min(1), moved_y.min(1), moved_x.max(1), moved_y.max(1)], axis=1)


def _cut(boxes: Floats, frame: Frame) -> Floats:
    """As displayed, and cut to the page."""
    width, height = frame.size
    return np.clip(frame.displayed(boxes), 0, [width, height, width, height])
