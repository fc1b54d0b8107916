"""Six ways to draw an invoice that have little in common."""

from examples.piles.invoices import INVOICE_FIELDS, Invoice, make_invoice
from examples.piles.truth import Truth

from .band import Band
from .grid import Grid
from .layout import Layout
from .ledger import Ledger
from .plain import Plain
from .sidebar import Sidebar
from .window import Window

LAYOUTS: dict[str, type[Layout]] = {
    "window": Window,
    "band": Band,
    "sidebar": Sidebar,
    "grid": Grid,
    "ledger": Ledger,
    "plain": Plain,
}


def draw_invoice(invoice: Invoice, layout: str) -> bytes:
    """The invoice as PDF; equal invoices give equal bytes."""
    return LAYOUTS[layout]().draw(invoice)


def invoice_pdf(
    layout: str = "window", language: str = "de", items: int = 5, seed: int = 1
) -> tuple[bytes, Truth]:
    """A digital invoice and what it says.

    ``layout`` is one of `LAYOUTS`, ``language`` one of de, en, fr, it. About 18 items fill the first page;
    more go on over further pages with repeated headers and carried sums.
    """
    invoice = make_invoice(language, items=items, seed=seed)
    return draw_invoice(invoice, layout), invoice.truth(printed=printed_fields(invoice, layout))


def printed_fields(invoice: Invoice, layout: str) -> tuple[str, ...]:
    """The fields that stand on the pages: of several rates only the `grid` layout prints the tax in all."""
    if layout == "grid" or len(invoice.taxes) == 1:
        return INVOICE_FIELDS
    return tuple(name for name in INVOICE_FIELDS if name != "tax_total")
