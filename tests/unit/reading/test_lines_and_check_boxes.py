"""Lines and check boxes: what PDFs draw, what their forms hold, and what scans show."""

import io
from collections.abc import Callable

import pytest
from PIL import Image, ImageDraw
from reportlab.pdfgen.canvas import Canvas
from tests.unit.reading.papers import both, encoded, line, pdf

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Page
from docmill.engines.reading import parts, read
from docmill.engines.reading.parts import PageSeen


def page_of(draw: Callable[[Canvas], None]) -> Page:
    return read(pdf(both(line("some words, so that the page is no picture", y=40), draw)), "a.pdf").pages[0]


def near(one: tuple[float, ...], other: tuple[float, ...], reach: float = 1.5) -> bool:
    return all(abs(a - b) <= reach for a, b in zip(one, other, strict=True))


class TestDrawn:
    def test_a_grid_gives_each_of_its_lines_once(self) -> None:
        found = page_of(lambda canvas: canvas.grid([50, 150, 250], [300, 320, 340])).strokes
        level = sorted({round(stroke.y0) for stroke in found if stroke.level})
        upright = sorted({round(stroke.x0) for stroke in found if not stroke.level})
        assert (len(level), len(upright), len(found)) == (3, 3, 6)

    def test_pieces_of_a_line_are_one(self) -> None:
        def draw(canvas: Canvas) -> None:
            for x in range(100, 200, 10):
                canvas.line(x, 500, x + 10, 500)

        (found,) = page_of(draw).strokes
        assert near((found.x0, found.x1), (100, 200))

    @pytest.mark.parametrize("fill", [0, 1])
    def test_rectangles_are_their_edges_and_thin_ones_lines(self, fill: int) -> None:
        assert len(page_of(lambda canvas: canvas.rect(100, 500, 200, 80, stroke=1, fill=0)).strokes) == 4
        (found,) = page_of(lambda canvas: canvas.rect(100, 500, 200, 0.8, stroke=1 - fill, fill=fill)).strokes
        assert found.level

    def test_a_coloured_area_is_no_line(self) -> None:
        assert page_of(lambda canvas: canvas.rect(100, 500, 200, 80, stroke=0, fill=1)).strokes == ()

    def test_white_lines_are_not_seen(self) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.setStrokeColorRGB(1, 1, 1)
            canvas.line(100, 500, 200, 500)

        assert page_of(draw).strokes == ()

    def test_a_page_of_too_many_lines_keeps_the_longest(self) -> None:
        def draw(canvas: Canvas) -> None:
            for n in range(limits.PAGE_STROKES_MAX + 500):
                x, y = 10 + n % 50 * 11, 10 + n // 50 * 14
                canvas.line(x, y, x + 6, y)
            canvas.line(10, 5, 500, 5)

        found = page_of(draw).strokes
        assert len(found) == limits.PAGE_STROKES_MAX
        assert max(stroke.x1 - stroke.x0 for stroke in found) > 480


class TestDrawnBoxes:
    @pytest.mark.parametrize("mark", ["none", "cross", "letter", "dingbat", "square"])
    def test_a_square_is_ticked_by_what_is_in_it(self, mark: str) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.rect(100, 700, 10, 10)
            canvas.drawString(115, 701, "Yes")
            if mark == "cross":
                canvas.line(100, 700, 110, 710)
                canvas.line(100, 710, 110, 700)
            elif mark == "letter":
                canvas.drawString(101.5, 701.5, "X")
            elif mark == "dingbat":
                canvas.setFont("ZapfDingbats", 10)
                canvas.drawString(101, 702, "4")
            elif mark == "square":
                canvas.rect(102, 702, 6, 6, fill=1)

        (found,) = page_of(draw).check_boxes
        assert found.checked is (mark != "none")
        assert near(found.box, (100, 132, 110, 142))

    def test_a_field_for_single_letters_is_no_row_of_check_boxes(self) -> None:
        def draw(canvas: Canvas) -> None:
            for n in range(8):
                canvas.rect(100 + 14 * n, 700, 14, 14)

        assert len(page_of(draw).check_boxes) <= 2

    def test_a_square_with_text_in_it_is_a_cell(self) -> None:
        def draw(canvas: Canvas) -> None:
            canvas.rect(100, 700, 14, 14)
            canvas.drawString(103, 703, "17")

        assert page_of(draw).check_boxes == ()


