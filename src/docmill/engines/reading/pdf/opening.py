"""Opening a PDF and its pages, as a viewer shows them."""

from collections.abc import Iterator
from contextlib import contextmanager

import pypdfium2.raw as pdfium

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import Handle, render_part

_TAIL_BYTES = 4096
_DRAWN_ANNOTATIONS = (
    pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP,
)  # fmt: skip

_UNSEEN_FLAGS = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


@contextmanager
def opened(data: bytes) -> Iterator[Handle]:
    """The document. Raises Rejected when it cannot be opened."""
    document = _open(data)
    try:
        yield document
    finally:
        pdfium.FPDF_CloseDocument(document)


@contextmanager
def opened_page(document: Handle, number: int) -> Iterator[Handle | None]:
    """Page ``number`` (from 1) as it is read and drawn; None when PDFium cannot load it."""
    page = pdfium.FPDF_LoadPage(document, number - 1)
    try:
        page = as_shown(document, page, number - 1) if page else None
        yield page
    finally:
        if page:
            pdfium.FPDF_ClosePage(page)


def as_shown(document: Handle, page: Handle, index: int) -> Handle:
    """The page with what is filled in; ``page`` is closed when that takes another handle.

    Filled form fields are annotations, whose text is no part of the page before they are flattened.
    Comments, their popups and hidden annotations stay out of it.
    """
    if not _draws_annotations(page):
        return page
    # Drawing makes the appearance of fields that a program has filled without one.
    render_part(page, whole=(4, 4), corner=(0, 0), size=(4, 4))
    if pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) != pdfium.FLATTEN_SUCCESS:
        return page
    pdfium.FPDF_ClosePage(page)
    return pdfium.FPDF_LoadPage(document, index)


def frame_of(page: Handle) -> Frame:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    return Frame(
        box.left, box.bottom, max(box.right, box.left + 1), max(box.top, box.bottom + 1),
        rotation=90 * (pdfium.FPDFPage_GetRotation(page) % 4),
    )  # fmt: skip


def _open(data: bytes) -> Handle:
    if _is_cut_off(data):
        # PDFium would mend what it finds, and show half a document as if it were whole.
        raise Rejected(ErrorCode.FILE_TRUNCATED, "the PDF has no end mark")
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    if document:
        return document
    if pdfium.FPDF_GetLastError() in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the PDF is encrypted")
    raise Rejected(ErrorCode.FILE_CORRUPT, "PDFium cannot open it")


def _is_cut_off(data: bytes) -> bool:
    tail = data[-_TAIL_BYTES:].rstrip(b"\0 \t\r\n") if len(data) > _TAIL_BYTES else data
    return b"%%EOF" not in tail and b"startxref" not in tail


def _draws_annotations(page: Handle) -> bool:
    """Takes those off the page that viewers do not show: flattening would draw them."""
    drawn = False
    for index in reversed(range(min(pdfium.FPDFPage_GetAnnotCount(page), limits.PAGES_MAX))):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind, flags = pdfium.FPDFAnnot_GetSubtype(annotation), pdfium.FPDFAnnot_GetFlags(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if flags & _UNSEEN_FLAGS:
            pdfium.FPDFPage_RemoveAnnot(page, index)
        else:
            drawn = drawn or kind in _DRAWN_ANNOTATIONS
    return drawn
