"""PDF, page by page, through PDFium."""

from collections.abc import Iterator
from functools import cache, partial

import numpy as np
import numpy.typing as npt
import pypdfium2.raw as pdfium
from PIL import Image

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import CheckBox, Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.geometry.ticks import joined, ticks
from docmill.engines.reading.kinds import media
from docmill.engines.reading.parts import Opened, PageDone, PageSeen, Part, Pixels
from docmill.engines.reading.pdf.attached import attached
from docmill.engines.reading.pdf.drawn import drawn_on
from docmill.engines.reading.pdf.fields import form_check_boxes
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.hidden import LOOK_DPI
from docmill.engines.reading.pdf.layer import read_layer
from docmill.engines.reading.pdf.opening import as_shown, frame_of, opened, opened_page
from docmill.engines.reading.pdf.pdfium import Handle, read_chars, render_colour, render_gray
from docmill.engines.reading.pdf.strokes import lines_on
from docmill.engines.reading.scans.marks import with_marks
from docmill.engines.reading.scans.pictures import png
from docmill.engines.reading.scans.turning import lined, upright

READER = "docmill 2"
_POINTS_PER_INCH = 72
LINES_DPI = 150
"""Resolution at which the lines of a scan are looked for whose words are known."""


def pdf_parts(data: bytes, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened, the files inside and one part per page. Raises Rejected if it cannot be opened."""
    with opened(data) as document:
        count = pdfium.FPDF_GetPageCount(document)
        if count <= 0:
            raise Rejected(ErrorCode.FILE_CORRUPT, "the PDF has no pages")
        if count > allowed.pages_max:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"{count} pages, the limit is {allowed.pages_max}")
        yield Opened(media.PDF, count, reader_version())
        if first == 1:
            yield from attached(document, allowed, file_size_bytes=len(data))
        for index in range(first - 1, count):
            yield _read_page(document, index)


def render_png(data: bytes, number: int, *, dpi: int) -> bytes | None:
    """Draw page ``number`` (from 1) in colour, within RENDER_PIXELS_MAX; None if it is not there."""
    with opened(data) as document:
        if not 1 <= number <= pdfium.FPDF_GetPageCount(document):
            return None
        with opened_page(document, number) as page:
            if not page:
                raise Rejected(ErrorCode.PAGE_FAILED, f"page {number}")
            width, height = _pixels(frame_of(page), dpi)
            return png(Image.fromarray(render_colour(page, width=width, height=height)))


@cache
def reader_version() -> str:
    from pypdfium2.version import PDFIUM_INFO

    return f"{READER}; pdfium {PDFIUM_INFO}"


def _read_page(document: Handle, index: int) -> PageDone | PageSeen:
    page = pdfium.FPDF_LoadPage(document, index)
    if not page:
        empty = Page(index + 1, 0.0, 0.0, "pt", (), Provenance.EMPTY, error=ErrorCode.PAGE_FAILED.value)
        return PageDone(empty)
    try:
        form = form_check_boxes(page, frame_of(page)) if pdfium.FPDFPage_GetAnnotCount(page) else ()
        page = as_shown(document, page, index)
        return _read_loaded(page, index + 1, form)
    finally:
        pdfium.FPDF_ClosePage(page)


def _read_loaded(page: Handle, number: int, form: tuple[CheckBox, ...]) -> PageDone | PageSeen:
    frame = frame_of(page)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        chars = read_chars(text_page, max(0, pdfium.FPDFText_CountChars(text_page)))
        drawn = drawn_on(page, frame)
        layer = read_layer(chars, drawn, frame, look=cache(partial(_draw, page, frame, LOOK_DPI)))
        lines = lines_on(drawn, frame)
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
        strokes=lines.strokes,
        check_boxes=joined(form, ticks(lines.squares, lines.marks, layer.words)),
    )
    if layer.needs_ocr:
        pixels = _seen(page, frame, limits.RENDER_DPI)
        return PageSeen(with_marks(read, pixels), pixels)
    if layer.provenance is Provenance.FOREIGN_OCR and not lines.strokes:
        # Somebody's OCR gives a scan its words, never its lines: those are only in the picture.
        read = with_marks(read, _seen(page, frame, LINES_DPI))
    return PageDone(lined(upright(read, layer.turned_deg)) if layer.turned_deg else read)


def _seen(page: Handle, frame: Frame, dpi: int) -> Pixels:
    gray = _draw(page, frame, dpi)
    return Pixels(gray.shape[1], gray.shape[0], gray.tobytes())


def _draw(page: Handle, frame: Frame, dpi: int) -> npt.NDArray[np.uint8]:
    width, height = _pixels(frame, dpi)
    return render_gray(page, width=width, height=height)


def _pixels(frame: Frame, dpi: int) -> tuple[int, int]:
    width, height = frame.size
    scale = dpi / _POINTS_PER_INCH
    scale *= min(1.0, (limits.RENDER_PIXELS_MAX / (width * height * scale * scale)) ** 0.5)
    return max(1, int(width * scale)), max(1, int(height * scale))
