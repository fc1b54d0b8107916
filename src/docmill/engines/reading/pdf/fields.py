"""Check boxes that are form fields."""

import ctypes

import numpy as np
import pypdfium2.raw as pdfium

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, CheckBox
from docmill.engines.reading.pdf.geometry import Frame
from docmill.engines.reading.pdf.pdfium import Handle

_STATE_CHARS = 64
_PUSH_BUTTON = 1 << 16
_UNSEEN = pdfium.FPDF_ANNOT_FLAG_HIDDEN | pdfium.FPDF_ANNOT_FLAG_NOVIEW


def form_check_boxes(page: Handle, frame: Frame) -> tuple[CheckBox, ...]:
    """Return check boxes and radio buttons; to be asked before the page is flattened.

    A widget's appearance state tells, which PDFium hands out without a form environment.
    """
    out: list[CheckBox] = []
    for index in range(min(pdfium.FPDFPage_GetAnnotCount(page), limits.PAGE_CHECK_BOXES_MAX)):
        annotation = pdfium.FPDFPage_GetAnnot(page, index)
        if not annotation:
            continue
        try:
            if (
                pdfium.FPDFAnnot_GetSubtype(annotation) != pdfium.FPDF_ANNOT_WIDGET
                or pdfium.FPDFAnnot_GetFlags(annotation) & _UNSEEN
            ):
                continue
            state = _name(annotation, b"AS")
            if not state and (_name(annotation, b"FT") != "Btn" or _is_push_button(annotation)):
                continue
            box = _box(annotation, frame)
            if box is not None:
                out.append(CheckBox(box, checked=state not in ("", "Off")))
        finally:
            pdfium.FPDFPage_CloseAnnot(annotation)
    return tuple(out)


def _name(annotation: Handle, key: bytes) -> str:
    buffer = (pdfium.FPDF_WCHAR * _STATE_CHARS)()
    size = pdfium.FPDFAnnot_GetStringValue(annotation, key, buffer, 2 * _STATE_CHARS)
    return bytes(buffer)[: max(0, min(size, 2 * _STATE_CHARS) - 2)].decode("utf-16-le", "replace").strip("\0")


def _is_push_button(annotation: Handle) -> bool:
    flags = ctypes.c_float()
    return bool(pdfium.FPDFAnnot_GetNumberValue(annotation, b"Ff", flags) and int(flags.value) & _PUSH_BUTTON)


def _box(annotation: Handle, frame: Frame) -> Box | None:
    rect = pdfium.FS_RECTF()
    if not pdfium.FPDFAnnot_GetRect(annotation, rect):
        return None
    edges = np.array([[rect.left, rect.bottom, rect.right, rect.top]])
    if not np.isfinite(edges).all():
        return None
    width, height = frame.size
    shown = np.clip(frame.displayed(edges), 0, [width, height, width, height])
    x0, y0, x1, y1 = np.round(shown[0], 2).tolist()
    return Box(x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None
