"""How wide text is: Helvetica's widths, so that nothing depends on the fonts of a machine."""

import re
from functools import lru_cache

# Adobe's Core 14 AFM files, characters 32 to 126, in thousandths of the size.
_ASCII = (
    278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556, 556,
    556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778,
    722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278,
    278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
    556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
)  # fmt: skip
_WIDE_FROM = 0x1100  # Hangul, and what of Asia follows it
_BOLD = 1.07
SPACE = 0.278
FIXED = 0.6
"""A blank and a typewriter's character, in shares of the size."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")


@lru_cache(maxsize=32_768)
def width(word: str, *, bold: bool = False) -> float:
    """In shares of the size."""
    total = 0
    for character in word:
        code = ord(character)
        if 32 <= code < 127:
            total += _ASCII[code - 32]
        elif 0x2000 <= code < 0x2070:
            total += 500
        elif code >= _WIDE_FROM:
            total += 1000
        else:
            total += 667 if character.isupper() else 556
    return total * (_BOLD if bold else 1.0) / 1000


def clean(text: str) -> str:
    """Without what nobody can print, and without halves of characters, which no JSON can hold."""
    return _UNPRINTABLE.sub("", text)