def test_form_fields_tell_their_state() -> None:
    def draw(canvas: Canvas) -> None:
        line("Options")(canvas)
        form = canvas.acroForm
        form.checkbox(checked=True, x=100, y=600, size=12, name="a")
        form.checkbox(checked=False, x=100, y=580, size=12, name="b")
        form.radio(name="r", value="1", selected=False, x=100, y=560, size=12)
        form.radio(name="r", value="2", selected=True, x=140, y=560, size=12)
        form.textfield(name="t", x=100, y=500, width=90, height=14, value="hello")

    found = page_of(draw).check_boxes
    assert [box.checked for box in found] == [True, False, False, True]
    assert near(found[0].box, (100, 230, 112, 242))


def scanned(draw: Callable[[ImageDraw.ImageDraw], None], turned_deg: float = 0.0) -> Page:
    image = Image.new("L", (1240, 1754), 245)
    draw(ImageDraw.Draw(image))
    image = image.rotate(turned_deg, fillcolor=245, resample=Image.Resampling.BICUBIC)
    seen = [part for part in parts(encoded(image, "PNG"), "a.png") if isinstance(part, PageSeen)]
    return seen[0].page


@pytest.mark.parametrize("turned_deg", [0.0, 0.5])
def test_a_scan_shows_its_lines(turned_deg: float) -> None:
    def draw(on: ImageDraw.ImageDraw) -> None:
        on.rectangle((200, 300, 1000, 700), outline=30, width=3)
        on.line((200, 500, 1000, 500), fill=30, width=3)

    page = scanned(draw, turned_deg)
    level = [stroke for stroke in page.strokes if stroke.level and stroke.x1 - stroke.x0 > 700]
    upright = [stroke for stroke in page.strokes if not stroke.level and stroke.y1 - stroke.y0 > 350]
    assert (len(level), len(upright)) == (3, 2)


def test_a_scan_shows_its_check_boxes_and_which_are_ticked() -> None:
    def draw(on: ImageDraw.ImageDraw) -> None:
        for number, ticked in enumerate((False, True)):
            x = 300 + 200 * number
            on.rectangle((x, 400, x + 24, 424), outline=20, width=2)
            if ticked:
                on.line((x + 2, 402, x + 22, 422), fill=20, width=3)
                on.line((x + 2, 422, x + 22, 402), fill=20, width=3)

    assert [box.checked for box in scanned(draw).check_boxes] == [False, True]


def test_letters_are_neither_lines_nor_boxes() -> None:
    def draw(on: ImageDraw.ImageDraw) -> None:
        for row in range(12):
            on.text((100, 100 + 60 * row), "DOB 0068 EFTH BOOK DODO lIl|", fill=20, font_size=30)

    page = scanned(draw)
    assert [stroke for stroke in page.strokes if stroke.level] == []
    assert page.check_boxes == ()


def test_a_black_scan_has_no_lines() -> None:
    page = scanned(lambda on: on.rectangle((0, 0, 1240, 1754), fill=0))
    assert len(page.strokes) <= 8


def test_pixels_of_noise_come_to_an_end() -> None:
    noise = Image.effect_noise((1240, 1754), 200)
    out = io.BytesIO()
    noise.save(out, "PNG")
    (seen,) = [part for part in parts(out.getvalue(), "a.png") if isinstance(part, PageSeen)]
    assert len(seen.page.strokes) <= limits.PAGE_STROKES_MAX
