"""Stand-ins for what reads pictures in the OCR process: the first pixel says what happens."""

import os
import time

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Box, Word
from docmill.engines.reading.parts import Pixels, Recognized

FINE, DIES, HANGS, REFUSES = 0, 1, 2, 3


class Scripted:
    def __call__(self, pixels: Pixels) -> Recognized:
        match pixels.gray[0]:
            case 1:
                os._exit(1)
            case 2:
                time.sleep(600)
            case 3:
                raise Rejected(ErrorCode.PAGE_FAILED)
        words = (Word(str(os.getpid()), Box(0, 0, 1, 1), 0.5),)
        return Recognized(words, 1.25, "scripted", 0.125)
