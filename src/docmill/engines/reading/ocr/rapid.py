"""RapidOCR (PP-OCRv6) on OpenVINO: for photos, receipts, and scans that Tesseract is not sure of.

Detection is RapidOCR's own. Recognition calls its network and its decoder directly: RapidOCR pads
every line to at least 320 columns and gives OpenVINO a new shape for nearly every longer one; here
widths are rounded up, so that shapes repeat and short lines stay short.
"""

import logging
import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from docmill.engines.reading.ocr.glyphs import Gray, glyph_height_px, shrunk

Quad = npt.NDArray[np.float32]
"""``float32[4, 2]``: the corners of a line, clockwise from where its text begins."""

DETECTION_SIDE_PX = 1280
"""Longest side that detection sees; 736 loses 1.4 points of character accuracy, more gains nothing."""
DETECTION_SIDE_PX_MAX = 1984
"""The same for small print: 5 pt at 300 dpi has word F1 .93 with 1280, .99 with 1664 and .997 with this."""
DETECTION_GLYPH_PX = 5.5
"""Height of the letters that detection should see; of 4 px it misses a seventh."""
PICTURE_SIDE_PX = 3200
"""Longest side that lines are cut from; 2000 costs 5 pt print four points."""
LINE_HEIGHT_PX = 48
WIDTH_STEP_PX = 32
WIDTH_PX_MIN = 96
LINE_SCORE_MIN = 0.5
"""A line of less is noise that looked like text."""
BLANK_MIN = 0.1
"""A blank of this probability ends a word: word F1 of 50 receipts .968; where it has to win, .963."""
SAMPLE_LINES = 3
SURE = 0.85
"""Lines of a page that is the right way up are read with more than this confidence."""
SURER = 0.1
TALL = 1.5
"""A line box this much higher than wide holds text that runs up or down."""


@dataclass(frozen=True, slots=True)
class OcrLine:
    """``starts`` and ``ends`` are where each character begins and ends along the line, 0 to 1."""

    text: str
    quad: Quad
    confidences: list[float]
    starts: list[float]
    ends: list[float]

    @property
    def confidence(self) -> float:
        return sum(self.confidences) / max(1, len(self.confidences))


