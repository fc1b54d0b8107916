"""Generators of documents as real as generated ones get, each with its truth. Equal arguments give equal bytes."""

from .evidence import rotated_pdf, skewed_scan, white_total_pdf
from .layouts import LAYOUTS, invoice_pdf
from .statements import statement_pdf
from .truth import PageTruth, Truth, WordBox

__all__ = [
    "LAYOUTS",
    "PageTruth",
    "Truth",
    "WordBox",
    "invoice_pdf",
    "rotated_pdf",
    "skewed_scan",
    "statement_pdf",
    "white_total_pdf",
]
