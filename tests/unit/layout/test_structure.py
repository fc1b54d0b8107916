"""Blocks, tables, check boxes and pairs of pages that are drawn here."""

import re
from dataclasses import replace
from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.layout.printed import HEIGHT, LEADING, WIDTH, page_of, word_at

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Cell, CheckBox, Hidden, Page, Provenance, Stroke, Table, Word
from docmill.engines.layout.structure import BlockKind, Structure, structure, structures
from docmill.engines.layout.structure.ruled import grids_of


def text(page: Page, words: tuple[int, ...]) -> str:
    return " ".join(page.words[index].text for index in words)


def cells(page: Page, table: Table) -> dict[tuple[int, int], str]:
    return {(cell.row, cell.column): text(page, cell.words) for cell in table.cells if cell.words}


def lines(xs: list[float], ys: list[float]) -> tuple[Stroke, ...]:
    """A full grid."""
    level = [Stroke(xs[0], y - 0.25, xs[-1], y + 0.25) for y in ys]
    return (*level, *(Stroke(x - 0.25, ys[0], x + 0.25, ys[-1]) for x in xs))


def at(column: float, line: float) -> tuple[float, float]:
    """Where a character stands on a page of `page_of`."""
    return 40 + column * WIDTH, 40 + line * LEADING


def seen(page: Page) -> list[int]:
    return [index for index, word in enumerate(page.words) if word.hidden is None and word.text]


class TestOrder:
    def test_columns_are_read_one_after_the_other(self) -> None:
        page = page_of("""
this text stands in the left      and this one in the right half
half of the page and goes on      of it where it comes after all
for a few lines until it ends     that the left half has to say
at the foot of the column         since that is read before it
""")
        read = [text(page, block.words) for block in structure(page).blocks]
        assert read[0].endswith("at the foot of the column")
        assert read[1].startswith("and this one in the right half of it")

    def test_a_heading_over_both_columns_comes_first_and_a_foot_last(self) -> None:
        page = page_of("""
a heading that reaches over both of the columns of this page

this text stands in the left      and this one in the right half
half of the page and goes on      of it where it comes after all
for a few lines until it ends     that the left half has to say
at the foot of the column         since that is read before it

this foot again is as wide as both columns of it are together
""")
        read = [text(page, block.words) for block in structure(page).blocks]
        assert [one.split()[0] for one in read] == ["a", "this", "and", "this"]

    def test_labels_and_values_side_by_side_are_no_columns(self) -> None:
        page = page_of("""
Invoice number            4711
Date of invoice           03.02.2024
Customer                  Meyer
Terms of payment          none
""")
        words = [index for block in structure(page).blocks for index in block.words]
        assert text(page, tuple(words)).startswith("Invoice number 4711 Date")

    def test_what_comes_again_at_the_edge_of_pages_is_header_and_footer(self) -> None:
        body = "\n".join(f"line {n} of the text that this page is about and nothing else" for n in range(40))
        pages = [page_of(f"Annual report\n\n\n{body}{16 * chr(10)}Page {n} of 3", n) for n in (1, 2, 3)]
        for page, found in zip(pages, structures(pages), strict=True):
            kinds = {text(page, block.words): block.kind for block in found.blocks}
            assert kinds["Annual report"] is BlockKind.HEADER
            assert kinds[f"Page {page.number} of 3"] is BlockKind.FOOTER
            assert BlockKind.TEXT in kinds.values()

    def test_points_of_a_list_make_a_list(self) -> None:
        page = page_of("- one thing\n- another thing\n- the last one")
        assert [block.kind for block in structure(page).blocks] == [BlockKind.LIST]