class RapidEngine:
    """Loads about 0.3 GB; not thread-safe. One inference thread: documents run in parallel, not lines."""

    def __init__(self) -> None:
        logging.getLogger("RapidOCR").disabled = True
        import cv2
        import rapidocr
        from rapidocr import EngineType, RapidOCR

        cv2.setNumThreads(1)
        models = Path(rapidocr.__file__).parent / "models"
        params: dict[str, Any] = {
            "Global.log_level": "critical",
            "EngineConfig.openvino.inference_num_threads": 1,
            "Det.limit_type": "max",
            "Det.limit_side_len": DETECTION_SIDE_PX_MAX,
            # Naming the files keeps RapidOCR from looking whether it should download them.
            "Det.model_path": str(models / "PP-OCRv6_det_small.onnx"),
            "Rec.model_path": str(models / "PP-OCRv6_rec_small.onnx"),
            **{f"{part}.engine_type": EngineType.OPENVINO for part in ("Det", "Cls", "Rec")},
        }
        engine = RapidOCR(params=params)
        self._detector = engine._load_det_model()
        self._recognizer = engine._load_rec_model()
        self._blank = list(self._recognizer.postprocess_op.character).index(" ")
        self.version = f"rapidocr {version('rapidocr')} openvino {version('openvino')}"

    def lines(self, gray: Gray) -> tuple[list[OcrLine], int]:
        """Return the lines of a page, in pixels of ``gray``, and the degrees that it is turned clockwise."""
        import cv2

        picture, scale = shrunk(gray, PICTURE_SIDE_PX)
        colour = cv2.cvtColor(picture, cv2.COLOR_GRAY2BGR)
        side = _detection_side_px(picture)
        quads = self._detected(picture, side)
        sideways = _area(filter(_is_tall, quads)) > _area(quads) / 2
        longest = [quad for quad in quads if _is_tall(quad) == sideways][:SAMPLE_LINES]
        others = [quad for quad in quads if not any(quad is each for each in longest)]
        # The text of a page that was turned clockwise runs down: along what is the right edge of its box.
        longest = [np.roll(quad, -1, axis=0) if sideways else quad for quad in longest]
        read = [self._read(colour, quad) for quad in longest]
        turned_deg = 90 * sideways + 180 * self._is_upside_down(colour, longest, _sense(read))
        if turned_deg:
            # Detection misses short numbers that lie on their side, and cannot tell how they lie.
            upright = np.ascontiguousarray(np.rot90(picture, turned_deg // 90))
            colour = cv2.cvtColor(upright, cv2.COLOR_GRAY2BGR)
            read, others = [], self._detected(upright, side)
        others = [np.roll(quad, -1, axis=0) if _is_tall(quad) else quad for quad in others]
        read += [self._read(colour, quad) for quad in others]
        height, width = picture.shape
        found = [
            replace(line, quad=_turned(line.quad, turned_deg, width, height) / np.float32(scale))
            for line in read
            if line is not None and line.confidence >= LINE_SCORE_MIN
        ]
        return found, turned_deg

    def _detected(self, picture: Gray, side_px: int) -> list[Quad]:
        """The longest lines first, in pixels of the picture."""
        import cv2

        seen, scale = shrunk(picture, side_px)
        boxes = self._detector(cv2.cvtColor(seen, cv2.COLOR_GRAY2BGR)).boxes
        quads = [] if boxes is None else [np.asarray(box, np.float32) / np.float32(scale) for box in boxes]
        return sorted(quads, key=lambda quad: -max(_side(quad, 0, 1), _side(quad, 0, 3)))

    def line(self, gray: Gray) -> OcrLine | None:
        """Return what a picture of one upright line says, without looking for lines in it."""
        import cv2

        height, width = gray.shape
        corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        return self._read(cv2.cvtColor(gray, cv2.COLOR_GRAY2BGR), corners)

    def _is_upside_down(self, colour: Gray, longest: list[Quad], as_it_is: float) -> bool:
        """Where the longest lines make no sense, read them once more from the other side."""
        if as_it_is >= SURE:
            return False
        return _sense([self._read(colour, np.roll(quad, 2, axis=0)) for quad in longest]) > as_it_is + SURER

    def _read(self, colour: Gray, quad: Quad) -> OcrLine | None:
        crop = _cut_out(colour, quad)
        if crop is None:
            return None
        width = crop.shape[1]
        step = max(WIDTH_PX_MIN, math.ceil(width / WIDTH_STEP_PX) * WIDTH_STEP_PX)
        batch = np.zeros((1, 3, LINE_HEIGHT_PX, step), np.float32)
        batch[0, :, :, :width] = crop.transpose(2, 0, 1) * np.float32(2 / 255) - 1
        return self._decoded(self._recognizer.session(batch)[0], quad, share=width / step)

    def _decoded(self, predictions: npt.NDArray[np.float32], quad: Quad, *, share: float) -> OcrLine | None:
        """Greedy CTC: of each run of equal columns the first, empty ones (0) left out.

        The network is shy of blanks: one that it deems possible in an empty column is taken.
        """
        best = predictions.argmax(axis=1)
        best[(best == 0) & (predictions[:, self._blank] >= BLANK_MIN)] = self._blank
        first = np.ones(len(best), bool)
        first[1:] = best[1:] != best[:-1]
        columns = np.nonzero(first & (best != 0))[0]
        if not columns.size:
            return None
        alphabet = self._recognizer.postprocess_op.character
        text = "".join(alphabet[best[column]] for column in columns)
        confidences = predictions[columns, best[columns]].tolist()
        centres = (columns + 0.5) / max(1.0, len(best) * share)
        starts, ends = _extents(centres.clip(0, 1))
        return OcrLine(text, quad, confidences, starts, ends)


def _sense(lines: list[OcrLine | None]) -> float:
    return sum(line.confidence for line in lines if line is not None) / max(1, len(lines))


def _extents(centres: npt.NDArray[np.float64]) -> tuple[list[float], list[float]]:
    """Characters meet halfway; the first and last have as much room outside as the median has."""
    if len(centres) == 1:
        return [0.0], [1.0]
    between = (centres[1:] + centres[:-1]) / 2
    half = float(np.median(np.diff(centres))) / 2
    starts = np.concatenate([[max(0.0, centres[0] - half)], between])
    ends = np.concatenate([between, [min(1.0, centres[-1] + half)]])
    return starts.tolist(), ends.tolist()


def _side(quad: Quad, begin: int, end: int) -> float:
    return float(np.linalg.norm(quad[begin] - quad[end]))


def _is_tall(quad: Quad) -> bool:
    """Text that runs down or up, as on a page that was turned."""
    return _side(quad, 0, 3) >= TALL * max(_side(quad, 0, 1), 1e-6)


def _turned(quad: Quad, degrees: int, width: int, height: int) -> Quad:
    """From the upright page to the page as it was given, ``width`` by ``height``, turned clockwise."""
    x, y = quad[:, 0], quad[:, 1]
    match degrees:
        case 90:
            x, y = width - y, x
        case 180:
            x, y = width - x, height - y
        case 270:
            x, y = y, height - x
    return np.stack([x, y], axis=1).astype(np.float32)


def _area(quads: Iterable[Quad]) -> float:
    return sum(_side(quad, 0, 1) * _side(quad, 0, 3) for quad in quads)


def _cut_out(colour: Gray, quad: Quad) -> npt.NDArray[np.float32] | None:
    """The line straightened and scaled to the height that the network reads: ``float32[48, w, 3]``."""
    import cv2

    width = int(max(_side(quad, 0, 1), _side(quad, 2, 3)))
    height = int(max(_side(quad, 0, 3), _side(quad, 1, 2)))
    if width < 2 or height < 2:
        return None
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    matrix = cv2.getPerspectiveTransform(quad, corners)
    line = cv2.warpPerspective(
        colour, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC
    )
    scaled = cv2.resize(line, (max(1, math.ceil(LINE_HEIGHT_PX * width / height)), LINE_HEIGHT_PX))
    return np.asarray(scaled, np.float32)


def _detection_side_px(picture: Gray) -> int:
    """As small as the letters allow."""
    longest = max(picture.shape)
    if longest <= DETECTION_SIDE_PX:
        return DETECTION_SIDE_PX
    wanted = longest * DETECTION_GLYPH_PX / max(1.0, glyph_height_px(picture))
    return int(min(DETECTION_SIDE_PX_MAX, max(DETECTION_SIDE_PX, wanted)))
