"""Office files: what is in them, laid out on pages of docmill's own."""

import codecs
import itertools
from collections.abc import Iterator

from docmill.domain.pages import Page, Provenance
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.office.package import Package
from docmill.engines.reading.office.scans import WORDS_FEW, scans
from docmill.engines.reading.parts import Opened, PageDone, Part
from docmill.engines.reading.scans.pictures import reader_version
from docmill.engines.reading.typesetting import HEIGHT_PT, WIDTH_PT, Block, typeset


def office_parts(data: bytes, kind: str, allowed: ReadingLimits, *, first: int = 1) -> Iterator[Part]:
    """Yield Opened and the pages. Raises Rejected with the file's code."""
    pages = typeset(_blocks(data, kind, allowed), allowed)
    # Refused before it is said to be open; without any text there is a page all the same, an empty one.
    opening = next(pages, None)
    yield Opened(kind, 0, reader_version())
    last = words = 0
    for page in itertools.chain((opening,) if opening else (), pages):
        last, words = page.number, words + len(page.words)
        if page.number >= first:
            yield PageDone(page)
    if words < WORDS_FEW and kind != media.RTF:
        for part in scans(Package(data, allowed), allowed, last):
            last = part.page.number
            if last >= first:
                yield part
    if not last:
        yield PageDone(Page(1, WIDTH_PT, HEIGHT_PT, "pt", (), Provenance.EMPTY))


def warm_up() -> None:
    """Load all that reading may need, codecs included."""
    from docmill.engines.reading.office import docx, odt, pptx, rtf, xlsx  # noqa: F401 - loaded, not used

    for codec in rtf.CODECS:
        codecs.lookup(codec)


def _blocks(data: bytes, kind: str, allowed: ReadingLimits) -> Iterator[Block]:
    match kind:
        case media.DOCX:
            from docmill.engines.reading.office.docx import docx_blocks

            return docx_blocks(Package(data, allowed))
        case media.XLSX:
            from docmill.engines.reading.office.xlsx import xlsx_blocks

            return xlsx_blocks(Package(data, allowed), allowed)
        case media.PPTX:
            from docmill.engines.reading.office.pptx import pptx_blocks

            return pptx_blocks(Package(data, allowed))
        case media.ODT:
            from docmill.engines.reading.office.odt import odt_blocks

            return odt_blocks(Package(data, allowed), allowed)
        case _:
            from docmill.engines.reading.office.rtf import rtf_blocks

            return rtf_blocks(data, allowed)
