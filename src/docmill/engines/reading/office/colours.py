"""Colours in office files: letters that nobody sees on the paper that they stand on."""

import re

from lxml import etree

from docmill.engines.reading.office.package import child, value

Colour = tuple[int, int, int]
"""Red, green, blue, 0 to 255."""

PAPER: Colour = (255, 255, 255)
_HEX = re.compile(r"#?(?:[0-9A-Fa-f]{2})?([0-9A-Fa-f]{6})")
_INDEX_DIGITS_MAX = 6
_WHITE_INDEXES = ("1", "9")
_APART_MIN = 40
"""Of 255: the same as for the text of a PDF."""


def colour_of(text: str) -> Colour | None:
    """``RRGGBB`` with or without ``#``, or ``AARRGGBB``; None for anything else, such as ``auto``."""
    found = _HEX.fullmatch(text)
    if found is None:
        return None
    red, green, blue = bytes.fromhex(found[1])
    return red, green, blue


def is_lost(ink: Colour | None, paper: Colour | None) -> bool:
    """Whether ink of this colour is not seen. What is not known (None) may be seen."""
    if ink is None or paper is None:
        return False
    return max(abs(one - other) for one, other in zip(ink, paper, strict=True)) < _APART_MIN


def lost_styles(styles: etree._Element | None) -> frozenset[int]:
    """The cell styles of a workbook whose letters have the colour of their cell.

    A theme's first colour is that of windows, which is white; other themes and patterns are not known.
    """
    inks = [_ink(each) for each in _all(styles, "fonts")]
    papers = [_paper(each) for each in _all(styles, "fills")]
    return frozenset(
        index
        for index, style in enumerate(_all(styles, "cellXfs"))
        if is_lost(_one_of(inks, value(style, "fontId")), _one_of(papers, value(style, "fillId")))
    )


def _all(styles: etree._Element | None, name: str) -> list[etree._Element]:
    found = child(styles, name)
    return [] if found is None else list(found)


def _one_of(colours: list[Colour | None], index: str) -> Colour | None:
    place = int(index) if index.isdecimal() and len(index) < _INDEX_DIGITS_MAX else 0
    return colours[place] if place < len(colours) else None


def _ink(font: etree._Element) -> Colour | None:
    element = child(font, "color")
    return None if element is None else _named(element)


def _paper(fill: etree._Element) -> Colour | None:
    pattern = child(fill, "patternFill")
    if pattern is None:
        return None
    kind = value(pattern, "patternType", "none")
    if kind == "none":
        return PAPER
    front = child(pattern, "fgColor")
    return _named(front) if kind == "solid" and front is not None else None


def _named(element: etree._Element) -> Colour | None:
    if value(element, "theme") == "0":
        tint = value(element, "tint", "0")
        return PAPER if tint.strip("0.") == "" else None
    if value(element, "indexed") in _WHITE_INDEXES:
        return PAPER
    return colour_of(value(element, "rgb"))
