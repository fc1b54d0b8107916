"""A page as one picture: words, structure, and the values with their names."""

import io
from collections.abc import Callable, Collection, Sequence

from PIL import Image, ImageDraw, ImageFont

from docmill.domain.pages import Box, Page
from docmill.engines.drawing.fields import NamedBox, colour_of, columns_headed, heads_column, label_of
from docmill.engines.drawing.placing import MARGIN_PX, Edges, best_place, grown, overlap, places
from docmill.engines.drawing.show import SHOWN, Show
from docmill.engines.layout.structure import Structure

_WORD = (120, 160, 210)
_HIDDEN = (200, 80, 80)
_BLOCK = (110, 90, 160)
_TABLE = (0, 120, 110)
_PAIR = (170, 110, 0)
_TICK = (200, 30, 120)
_FILL_ALPHA = 46
_LABEL_SHARE = 1 / 90
_LABEL_PX_MIN, _LABEL_PX_MAX = 11, 26
_PADDING_PX = 2

Font = ImageFont.ImageFont | ImageFont.FreeTypeFont
Scaled = Callable[[Box], Edges]


def draw_page(
    png: bytes,
    page: Page,
    boxes: Sequence[NamedBox],
    structure: Structure | None = None,
    *,
    show: Collection[Show] = SHOWN,
) -> bytes:
    """Draw what is asked for on the page's picture; return a PNG.

    Hidden words are crossed out. A label never lies on the value that it names, and on other words
    only where there is no room left.
    """
    picture = Image.open(io.BytesIO(png)).convert("RGB")
    across, down = picture.width / max(page.width, 1e-6), picture.height / max(page.height, 1e-6)
    canvas = ImageDraw.Draw(picture, "RGBA")

    def scaled(box: Box) -> Edges:
        return box.x0 * across, box.y0 * down, box.x1 * across, box.y1 * down

    if structure is not None:
        _draw_structure(canvas, page, structure, scaled, show)
    if Show.WORDS in show:
        _draw_words(canvas, page, scaled)
    if Show.VALUES in show:
        words = [scaled(word.box) for word in page.words]
        _draw_fields(canvas, picture.size, words, [(named.name, scaled(named.box)) for named in boxes])
    out = io.BytesIO()
    picture.save(out, "PNG", compress_level=3)
    return out.getvalue()


def _draw_words(canvas: ImageDraw.ImageDraw, page: Page, scaled: Scaled) -> None:
    for word in page.words:
        edges = scaled(word.box)
        canvas.rectangle(edges, outline=(*(_HIDDEN if word.hidden else _WORD), 130))
        if word.hidden:
            canvas.line(edges, fill=(*_HIDDEN, 160))


def _draw_structure(
    canvas: ImageDraw.ImageDraw, page: Page, found: Structure, scaled: Scaled, show: Collection[Show]
) -> None:
    if Show.BLOCKS in show:
        for number, block in enumerate(found.blocks, 1):
            _frame(canvas, grown(scaled(block.box), 3), _BLOCK, f"{number}: {block.kind.value}")
    if Show.PAIRS in show:
        for pair in found.pairs:
            _draw_pair(canvas, page, scaled, pair.label, pair.value)
    if Show.TABLES in show:
        for number, table in enumerate(found.tables, 1):
            for cell in table.cells:
                fill = (*_TABLE, 40 if cell.header else 14)
                canvas.rectangle(scaled(cell.box), fill=fill, outline=(*_TABLE, 150))
            _frame(canvas, scaled(table.box), _TABLE, f"table {number}: {table.rows} x {table.columns}")
    if Show.CHECK_BOXES in show:
        for box in found.check_boxes:
            edges = grown(scaled(box.box), 1)
            canvas.rectangle(edges, fill=(*_TICK, 70 if box.checked else 0), outline=_TICK, width=2)
            if box.label:
                _link(canvas, edges, _around(page, scaled, box.label), _TICK)


def _draw_pair(
    canvas: ImageDraw.ImageDraw, page: Page, scaled: Scaled, label: Sequence[int], value: Sequence[int]
) -> None:
    if not label:
        return
    begin = _around(page, scaled, label)
    canvas.rectangle(begin, fill=(*_PAIR, 40), outline=(*_PAIR, 170))
    if value:
        end = _around(page, scaled, value)
        canvas.rectangle(end, outline=(*_PAIR, 230), width=2)
        _link(canvas, begin, end, _PAIR)


