"""HTML, tables as text, and plain text: laid out on pages."""

from collections.abc import Iterator

from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.markup.delimited import csv_blocks
from docmill.engines.reading.markup.html import html_blocks
from docmill.engines.reading.markup.plain import text_blocks
from docmill.engines.reading.parts import Part
from docmill.engines.reading.typesetting import Block
from docmill.engines.reading.typesetting.laying_out import laid_out

READER = "docmill 2"

__all__ = ["csv_blocks", "html_blocks", "markup_parts", "text_blocks"]


def markup_parts(data: bytes, kind: str, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened and the pages. Raises Rejected: file_corrupt, reader_limit, too_many_pages."""
    return laid_out(kind, _blocks(data, kind, allowed), allowed, first=first, reader=READER)


def _blocks(data: bytes, kind: str, allowed: ReadingLimits) -> Iterator[Block]:
    if kind == media.HTML:
        return html_blocks(data, allowed=allowed)
    return csv_blocks(data, allowed) if kind == media.CSV else text_blocks(data, allowed)
