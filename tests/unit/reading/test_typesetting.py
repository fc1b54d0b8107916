"""Pages for formats that have none."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Hidden, Page, Provenance
from docmill.domain.reading_limits import DEFAULT
from docmill.engines.reading.typesetting import (
    Block,
    CellText,
    Frame,
    Grid,
    PageBreak,
    Paragraph,
    Run,
    Slide,
    Stop,
    typeset,
)
from docmill.engines.reading.wire.codec import page_from_json, page_to_json


def pages_of(*blocks: Block) -> list[Page]:
    return list(typeset(blocks, DEFAULT))


def texts(page: Page) -> list[str]:
    return [word.text for word in page.words]


def test_words_do_not_overlap_and_lines_wrap_at_the_margin() -> None:
    (page,) = pages_of(Paragraph("word " * 60))
    assert len(page.words) == 60
    assert {word.line for word in page.words} == {0, 1, 2, 3}
    assert all(word.box.x1 <= 595 - 56 for word in page.words)
    for one, other in zip(page.words, page.words[1:], strict=False):
        assert one.line != other.line or one.box.x1 < other.box.x0
    assert page.provenance is Provenance.TEXT_LAYER
    assert page.unit == "pt"


def test_runs_without_a_blank_between_them_are_one_word() -> None:
    (page,) = pages_of(Paragraph((Run("INV-"), Run("42", bold=True), Run(" of"), Run(" May"))))
    assert texts(page) == ["INV-42", "of", "May"]


def test_a_right_tab_puts_the_end_of_the_text_at_its_place() -> None:
    (page,) = pages_of(Paragraph("Total\t1.234,00 €", stops=(Stop(400.0, right=True),)))
    assert page.words[-1].box.x1 == pytest.approx(56 + 400, abs=0.1)


def test_blanks_of_a_typewriter_are_kept() -> None:
    (page,) = pages_of(Paragraph("a      b\nccccccc d", fixed=True))
    b, d = page.words[1], page.words[3]
    assert b.box.x0 - 56 == pytest.approx(7 * 6, abs=0.1)
    assert d.box.x0 - 56 == pytest.approx(8 * 6, abs=0.1)


def test_hidden_text_is_kept_and_marked() -> None:
    (page,) = pages_of(Paragraph((Run("seen "), Run("unseen", hidden=Hidden.SWITCHED_OFF))))
    assert [word.hidden for word in page.words] == [None, Hidden.SWITCHED_OFF]


def test_characters_that_are_check_boxes_become_some() -> None:
    (page,) = pages_of(Paragraph("☐ no ☒ yes"), Paragraph((Run(" too", ticked=True),)))
    assert [box.checked for box in page.check_boxes] == [False, True, True]
    assert texts(page) == ["no", "yes", "too"]


def test_a_table_is_declared_with_its_spans_and_its_words() -> None:
    rows = [
        [CellText("Item", header=True), CellText("Price", header=True, column_span=2)],
        [CellText("Pen", row_span=2), CellText("net 5.00", address="B2"), CellText("6.00")],
        [CellText("7.00"), CellText("8.00")],
    ]
    (page,) = pages_of(Paragraph("before"), Grid(rows))
    (table,) = page.tables
    assert (table.rows, table.columns, table.ruled) == (3, 3, True)
    found = {(cell.row, cell.column): [page.words[word].text for word in cell.words] for cell in table.cells}
    assert found == {
        (0, 0): ["Item"],
        (0, 1): ["Price"],
        (1, 0): ["Pen"],
        (1, 1): ["net", "5.00"],
        (1, 2): ["6.00"],
        (2, 1): ["7.00"],
        (2, 2): ["8.00"],
    }
    spans = {(cell.row, cell.column): (cell.row_span, cell.column_span) for cell in table.cells}
    assert spans[0, 1] == (1, 2)
    assert spans[1, 0] == (2, 1)
    assert [cell.header for cell in table.cells][:3] == [True, True, False]
    assert {word.cell for word in page.words} == {None, "B2"}
    for cell in table.cells:
        assert all(
            cell.box.x0 < page.words[word].box.x0 < page.words[word].box.x1 < cell.box.x1
            for word in cell.words
        )


def test_rules_leave_out_what_a_span_covers() -> None:
    rows = [[CellText("a", column_span=2)], [CellText("b"), CellText("c")]]
    (page,) = pages_of(Grid(rows))
    (table,) = page.tables
    middle = next(cell.box.x1 for cell in table.cells if cell.column_span == 1 and cell.column == 0)
    upright = [stroke for stroke in page.strokes if not stroke.level and abs(stroke.x0 - middle) < 1]
    assert [round(stroke.y0) for stroke in upright] == [round(table.cells[1].box.y0)]


def test_a_table_within_a_cell_is_a_table_of_its_own() -> None:
    inner = Grid([[CellText("x"), CellText("y")]])
    (page,) = pages_of(
        Grid([[CellText("a"), CellText(blocks=(Paragraph("b"), inner))], [CellText("c"), CellText("d")]])
    )
    assert sorted((table.rows, table.columns) for table in page.tables) == [(1, 2), (2, 2)]


def test_a_long_table_goes_on_over_pages_each_with_a_table() -> None:
    pages = pages_of(
        PageBreak("Sheet 1"), Grid([[CellText(f"row{row}"), CellText("1")] for row in range(200)])
    )
    assert len(pages) > 3
    assert sum(table.rows for page in pages for table in page.tables) == 200
    assert {page.name for page in pages} == {"Sheet 1"}
    assert [page.number for page in pages] == list(range(1, len(pages) + 1))


def test_a_wide_table_makes_the_page_wider() -> None:
    (page,) = pages_of(Grid([[CellText(f"column-number-{n}") for n in range(30)]]))
    assert page.width > 1500
    assert all(word.box.x1 < page.width for word in page.words)


def test_a_cell_that_is_taller_than_a_page_goes_on_on_the_next() -> None:
    pages = pages_of(Grid([[CellText("word " * 5000), CellText("x")]]))
    assert len(pages) > 2
    assert sum(len(page.words) for page in pages) == 5001
    assert all(word.box.y1 < page.height for page in pages for word in page.words)


def test_a_slide_has_its_own_size_and_places() -> None:
    (page,) = pages_of(Slide("Title", 720, 540, (Frame(300, 200, 200, (Paragraph("here"),)),)))
    assert (page.width, page.height, page.name) == (720, 540, "Title")
    assert page.words[0].box.x0 == 300


def test_pages_come_out_before_the_last_row_is_there() -> None:
    taken = 0

    def rows() -> Iterator[Sequence[CellText]]:
        nonlocal taken
        for _ in range(5000):
            taken += 1
            yield [CellText("x")]

    next(typeset([Grid(rows())], DEFAULT))
    assert taken < 1000


def test_more_pages_than_allowed_are_refused() -> None:
    allowed = replace(DEFAULT, pages_max=3)
    with pytest.raises(Rejected) as refused:
        list(typeset([Grid([[CellText("x")]] * 1000)], allowed))
    assert refused.value.code is ErrorCode.TOO_MANY_PAGES
    with pytest.raises(Rejected) as refused:
        list(typeset([Paragraph("x " * 100_000)], allowed))
    assert refused.value.code is ErrorCode.TOO_MANY_PAGES


def test_a_column_a_million_places_wide_is_refused_or_held_to_the_limit() -> None:
    (page,) = pages_of(Grid([[CellText("x", column_span=10**9, row_span=10**9)]]))
    assert page.tables[0].columns <= 1000
    with pytest.raises(Rejected):
        pages_of(Grid([[CellText("x", column_span=600), CellText("y", column_span=600)]]))


_cells = st.builds(
    CellText,
    st.text(max_size=30),
    row_span=st.integers(1, 4),
    column_span=st.integers(1, 4),
    header=st.booleans(),
)
_blocks = st.one_of(
    st.builds(
        Paragraph, st.text(max_size=200), fixed=st.booleans(), size_pt=st.sampled_from([6.0, 10.0, 28.0])
    ),
    st.builds(Grid, st.lists(st.lists(_cells, max_size=5), max_size=8), ruled=st.booleans()),
    st.builds(PageBreak, st.text(max_size=5)),
)


@given(st.lists(_blocks, max_size=6))
@settings(max_examples=150, deadline=None)
def test_any_blocks_give_pages_that_survive_being_written_down(blocks: list[Block]) -> None:
    for page in typeset(blocks, DEFAULT):
        assert page_from_json(page_to_json(page)) == page
        for table in page.tables:
            places = [
                (row, column)
                for cell in table.cells
                for row in range(cell.row, cell.row + cell.row_span)
                for column in range(cell.column, cell.column + cell.column_span)
            ]
            assert len(places) == len(set(places))


def test_a_late_row_may_have_more_columns_than_those_that_decided_the_widths() -> None:
    rows = [[CellText("a"), CellText("b")] for _ in range(500)]
    rows.append([CellText(str(column)) for column in range(5)])
    made = pages_of(Grid([*rows, rows[0]]))
    assert [page_from_json(page_to_json(page)) for page in made] == made
    assert {table.columns for page in made for table in page.tables} == {2, 5}


def test_a_page_keeps_no_more_check_boxes_and_lines_than_a_page_may_have() -> None:
    ticks = Paragraph(tuple(Run("", ticked=True) for _ in range(limits.PAGE_CHECK_BOXES_MAX + 50)))
    ruled = Grid([[CellText("x") for _ in range(60)] for _ in range(40)], ruled=True)
    (page,) = pages_of(Slide("", 900.0, 700.0, (Frame(0, 0, 5000.0, (ticks, *[ruled] * 30)),)))
    assert len(page.check_boxes) == limits.PAGE_CHECK_BOXES_MAX
    assert len(page.strokes) == limits.PAGE_STROKES_MAX