def _around(page: Page, scaled: Scaled, words: Sequence[int]) -> Edges:
    box = page.words[words[0]].box
    for index in words[1:]:
        box = box.union(page.words[index].box)
    return scaled(box)


def _link(canvas: ImageDraw.ImageDraw, one: Edges, other: Edges, colour: tuple[int, int, int]) -> None:
    """From the middle of a box's nearest side to the other's."""
    if other[0] >= one[2] or other[2] <= one[0]:
        right = other[0] >= one[2]
        ends = ((one[2] if right else one[0], (one[1] + one[3]) / 2),
                (other[0] if right else other[2], (other[1] + other[3]) / 2))  # fmt: skip
    else:
        below = other[1] >= one[3]
        x = (max(one[0], other[0]) + min(one[2], other[2])) / 2
        ends = (x, one[3] if below else one[1]), (x, other[1] if below else other[3])
    canvas.line((*ends[0], *ends[1]), fill=(*colour, 220), width=1)


def _frame(canvas: ImageDraw.ImageDraw, edges: Edges, colour: tuple[int, int, int], text: str) -> None:
    """A box with its name on a small flag that hangs on its upper edge, inside the page."""
    font = ImageFont.load_default(_LABEL_PX_MIN)
    canvas.rectangle(edges, outline=(*colour, 220), width=2)
    left, top, right, bottom = canvas.textbbox((0, 0), text, font=font)
    wide, high = right - left + 2 * _PADDING_PX, bottom - top + 2 * _PADDING_PX
    x, y = max(0.0, edges[2] - wide), max(0.0, edges[1] - high)
    canvas.rectangle((x, y, x + wide, y + high), fill=(*colour, 215))
    canvas.text((x + _PADDING_PX - left, y + _PADDING_PX - top), text, font=font, fill="white")


def _draw_fields(
    canvas: ImageDraw.ImageDraw, size: tuple[int, int], words: list[Edges], fields: list[tuple[str, Edges]]
) -> None:
    for name, edges in fields:
        colour = colour_of(name)
        canvas.rectangle(grown(edges, 1), fill=(*colour, _FILL_ALPHA), outline=colour, width=2)
    font = ImageFont.load_default(min(_LABEL_PX_MAX, max(_LABEL_PX_MIN, round(max(size) * _LABEL_SHARE))))
    taken: list[Edges] = []
    values = [edges for _, edges in fields]
    for name, edges in columns_headed(fields):
        text = _fitting(label_of(name), size[0] - 2 * (MARGIN_PX + _PADDING_PX), font)
        left, top, right, bottom = canvas.textbbox((0, 0), text, font=font)
        wide, high = right - left + 2 * _PADDING_PX, bottom - top + 2 * _PADDING_PX
        tries = places(edges, (wide, high), above=heads_column(name))
        place = best_place(tries, (wide, high), size, forbidden=values + taken, disliked=words)
        taken.append(place)
        canvas.rectangle(place, fill=(*colour_of(name), 235))
        canvas.text(
            (place[0] + _PADDING_PX - left, place[1] + _PADDING_PX - top), text, font=font, fill="white"
        )
        _lead(canvas, place, edges, colour_of(name))


def _fitting(text: str, wide_px: float, font: Font) -> str:
    """Cut a label that is wider than the page."""
    while len(text) > 1 and font.getlength(text) > wide_px:
        text = text[:-2] + "…"
    return text


def _lead(canvas: ImageDraw.ImageDraw, label: Edges, value: Edges, colour: tuple[int, int, int]) -> None:
    """A line from a label that had to go further away."""
    near = overlap(grown(label, 8), value) > 0
    if near:
        return
    start = min(max(value[0], (label[0] + label[2]) / 2), value[2]), min(max(value[1], label[3]), value[3])
    end = min(max(start[0], label[0]), label[2]), min(max(start[1], label[1]), label[3])
    canvas.line((*start, *end), fill=colour, width=1)
