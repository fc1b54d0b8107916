"""Pages for people: the words that docmill sees, and where each value comes from, drawn and named."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from PIL import Image, ImageDraw, ImageFont

from docmill.domain.pages import Box, Page

COLOURS = (
    (214, 39, 40), (31, 119, 180), (44, 160, 44), (148, 103, 189), (230, 110, 10),
    (0, 139, 139), (199, 21, 133), (120, 94, 47), (65, 90, 210), (95, 125, 0),
)  # fmt: skip
"""Dark enough for white letters on them; a field keeps its colour on every page of a document type."""
_WORD = (120, 160, 210)
_HIDDEN = (200, 80, 80)
_FILL_ALPHA = 46
_LABEL_SHARE = 1 / 90
_LABEL_PX_MIN, _LABEL_PX_MAX = 11, 26
_PADDING_PX = 2
_MARGIN_PX = 2
_ROW = re.compile(r"\[\d+\]")

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont

Edges = tuple[float, float, float, float]


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A field's evidence. ``name`` is its path in the result; ``box`` in the page's unit."""

    name: str
    box: Box


def boxes_of(result: Mapping[str, Any], page: int) -> list[NamedBox]:
    """The evidence on one page (from 1) of a result in the form of the API."""
    return [
        NamedBox(path, Box(*citation["box"]))
        for path, meta in (result.get("metadata") or {}).items()
        for citation in meta.get("citations") or ()
        if citation.get("page") == page and citation.get("box")
    ]


def draw_page(png: bytes, page: Page, boxes: Sequence[NamedBox]) -> bytes:
    """Draw words lightly, hidden ones crossed out, fields in colour with their names; return a PNG.

    A label never lies on the value that it names, and on other words only where there is no room left.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    scale = picture.width / max(page.width, 1e-6), picture.height / max(page.height, 1e-6)
    canvas = ImageDraw.Draw(picture, "RGBA")
    for word in page.words:
        edges = _scaled(word.box, scale)
        canvas.rectangle(edges, outline=(*(_HIDDEN if word.hidden else _WORD), 130))
        if word.hidden:
            canvas.line(edges, fill=(*_HIDDEN, 160))
    _draw_fields(canvas, picture.size, [_scaled(word.box, scale) for word in page.words], [
        (named.name, _scaled(named.box, scale)) for named in boxes
    ])  # fmt: skip
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _draw_fields(
    canvas: ImageDraw.ImageDraw, size: tuple[int, int], words: list[Edges], fields: list[tuple[str, Edges]]
) -> None:
    for name, edges in fields:
        colour = colour_of(name)
        canvas.rectangle(_grown(edges, 1), fill=(*colour, _FILL_ALPHA), outline=colour, width=2)
    font = ImageFont.load_default(min(_LABEL_PX_MAX, max(_LABEL_PX_MIN, round(max(size) * _LABEL_SHARE))))
    taken: list[Edges] = []
    values = [edges for _, edges in fields]
    for name, edges in _named(fields):
        text = _fitting(label_of(name), size[0] - 2 * (_MARGIN_PX + _PADDING_PX), font)
        left, top, right, bottom = canvas.textbbox((0, 0), text, font=font)
        wide, high = right - left + 2 * _PADDING_PX, bottom - top + 2 * _PADDING_PX
        tries = _places(edges, (wide, high), above=_ROW.search(name) is not None)
        place = _best(tries, (wide, high), size, forbidden=values + taken, disliked=words)
        taken.append(place)
        canvas.rectangle(place, fill=(*colour_of(name), 235))
        canvas.text(
            (place[0] + _PADDING_PX - left, place[1] + _PADDING_PX - top), text, font=font, fill="white"
        )
        _lead(canvas, place, edges, colour_of(name))


def _named(fields: Sequence[tuple[str, Edges]]) -> list[tuple[str, Edges]]:
    """What gets a label: every field, but of a list's column only the uppermost cell on the page."""
    first: dict[str, tuple[str, Edges]] = {}
    for name, edges in fields:
        column = _ROW.sub("[]", name)
        key = column if column != name else f"{name} {edges}"
        if key not in first or edges[1] < first[key][1][1]:
            first[key] = name, edges
    return list(first.values())


def _fitting(text: str, wide_px: float, font: Font) -> str:
    """Cut a label that is wider than the page."""
    while len(text) > 1 and font.getlength(text) > wide_px:
        text = text[:-2] + "…"
    return text


def colour_of(name: str) -> tuple[int, int, int]:
    """The same for all rows of a list."""
    return COLOURS[sum(map(ord, re.sub(r"\d+", "", name))) % len(COLOURS)]


def label_of(name: str) -> str:
    """``line_items[2].quantity`` is named for its column: ``line_items: quantity``."""
    head, row, column = _ROW.sub("[]", name).partition("[]")
    return f"{head}: {column.strip('.')}" if row and column else head


def _places(edges: Edges, label: tuple[float, float], *, above: bool) -> list[tuple[float, float]]:
    """Left and top of the places around a value, the nearest first; ``above`` for what heads a column."""
    wide, high = label
    x0, y0, x1, y1 = edges
    gap = 2.0
    tries: list[tuple[float, float]] = []
    for step in range(6):
        up, down = y0 - gap - high * (step + 1), y1 + gap + high * step
        if above:
            tries += [(x0, up), (x1 - wide, up), ((x0 + x1 - wide) / 2, up)]
            continue
        tries += [(x0, up), (x1 - wide, up), (x1 + gap * (step + 1), y0), (x0, down), (x1 - wide, down)]
        tries += [(x0 - wide - gap * (step + 1), y0), (x1 + gap, up), (x0 - wide, up), (x1 + gap, down)]
    return tries


def _best(
    tries: Sequence[tuple[float, float]],
    label: tuple[float, float],
    size: tuple[int, int],
    *,
    forbidden: list[Edges],
    disliked: list[Edges],
) -> Edges:
    """The place, moved onto the page, with the least under it: no value and no other label if possible."""
    wide, high = label
    best, least = None, float("inf")
    for order, (x, y) in enumerate(tries):
        left = min(max(_MARGIN_PX, x), max(0, size[0] - wide - _MARGIN_PX))
        top = min(max(_MARGIN_PX, y), max(0, size[1] - high - _MARGIN_PX))
        spot = (left, top, left + wide, top + high)
        cost = 1000 * sum(_overlap(spot, other) for other in forbidden)
        cost += 3 * sum(_overlap(spot, other) for other in disliked) + order * wide * high / 20
        if cost < least:
            best, least = spot, cost
    assert best is not None
    return best


def _overlap(one: Edges, other: Edges) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def _lead(canvas: ImageDraw.ImageDraw, label: Edges, value: Edges, colour: tuple[int, int, int]) -> None:
    """A line from a label that had to go further away."""
    near = _overlap(_grown(label, 8), value) > 0
    if near:
        return
    start = min(max(value[0], (label[0] + label[2]) / 2), value[2]), min(max(value[1], label[3]), value[3])
    end = min(max(start[0], label[0]), label[2]), min(max(start[1], label[1]), label[3])
    canvas.line((*start, *end), fill=colour, width=1)


def _scaled(box: Box, scale: tuple[float, float]) -> Edges:
    return box.x0 * scale[0], box.y0 * scale[1], box.x1 * scale[0], box.y1 * scale[1]


def _grown(edges: Edges, by_px: float) -> Edges:
    return edges[0] - by_px, edges[1] - by_px, edges[2] + by_px, edges[3] + by_px
