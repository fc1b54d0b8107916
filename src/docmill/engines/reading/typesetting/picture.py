"""Pages of docmill's own for people to look at: what the page model holds, drawn."""

import io
from functools import lru_cache
from importlib.util import find_spec
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Page, Word
from docmill.engines.reading.parts import Pixels
from docmill.engines.reading.scans.pictures import png

_PT_PER_INCH = 72
_INK, _RULE = 20, 150
_SHARE = 0.92
_SIZE_PX_MIN = 3
_SIDE_PX_MAX = 20_000


def page_png(page: Page, dpi: int) -> bytes:
    """Draw lines, check boxes, and at their boxes the words that people see."""
    scale = dpi / _PT_PER_INCH
    scale = min(scale, (limits.RENDER_PIXELS_MAX / (page.width * page.height)) ** 0.5)
    scale = min(scale, _SIDE_PX_MAX / max(page.width, page.height))
    picture = Image.new("L", (max(1, round(page.width * scale)), max(1, round(page.height * scale))), 255)
    canvas = ImageDraw.Draw(picture)
    for stroke in page.strokes:
        x0, y0, x1, y1 = (edge * scale for edge in stroke)
        canvas.rectangle((x0, y0, max(x0, x1 - 1), max(y0, y1 - 1)), fill=_RULE)
    for box in page.check_boxes:
        x0, y0, x1, y1 = (edge * scale for edge in box.box)
        canvas.rectangle((x0, y0, x1, y1), outline=_INK)
        if box.checked:
            canvas.line((x0, y0, x1, y1), fill=_INK)
            canvas.line((x0, y1, x1, y0), fill=_INK)
    for word in page.visible:
        _draw(canvas, word, scale)
    return png(picture)


def pixels_png(pixels: Pixels) -> bytes:
    """A scan among such pages, as OCR sees it."""
    return png(Image.frombytes("L", (pixels.width, pixels.height), pixels.gray))


def _draw(canvas: ImageDraw.ImageDraw, word: Word, scale: float) -> None:
    box = word.box
    size = round(box.height * scale * _SHARE)
    if size < _SIZE_PX_MIN:
        canvas.rectangle((box.x0 * scale, box.y0 * scale, box.x1 * scale, box.y1 * scale), fill=_RULE)
        return
    font = _font(size)
    wide = font.getlength(word.text)
    room = box.width * scale
    if wide > room > 0:
        font = _font(max(_SIZE_PX_MIN, int(size * room / wide)))
    canvas.text((box.x0 * scale, box.y1 * scale - 0.1 * size), word.text, fill=_INK, font=font, anchor="ls")


@lru_cache(maxsize=64)
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(io.BytesIO(font_bytes()), size)


@lru_cache(maxsize=1)
def font_bytes() -> bytes:
    """Roboto: the letters of Europe. Found without importing its package, which imports setuptools."""
    spec = find_spec("font_roboto")
    if spec is None or not spec.submodule_search_locations:
        raise DocmillError(ErrorCode.PART_MISSING, "font-roboto")
    return Path(spec.submodule_search_locations[0], "files", "Roboto-Regular.ttf").read_bytes()
