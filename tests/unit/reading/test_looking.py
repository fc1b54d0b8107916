"""A word's picture against its text, without OCR."""

import io

import numpy as np
import pikepdf
import pytest
from tests.contract.masked import LIE, SHOWN, _remap, honest, masked
from tests.unit.reading.papers import both, line, pdf

from docmill.domain.appearance import Printed, Seen
from docmill.domain.pages import Box, Word
from docmill.engines import reading
from docmill.engines.reading.appearance.letters import ALIKE, KNOWN, letters
from docmill.engines.reading.appearance.reading import folded, judged
from docmill.engines.reading.appearance.shapes import CONTRAST_MIN, FEATURES, Ink, tones_of
from docmill.engines.reading.appearance.verdict import Character, doubt
from docmill.engines.reading.parts import Recognized
from docmill.engines.reading.pdf import looking
from docmill.engines.reading.pdf.looking import looks
from docmill.engines.reading.scans.turning import as_given


def _doubted(data: bytes) -> list[str]:
    page = reading.read(data, "x.pdf").pages[0]
    words = [Printed(1, as_given(word.box, page), word.text) for word in page.visible]
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


@pytest.mark.parametrize("size", [6, 8, 10, 14, 20, 36, 72])
@pytest.mark.parametrize(
    "font", ["Helvetica", "Helvetica-BoldOblique", "Times-Roman", "Times-BoldItalic", "Courier"]
)
def test_the_standard_fonts_are_known_at_any_size(font: str, size: float) -> None:
    def draw(canvas) -> None:
        canvas.setFont(font, size)
        canvas.drawString(40, 500, "0123456789 98.765,43 12/31/2024 RE-2024-0815 EUR")

    assert _doubted(pdf(draw, size=(3000, 842))) == []


def test_a_word_that_the_edge_of_the_page_cuts_off_is_doubted() -> None:
    assert _doubted(pdf(line("98.765,43", x=560, size=12))) == ["98.765,43"]


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


def _painted(*boxes: tuple[float, float, float, float]):
    def draw(canvas) -> None:
        for box in boxes:
            canvas.rect(*box, stroke=0, fill=1)

    return draw


_AMOUNT = line(SHOWN)  # 12 pt from x 72: its ink starts at 73.3 and ends at 118.2


@pytest.mark.parametrize(
    "beside",
    [
        _painted((68, 700, 1.3, 8.6)),  # a one
        _painted((119.5, 700, 5, 8.6)),  # a digit behind it
        _painted((67, 703.5, 4, 1)),  # a minus
    ],
)
@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_is_painted_beside_an_amount_makes_it_doubtful(beside, degrees: int) -> None:
    assert _doubted(_turned(pdf(both(_AMOUNT, beside)), degrees)) == [SHOWN]


@pytest.mark.parametrize(
    "around",
    [
        _painted((70, 690, 0.5, 30), (121, 690, 0.5, 30)),  # the rules of a table
        _painted((72, 697.5, 47, 0.6)),  # underlined
        _painted((20, 703.5, 50, 1)),  # a rule that leads to it
        _painted((55, 700, 6, 8.6)),  # far off
        line("EUR", x=45),
        line("9", x=62),
    ],
)
def test_what_belongs_to_the_table_or_to_the_text_does_not(around) -> None:
    assert _doubted(pdf(both(_AMOUNT, around))) == []


def test_one_glyph_that_says_two_digits_is_doubted() -> None:
    lying = _remap("Vera", {})
    assert _doubted(lying) == []
    with pikepdf.open(io.BytesIO(lying)) as document:
        for thing in document.objects:
            if isinstance(thing, pikepdf.Dictionary) and "/ToUnicode" in thing:
                text = thing.ToUnicode.read_bytes().decode("latin-1")
                thing.ToUnicode.write(text.replace("<0031>", "<00310031>").encode("latin-1"))
        out = io.BytesIO()
        document.save(out)
    assert _doubted(out.getvalue()) == ["11.234,00"]


def test_a_word_under_a_black_bar_is_told_as_nothing() -> None:
    data = pdf(both(_AMOUNT, _painted((71, 697, 49, 12.5))))
    page = reading.read(data, "x.pdf").pages[0]
    (look,) = looks(data, [Printed(1, page.words[0].box, SHOWN)])
    assert (look.doubt, look.crop) == (1.0, None)


@pytest.mark.parametrize("mode", ["Screen", "Lighten"])
def test_black_that_a_blend_mode_makes_white_is_not_seen(mode: str) -> None:
    def draw(canvas) -> None:
        canvas.setFillColorRGB(0, 0, 0)
        canvas._code.append("/Mixed gs")
        _AMOUNT(canvas)

    with pikepdf.open(io.BytesIO(pdf(draw))) as document:
        states = pikepdf.Dictionary(Mixed=pikepdf.Dictionary(BM=pikepdf.Name("/" + mode)))
        document.pages[0].Resources.ExtGState = states
        out = io.BytesIO()
        document.save(out)
    assert _doubted(out.getvalue()) == [SHOWN]


def test_no_two_digits_count_as_alike_and_no_separators() -> None:
    for group in ALIKE:
        assert sum(sign.isdigit() for sign in group) <= 1
        assert not {".", ","} <= set(group)


def test_faint_pictures_say_nothing() -> None:
    gray = np.full((20, 60), 255, np.uint8)
    gray[5:15, 5:10] = 255 - CONTRAST_MIN + 1
    assert tones_of(gray) is None


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
