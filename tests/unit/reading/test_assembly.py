"""The parts of a file, put together by somebody who does not trust the one who brings them."""

import pytest

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Member, Page, Provenance, Word
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.parts import MemberFound, PageDone, PageSeen, Part, Pixels


def _page(number: int, *texts: str) -> Page:
    words = tuple(Word(text, Box(0.0, 0.0, 1.0, 1.0)) for text in texts)
    return Page(number, 10.0, 10.0, "pt", words, Provenance.TEXT_LAYER)


def _refused(*parts: Part) -> ErrorCode | None:
    assembly = Assembly()
    try:
        for part in parts:
            if isinstance(part, PageSeen):
                assembly.add_recognized(part, None)
            else:
                assembly.add(part)
    except Rejected as refused:
        return refused.code
    return None


def test_pages_and_members_come_one_after_the_other() -> None:
    """Others look a page up by its number, and members become documents by theirs."""
    seen = PageSeen(_page(2), Pixels(1, 1, b"x"))
    member = MemberFound(Member(0, "a", b""))
    assert _refused(PageDone(_page(1)), seen, PageDone(_page(3)), member) is None
    for parts in (
        [PageDone(_page(2))],
        [PageDone(_page(1)), PageDone(_page(1))],
        [seen],
        [PageDone(_page(-1))],
        [member, member],
    ):
        assert _refused(*parts) is ErrorCode.READER_CRASHED


def test_a_word_that_is_data_is_cut() -> None:
    """Patterns take quadratic time on it: 100,000 letters took a minute, and held up all other documents."""
    assembly = Assembly()
    assembly.add(PageDone(_page(1, "short", "a" * 100_000)))
    assert [len(word.text) for word in assembly.pages[0].words] == [5, limits.WORD_CHARS_MAX]


def test_a_document_of_more_characters_than_fit_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "READING_CHARS_MAX", 10)
    assert _refused(PageDone(_page(1, "12345", "12345"))) is None
    assert _refused(PageDone(_page(1, "12345")), PageDone(_page(2, "123456"))) is ErrorCode.READER_LIMIT
