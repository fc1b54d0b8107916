"""Chunks of pages and of values."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from docmill.domain.limits.search import CHUNK_OVERLAP_WORDS, CHUNK_WORDS, CHUNKS_PER_DOCUMENT_MAX
from docmill.domain.pages import Box, Hidden, Page, Provenance, Reading, Word
from docmill.engines.search import chunks, chunks_of, chunks_of_values


def page(number: int, texts: list[str], *, per_line: int = 8) -> Page:
    words = tuple(
        Word(
            text,
            Box(
                10.0 * (n % per_line),
                10.0 * (n // per_line),
                10.0 * (n % per_line) + 9,
                10.0 * (n // per_line) + 9,
            ),
            line=n // per_line,
        )
        for n, text in enumerate(texts)
    )
    return Page(number, 595, 842, "pt", words, Provenance.TEXT_LAYER)


def reading(*pages: Page) -> Reading:
    return Reading("application/pdf", pages)


@given(st.lists(st.integers(min_value=0, max_value=500), max_size=4))
def test_every_visible_word_is_in_a_chunk_and_no_chunk_is_too_long(lengths: list[int]) -> None:
    pages = [page(n, [f"p{n}w{i}" for i in range(length)]) for n, length in enumerate(lengths, start=1)]
    made = chunks(reading(*pages))
    assert [chunk.ordinal for chunk in made] == list(range(len(made)))
    for one in pages:
        of_page = [chunk.text.split() for chunk in made if chunk.page == one.number]
        assert all(1 <= len(words) <= CHUNK_WORDS for words in of_page)
        assert {word for words in of_page for word in words} == {word.text for word in one.words}
        for before, after in pairwise(of_page):
            assert before[-CHUNK_OVERLAP_WORDS:] == after[:CHUNK_OVERLAP_WORDS]


def test_the_box_is_around_the_words_of_the_chunk_and_lines_are_kept() -> None:
    (chunk,) = chunks(reading(page(3, ["a", "b", "c"], per_line=2)))
    assert chunk.text == "a b\nc"
    assert (chunk.page, chunk.unit, chunk.page_size) == (3, "pt", (595, 842))
    assert chunk.box == Box(0, 0, 19, 19)


def test_words_that_nobody_sees_are_not_found_by_anybody() -> None:
    seen = page(1, ["total", "119.00"])
    hidden = Word("911.00", Box(0, 0, 900, 900), hidden=Hidden.WHITE, line=0)
    whole = Page(1, 595, 842, "pt", (*seen.words, hidden), Provenance.TEXT_LAYER)
    (chunk,) = chunks(reading(whole))
    assert "911.00" not in chunk.text
    assert chunk.box == Box(0, 0, 19, 9)


def test_a_document_has_a_limited_number_of_chunks_and_the_first_pages_win() -> None:
    made = chunks(reading(*(page(n, ["word"]) for n in range(1, CHUNKS_PER_DOCUMENT_MAX + 10))))
    assert len(made) == CHUNKS_PER_DOCUMENT_MAX
    assert made[-1].page == CHUNKS_PER_DOCUMENT_MAX


def test_a_document_without_pages_is_found_by_its_values() -> None:
    value = {
        "invoice_number": "R-7",
        "gross_total": {"amount": "119.00", "currency": "EUR"},
        "seller": {"name": "Seller GmbH", "vat_id": None},
        "line_items": [{"description": "Toner", "quantity": "2"}, {"description": "Paper"}],
    }
    (chunk,) = chunks_of(Reading("application/xml", ()), {"value": value})
    assert chunk.text.replace(" \n", "\n").split("\n") == [
        "invoice number R-7",
        "gross total 119.00 EUR",
        "seller name Seller GmbH",
        "line items description Toner quantity 2",
        "line items description Paper",
    ]
    assert (chunk.page, chunk.box, chunk.page_size) == (None, None, None)


def test_pages_come_before_values_and_nothing_gives_no_chunks() -> None:
    assert chunks_of(reading(page(1, ["seen"])), {"value": {"a": "b"}})[0].text == "seen"
    assert chunks_of(Reading("application/xml", ()), {}) == []
    assert chunks_of_values({"a": None, "b": []}) == []
