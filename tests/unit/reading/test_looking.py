"""A word's picture against its text, without OCR."""

import io

import numpy as np
import pikepdf
import pytest
from tests.contract.masked import LIE, SHOWN, honest, masked
from tests.unit.reading.papers import both, line, pdf

from docmill.domain.appearance import Printed, Seen
from docmill.domain.pages import Box, Word
from docmill.engines import reading
from docmill.engines.reading.appearance.letters import ALIKE, KNOWN, letters
from docmill.engines.reading.appearance.reading import folded, judged
from docmill.engines.reading.appearance.shapes import CONTRAST_MIN, FEATURES, Ink, ink_of
from docmill.engines.reading.appearance.verdict import Character, doubt
from docmill.engines.reading.parts import Recognized
from docmill.engines.reading.pdf import looking
from docmill.engines.reading.pdf.looking import looks


def _doubted(data: bytes) -> list[str]:
    page = reading.read(data, "x.pdf").pages[0]
    words = [Printed(1, word.box, word.text) for word in page.visible]
    return [words[look.index].text for look in looks(data, words) if look.doubt]


def _turned(data: bytes, degrees: int) -> bytes:
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(data)) as document:
        document.pages[0].Rotate = degrees
        document.save(out)
    return out.getvalue()


@pytest.mark.parametrize("document", list(honest()), ids=lambda document: document.name)
def test_honest_words_are_not_doubted(document) -> None:
    assert _doubted(document.data) == []


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_a_font_lies_about_is_doubted_however_the_page_is_turned(degrees: int) -> None:
    lying = next(document for document in masked() if document.name == "remapped-0")
    assert _doubted(_turned(lying.data, degrees)) == ["7.234,00"]


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_honest_words_on_a_turned_page_are_not_doubted(degrees: int) -> None:
    assert _doubted(_turned(pdf(line(f"Total {SHOWN} 2024-02-03 INV-7")), degrees)) == []


@pytest.mark.parametrize("size", [6, 8, 10, 14, 20])
@pytest.mark.parametrize(
    "font", ["Helvetica", "Helvetica-BoldOblique", "Times-Roman", "Times-BoldItalic", "Courier"]
)
def test_the_standard_fonts_are_known_at_any_size(font: str, size: float) -> None:
    def draw(canvas) -> None:
        canvas.setFont(font, size)
        canvas.drawString(40, 500, "0123456789 98.765,43 12/31/2024 RE-2024-0815 EUR")

    assert _doubted(pdf(draw)) == []


def test_every_other_digit_is_doubted_in_every_place(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture stays; of what it is said to show, one digit is changed."""
    looked_at: list[tuple[Ink, list[Character]]] = []
    monkeypatch.setattr(looking, "doubt", lambda ink, signs: looked_at.append((ink, list(signs))) or 0.0)
    assert not _doubted(pdf(both(line("9876543210"), line("1029384756", y=500, size=8))))
    assert len(looked_at) == 2
    missed = []
    for ink, signs in looked_at:
        assert doubt(ink, signs) == 0.0
        for place, sign in enumerate(signs):
            for digit in set("0123456789") - {sign.text}:
                changed = [*signs[:place], sign._replace(text=digit), *signs[place + 1 :]]
                if not doubt(ink, changed):
                    missed.append((sign.text, digit))
    assert missed == []


def test_text_that_is_not_at_its_place_is_doubted() -> None:
    (word,) = reading.read(pdf(line("4711")), "x.pdf").pages[0].words
    (look,) = looks(pdf(line("4711")), [Printed(1, word.box, "4712")])
    assert look.doubt > 0
    assert look.crop is not None


def test_a_place_where_nothing_is_drawn_is_told_without_a_picture() -> None:
    (look,) = looks(pdf(line("Total")), [Printed(1, Box(300, 300, 340, 312), LIE)])
    assert (look.doubt, look.crop) == (1.0, None)


def test_words_of_a_page_that_is_not_there_are_doubted() -> None:
    (look,) = looks(pdf(line("Total")), [Printed(9, Box(1, 1, 40, 12), LIE)])
    assert look.doubt == 1.0


def test_no_two_digits_count_as_alike_and_no_separators() -> None:
    for group in ALIKE:
        assert sum(sign.isdigit() for sign in group) <= 1
        assert not {".", ","} <= set(group)


def test_faint_pictures_say_nothing() -> None:
    gray = np.full((20, 60), 255, np.uint8)
    gray[5:15, 5:10] = 255 - CONTRAST_MIN + 1
    assert ink_of(gray) is None


def test_chances_sum_to_one() -> None:
    chances = letters().chances([np.zeros(FEATURES, np.float32), np.ones(FEATURES, np.float32)])
    assert chances.shape == (2, len(KNOWN))
    assert np.allclose(chances.sum(axis=1), 1, atol=1e-5)


def _read(*texts: str, confidence: float = 0.99) -> Recognized:
    words = tuple(Word(text, Box(0, 0, 1, 1), confidence) for text in texts)
    return Recognized(words, 0.0, "test")


@pytest.mark.parametrize(
    ("text", "found", "seen"),
    [
        ("1.234,00", _read("1.234,00"), Seen.SAME),
        ("INV-O1", _read("1NV", "-01"), Seen.SAME),  # what looks alike, and a blank
        ("1.234,00", _read("7.234,00"), Seen.DIFFERENT),
        ("1.234,00", _read("1,234.00"), Seen.DIFFERENT),
        ("1.234,00", _read("7.234,00", confidence=0.5), Seen.UNSURE),
        ("1.234,00", _read(), Seen.UNSURE),
        ("1.234,00", None, Seen.UNSURE),
    ],
)
def test_ocr_decides_where_it_is_sure(text: str, found: Recognized | None, seen: Seen) -> None:
    assert judged(text, found) is seen


def test_folding_keeps_digits_apart() -> None:
    assert len({folded(digit) for digit in "0123456789"}) == 10