class TestTables:
    def test_lines_make_cells_and_a_missing_line_a_span(self) -> None:
        page = page_of("""
Region     2023
           Units    Value
North      12       1,200.00
South      7        830.50
""")
        xs = [at(-1, 0)[0], at(10, 0)[0], at(19, 0)[0], at(30, 0)[0]]
        ys = [at(0, n)[1] - 2 for n in range(5)]
        strokes = [line for line in lines(xs, ys) if line.level or line.x0 < xs[1] - 1 or line.x0 > xs[2] + 1]
        strokes += [
            Stroke(xs[1] - 0.25, ys[0], xs[1] + 0.25, ys[4]),
            Stroke(xs[2] - 0.25, ys[1], xs[2] + 0.25, ys[4]),
        ]
        strokes = [line for line in strokes if not (line.level and abs(line.y0 - ys[1]) < 1)]
        strokes.append(Stroke(xs[1], ys[1] - 0.25, xs[3], ys[1] + 0.25))
        (table,) = structure(replace(page, strokes=tuple(strokes))).tables
        spans = {
            text(page, cell.words): (cell.row, cell.column, cell.row_span, cell.column_span)
            for cell in table.cells
        }
        assert table.ruled
        assert spans["Region"] == (0, 0, 2, 1)
        assert spans["2023"] == (0, 1, 1, 2)
        assert spans["830.50"] == (3, 2, 1, 1)
        assert [cell.header for cell in table.cells if cell.row == 2] == [False] * 3

    def test_columns_without_lines_are_a_table(self) -> None:
        page = page_of("""
These are the goods that were sent to you in the last weeks of the year

Item          Qty     Price
Copper pipe     2      3.50
Desk lamp      10    120.00
Ladder          1     89.90
""")
        (table,) = structure(page).tables
        assert cells(page, table)[1, 0] == "Copper pipe"
        assert cells(page, table)[3, 2] == "89.90"
        assert (table.rows, table.columns, table.ruled) == (4, 3, False)
        assert {cell.row for cell in table.cells if cell.header} == {0}

    def test_a_cell_that_wraps_stays_one_cell(self) -> None:
        rows = [
            ("Item", "Qty", "Price"),
            ("Copper pipe with", "2", "3.50"),
            ("brass fittings", "", ""),
            ("Ladder", "1", "89.90"),
        ]
        places = [0.0, 1.6, 2.45, 4.05]
        words = [
            word_at(match.group(), column + match.start(), place)
            for row, place in zip(rows, places, strict=True)
            for value, column in zip(row, (0, 20, 28), strict=True)
            for match in re.finditer(r"\S+", value)
        ]
        page = Page(1, 595.0, 842.0, "pt", tuple(words), Provenance.TEXT_LAYER)
        (table,) = structure(page).tables
        assert cells(page, table)[1, 0] == "Copper pipe with brass fittings"
        assert cells(page, table)[2, 2] == "89.90"

    def test_prose_is_no_table(self) -> None:
        page = page_of(
            "\n".join(f"these are {n} words of a letter that has no columns in it at all" for n in range(9))
        )
        assert structure(page).tables == ()

    def test_what_the_file_declares_is_kept_as_it_is(self) -> None:
        page = page_of("one two\nthree four")
        declared = Table(
            Box(0, 0, 9, 9), 1, 2, (Cell(0, 0, Box(0, 0, 4, 9), (0, 1)), Cell(0, 1, Box(4, 0, 9, 9), (2, 3)))
        )
        assert structure(replace(page, tables=(declared,))).tables == (declared,)


class TestCheckBoxes:
    def test_a_box_has_the_words_right_of_it(self) -> None:
        page = page_of("Married?   Yes      No")
        x, y = at(9.5, 0)
        x2, _ = at(18.5, 0)
        boxes = (
            CheckBox(Box(x - 2, y, x + 6, y + 8), checked=True),
            CheckBox(Box(x2 - 2, y, x2 + 6, y + 8), checked=False),
        )
        found = structure(replace(page, check_boxes=boxes)).check_boxes
        assert [(text(page, one.label), one.checked) for one in found] == [("Yes", True), ("No", False)]

    def test_a_box_at_the_end_of_a_line_has_the_words_left_of_it(self) -> None:
        page = page_of("I agree to the terms")
        x, y = at(21, 0)
        found = structure(
            replace(page, check_boxes=(CheckBox(Box(x, y, x + 8, y + 8), checked=True),))
        ).check_boxes
        assert text(page, found[0].label) == "I agree to the terms"

    @pytest.mark.parametrize(
        ("sign", "checked"),
        [("☐", False), ("☑", True), ("☒", True), ("[x]", True), ("[_]", False), ("\uf0fe", True)],
    )
    def test_signs_for_boxes_are_boxes(self, sign: str, *, checked: bool) -> None:
        page = page_of(f"{sign} Express delivery")
        (found,) = structure(page).check_boxes
        assert (found.checked, text(page, found.label)) == (checked, "Express delivery")


class TestPairs:
    def test_a_colon_parts_label_and_value(self) -> None:
        page = page_of("Invoice number: 4711\nDate:          03.02.2024")
        found = [(text(page, pair.label), text(page, pair.value)) for pair in structure(page).pairs]
        assert found == [("Invoice number:", "4711"), ("Date:", "03.02.2024")]

    def test_a_value_may_stand_below_its_label(self) -> None:
        page = page_of("Customer:           Carrier:\nMeyer Ltd           Post")
        found = [(text(page, pair.label), text(page, pair.value)) for pair in structure(page).pairs]
        assert found == [("Customer:", "Meyer Ltd"), ("Carrier:", "Post")]

    def test_a_cell_of_a_form_has_its_label_at_the_top(self) -> None:
        page = page_of(
            "1. Name of applicant          2. Registration no.\n\nMeyer and Sons                5512"
        )
        grid = lines([at(-1, 0)[0], at(29, 0)[0], at(55, 0)[0]], [at(0, -1)[1], at(0, 4)[1]])
        found = structure(replace(page, strokes=grid)).pairs
        assert [(text(page, pair.label), text(page, pair.value), pair.form_cell) for pair in found] == [
            ("1. Name of applicant", "Meyer and Sons", True),
            ("2. Registration no.", "5512", True),
        ]


