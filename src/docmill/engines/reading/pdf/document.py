"""PDF, page by page, through PDFium."""

import ctypes
from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium
from PIL import Image

from docmill.domain import limits
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Attachment, Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading import media
from docmill.engines.reading.parts import AttachmentFound, Opened, PageDone, PageSeen, Part, Pixels
from docmill.engines.reading.pdf.drawn import drawn_on
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.hidden import LOOK_DPI
from docmill.engines.reading.pdf.layer import read_layer
from docmill.engines.reading.pdf.pdfium import Handle, read_chars, render_colour, render_gray
from docmill.engines.reading.pictures import png
from docmill.engines.reading.xml import XmlTrees

READER = "docmill 1"
_TAIL_BYTES = 4096
_POINTS_PER_INCH = 72
_DRAWN_ANNOTATIONS = (
    pdfium.FPDF_ANNOT_WIDGET, pdfium.FPDF_ANNOT_FREETEXT, pdfium.FPDF_ANNOT_STAMP,
)  # fmt: skip


def pdf_parts(data: bytes, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened, the attachments and one part per page. Raises Rejected when the file cannot be opened."""
    document = _open(data)
    try:
        count = pdfium.FPDF_GetPageCount(document)
        if count <= 0:
            raise Rejected(ErrorCode.FILE_CORRUPT, "the PDF has no pages")
        if count > allowed.pages_max:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"{count} pages, the limit is {allowed.pages_max}")
        yield Opened(media.PDF, count, reader_version())
        if first == 1:
            yield from map(AttachmentFound, _attachments(document, allowed))
        for index in range(first - 1, count):
            yield _read_page(document, index)
    finally:
        pdfium.FPDF_CloseDocument(document)


def render_png(data: bytes, number: int, *, dpi: int) -> bytes | None:
    """Draw page ``number`` (from 1) in colour, within RENDER_PIXELS_MAX; None if it is not there."""
    document = _open(data)
    try:
        if not 1 <= number <= pdfium.FPDF_GetPageCount(document):
            return None
        page = pdfium.FPDF_LoadPage(document, number - 1)
        if not page:
            raise Rejected(ErrorCode.PAGE_FAILED, f"page {number}")
        try:
            width, height = _pixels(_frame(page), dpi)
            return png(Image.fromarray(render_colour(page, width=width, height=height)))
        finally:
            pdfium.FPDF_ClosePage(page)
    finally:
        pdfium.FPDF_CloseDocument(document)


@cache
def reader_version() -> str:
    from pypdfium2.version import PDFIUM_INFO

    return f"{READER}; pdfium {PDFIUM_INFO}"


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


def _read_page(document: Handle, index: int) -> PageDone | PageSeen:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        empty = Page(index + 1, 0.0, 0.0, "pt", (), Provenance.EMPTY, error=ErrorCode.PAGE_FAILED.value)
        return PageDone(empty)
    try:
        if (
            _has_drawn_annotations(page)
            and pdfium.FPDFPage_Flatten(page, pdfium.FLAT_NORMALDISPLAY) == pdfium.FLATTEN_SUCCESS
        ):
            # Filled form fields are annotations, whose text is no part of the page before they are flattened.
            pdfium.FPDF_ClosePage(page)
            page = pdfium.FPDF_LoadPage(document, index)
        return _read_loaded(page, index + 1)
    finally:
        pdfium.FPDF_ClosePage(page)


def _read_loaded(page: Handle, number: int) -> PageDone | PageSeen:
    frame = _frame(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        chars = read_chars(text_page, max(0, pdfium.FPDFText_CountChars(text_page)))
        layer = read_layer(
            chars, drawn_on(page, frame), frame, look=cache(partial(_draw, page, frame, LOOK_DPI))
        )
    finally:
        pdfium.FPDFText_ClosePage(text_page)
    width, height = frame.size
    read = Page(
        number,
        round(width, 2),
        round(height, 2),
        "pt",
        layer.words,
        layer.provenance,
        rotation=frame.rotation,
        skew_deg=layer.skew_deg,
    )
    if not layer.needs_ocr:
        return PageDone(read)
    gray = _draw(page, frame, limits.RENDER_DPI)
    return PageSeen(read, Pixels(gray.shape[1], gray.shape[0], gray.tobytes()))


def _frame(page: Handle) -> Frame:
    box = pdfium.FS_RECTF()
    pdfium.FPDF_GetPageBoundingBox(page, box)
    return Frame(
        box.left, box.bottom, max(box.right, box.left + 1), max(box.top, box.bottom + 1),
        rotation=90 * (pdfium.FPDFPage_GetRotation(page) % 4),
    )  # fmt: skip


def _draw(page: Handle, frame: Frame, dpi: int) -> npt.NDArray[np.uint8]:
    width, height = _pixels(frame, dpi)
    return render_gray(page, width=width, height=height)


def _pixels(frame: Frame, dpi: int) -> tuple[int, int]:
    width, height = frame.size
    scale = dpi / _POINTS_PER_INCH
    scale *= min(1.0, (limits.RENDER_PIXELS_MAX / (width * height * scale * scale)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))


def _has_drawn_annotations(page: Handle) -> bool:
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), limits.PAGES_MAX)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        kind = pdfium.FPDFAnnot_GetSubtype(annotation)
        pdfium.FPDFPage_CloseAnnot(annotation)
        if kind in _DRAWN_ANNOTATIONS:
            return True
    return False


def _attachments(document: Handle, allowed: ReadingLimits) -> Iterator[Attachment]:
    """The attachments that are XML: those of hybrid e-invoices. Others are not looked into."""
    trees = XmlTrees(allowed)
    for index in range(min(pdfium.FPDFDoc_GetAttachmentCount(document), allowed.attachments_max)):
        handle = pdfium.FPDFDoc_GetAttachment(document, index)
        size = ctypes.c_ulong()
        if not handle or not pdfium.FPDFAttachment_GetFile(handle, None, 0, size):
            continue
        if not 0 < size.value <= limits.ATTACHMENT_SIZE_BYTES_MAX:
            continue
        buffer = ctypes.create_string_buffer(size.value)
        if not pdfium.FPDFAttachment_GetFile(handle, buffer, size.value, size):
            continue
        content = buffer.raw[: size.value]
        if media.media_type(content) == media.XML:
            yield trees.attachment(_attachment_name(handle) or f"attachment-{index + 1}.xml", content)


def _attachment_name(handle: Handle) -> str:
    size = pdfium.FPDFAttachment_GetName(handle, None, 0)
    buffer = (pdfium.FPDF_WCHAR * (size // 2 + 1))()
    pdfium.FPDFAttachment_GetName(handle, buffer, size)
    name = bytes(buffer)[: max(0, size - 2)].decode("utf-16-le", "replace")
    return name[: limits.FILE_NAME_CHARS_MAX]
