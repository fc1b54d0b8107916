"""Pages for people."""

import io

import numpy as np
import pytest
from PIL import Image

from docmill.domain.pages import Box, Hidden, Page, Provenance, Word
from docmill.engines.drawing import NamedBox, boxes_of, colour_of, draw_page, label_of

BLANK = Image.new("RGB", (400, 300), "white")
VALUE = Box(100, 100, 160, 112)


def _png() -> bytes:
    out = io.BytesIO()
    BLANK.save(out, "PNG")
    return out.getvalue()


def _page(*words: Word) -> Page:
    return Page(1, 200.0, 150.0, "pt", words, Provenance.TEXT_LAYER)


def _drawn(page: Page, *boxes: NamedBox) -> np.ndarray:
    return np.asarray(Image.open(io.BytesIO(draw_page(_png(), page, boxes))).convert("RGB")).astype(int)


def test_a_field_is_drawn_in_its_colour_where_it_is_whatever_the_resolution() -> None:
    pixels = _drawn(_page(), NamedBox("total", VALUE))
    assert pixels.shape == (300, 400, 3)
    edge = pixels[199:202, 230:300].reshape(-1, 3)  # twice the page's unit
    assert (np.abs(edge - colour_of("total")).sum(axis=1) < 10).any()


def test_a_label_never_lies_on_a_value() -> None:
    boxes = [NamedBox(f"field_{row}", Box(60, 40 + row * 9, 120, 47 + row * 9)) for row in range(9)]
    plain = _drawn(_page(), *[NamedBox(box.name, box.box) for box in boxes])
    white = plain.min(axis=2) > 250
    for box in boxes:
        x0, y0, x1, y1 = (int(edge * 2) for edge in box.box)
        inside = plain[y0 + 3 : y1 - 3, x0 + 3 : x1 - 3]
        assert (inside.min(axis=2) > 120).all(), box.name  # tinted, not covered
    assert white.any()


def test_all_cells_of_a_column_are_boxed_and_the_uppermost_is_named() -> None:
    cells = [NamedBox(f"rows[{row}].sum", Box(100, 40 + row * 20, 140, 50 + row * 20)) for row in (2, 0, 1)]
    drawn = (_drawn(_page(), *cells) != 255).any(axis=2)
    assert drawn[60:77].any()  # the name, above the first row
    assert not drawn[104:117].any()  # nothing between the rows
    assert not drawn[144:157].any()
    assert not drawn[184:].any()
    assert all(drawn[int(edge * 2), 200:280].all() for cell in cells for edge in cell.box[1::2])


CORNERS = [Box(0, 0, 8, 6), Box(190, 1, 199, 8), Box(1, 142, 9, 149), Box(185, 140, 199, 149)]


@pytest.mark.parametrize("box", CORNERS)
@pytest.mark.parametrize("name", ["gross_total", "a_name_that_is_wider_than_the_whole_page_" * 2])
def test_a_label_never_leaves_the_page(box: Box, name: str) -> None:
    drawn = (_drawn(_page(), NamedBox(name, box)) != 255).any(axis=2)
    x0, y0, x1, y1 = (int(edge * 2) for edge in box)
    drawn[max(0, y0 - 3) : y1 + 4, max(0, x0 - 3) : x1 + 4] = False
    assert drawn.sum() > 500
    assert not drawn[:, [0, -1]].any()
    assert not drawn[[0, -1], :].any()


def test_hidden_words_are_crossed_out() -> None:
    seen = _drawn(_page(Word("9.99", VALUE)))
    hidden = _drawn(_page(Word("9.99", VALUE, None, Hidden.WHITE)))
    middle = (slice(205, 220), slice(215, 310))
    assert (seen[middle] == 255).all()
    assert (hidden[middle] != 255).any()


@pytest.mark.parametrize(
    ("path", "label"),
    [
        ("total", "total"),
        ("seller.tax_id", "seller.tax_id"),
        ("line_items[2].quantity", "line_items: quantity"),
        ("notes[0]", "notes"),
    ],
)
def test_labels_are_short(path: str, label: str) -> None:
    assert label_of(path) == label


def test_rows_of_a_list_share_a_colour() -> None:
    assert colour_of("line_items[2].quantity") == colour_of("line_items[17].quantity")


def test_the_boxes_of_one_page_are_taken_from_a_result() -> None:
    result = {
        "metadata": {
            "total": {"citations": [{"page": 2, "box": [1, 2, 3, 4]}, {"page": 1, "box": [5, 6, 7, 8]}]},
            "seller": {"citations": [{"xpath": "/Invoice"}]},
            "due": {},
        }
    }
    assert boxes_of(result, 2) == [NamedBox("total", Box(1, 2, 3, 4))]
