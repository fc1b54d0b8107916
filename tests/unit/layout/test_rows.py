"""Rows and segments: what a person sees as one line, and as one column's part of it."""

import math

import pytest
from tests.unit.layout.printed import page_of, reading_of, word_at

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Hidden, Page, Provenance, Reading, Word
from docmill.engines.layout import blocks_of, lay_out
from docmill.engines.layout.phrases import Phrases, phrase_key


def scan(lines: list[list[str]], lean_deg: float) -> Reading:
    """Lines of words 60 apart, each sinking to the right by the lean, as OCR sees a page that lies askew."""
    slope = math.tan(math.radians(lean_deg))
    words = []
    for number, texts in enumerate(lines):
        for place, text in enumerate(texts):
            x0 = 50 + 60 * place
            y0 = 100 + 14 * number + x0 * slope
            words.append(Word(text, Box(x0, y0, x0 + 40, y0 + 9), 0.9, line=number))
    return Reading("image/png", (Page(1, 700, 500, "px", tuple(words), Provenance.OWN_OCR),))


def test_words_of_one_line_make_one_row_from_left_to_right() -> None:
    rows = lay_out(reading_of("Total      119.00\nNet        100.00")).rows
    assert [row.text for row in rows] == ["Total 119.00", "Net 100.00"]


def test_a_wide_gap_ends_a_segment_and_a_blank_does_not() -> None:
    (row,) = lay_out(reading_of("Invoice no. 17   Date 1 May")).rows
    assert [segment.text for segment in row.segments] == ["Invoice no. 17", "Date 1 May"]


@pytest.mark.parametrize("lean_deg", [-2.0, 2.0])
def test_a_page_that_leans_two_degrees_keeps_its_rows(lean_deg: float) -> None:
    lines = [[f"{row}{column}" for column in "abcdefgh"] for row in range(12)]
    rows = lay_out(scan(lines, lean_deg)).rows
    assert [row.text.split() for row in rows] == lines


def test_words_that_nobody_sees_are_in_no_row() -> None:
    page = page_of("Total 119.00")
    white = word_at("999.00", 30, 0, hidden=Hidden.WHITE)
    shown = Page(1, page.width, page.height, "pt", (*page.words, white), Provenance.TEXT_LAYER)
    assert lay_out(Reading("application/pdf", (shown,))).rows[0].text == "Total 119.00"


def test_a_caption_that_runs_up_the_margin_breaks_into_no_row() -> None:
    page = page_of("\n".join(f"line {number:02}" for number in range(8)))
    caption = tuple(
        Word(letter, Box(10, 60 + 5 * at, 16, 60 + 5 * at + 4.5), None)
        for at, letter in enumerate("Form0815Vers4")
    )
    both = Page(1, page.width, page.height, "pt", page.words + caption, Provenance.TEXT_LAYER)
    rows = lay_out(Reading("application/pdf", (both,))).rows
    assert [row.text for row in rows] == [f"line {number:02}" for number in range(8)]


def test_an_address_is_one_block_and_the_column_beside_it_another() -> None:
    layout = lay_out(
        reading_of("Muster GmbH          Invoice 17\nWeg 4                1 May 2026\n80333 Berlin")
    )
    assert [block.text for block in blocks_of(layout.rows)] == [
        "Muster GmbH\nWeg 4\n80333 Berlin",
        "Invoice 17\n1 May 2026",
    ]


def test_phrases_are_found_without_blanks_accents_and_spellings_of_number() -> None:
    phrases = Phrases({phrase_key(text): text for text in ("grand total", "total", "numéro de facture")})
    assert [match.payload for match in phrases.find("GRANDTOTAL: 5")] == ["grand total"]
    assert [match.payload for match in phrases.find("N° de facture 7")] == ["numéro de facture"]
    assert phrases.find("totality") == []


def test_a_line_of_more_words_than_anybody_prints_is_taken_apart() -> None:
    """Values are looked for on one line together, which takes quadratic time."""
    count = 2 * limits.LINE_WORDS_MAX + 1
    words = tuple(Word("1", Box(3.0 * n, 0.0, 3.0 * n + 2, 10.0)) for n in range(count))
    rows = lay_out(Reading("", (Page(1, 1.0, 1.0, "pt", words, Provenance.TEXT_LAYER),))).rows
    assert max(len(row.words) for row in rows) == limits.LINE_WORDS_MAX
    assert sum(len(row.words) for row in rows) == count
