"""The competition: the libraries below docmill in the simplest loop that does the same work."""

import ctypes
from pathlib import Path
from typing import Any

import pypdfium2.raw as pdfium

BareWord = tuple[str, float, float, float, float]
"""Text, then left, top, right, bottom in points from the top-left corner of the page."""

_GAP = 0.2
_Box = tuple[float, float, float, float]


def pdf_words(data: bytes) -> list[list[BareWord]]:
    """The words of every page with their boxes: open, characters, ink boxes, font boxes, words by gaps."""
    document = pdfium.FPDF_LoadMemDocument64(data, len(data), None)
    try:
        return [_page(document, index) for index in range(pdfium.FPDF_GetPageCount(document))]
    finally:
        pdfium.FPDF_CloseDocument(document)


def _page(document: Any, index: int) -> list[BareWord]:
    page = pdfium.FPDF_LoadPage(document, index)
    text_page = pdfium.FPDFText_LoadPage(page)
    try:
        top = pdfium.FPDF_GetPageHeightF(page)
        return _words(_chars(text_page), top)
    finally:
        pdfium.FPDFText_ClosePage(text_page)
        pdfium.FPDF_ClosePage(page)


def _chars(text_page: Any) -> list[tuple[str, _Box, _Box]]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))
    loose = pdfium.FS_RECTF()
    found = []
    for index in range(pdfium.FPDFText_CountChars(text_page)):
        char = chr(pdfium.FPDFText_GetUnicode(text_page, index))
        pdfium.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        pdfium.FPDFText_GetLooseCharBox(text_page, index, loose)
        ink = left.value, bottom.value, right.value, top.value
        found.append((char, ink, (loose.left, loose.bottom, loose.right, loose.top)))
    return found


def _words(chars: list[tuple[str, _Box, _Box]], page_top: float) -> list[BareWord]:
    words: list[BareWord] = []
    text, box, edge = "", (0.0, 0.0, 0.0, 0.0), 0.0
    for char, ink, loose in chars:
        height = loose[3] - loose[1]
        gap = abs(loose[0] - edge) > _GAP * height or abs(loose[1] - box[1]) > height
        if text and (char.isspace() or gap):
            words.append((text, box[0], page_top - box[3], box[2], page_top - box[1]))
            text = ""
        if char.isspace():
            continue
        whole = box if text else ink
        box = min(whole[0], ink[0]), min(whole[1], ink[1]), max(whole[2], ink[2]), max(whole[3], ink[3])
        text, edge = text + char, loose[2]
    if text:
        words.append((text, box[0], page_top - box[3], box[2], page_top - box[1]))
    return words


class BareRapidOcr:
    """RapidOCR as its documentation calls it, on the networks, backend, sizes and thread that docmill uses."""

    def __init__(self) -> None:
        import cv2
        import rapidocr
        from rapidocr import EngineType, RapidOCR

        cv2.setNumThreads(1)
        models = Path(rapidocr.__file__).parent / "models"
        params: dict[str, Any] = {
            "Global.log_level": "critical",
            "Global.use_cls": False,
            "EngineConfig.openvino.inference_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": 1280,
            "Rec.rec_batch_num": 1,
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            **{f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")},
        }
        self._engine = RapidOCR(params=params)

    def characters(self, path: Path) -> int:
        """How many characters, blanks left out, are found on the picture."""
        lines = self._engine(str(path)).txts or ()
        return sum(len("".join(line.split())) for line in lines)
