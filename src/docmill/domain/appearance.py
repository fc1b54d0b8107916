"""What a page's text says, against what its picture shows."""

from enum import StrEnum
from typing import NamedTuple

from docmill.domain.pages import Box


class Printed(NamedTuple):
    """A word of a text layer that became part of a value: what it says, and where."""

    page: int  # from 1
    box: Box  # in the page's unit
    text: str


class Seen(StrEnum):
    """What the picture says about it."""

    SAME = "same"
    DIFFERENT = "different"
    UNSURE = "unsure"  # not legible enough to say so; blocks nothing


class Comparison(NamedTuple):
    """One answer for each word that was asked about, and what finding out has cost."""

    seen: tuple[Seen, ...]
    cpu_seconds: float = 0.0
