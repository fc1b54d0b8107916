"""Pages whose word boxes are known: turned ones, leaning ones, and one with a sum that nobody sees."""

import math
from random import Random
from typing import Literal

from reportlab.lib.colors import black, white
from reportlab.pdfbase.pdfmetrics import getAscentDescent

from .invoices import Invoice, make_invoice
from .layouts import LAYOUTS, printed_fields
from .layouts.sheet import Sheet, width_of
from .pictures import PictureFormat, blank_page, finish_scan, font_of, save_pages
from .truth import PageTruth, Truth, WordBox

_VOCABULARY = (
    "Lieferschein", "Delivery", "montant", "119,00", "2026-04417", "Übertrag", "balance", "Straße", "échéance", "importo",
    "DE89370400440532013000", "1.234,56", "total", "quantity", "Rechnung", "17.03.2026", "kg", "Menge", "fattura", "EUR",
)  # fmt: skip

Box = tuple[float, float, float, float]


def rotated_pdf(seed: int = 1, *, words: int = 40) -> tuple[bytes, tuple[PageTruth, ...]]:
    """Four pages with /Rotate 0, 90, 180 and 270 whose text is upright when they are displayed.

    Boxes are from the font's ascent to its descent, in points from the top left corner of the displayed page.
    """
    rng = Random(f"rotated:{seed}")
    sheet = Sheet(title="Turned pages")
    pages = []
    for number, rotation in enumerate((0, 90, 180, 270), start=1):
        if number > 1:
            sheet.next_page()
        sheet.canvas.setPageRotation(rotation)
        width, height = sheet.width, sheet.height
        sheet.canvas.saveState()
        _turn(sheet, rotation)
        boxes = _scatter(sheet, rng, words, width, height)
        sheet.canvas.restoreState()
        pages.append(PageTruth(number, width, height, rotation, tuple(boxes)))
    return sheet.finish(), tuple(pages)


def _turn(sheet: Sheet, rotation: int) -> None:
    """Undo what the viewer will do, so that what is drawn stands upright on the display.

    Afterwards (0, 0) is the bottom left corner of the displayed page. Reportlab swaps the sides of the
    MediaBox of a page that is turned sideways: its own width is the sheet's height.
    """
    canvas = sheet.canvas
    if rotation == 90:
        canvas.translate(sheet.height, 0)
    elif rotation == 180:
        canvas.translate(sheet.width, sheet.height)
    elif rotation == 270:
        canvas.translate(0, sheet.width)
    canvas.rotate(rotation)


def _scatter(sheet: Sheet, rng: Random, count: int, width: float, height: float) -> list[WordBox]:
    """Write words on lines of random places; return their boxes."""
    out: list[WordBox] = []
    x, y, size = 60.0, 80.0, 11.0
    ascent, descent = getAscentDescent("Helvetica", 1)
    while len(out) < count and y < height - 60:
        text = rng.choice(_VOCABULARY)
        wide = width_of(text, size=size)
        if x + wide > width - 50:
            x, y, size = 60.0 + rng.random() * 30, y + 26 + rng.random() * 20, rng.choice((9.0, 11.0, 14.0))
            continue
        sheet.canvas.setFont("Helvetica", size)
        sheet.canvas.drawString(x, height - y, text)
        out.append(WordBox(text, (x, y - ascent * size, x + wide, y - descent * size)))
        x += wide + 8 + rng.random() * 40
    return out


def skewed_scan(
    angle_deg: float = 2.0, *, form: PictureFormat = "png", seed: int = 1, words: int = 60, dpi: int = 200
) -> tuple[bytes, tuple[PageTruth, ...]]:
    """One scanned A4 page that leans clockwise by `angle_deg`, with noise, and the boxes of its words.

    ``form`` png, jpg and tiff have boxes in pixels, pdf (the picture alone on the page) in points. A box is the
    upright rectangle around the leaning word's ink.
    """
    rng = Random(f"skewed:{seed}")
    page = blank_page(dpi)
    boxes: list[WordBox] = []
    x, y = 0.12 * page.width, 0.1 * page.height
    font = font_of("Vera.ttf", round(11 / 72 * dpi))
    draw = page.draw
    while len(boxes) < words and y < 0.88 * page.height:
        text = rng.choice(_VOCABULARY)
        ink = draw.textbbox((x, y), text, font=font, anchor="ls")
        if ink[2] > 0.9 * page.width:
            x, y = 0.12 * page.width, y + 0.028 * page.height
            continue
        draw.text((x, y), text, font=font, fill=20, anchor="ls")
        boxes.append(WordBox(text, lean(ink, angle_deg, page.width, page.height)))
        x = ink[2] + dpi * (0.09 + 0.2 * rng.random())
    picture = finish_scan(page.image, angle_deg=angle_deg, seed=seed)
    data = save_pages([picture], form=form, dpi=dpi)
    scale = 72 / dpi if form == "pdf" else 1.0
    scaled = tuple(WordBox(word.text, _scaled(word.box, scale)) for word in boxes)
    return data, (PageTruth(1, page.width * scale, page.height * scale, 0, scaled),)


def lean(box: Box, angle_deg: float, width: float, height: float) -> Box:
    """The upright rectangle around `box` after the page was turned clockwise about its middle."""
    sine, cosine = math.sin(math.radians(angle_deg)), math.cos(math.radians(angle_deg))
    corners = [(x - width / 2, y - height / 2) for x in (box[0], box[2]) for y in (box[1], box[3])]
    turned = [(x * cosine - y * sine + width / 2, x * sine + y * cosine + height / 2) for x, y in corners]
    xs, ys = [x for x, _ in turned], [y for _, y in turned]
    return min(xs), min(ys), max(xs), max(ys)


def _scaled(box: Box, scale: float) -> Box:
    return box[0] * scale, box[1] * scale, box[2] * scale, box[3] * scale


def white_total_pdf(
    seed: int = 1, *, language: Literal["de", "en", "fr", "it"] = "en", layout: str = "window"
) -> tuple[bytes, Truth, str]:
    """An invoice with a second, larger total in white on the white paper; returns the hidden amount, too.

    The truth is what a person sees.
    """
    invoice = make_invoice(language, items=4, seed=seed)
    hidden = invoice.gross + 9000
    drawing = LAYOUTS[layout]

    class Tampered(drawing):  # type: ignore[misc, valid-type]
        def totals(self, sheet: Sheet, invoice: Invoice, y: float) -> None:
            super().totals(sheet, invoice, y)
            label = self.label(self.words(invoice).gross)
            sheet.text(330, y + 110, f"{label} {invoice.currency}", size=11, colour=white)
            sheet.text(538, y + 110, self.money(invoice, hidden), size=11, align="right", colour=white)
            sheet.canvas.setFillColor(black)

    truth = invoice.truth(printed=printed_fields(invoice, layout))
    return Tampered().draw(invoice), truth, f"{hidden:.2f}"
