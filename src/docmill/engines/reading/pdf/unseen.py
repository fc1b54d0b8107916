"""Why a word may not be shown although it is drawn: reasons to look at the page, each cheap to see."""

import ctypes
from collections import deque
from itertools import repeat

import numpy as np
import numpy.typing as npt

from docmill.domain.pages import Hidden
from docmill.engines.reading.pdf.drawn import Drawn, moved
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import Floats, Ints, bounds_of, call, fill_colours, filled

Reasons = dict[int, Hidden]
"""By the address of the text object."""

_CLIPS_MAX = 8
_MARKS_MAX = 16
_NAME_BYTES = 64
_OPTIONAL = "OC".encode("utf-16-le")
_CORNERS_MIN = 3
_SAME_COLOUR = 40.0
_PANEL_SIDE_PT = 6.0
"""A filled shape that is smaller both ways is a rule or a dot: no word is lost on it."""
_PANELS_MAX = 4_000
_PANELS_AT_ONCE = 64
_NEAR_PT = 1.0


def reasons(objects: list[int], boxes: dict[int, Floats], drawn: Drawn, frame: Frame) -> Reasons:
    """Which text objects to look at. ``boxes`` are those of their words as displayed, ``[n, 4]`` each."""
    found: Reasons = {}
    marks = map(call("FPDFPageObj_CountMarks"), objects)
    for thing, count in zip(objects, marks, strict=True):
        if thing in drawn.in_forms or (count > 0 and _is_optional(thing, count)):
            found[thing] = Hidden.SWITCHED_OFF
    clipped, clips = _clips([thing for thing in objects if thing not in found])
    for thing, clip in zip(clipped, frame.displayed(clips), strict=True):
        if _outside(boxes[thing], clip):
            found[thing] = Hidden.CLIPPED
    return found


def on_its_own_colour(colours: Floats, boxes: Floats, drawn: Drawn, frame: Frame) -> npt.NDArray[np.bool_]:
    """Which words stand in a larger filled shape of about their own colour: ``bool[words]``."""
    same = np.zeros(len(colours), bool)
    x, y = (boxes[:, 0] + boxes[:, 2]) / 2, (boxes[:, 1] + boxes[:, 3]) / 2
    for paths, matrix in drawn.shapes:
        panels = _panels(paths[:_PANELS_MAX])
        for start in range(0, len(panels), _PANELS_AT_ONCE):
            some = panels[start : start + _PANELS_AT_ONCE]
            left, top, right, bottom = frame.displayed(moved(bounds_of(some), matrix)).T[:, :, None]
            inside = (left < x) & (x < right) & (top < y) & (y < bottom)
            if inside.any():
                apart = np.abs(colours[None, :, :3] - fill_colours(some)[:, None, :3]).max(axis=2)
                same |= (inside & (apart < _SAME_COLOUR)).any(axis=0)
    return same


def _panels(paths: list[int]) -> list[int]:
    solid = [paths[place] for place in np.nonzero(filled(paths))[0].tolist()]
    if not solid:
        return []
    bounds = bounds_of(solid)
    large = ((bounds[:, 2:] - bounds[:, :2]) > _PANEL_SIDE_PT).all(axis=1)
    return [solid[place] for place in np.nonzero(large)[0].tolist()]


def _outside(boxes: Floats, clip: Floats) -> bool:
    left, top, right, bottom = clip.tolist()
    return any(
        not (
            left - _NEAR_PT < (x0 + x1) / 2 < right + _NEAR_PT
            and top - _NEAR_PT < (y0 + y1) / 2 < bottom + _NEAR_PT
        )
        for x0, y0, x1, y1 in boxes.tolist()
    )


def _clips(objects: list[int]) -> tuple[list[int], Floats]:
    """The objects that are clipped, and what is left to paint on: left, bottom, right, top, ``[n, 4]``.

    Of each path two opposite corners are asked for, which is all of a rectangle. What is wrong for other
    shapes costs a look.
    """
    handles = list(map(call("FPDFPageObj_GetClipPath"), objects))
    counts = list(map(call("FPDFClipPath_CountPaths"), handles))
    some = [place for place, count in enumerate(counts) if count > 0]
    clips = np.tile([-1e9, -1e9, 1e9, 1e9], (len(some), 1))
    for path in range(min(max(map(counts.__getitem__, some), default=0), _CLIPS_MAX)):
        rows = [row for row, place in enumerate(some) if counts[place] > path]
        owners = [handles[some[row]] for row in rows]
        lengths = list(map(call("FPDFClipPath_CountPathSegments"), owners, repeat(path)))
        rows = [row for row, length in zip(rows, lengths, strict=True) if length >= _CORNERS_MIN]
        owners = [handles[some[row]] for row in rows]
        one, other = _corners(owners, path, 0), _corners(owners, path, 2)
        clips[rows, :2] = np.maximum(clips[rows, :2], np.minimum(one, other))
        clips[rows, 2:] = np.minimum(clips[rows, 2:], np.maximum(one, other))
    return [objects[place] for place in some], clips


def _corners(handles: list[int], path: int, segment: int) -> Floats:
    points = np.zeros((len(handles), 2), np.float32)
    start, size = points.ctypes.data, points.itemsize
    end = start + points.nbytes
    segments = map(call("FPDFClipPath_GetPathSegment"), handles, repeat(path), repeat(segment))
    xs, ys = range(start, end, 2 * size), range(start + size, end + size, 2 * size)
    deque(map(call("FPDFPathSegment_GetPoint"), segments, xs, ys), maxlen=0)
    return points.astype(np.float64)


def _is_optional(thing: int, count: int) -> bool:
    for index in range(min(count, _MARKS_MAX)):
        name, size = ctypes.create_string_buffer(_NAME_BYTES), ctypes.c_ulong()
        mark = call("FPDFPageObj_GetMark")(thing, index)
        call("FPDFPageObjMark_GetName")(mark, ctypes.addressof(name), _NAME_BYTES, ctypes.addressof(size))
        if name.raw[: max(0, size.value - 2)] == _OPTIONAL:
            return True
    return False


def boxes_by_object(objects: Ints, boxes: Floats) -> dict[int, Floats]:
    order = np.argsort(objects, kind="stable")
    things, starts = np.unique(objects[order], return_index=True)
    return dict(zip(things.tolist(), np.split(boxes[order], starts[1:]), strict=True))
