"""A scan that lay on its side comes out upright, with everything that is on it."""

import io

import pikepdf
import pytest
from PIL import Image
from reportlab.pdfgen.canvas import Canvas
from tests.unit.reading.papers import encoded, image_on_page, line, pdf, picture

from docmill.domain.pages import Box, CheckBox, Page, Provenance, Stroke, Word
from docmill.engines import reading
from docmill.engines.reading.assembly import recognized
from docmill.engines.reading.parts import PageSeen, Pixels, Recognized
from docmill.engines.reading.scans.pictures import turned_png
from docmill.engines.reading.scans.turning import as_given, upright

WIDTH, HEIGHT = 40, 20
MARK = (3, 5, 9, 7)  # on the upright page


def _upright() -> Image.Image:
    image = Image.new("L", (WIDTH, HEIGHT), 255)
    image.paste(0, MARK)
    return image


def _lying(text_turned_deg: int) -> Image.Image:
    """As the scanner saw it: Pillow turns the other way round."""
    return _upright().rotate(-text_turned_deg, expand=True)


def _ink(image: Image.Image) -> Box:
    box = image.point(lambda level: 255 - level).getbbox()
    assert box is not None
    return Box(*map(float, box))


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_what_is_on_a_turned_page_goes_with_it(degrees: int) -> None:
    lying = _lying(degrees)
    box = _ink(lying)
    page = Page(
        1, float(lying.width), float(lying.height), "px", (Word("x", box),), Provenance.OWN_OCR,
        strokes=(Stroke(*box),), check_boxes=(CheckBox(box, checked=True),),
    )  # fmt: skip
    turned = upright(page, degrees)
    assert (turned.width, turned.height) == (WIDTH, HEIGHT)
    assert turned.words[0].box == turned.check_boxes[0].box == Box(*turned.strokes[0]) == Box(*MARK)
    assert turned.turned == -degrees % 360


@pytest.mark.parametrize("degrees", [0, 90, 180, 270])
def test_the_picture_of_a_turned_page_is_turned_as_its_words_are(degrees: int) -> None:
    lying = _lying(degrees)
    page = Page(1, float(lying.width), float(lying.height), "px", (), Provenance.OWN_OCR)
    png = turned_png(encoded(lying, "PNG"), upright(page, degrees).turned)
    assert _ink(Image.open(io.BytesIO(png))) == Box(*MARK)


def _found(degrees: int) -> Recognized:
    return Recognized((Word("seen", Box(10, 100, 20, 160), 0.9),), 0.5, "fake", turned_deg=degrees)


def test_a_page_whose_text_layer_is_seen_stays_as_its_writer_wanted_it() -> None:
    data = pdf(line("written"))
    page = reading.read(data, "x.pdf").pages[0]
    whole = recognized(PageSeen(page, Pixels(595, 842, b"")), _found(90))
    assert (whole.turned, whole.width, whole.height) == (0, page.width, page.height)
    assert {word.text for word in whole.words} == {"written", "seen"}


def test_a_scan_in_a_pdf_is_turned_too() -> None:
    data = pdf(image_on_page(picture(["text"], turned_deg=90)))
    whole = reading.read(data, "x.pdf", ocr=lambda _: _found(90)).pages[0]
    assert (whole.turned, whole.width, whole.height) == (270, 842.0, 595.0)


def test_each_page_of_a_file_is_turned_by_itself() -> None:
    frames = [picture(["text"], size=(300, 400)), picture(["text"], size=(300, 400), turned_deg=90)]
    data = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    pages = reading.read(
        data, "x.tif", ocr=lambda pixels: _found(90 if pixels.width > pixels.height else 0)
    ).pages
    assert [(page.turned, page.width, page.height) for page in pages] == [
        (0, 300.0, 400.0),
        (270, 300.0, 400.0),
    ]


def _lines_of_text(canvas: Canvas) -> None:
    for row, text in enumerate(("Invoice number INV-2041", "Total due 378.00", "Thank you for your order")):
        canvas.drawString(72, 500 - 20 * row, text)


@pytest.mark.parametrize("rotation", [90, 180, 270])
def test_a_text_layer_that_is_shown_on_its_side_is_read_upright(rotation: int) -> None:
    straight = pdf(_lines_of_text)
    out = io.BytesIO()
    with pikepdf.open(io.BytesIO(straight)) as document:
        document.pages[0].Rotate = rotation
        document.save(out)
    (page,) = reading.read(out.getvalue(), "x.pdf").pages
    (wanted,) = reading.read(straight, "x.pdf").pages
    assert (page.rotation, page.turned) == (rotation, -rotation % 360)
    assert (page.width, page.height) == (wanted.width, wanted.height)
    assert [(word.text, word.line) for word in page.words] == [
        (word.text, word.line) for word in wanted.words
    ]
    for word, upright_word in zip(page.words, wanted.words, strict=True):
        assert word.box == pytest.approx(upright_word.box, abs=0.05)


def test_a_box_is_found_again_where_the_file_shows_it() -> None:
    given = Page(1, 40.0, 20.0, "pt", (Word("x", Box(3, 5, 9, 7)),), Provenance.TEXT_LAYER)
    for degrees in (0, 90, 180, 270):
        turned = upright(given, degrees)
        assert as_given(turned.words[0].box, turned) == given.words[0].box


def test_a_label_along_the_margin_turns_no_page() -> None:
    def draw(canvas: Canvas) -> None:
        _lines_of_text(canvas)
        canvas.rotate(90)
        canvas.drawString(100, -30, "Form 7a")

    (page,) = reading.read(pdf(draw), "x.pdf").pages
    assert page.turned == 0
