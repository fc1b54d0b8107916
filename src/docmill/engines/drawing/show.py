"""What can be drawn on a page."""

from enum import StrEnum


class Show(StrEnum):
    """Names of the command line's ``--show`` and of the layers of the HTML."""

    WORDS = "words"
    BLOCKS = "blocks"
    TABLES = "tables"
    CHECK_BOXES = "check-boxes"
    PAIRS = "pairs"
    VALUES = "values"


SHOWN = (Show.WORDS, Show.TABLES, Show.CHECK_BOXES, Show.VALUES)
"""Without a wish: what is worth seeing all at once."""