class TestBounds:
    def test_graph_paper_is_no_table(self) -> None:
        xs, ys = [float(n) * 4 for n in range(5, 140)], [float(n) * 4 for n in range(5, 200)]
        assert grids_of(lines(xs, ys), 1.0) == []
        assert len(grids_of(lines(xs[:20], ys[:20]), 1.0)[0].cells) == 19 * 19

    def test_a_page_of_too_many_words_is_one_block(self) -> None:
        count = limits.STRUCTURE_WORDS_MAX + 1
        words = tuple(Word("a", Box(n % 200, n // 200, n % 200 + 0.5, n // 200 + 0.5)) for n in range(count))
        found = structure(Page(1, 600, 800, "pt", words, Provenance.TEXT_LAYER))
        assert [len(block.words) for block in found.blocks] == [count]

    def test_ten_thousand_lines_and_words_come_to_an_end(self) -> None:
        strokes = tuple(
            Stroke(n % 97, n % 89 * 9.0, n % 97 + 400.0, n % 89 * 9.0 + 0.5) for n in range(10_000)
        )
        strokes += tuple(
            Stroke(n % 83 * 7.0, n % 79, n % 83 * 7.0 + 0.5, n % 79 + 700.0) for n in range(10_000)
        )
        words = tuple(
            Word(f"w{n}", Box(n % 60 * 9.0, n // 60 * 5.0, n % 60 * 9.0 + 6, n // 60 * 5.0 + 4))
            for n in range(10_000)
        )
        page = Page(1, 600, 842, "pt", words, Provenance.TEXT_LAYER, strokes=strokes)
        found = structure(page)
        assert sorted(index for block in found.blocks for index in block.words) == seen(page)


def test_hidden_words_take_no_part() -> None:
    page = page_of("Total: 12.00")
    page = replace(page, words=(*page.words, word_at("99.00", 14, 0, hidden=Hidden.WHITE)))
    found = structure(page)
    everywhere = [
        *(index for block in found.blocks for index in block.words),
        *(index for pair in found.pairs for index in (*pair.label, *pair.value)),
    ]
    assert 2 not in everywhere


def test_an_empty_page_has_no_structure() -> None:
    assert structure(Page(1, 595, 842, "pt", (), Provenance.EMPTY)) == Structure()


NUMBERS = st.floats(-50, 900, allow_nan=False, width=32)
BOXES = st.builds(
    lambda x, y, w, h: Box(x, y, x + w, y + h),
    NUMBERS,
    NUMBERS,
    st.floats(0.25, 200, width=32),
    st.floats(0.25, 60, width=32),
)
WORDS = st.builds(
    Word,
    st.sampled_from(
        ["a", "Total", "12.00", "1.", "☐", "[", "]", "x:", ":", "•", "[x]", "2024", "(", "Name:"]
    ),
    BOXES,
    hidden=st.sampled_from([None, None, None, Hidden.TINY]),
    line=st.integers(0, 5),
)
GRID_WORDS = st.builds(
    lambda text, column, row: Word(
        text, Box(column * 40, row * 12, column * 40 + 30, row * 12 + 9), line=row
    ),
    st.sampled_from(["a", "Total", "12.00", "7", "sum of", "2024"]),
    st.integers(0, 6),
    st.integers(0, 12),
)
STROKES = st.builds(lambda box: Stroke(*box), BOXES) | st.builds(
    lambda row, reach: Stroke(0, row * 12 - 1.5, reach * 40, row * 12 - 1), st.integers(0, 12), st.integers(1, 7)
) | st.builds(
    lambda column, reach: Stroke(column * 40 - 5, 0, column * 40 - 4.5, reach * 12), st.integers(0, 7), st.integers(1, 13)
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    words=st.lists(WORDS | GRID_WORDS, max_size=60),
    strokes=st.lists(STROKES, max_size=30),
    boxes=st.lists(st.builds(CheckBox, BOXES, st.booleans()), max_size=6),
    scanned=st.booleans(),
)
def test_no_word_is_lost_or_doubled(
    words: list[Word], strokes: list[Stroke], boxes: list[CheckBox], *, scanned: bool
) -> None:
    provenance = Provenance.OWN_OCR if scanned else Provenance.TEXT_LAYER
    page = Page(1, 595, 842, "pt", tuple(words), provenance, strokes=tuple(strokes), check_boxes=tuple(boxes))
    found = structure(page)
    assert sorted(index for block in found.blocks for index in block.words) == seen(page)
    in_cells = [index for table in found.tables for cell in table.cells for index in cell.words]
    assert len(in_cells) == len(set(in_cells))
    assert set(in_cells) <= set(seen(page))
    for table in found.tables:
        places = [
            place
            for cell in table.cells
            for place in product(
                range(cell.row, cell.row + cell.row_span), range(cell.column, cell.column + cell.column_span)
            )
        ]
        assert len(places) == len(set(places))
        assert all(row < table.rows and column < table.columns for row, column in places)
    by_block = {index for block in found.blocks if block.kind is BlockKind.TABLE for index in block.words}
    assert by_block == set(in_cells)


def test_letters_are_as_high_as_the_tests_think() -> None:
    assert page_of("a").words[0].box.height == HEIGHT
