"""From a clean page to a scan: paper tone, noise, dust, lean; and how pictures are saved as PDF, TIFF, PNG, JPEG."""

from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Literal

import numpy as np
import pypdfium2
from PIL import Image, ImageDraw, ImageFont
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

PictureFormat = Literal["png", "jpg", "tiff", "fax", "pdf"]
Font = ImageFont.FreeTypeFont


@dataclass(frozen=True, slots=True)
class PicturePage:
    image: Image.Image
    draw: ImageDraw.ImageDraw
    width: int
    height: int


def blank_page(dpi: int) -> PicturePage:
    """White A4 in grey pixels."""
    width, height = round(8.27 * dpi), round(11.69 * dpi)
    image = Image.new("L", (width, height), 255)
    return PicturePage(image, ImageDraw.Draw(image), width, height)


@cache
def font_of(name: str, size_px: int) -> Font:
    """A font that comes with reportlab: ``Vera.ttf``, ``VeraBd.ttf``, ``com_____.pfb`` (typewriter), ``cob_____.pfb`` (bold)."""
    import reportlab

    return ImageFont.truetype(str(Path(reportlab.__file__).parent / "fonts" / name), size_px)


def render_pdf(data: bytes, dpi: int) -> list[Image.Image]:
    """Every page in grey pixels."""
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    finally:
        document.close()


def finish_scan(
    image: Image.Image, *, angle_deg: float = 0.0, seed: int = 1, noise: float = 7.0, paper: int = 246
) -> Image.Image:
    """What a flatbed makes of a page: it leans clockwise, the paper is not white, the sensor and the glass are not clean."""
    rng = np.random.default_rng(seed)
    turned = image.rotate(-angle_deg, resample=Image.Resampling.BICUBIC, fillcolor=255)
    pixels = np.asarray(turned, dtype=np.float32) * (paper / 255)
    pixels += np.linspace(-5, 3, pixels.shape[1], dtype=np.float32)[None, :]  # the lamp is weaker at one side
    pixels += rng.normal(0, noise, pixels.shape).astype(np.float32)
    for _ in range(60):
        y, x = int(rng.integers(0, pixels.shape[0] - 3)), int(rng.integers(0, pixels.shape[1] - 3))
        size = int(rng.integers(1, 4))
        pixels[y : y + size, x : x + size] = rng.integers(60, 150)
    column = int(rng.integers(pixels.shape[1] // 2, pixels.shape[1]))
    pixels[:, column] -= 14  # a scratch on the glass is a line along the feed
    return Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8))


def save_pages(pages: list[Image.Image], *, form: PictureFormat, dpi: int) -> bytes:
    """One file of all pages; png and jpg hold the first one alone. ``fax`` is a TIFF in black and white (group 4)."""
    out = BytesIO()
    match form:
        case "png":
            pages[0].save(out, "PNG", dpi=(dpi, dpi))
        case "jpg":
            pages[0].save(out, "JPEG", quality=80, dpi=(dpi, dpi))
        case "tiff" | "fax":
            shown = (
                [page.point(lambda value: 255 * (value > 150)).convert("1") for page in pages]
                if form == "fax"
                else pages
            )
            method = "group4" if form == "fax" else "tiff_adobe_deflate"
            shown[0].save(
                out, "TIFF", save_all=True, append_images=shown[1:], compression=method, dpi=(dpi, dpi)
            )
        case "pdf":
            _save_pdf(out, pages, dpi)
    return out.getvalue()


def _save_pdf(out: BytesIO, pages: list[Image.Image], dpi: int) -> None:
    canvas = Canvas(out, invariant=1)
    canvas.setProducer("Example Scanner 2.1")
    for page in pages:
        size = page.width * 72 / dpi, page.height * 72 / dpi
        buffer = BytesIO()
        page.save(buffer, "JPEG", quality=72)
        canvas.setPageSize(size)
        canvas.drawImage(ImageReader(BytesIO(buffer.getvalue())), 0, 0, *size)
        canvas.showPage()
    canvas.save()
