"""Scans that somebody has put into an office file: where it has hardly any text, they are its pages."""

import re
from collections.abc import Iterator
from dataclasses import replace

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type
from docmill.engines.reading.office.package import Package
from docmill.engines.reading.parts import PageDone, PageSeen
from docmill.engines.reading.scans.pictures import picture_parts

WORDS_FEW = 30
_SIDE_PX_MIN = 500
"""What is smaller is a logo or an ornament."""
_BYTES_MIN = 10_000
_PLACE = re.compile(r"(?:(?:word|ppt|xl)/media|pictures)/")
_DIGITS = re.compile(r"(\d+)")


def scans(package: Package, allowed: ReadingLimits, after: int) -> Iterator[PageDone | PageSeen]:
    """Yield the large pictures as pages that follow page ``after``, in the order of their names."""
    number = after
    for name in sorted(package.names(_PLACE), key=_natural):
        data = package.part(name)
        kind = media_type(data)
        if len(data) < _BYTES_MIN or kind not in media.PICTURES:
            continue
        try:
            found = [
                part for part in picture_parts(data, kind, allowed, first=1) if isinstance(part, PageSeen)
            ]
        except Rejected:
            number += 1
            error = ErrorCode.PAGE_FAILED.value
            yield PageDone(Page(number, 0.0, 0.0, "px", (), Provenance.EMPTY, error=error))
            continue
        for seen in found:
            if min(seen.pixels.width, seen.pixels.height) < _SIDE_PX_MIN:
                continue
            number += 1
            if number > allowed.pages_max:
                raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {allowed.pages_max}")
            yield PageSeen(replace(seen.page, number=number), seen.pixels)


def _natural(name: str) -> list[tuple[int, str]]:
    """``image2`` before ``image10``."""
    return [(int(piece[:9]), "") if piece.isdecimal() else (-1, piece) for piece in _DIGITS.split(name)]
