"""Plain text: lines as they stand, so that columns made of blanks stay columns."""

from collections.abc import Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.typesetting import Block, PageBreak, Paragraph
from docmill.engines.reading.typesetting.laying_out import require_pages

_LINE_CHARS_MAX = 160
"""Longer lines are paragraphs of prose, which break where the page ends."""
_SIZE_PT = 9.0


def text_blocks(data: bytes, allowed: ReadingLimits) -> Iterator[Block]:
    """Yield the text; form feeds begin a page.

    Raises Rejected: file_corrupt for what is no text, too_many_pages.
    """
    found = encodings.decoded(data)
    if found is None:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the text has control characters or no known encoding")
    require_pages(allowed, lines=found.text.count("\n"), chars=len(found.text))
    yield from lines_as_blocks(found.text)


def lines_as_blocks(text: str) -> Iterator[Block]:
    for number, page in enumerate(text.replace("\r\n", "\n").replace("\r", "\n").split("\f")):
        if number:
            yield PageBreak()
        yield from _page(page.rstrip())


def _page(text: str) -> Iterator[Block]:
    kept: list[str] = []
    for line in text.split("\n"):
        if len(line.rstrip()) <= _LINE_CHARS_MAX:
            kept.append(line.rstrip())
            continue
        if kept:
            yield Paragraph("\n".join(kept), _SIZE_PT, fixed=True)
            kept = []
        yield Paragraph(line, _SIZE_PT)
    if kept:
        yield Paragraph("\n".join(kept), _SIZE_PT, fixed=True)
