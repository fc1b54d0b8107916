"""Small documents for tests, made on the spot."""

import io
from collections.abc import Callable

import numpy as np
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)
Draw = Callable[[Canvas], None]


def pdf(*pages: Draw, size: tuple[float, float] = A4, encrypt: str | None = None) -> bytes:
    """One page per function; PDF space, origin bottom left."""
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=size, invariant=1, encrypt=encrypt)
    for draw in pages:
        draw(canvas)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def line(text: str, *, x: float = 72, y: float = 700, size: float = 12, mode: int | None = None) -> Draw:
    def draw(canvas: Canvas) -> None:
        canvas.setFont("Helvetica", size)
        text_object = canvas.beginText(x, y)
        if mode is not None:
            text_object.setTextRenderMode(mode)
        text_object.textOut(text)
        canvas.drawText(text_object)
        canvas.setFillColorRGB(0, 0, 0)

    return draw


def both(*drawn: Draw) -> Draw:
    def draw(canvas: Canvas) -> None:
        for each in drawn:
            each(canvas)

    return draw


def picture(
    lines: list[str], *, size: tuple[int, int] = (620, 800), font_px: int = 26, turned_deg: float = 0.0
) -> Image.Image:
    """Black lines on white, turned clockwise."""
    image = Image.new("L", size, 255)
    draw = ImageDraw.Draw(image)
    font = ImageFont.load_default(font_px)
    for row, text in enumerate(lines):
        draw.text((50, 60 + row * font_px * 2), text, font=font, fill=0)
    return image.rotate(-turned_deg, expand=True, fillcolor=255, resample=Image.Resampling.BICUBIC)


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def image_on_page(image: Image.Image) -> Draw:
    """The picture over the whole page."""
    return lambda canvas: canvas.drawImage(ImageReader(image.convert("RGB")), 0, 0, *A4)


def ink_share(gray: np.ndarray, box: tuple[float, float, float, float], scale: float) -> float:
    """Share of dark pixels in a box that is given in the page's unit."""
    x0, y0, x1, y1 = (edge * scale for edge in box)
    patch = gray[max(0, round(y0)) : round(y1) + 1, max(0, round(x0)) : round(x1) + 1]
    return float((patch < 128).mean()) if patch.size else 0.0
