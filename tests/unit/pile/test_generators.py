"""Generators that other tests are built on: what they say about their files is what stands in them."""

from io import BytesIO

import numpy as np
import pypdfium2
import pytest
from examples.piles import LAYOUTS, invoice_pdf, rotated_pdf, skewed_scan, statement_pdf, white_total_pdf
from examples.piles.truth import PageTruth
from numpy.typing import NDArray
from PIL import Image


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("language", ["de", "en", "fr", "it"])
def test_every_row_of_a_long_invoice_is_printed_with_carried_sums(layout: str, language: str) -> None:
    data, truth = invoice_pdf(layout, language, 40, 7)
    text = _text(data)
    pages = len(text)
    assert pages >= 2
    places = [next(i for i, page in enumerate(text) if row["description"][:14] in page) for row in truth.rows]
    assert set(places) <= set(range(pages))
    amounts = "".join(character for page in text for character in page if character.isdigit())
    assert all(row["amount"].replace(".", "") in amounts for row in truth.rows)


@pytest.mark.parametrize("language", ["de", "en"])
@pytest.mark.parametrize("rows", [25, 100, 400])
def test_every_row_of_a_statement_is_printed_in_order(rows: int, language: str) -> None:
    data, truth = statement_pdf(rows, 3, language=language)
    text = "\n".join(_text(data))
    separators = str.maketrans("", "", ".,")
    plain = text.translate(separators)
    place = 0
    for row in truth.rows:
        balance = row["balance"].replace(".", "").lstrip("-")
        place = plain.find(balance, place)
        assert place >= 0, row
    assert len(truth.rows) == rows


def test_statements_of_one_seed_are_equal() -> None:
    assert statement_pdf(30, 5) == statement_pdf(30, 5)
    assert statement_pdf(30, 5) != statement_pdf(30, 6)


def test_word_boxes_of_turned_pages_fall_on_ink() -> None:
    data, pages = rotated_pdf()
    assert [page.rotation for page in pages] == [0, 90, 180, 270]
    document = pypdfium2.PdfDocument(data)
    for page, truth in zip(document, pages, strict=True):
        assert page.get_rotation() == truth.rotation
        pixels = np.asarray(page.render(scale=2, grayscale=True).to_pil().convert("L"))
        # The dots of an Ü stand above the font's ascent.
        _assert_boxes_hold_the_ink(pixels, truth, scale=2, stray=0.01)
    document.close()


@pytest.mark.parametrize("angle_deg", [0.0, 2.0, -3.0])
def test_word_boxes_of_leaning_scans_fall_on_ink(angle_deg: float) -> None:
    data, (truth,) = skewed_scan(angle_deg, words=30, dpi=120)
    pixels = np.asarray(Image.open(BytesIO(data)))
    _assert_boxes_hold_the_ink(np.where(pixels < 130, 0, 255), truth, scale=1, stray=0.05)


def _assert_boxes_hold_the_ink(
    pixels: NDArray[np.int64], truth: PageTruth, *, scale: float, stray: float = 0.0
) -> None:
    """Every box has ink, and (but for dust) there is none outside of all boxes."""
    dark = pixels < 140
    outside = dark.copy()
    for word in truth.words:
        x0, y0, x1, y1 = (round(edge * scale) for edge in word.box)
        assert dark[y0:y1, x0:x1].mean() > 0.04, word
        outside[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = False
    assert outside.sum() <= stray * dark.sum()


def test_a_white_total_is_in_the_text_and_not_on_the_page() -> None:
    data, truth, hidden = white_total_pdf(2)
    assert hidden != truth.fields["gross_total"]
    assert f"{float(hidden):,.2f}" in _text(data)[0]
    document = pypdfium2.PdfDocument(data)
    page = document[0]
    textpage = page.get_textpage()
    start, length = textpage.search(f"{float(hidden):,.2f}").get_next()
    left, bottom, right, top = textpage.get_charbox(start)[:2] + textpage.get_charbox(start + length - 1)[2:]
    pixels = np.asarray(page.render(scale=2, grayscale=True).to_pil())
    height = page.get_height()
    area = pixels[int(2 * (height - top)) : int(2 * (height - bottom)), int(2 * left) : int(2 * right)]
    assert area.size > 0
    assert area.min() == 255
    document.close()


def _text(data: bytes) -> list[str]:
    document = pypdfium2.PdfDocument(data)
    try:
        return [page.get_textpage().get_text_range() for page in document]
    finally:
        document.close()
