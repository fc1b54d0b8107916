"""The boxes of words fall on the printed words, however the page is turned or cut."""

import io

import numpy as np
import pikepdf
import pytest
from PIL import Image
from tests.unit.reading.papers import A4, both, line, pdf

from docmill.domain.pages import Page, Provenance
from docmill.engines import reading

DPI = 144
TEXTS = ["Invoice", "INV-2024-7", "Total", "1.234,50", "EUR"]


def _page() -> bytes:
    return pdf(
        both(
            line("Invoice INV-2024-7", y=700), line("Total", x=90, y=300), line("1.234,50 EUR", x=300, y=300)
        )
    )


def _changed(data: bytes, **entries: object) -> bytes:
    with pikepdf.open(io.BytesIO(data)) as document:
        for key, value in entries.items():
            document.pages[0][f"/{key}"] = value
        out = io.BytesIO()
        document.save(out)
    return out.getvalue()


def _gray(data: bytes) -> np.ndarray:
    png = reading.render(data, 1, dpi=DPI)
    assert png is not None
    return np.asarray(Image.open(io.BytesIO(png)).convert("L"))


def _outside(gray: np.ndarray, boxes: list, scale: float) -> float:
    """Share of the page's ink that is in no box."""
    left = gray < 128
    total = left.sum()
    for x0, y0, x1, y1 in boxes:
        left[int(y0 * scale) - 1 : int(y1 * scale) + 2, int(x0 * scale) - 1 : int(x1 * scale) + 2] = False
    return float(left.sum() / total)


def _assert_boxes_fit(data: bytes) -> Page:
    page = reading.read(data, "x.pdf").pages[0]
    gray = np.rot90(_gray(data), -page.turned // 90)
    scale = DPI / 72
    assert gray.shape == (round(page.height * scale), round(page.width * scale))
    assert sorted(word.text for word in page.words) == sorted(TEXTS)
    for word in page.words:
        patch = gray[
            int(word.box.y0 * scale) : int(word.box.y1 * scale) + 1,
            int(word.box.x0 * scale) : int(word.box.x1 * scale) + 1,
        ]
        assert (patch < 128).mean() > 0.1, word
    assert _outside(gray, [word.box for word in page.words], scale) < 0.02
    return page


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_fall_on_the_words_of_a_page_that_the_file_turns(degrees: int) -> None:
    page = _assert_boxes_fit(_changed(_page(), Rotate=degrees))
    assert (page.rotation, page.turned) == (degrees, -degrees % 360)
    assert (page.width, page.height) == A4


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_boxes_fall_on_the_words_of_a_page_that_is_cut_by_its_crop_box(degrees: int) -> None:
    crop = pikepdf.Array([50, 200, 500, 800])
    page = _assert_boxes_fit(_changed(_page(), CropBox=crop, Rotate=degrees))
    assert sorted((page.width, page.height)) == [450, 600]


def test_a_page_whose_text_was_drawn_upwards_and_is_turned_reads_from_left_to_right() -> None:
    def draw(canvas) -> None:
        canvas.rotate(90)
        line("Invoice INV-2024-7", x=100, y=-100)(canvas)

    page = reading.read(_changed(pdf(draw), Rotate=90), "x.pdf").pages[0]
    assert [word.text for word in page.words] == ["Invoice", "INV-2024-7"]
    assert page.words[0].box.x1 < page.words[1].box.x0
    assert page.words[0].line == page.words[1].line


def test_text_that_runs_up_the_margin_stays_whole() -> None:
    def draw(canvas) -> None:
        line("Total 9,99")(canvas)
        canvas.rotate(90)
        line("Form 1234 continued", x=200, y=-20)(canvas)

    texts = {word.text for word in reading.read(pdf(draw), "x.pdf").pages[0].words}
    assert texts == {"Total", "9,99", "Form", "1234", "continued"}


def test_boxes_fall_on_the_words_of_a_page_that_leans() -> None:
    def draw(canvas) -> None:
        canvas.rotate(3)
        both(
            line("Invoice INV-2024-7", y=650), line("Total", x=90, y=300), line("1.234,50 EUR", x=300, y=300)
        )(canvas)

    _assert_boxes_fit(pdf(draw))


def test_numbers_are_not_torn_apart_at_narrow_digits() -> None:
    words = reading.read(pdf(line("$10,711.11 1/11/2011")), "x.pdf").pages[0].words
    assert [word.text for word in words] == ["$10,711.11", "1/11/2011"]


def test_narrow_blanks_of_the_file_end_words() -> None:
    def draw(canvas) -> None:
        text = canvas.beginText(72, 700)
        text.setFont("Helvetica", 12)
        text.setWordSpace(-3.2)
        text.textOut("terms of the contract")
        canvas.drawText(text)

    words = reading.read(pdf(draw), "x.pdf").pages[0].words
    assert [word.text for word in words] == ["terms", "of", "the", "contract"]


def test_small_raised_cents_are_not_made_part_of_the_amount() -> None:
    def draw(canvas) -> None:
        line("Price 12", size=14)(canvas)
        line("50", x=72 + canvas.stringWidth("Price 12", "Helvetica", 14) + 0.3, y=706, size=7)(canvas)

    texts = [word.text for word in reading.read(pdf(draw), "x.pdf").pages[0].words]
    assert "1250" not in texts
    assert {"12", "50"} <= set(texts)


def test_words_come_line_by_line_from_left_to_right() -> None:
    page = reading.read(pdf(both(line("right", x=300), line("below", y=650), line("left"))), "x.pdf").pages[0]
    assert [(word.text, word.line) for word in page.words] == [("left", 0), ("right", 0), ("below", 1)]
    assert page.provenance is Provenance.TEXT_LAYER


def test_the_text_of_filled_form_fields_is_read() -> None:
    def draw(canvas) -> None:
        line("Name")(canvas)
        canvas.acroForm.textfield(value="Grosvenor", x=200, y=690, width=150, height=20, fontSize=11)

    assert "Grosvenor" in {word.text for word in reading.read(pdf(draw), "x.pdf").pages[0].words}


def test_equal_bytes_give_an_equal_reading() -> None:
    assert reading.read(_page(), "a.pdf") == reading.read(_page(), "a.pdf")


def test_the_words_of_a_line_that_leans_stay_on_one_line() -> None:
    def draw(canvas) -> None:
        canvas.rotate(-2)
        for row in range(6):
            line(f"row {row} of the page that leans runs from here", x=60, y=700 - row * 16, size=10)(canvas)
            line(f"to {row} there", x=420, y=700 - row * 16, size=10)(canvas)

    page = reading.read(pdf(draw), "x.pdf").pages[0]
    assert page.skew_deg == pytest.approx(2, abs=0.2)
    rows = {word.line: [] for word in page.words}
    for word in page.words:
        rows[word.line].append(word.text)
    assert [(words[1], words[-2]) for words in rows.values()] == [(str(row), str(row)) for row in range(6)]


def test_a_page_that_stands_straight_does_not_lean() -> None:
    rows = [line("Aj gp Q 123 xyz, (and) more.", y=700 - row * 16) for row in range(6)]
    assert reading.read(pdf(both(*rows)), "x.pdf").pages[0].skew_deg == 0
