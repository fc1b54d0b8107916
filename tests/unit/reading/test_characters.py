"""Signs that pass for others are put right and marked; other alphabets are left alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from docmill.domain.pages import Box, Page, Provenance, Trick, Word
from docmill.engines.reading.characters import as_taken, unmasked


@pytest.mark.parametrize(
    ("text", "taken", "trick"),
    [
        ("1.2\u200b34,00", "1.234,00", Trick.ZERO_WIDTH),
        ("INV-20\u2060\u200d24", "INV-2024", Trick.ZERO_WIDTH),
        ("\u202e00.432\u202c", "00.432", Trick.BIDI),
        ("10\u20660.00", "100.00", Trick.BIDI),
        ("1\u041e0,00", "100,00", Trick.HOMOGLYPH),  # Cyrillic O
        ("\u0417\u041e0,00", "300,00", Trick.HOMOGLYPH),
        ("D\u041589370400440532013000", "DE89370400440532013000", Trick.HOMOGLYPH),
        ("\u0412\u041571096123456769", "BE71096123456769", Trick.HOMOGLYPH),
        ("INV-\u0391123", "INV-A123", Trick.HOMOGLYPH),  # Greek Alpha
        ("1\uff120,00", "120,00", Trick.HOMOGLYPH),  # full width 2
        ("\U0001d7cf\U0001d7d0\U0001d7d1.00", "123.00", Trick.HOMOGLYPH),
        ("1\u066200.00", "1200.00", Trick.HOMOGLYPH),  # an Arabic 2 among others
        ("1.2\u033634,00", "1.234,00", Trick.HOMOGLYPH),  # struck through
        ("1.2\ufe0f34,00", "1.234,00", Trick.ZERO_WIDTH),  # a selector of variants
        ("1.2\u280034,00", "1.234,00", Trick.ZERO_WIDTH),  # a blank of Braille
        ("1.2\U000e003934,00", "1.234,00", Trick.ZERO_WIDTH),  # a tag
        ("\u2160.234,00", "1.234,00", Trick.HOMOGLYPH),  # the Roman one
        ("1.234\u201a00", "1.234,00", Trick.HOMOGLYPH),  # a low quotation mark
        ("1.234\u066b00", "1.234,00", Trick.HOMOGLYPH),  # an Arabic separator
        ("l.234,00", "1.234,00", Trick.HOMOGLYPH),
        ("1.2O4,0O", "1.204,00", Trick.HOMOGLYPH),
    ],
)
def test_a_masked_value_is_what_a_person_takes_it_for(text: str, taken: str, trick: Trick) -> None:
    assert as_taken(text) == (taken, trick)


@pytest.mark.parametrize(
    "text",
    [
        "1.234,00", "Größe", "42€", "№12", "2024г.", "Счёт-фактура", "А123ВС77", "АБ-0001", "ΑΦΜ094014201",
        "١٢٣٤٫٥٦", "۱۲۳", "１２３円", "m²", "10μF", "5°", "12½", "Καλημέρα", "résumé", "100 ₽", "4×6", "’24",
        "IO24", "O1", "l.23", "I.O", "1l", "10.5l", "No.12", "\u201a24\u2018", "Ⅲ",
    ],
)  # fmt: skip
def test_genuine_text_is_left_alone(text: str) -> None:
    assert as_taken(text) == (text, None)


def test_signs_of_direction_around_a_number_are_dropped_without_a_word() -> None:
    assert as_taken("\u200e1234\u200f") == ("1234", None)
    assert as_taken("\u20661.234,00\u2069") == ("1.234,00", None)


def test_where_a_viewer_obeys_them_they_turn_the_digits() -> None:
    assert as_taken("\u202e00,432\u202c", drawn=False) == ("234,00", Trick.BIDI)


@given(st.text(st.characters(max_codepoint=127)))
def test_plain_text_is_never_touched(text: str) -> None:
    assert as_taken(text) == (text, None)


@given(st.text(max_size=30))
def test_what_was_put_right_stays_as_it_is(text: str) -> None:
    taken, _ = as_taken(text)
    assert as_taken(taken)[0] == taken


def test_words_keep_their_place() -> None:
    word = Word("1\u041e0,00", Box(1, 2, 3, 4), line=3)
    page = Page(1, 10, 10, "pt", (word, Word("x", Box(0, 0, 1, 1))), Provenance.TEXT_LAYER)
    first, second = unmasked(page, drawn=True).words
    assert (first.text, first.trick, first.box, first.line) == ("100,00", Trick.HOMOGLYPH, word.box, 3)
    assert second is page.words[1]
