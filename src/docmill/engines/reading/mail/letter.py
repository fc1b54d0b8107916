"""A mail, whatever format it came in."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

from docmill.domain.errors import Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.mail.packed_rtf import rtf_blocks
from docmill.engines.reading.markup import html_blocks
from docmill.engines.reading.markup.plain import lines_as_blocks
from docmill.engines.reading.typesetting import Block, Grid, Paragraph

HEADS = ("From", "To", "Cc", "Subject", "Date")
"""What stands above a mail when somebody prints it, in this order."""
_HTML_SHARE_MIN = 0.8
"""HTML keeps tables, so it is read, unless it says clearly less than the plain text beside it."""


class Written(NamedTuple):
    """One writing of a body, in the encoding that the mail says, if it does."""

    data: bytes
    charset: str | None = None


@dataclass(frozen=True, slots=True)
class Body:
    """The same in up to two writings."""

    plain: Written | None = None
    html: Written | None = None
    rtf: bytes | None = None


class File(NamedTuple):
    name: str
    data: bytes = b""


@dataclass(slots=True)
class Letter:
    """``heads`` are (label, text) of those of `HEADS` that it has."""

    heads: tuple[tuple[str, str], ...] = ()
    bodies: list[Body] = field(default_factory=list)
    files: list[File] = field(default_factory=list)

    def blocks(self, allowed: ReadingLimits) -> Iterator[Block]:
        """Yield the mail as it is printed. Raises Rejected."""
        for label, text in self.heads:
            yield Paragraph(f"{label}: {text}", bold=label == "Subject")
        yield Paragraph(" ")
        for body in self.bodies:
            yield from _body_blocks(body, allowed)


def _body_blocks(body: Body, allowed: ReadingLimits) -> Iterator[Block]:
    plain = _text(body.plain) if body.plain else ""
    if body.html:
        blocks = _html(body.html, allowed, required=not plain.strip())
        if blocks and sum(map(_letters, blocks)) >= _HTML_SHARE_MIN * _letters_of(plain):
            yield from blocks
            return
    if not plain and body.rtf:
        yield from rtf_blocks(body.rtf, allowed)
        return
    yield from lines_as_blocks(plain)


def _html(written: Written, allowed: ReadingLimits, *, required: bool) -> list[Block]:
    try:
        return list(html_blocks(written.data, written.charset, allowed=allowed))
    except Rejected:
        if required:
            raise
        return []  # the plain text beside it says what there is to say


def _text(written: Written) -> str:
    found = encodings.named(written.data, written.charset)
    if found is None or found.encoding == "utf-8":
        found = encodings.decoded(written.data) or found
    return found.text if found is not None else written.data.decode("cp1252", "replace")


def _letters(block: Block) -> int:
    """How many letters and digits of it a person sees."""
    if isinstance(block, Grid):
        return sum(_letters(inner) for row in block.rows for cell in row for inner in cell.blocks)
    if not isinstance(block, Paragraph) or block.hidden:
        return 0
    if isinstance(block.text, str):
        return _letters_of(block.text)
    return sum(_letters_of(run.text) for run in block.text if run.hidden is None)


def _letters_of(text: str) -> int:
    return sum(map(str.isalnum, text))
