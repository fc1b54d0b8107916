"""Invoices that somebody printed and put on a scanner or into a fax machine."""

from dataclasses import replace

from .layouts import invoice_pdf
from .pictures import PictureFormat, finish_scan, render_pdf, save_pages
from .truth import Truth


def scanned_invoice(
    form: PictureFormat,
    *,
    language: str = "de",
    layout: str = "window",
    items: int = 5,
    angle_deg: float = 2.0,
    dpi: int = 200,
    seed: int = 1,
    turned_deg: int = 0,
) -> tuple[bytes, Truth]:
    """An invoice without a text layer. What OCR makes of it may be good enough, or have to be seen by a person.

    ``turned_deg`` is how far the paper was turned clockwise when it was put on the glass: 0, 90, 180 or 270.
    """
    data, truth = invoice_pdf(layout, language, items, seed)
    pages = [
        finish_scan(page, angle_deg=angle_deg * (-0.6) ** index, seed=seed + index)
        for index, page in enumerate(render_pdf(data, dpi))
    ]
    pages = [page.rotate(-turned_deg, expand=True) for page in pages]
    return save_pages(pages, form=form, dpi=dpi), replace(truth, status=("succeeded", "needs_review"))
