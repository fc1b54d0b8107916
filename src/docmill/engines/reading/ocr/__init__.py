"""OCR: plain pixels to words. `choice.py` decides which engine reads a page; the others are the engines.

Heavy: numpy, OpenCV, OpenVINO. Only the OCR process and tools import this.
"""

from docmill.engines.reading.ocr.choice import Recognition

__all__ = ["Recognition"]
