"""Mails: the letter itself on pages, and every file that came with it as a document of its own.

Left out are what only decorates: signatures for machines, style sheets, and small pictures (logos)
that an HTML body shows by itself. Pictures that are large, or that the body does not show, are kept.
"""

from collections.abc import Iterator

from docmill.domain.limits import api as limits
from docmill.domain.pages import Member
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import media
from docmill.engines.reading.mail.eml import eml_letter
from docmill.engines.reading.mail.letter import Letter
from docmill.engines.reading.mail.msg import msg_letter
from docmill.engines.reading.parts import MemberFound, Part
from docmill.engines.reading.typesetting.laying_out import laid_out

READER = "docmill 1"


def mail_parts(data: bytes, kind: str, allowed: ReadingLimits, *, first: int) -> Iterator[Part]:
    """Yield Opened, the letter's pages and its files.

    Raises Rejected: file_corrupt, file_truncated, password_required, unpack_bomb, too_many_pages.
    """
    letter = eml_letter(data, allowed) if kind == media.EML else msg_letter(data, allowed)
    yield from laid_out(kind, letter.blocks(allowed), allowed, first=first, reader=READER)
    yield from _members(letter)


def _members(letter: Letter) -> Iterator[Part]:
    for ordinal, file in enumerate(letter.files):
        yield MemberFound(Member(ordinal, file.name[-limits.FILE_NAME_CHARS_MAX :], file.data))
