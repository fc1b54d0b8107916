"""OCR in a long-lived process of its own: it sees plain pixels, never a file.

`process.py` is the owner's side, `server.py` what runs in the process.
"""

from docmill.adapters.ocr.process import OcrProcess

__all__ = ["OcrProcess"]
