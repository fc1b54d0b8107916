"""Which engine reads a page: RapidOCR, and Tesseract where RapidOCR cannot.

Measured at 200 dpi, token F1 and CPU seconds a page: printed invoices RapidOCR .993 in 1.05, Tesseract
.907 in 0.51; with noise .987 and .858; dense American forms .981 in 2.5, Tesseract .82 to .85 in 1.0
with any page segmentation; receipts .960 in 0.63 and .838 in 0.30. Tesseract's confidence does not
tell the pages of which it lost half (.46 right at .89 sure), so it is no first choice for any kind of page.
"""

import time
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from docmill.domain.errors import ErrorCode, Rejected
from docmill.engines.reading.ocr.lines import words_of_lines
from docmill.engines.reading.ocr.rapid import RapidEngine
from docmill.engines.reading.ocr.tesseract import TesseractEngine
from docmill.engines.reading.parts import Pixels, Recognized

Gray = npt.NDArray[np.uint8]


class Recognition:
    """Both engines, each loaded when the first page needs it. Not thread-safe."""

    def __init__(self) -> None:
        self._rapid: RapidEngine | None = None
        self._tesseract: TesseractEngine | None = None

    def __call__(self, pixels: Pixels) -> Recognized:
        """Raises Rejected(page_failed) when neither engine can read the page."""
        started = time.process_time()
        gray = np.frombuffer(pixels.gray, np.uint8).reshape(pixels.height, pixels.width)
        if pixels.line:
            return replace(self._line(gray), cpu_seconds=time.process_time() - started)
        try:
            return replace(self._by_rapid(gray), cpu_seconds=time.process_time() - started)
        except Exception:
            # Whatever OpenVINO has against this machine or this page: a poorer reading is better than none.
            return replace(self._by_tesseract(gray), cpu_seconds=time.process_time() - started)

    def _line(self, gray: Gray) -> Recognized:
        """By RapidOCR alone: a second opinion that is poorer than the first helps nobody."""
        try:
            if self._rapid is None:
                self._rapid = RapidEngine()
            line = self._rapid.line(gray)
        except Exception as error:
            raise Rejected(ErrorCode.PAGE_FAILED, type(error).__name__) from None
        words = () if line is None else words_of_lines([line], turned_deg=0)[0]
        return Recognized(words, 0.0, self._rapid.version)

    def _by_rapid(self, gray: Gray) -> Recognized:
        if self._rapid is None:
            self._rapid = RapidEngine()
        lines, turned_deg = self._rapid.lines(gray)
        words, skew_deg = words_of_lines(lines, turned_deg=turned_deg)
        return Recognized(words, skew_deg, self._rapid.version, turned_deg=turned_deg)

    def _by_tesseract(self, gray: Gray) -> Recognized:
        try:
            if self._tesseract is None:
                self._tesseract = TesseractEngine()
            return Recognized(tuple(self._tesseract.words(gray)), 0.0, self._tesseract.version)
        except Exception as error:
            raise Rejected(ErrorCode.PAGE_FAILED, type(error).__name__) from None
