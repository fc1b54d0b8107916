"""Word, Excel, PowerPoint, OpenDocument and RTF: what people see on them is what docmill reads."""

import io

import pytest
from tests.unit.reading.offices import (
    HEAD,
    IBAN,
    ROWS,
    W,
    docx_of,
    invoice_docx,
    invoice_odt,
    invoice_rtf,
    invoice_xlsx,
    odt_of,
    paragraph,
    xlsx_of,
)

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Hidden, Page, Reading
from docmill.domain.reading_limits import DEFAULT
from docmill.engines.reading import read, render
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.kinds import media
from docmill.engines.reading.office import office_parts
from docmill.engines.reading.office.number_formats import decimal_comma, shown
from docmill.engines.reading.parts import Opened, PageDone, PageSeen

INVOICES = {
    media.DOCX: invoice_docx,
    media.XLSX: invoice_xlsx,
    media.ODT: invoice_odt,
    media.RTF: invoice_rtf,
}
HIDDEN = "<w:rPr><w:vanish/></w:rPr>"


def opened(data: bytes, kind: str) -> Reading:
    assembly = Assembly(DEFAULT)
    for part in office_parts(data, kind, DEFAULT):
        assembly.add(part)
    return assembly.reading()


def only(data: bytes, kind: str) -> Page:
    (page,) = opened(data, kind).pages
    return page


def line(page: Page) -> str:
    return " ".join(word.text for word in page.visible)


def docx_line(body: str, **parts: list[tuple[str, str, str]]) -> str:
    return line(only(docx_of(body, **parts), media.DOCX))


@pytest.mark.parametrize("kind", INVOICES)
def test_an_invoice_is_told_by_its_content_and_read_with_its_table(kind: str) -> None:
    reading = read(INVOICES[kind](), "upload")
    assert reading.media_type == kind
    (page,) = reading.pages
    for text in ("Industriestraße", "INV-2026-0042", "1,420.15", *IBAN.split()):
        assert text in line(page)
    table = page.tables[0]
    words = {
        " ".join(page.words[word].text for word in cell.words): (cell.row, cell.column)
        for cell in table.cells
    }
    top = words[HEAD[0]][0]
    for row, entry in enumerate(ROWS, top + 1):
        assert words[entry[1]] == (row, 1)
    assert words["950.00"] == (top + 1, 4)


@pytest.mark.parametrize("kind", INVOICES)
def test_a_page_is_drawn_for_people(kind: str) -> None:
    from PIL import Image

    data = INVOICES[kind]()
    picture = Image.open(io.BytesIO(render(data, 1, dpi=72) or b""))
    assert picture.size == (595, 842)
    assert sum(level < 128 for level in picture.convert("L").tobytes()) > 1000
    assert render(data, 2, dpi=72) is None


def test_the_picture_has_the_letters_of_europe() -> None:
    from PIL import Image

    def ink(text: str) -> bytes:
        return Image.open(io.BytesIO(render(docx_of(paragraph(text)), 1, dpi=72) or b"")).tobytes()

    assert len({ink(letter) for letter in "ßäłéñ€ż"}) == 7


def test_word_tracked_changes_count_as_accepted() -> None:
    body = (
        '<w:p><w:r><w:t xml:space="preserve">Total </w:t></w:r><w:del><w:r><w:delText>90</w:delText></w:r></w:del>'
        "<w:ins><w:r><w:t>100</w:t></w:r></w:ins></w:p>"
    )
    assert docx_line(body) == "Total 100"


def test_word_hidden_text_is_marked() -> None:
    page = only(docx_of(paragraph("seen") + paragraph("unseen", HIDDEN)), media.DOCX)
    assert [(word.text, word.hidden) for word in page.words] == [
        ("seen", None),
        ("unseen", Hidden.SWITCHED_OFF),
    ]


def _run_of(*properties: str) -> str:
    return f"<w:rPr>{''.join(properties)}</w:rPr>"


WHITE_INK = '<w:color w:val="FFFFFF"/>'


@pytest.mark.parametrize(
    ("properties", "why"),
    [
        (_run_of(WHITE_INK), Hidden.WHITE),
        (_run_of('<w:color w:val="F4F4F4"/>'), Hidden.WHITE),
        (_run_of('<w:color w:val="204080"/>', '<w:shd w:val="clear" w:fill="204080"/>'), Hidden.WHITE),
        (_run_of('<w:sz w:val="2"/>'), Hidden.TINY),
        (_run_of('<w:w w:val="1"/>'), Hidden.TINY),
        (_run_of(WHITE_INK, '<w:shd w:val="clear" w:fill="204080"/>'), None),
        (_run_of(WHITE_INK, '<w:highlight w:val="blue"/>'), None),
        (_run_of('<w:color w:val="auto"/>'), None),
        (_run_of('<w:color w:val="808080"/>'), None),
    ],
)
def test_word_text_in_the_colour_of_its_paper_is_marked(properties: str, why: Hidden | None) -> None:
    page = only(docx_of(paragraph("999", properties)), media.DOCX)
    assert [word.hidden for word in page.words] == [why]


def test_word_text_that_its_style_hides_is_marked() -> None:
    styles = (
        f'<w:styles xmlns:w="{W}"><w:style w:styleId="quiet"><w:rPr><w:vanish/></w:rPr></w:style>'
        f'<w:style w:styleId="pale"><w:rPr>{WHITE_INK}</w:rPr></w:style></w:styles>'
    )
    body = paragraph("1", _run_of('<w:rStyle w:val="quiet"/>')) + paragraph(
        "2", _run_of('<w:rStyle w:val="pale"/>')
    )
    page = only(docx_of(body, parts=[("styles", "styles.xml", styles)]), media.DOCX)
    assert [word.hidden for word in page.words] == [Hidden.SWITCHED_OFF, Hidden.WHITE]


def test_word_white_text_in_a_dark_cell_is_seen() -> None:
    def table(fill: str) -> str:
        facts = f'<w:tcPr><w:shd w:val="clear" w:fill="{fill}"/></w:tcPr>' if fill else ""
        return f"<w:tbl><w:tr><w:tc>{facts}{paragraph('999', _run_of(WHITE_INK))}</w:tc></w:tr></w:tbl>"

    for fill, why in (("204080", None), ("", Hidden.WHITE), ("FFFFFF", Hidden.WHITE)):
        page = only(docx_of(table(fill) + paragraph("end")), media.DOCX)
        assert {word.text: word.hidden for word in page.words} == {"999": why, "end": None}


def test_word_white_text_in_a_table_whose_style_shades_it_is_seen() -> None:
    styles = (
        f'<w:styles xmlns:w="{W}"><w:style w:styleId="dark"><w:tblStylePr><w:tcPr>'
        '<w:shd w:val="clear" w:fill="204080"/></w:tcPr></w:tblStylePr></w:style></w:styles>'
    )
    cell = f"<w:tc>{paragraph('Total', _run_of(WHITE_INK))}</w:tc>"
    body = f'<w:tbl><w:tblPr><w:tblStyle w:val="dark"/></w:tblPr><w:tr>{cell}</w:tr></w:tbl>'
    page = only(docx_of(body, parts=[("styles", "styles.xml", styles)]), media.DOCX)
    assert [word.hidden for word in page.words] == [None]


_CELL_STYLES = (
    '<fonts><font/><font><color rgb="FFFFFFFF"/></font><font><color theme="0"/></font></fonts>'
    '<fills><fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill>'
    '<fill><patternFill patternType="solid"><fgColor rgb="FF204080"/></patternFill></fill></fills>'
    '<cellXfs><xf fontId="0" fillId="0"/><xf fontId="1" fillId="0"/><xf fontId="2" fillId="0"/>'
    '<xf fontId="1" fillId="2"/></cellXfs>'
)


def test_excel_cells_in_the_colour_of_their_paper_are_marked() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1" s="0"><v>1</v></c><c r="B1" s="1"><v>2</v></c>'
        '<c r="C1" s="2"><v>3</v></c><c r="D1" s="3"><v>4</v></c></row></sheetData>'
    )
    page = only(xlsx_of(sheet, styles=_CELL_STYLES), media.XLSX)
    assert {word.text: word.hidden for word in page.words} == {
        "1": None,
        "2": Hidden.WHITE,
        "3": Hidden.WHITE,
        "4": None,
    }


def test_a_number_that_its_format_cannot_show_is_shown_as_it_is_stored() -> None:
    styles = (
        f'<numFmts><numFmt numFmtId="200" formatCode="0.{"0" * 40}"/></numFmts>'
        '<cellXfs><xf numFmtId="2"/><xf numFmtId="200"/><xf numFmtId="12"/></cellXfs>'
    )
    sheet = (
        '<sheetData><row r="1"><c r="A1" s="0"><v>nan</v></c><c r="B1" s="1"><v>12.5</v></c>'
        '<c r="C1" s="2"><v>1e300</v></c></row></sheetData>'
    )
    page = only(xlsx_of(sheet, styles=styles), media.XLSX)
    assert [word.text for word in page.words] == ["nan", "12.5", "1e300"]


def test_excel_rows_and_columns_without_extent_are_marked() -> None:
    sheet = (
        '<cols><col min="2" max="2" width="0"/></cols><sheetData>'
        '<row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row r="2" ht="0"><c r="A2"><v>3</v></c></row></sheetData>'
    )
    page = only(xlsx_of(sheet), media.XLSX)
    assert {word.text for word in page.words if word.hidden} == {"2", "3"}


def test_word_lists_are_counted() -> None:
    numbering = (
        '<w:numbering xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:abstractNum w:abstractNumId="0">'
        '<w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1."/></w:lvl>'
        '<w:lvl w:ilvl="1"><w:numFmt w:val="lowerRoman"/><w:lvlText w:val="%1.%2"/></w:lvl></w:abstractNum>'
        '<w:num w:numId="7"><w:abstractNumId w:val="0"/></w:num></w:numbering>'
    )

    def item(level: int, text: str) -> str:
        return (
            f'<w:p><w:pPr><w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="7"/></w:numPr></w:pPr>'
            f"<w:r><w:t>{text}</w:t></w:r></w:p>"
        )

    body = item(0, "a") + item(1, "b") + item(1, "c") + item(0, "d")
    assert docx_line(body, parts=[("numbering", "numbering.xml", numbering)]) == "3. a 3.i b 3.ii c 4. d"


def test_word_headers_stand_first_and_footers_last() -> None:
    namespaces = (
        'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
        'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
    )
    body = paragraph("body") + (
        f'<w:sectPr {namespaces}><w:headerReference r:id="rId1"/><w:footerReference r:id="rId2"/></w:sectPr>'
    )
    parts = [
        ("header", "header1.xml", f"<w:hdr {namespaces}>{paragraph('Acme')}</w:hdr>"),
        ("footer", "footer1.xml", f"<w:ftr {namespaces}>{paragraph('Bank')}</w:ftr>"),
    ]
    assert docx_line(body, parts=parts) == "Acme body Bank"


def test_word_text_boxes_and_check_boxes_are_read_once() -> None:
    box = (
        '<w:p><w:r><mc:AlternateContent xmlns:mc="mc"><mc:Choice><w:drawing><x:txbx xmlns:x="x"><w:txbxContent>'
        f"{paragraph('boxed')}</w:txbxContent></x:txbx></w:drawing></mc:Choice><mc:Fallback><w:pict><w:txbxContent>"
        f"{paragraph('boxed')}</w:txbxContent></w:pict></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    tick = (
        '<w:p><w:sdt><w:sdtPr><w14:checkbox xmlns:w14="w14"><w14:checked w14:val="1"/></w14:checkbox></w:sdtPr>'
        "<w:sdtContent><w:r><w:t>☒</w:t></w:r></w:sdtContent></w:sdt><w:r><w:t>paid</w:t></w:r></w:p>"
    )
    page = only(docx_of(box + tick), media.DOCX)
    assert line(page) == "boxed paid"
    assert [box.checked for box in page.check_boxes] == [True]


def test_word_cells_that_are_merged_span() -> None:
    (table,) = only(docx_of(_merged()), media.DOCX).tables
    assert (table.rows, table.columns) == (3, 3)
    assert {(cell.row, cell.column, cell.row_span, cell.column_span) for cell in table.cells} >= {
        (0, 0, 1, 2), (1, 0, 2, 1), (2, 1, 1, 1),
    }  # fmt: skip


def _merged() -> str:
    def cell(text: str, properties: str = "") -> str:
        return f"<w:tc><w:tcPr>{properties}</w:tcPr>{paragraph(text)}</w:tc>"

    wide, tall, down = '<w:gridSpan w:val="2"/>', '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    rows = (
        cell("wide", wide) + cell("c"),
        cell("tall", tall) + cell("d") + cell("e"),
        cell("", down) + cell("f") + cell("g"),
    )
    return "<w:tbl>" + "".join(f"<w:tr>{row}</w:tr>" for row in rows) + "</w:tbl>"


def test_excel_words_have_their_cell_and_their_sheet() -> None:
    page = only(invoice_xlsx(), media.XLSX)
    assert page.name == "Invoice 42"
    cells = {word.text: word.cell for word in page.words}
    assert cells["INV-2026-0042"] == "C6"
    assert cells["1,420.15"] == cells["€"] == "E17"
    assert "2026-03-31" in cells


def test_excel_hidden_rows_columns_and_sheets_are_marked() -> None:
    sheet = (
        '<cols><col min="2" max="2" hidden="1"/></cols><sheetData><row r="1"><c r="A1"><v>1</v></c><c r="B1"><v>2</v></c></row>'
        '<row r="2" hidden="1"><c r="A2"><v>3</v></c></row></sheetData>'
    )
    page = only(xlsx_of(sheet), media.XLSX)
    assert line(page) == "1"
    assert {word.text for word in page.words if word.hidden} == {"2", "3"}
    assert not only(xlsx_of(sheet, state="veryHidden"), media.XLSX).visible


def test_excel_merged_cells_span_and_a_far_corner_costs_nothing() -> None:
    sheet = (
        '<sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>wide</t></is></c></row>'
        '<row r="2"><c r="A2"><v>1</v></c><c r="B2"><v>2</v></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>9</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="A1:B1"/></mergeCells>'
    )
    page = only(xlsx_of(sheet), media.XLSX)
    (table,) = page.tables
    assert (table.rows, table.columns) == (4, 3)
    assert next(cell for cell in table.cells if cell.row == 0).column_span == 2
    assert page.words[-1].cell == "XFD1048576"


@pytest.mark.parametrize(
    ("number", "code", "text"),
    [
        (1234.5, "#,##0.00", "1,234.50"),
        (0.19, "0%", "19%"),
        (0.195, "0.0%", "19.5%"),
        (-12.5, '#,##0.00 "€"', "-12.50 €"),
        (-12.5, "0.00;(0.00)", "(12.50)"),
        (0, '0.00;-0.00;"-"', "-"),
        (5, ";;;", ""),
        (1420.15, "[$€-2] #,##0.00", "€ 1,420.15"),
        (46112, "dd.mm.yyyy", "31.03.2026"),
        (46112, "d-mmm-yy", "31-Mar-26"),
        (46112.75, "yyyy-mm-dd hh:mm", "2026-03-31 18:00"),
        (0.75, "h:mm AM/PM", "6:00 PM"),
        (1.5, "[h]:mm", "36:00"),
        (0.1 + 0.2, "General", "0.3"),
        (1e15, "General", "1E+15"),
        (42, "0000", "0042"),
        (2.5, "0", "3"),
        (1.005, "0.00", "1.01"),
        (12345678, '#,##0.0,,"M"', "12.3M"),
        (1234.5, "0.00E+00", "1.23E+03"),
        (2.5, "# ?/?", "2 1/2"),
        (7, '"No. "0', "No. 7"),
        (150, '[>=100]"many";[<100]"few"', "many"),
    ],
)
def test_a_number_looks_as_its_format_shows_it(number: float, code: str, text: str) -> None:
    assert shown(number, code) == text


def test_separators_follow_the_country_that_the_formats_name() -> None:
    assert decimal_comma(["#,##0.00 [$€-407]"])
    assert not decimal_comma(["[$$-409]#,##0.00", "0.00", "[$CHF-807] 0.00"])
    assert shown(1420.15, "#,##0.00 [$€-407]", comma=True) == "1.420,15 €"


def test_powerpoint_slides_are_pages_with_their_names() -> None:
    import pptx
    from pptx.util import Pt

    deck = pptx.Presentation()
    slide = deck.slides.add_slide(deck.slide_layouts[5])
    slide.shapes.title.text = "Quarter one"
    box = slide.shapes.add_textbox(Pt(300), Pt(200), Pt(200), Pt(50))
    box.text_frame.text = "Revenue 1,000"
    table = slide.shapes.add_table(2, 2, Pt(50), Pt(300), Pt(300), Pt(60)).table
    table.cell(0, 0).merge(table.cell(0, 1))
    table.cell(0, 0).text, table.cell(1, 0).text, table.cell(1, 1).text = "both", "left", "right"
    slide.notes_slide.notes_text_frame.text = "whispered"
    out = io.BytesIO()
    deck.save(out)
    page = only(out.getvalue(), media.PPTX)
    assert page.name == "Quarter one"
    assert "whispered" not in line(page)
    revenue = next(word for word in page.words if word.text == "Revenue")
    assert revenue.box.x0 == pytest.approx(307.2, abs=0.5)
    (found,) = page.tables
    assert [(cell.row, cell.column_span) for cell in found.cells] == [(0, 2), (1, 1), (1, 1)]


def test_opendocument_hidden_text_lists_and_spans() -> None:
    automatic = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
        '<text:list-style style:name="N"><text:list-level-style-number text:level="1" style:num-format="1"/></text:list-style>'
    )
    body = (
        '<text:p>a<text:s text:c="3"/>b<text:span text:style-name="H">unseen</text:span></text:p>'
        '<text:list text:style-name="N"><text:list-item><text:p>one</text:p></text:list-item>'
        "<text:list-item><text:p>two</text:p></text:list-item></text:list>"
        '<table:table><table:table-row><table:table-cell table:number-columns-spanned="2"><text:p>wide</text:p></table:table-cell>'
        "<table:covered-table-cell/></table:table-row><table:table-row><table:table-cell><text:p>l</text:p></table:table-cell>"
        "<table:table-cell><text:p>r</text:p></table:table-cell></table:table-row></table:table>"
    )
    page = only(odt_of(body, automatic=automatic), media.ODT)
    assert line(page) == "a b 1. one 2. two wide l r"
    assert [word.text for word in page.words if word.hidden] == ["unseen"]
    assert page.tables[0].cells[0].column_span == 2


def test_opendocument_with_a_password_says_so() -> None:
    with pytest.raises(Rejected) as refused:
        opened(odt_of("", manifest="<m><encryption-data/></m>"), media.ODT)
    assert refused.value.code is ErrorCode.PASSWORD_REQUIRED


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (rb"{\rtf1\ansi\ansicpg1252 M\'fcnchen \u8364? 5}", "München € 5"),
        (rb"{\rtf1\ansi{\fonttbl{\f0\fcharset0 A;}{\f1\fcharset238 B;}}\f1 \'b3\f0 \'b3}", "ł³"),
        (
            rb"{\rtf1\ansi{\fonttbl{\f0\fnil{\*\panose 02}\fcharset238 A;}}\f0 \'b3}",
            "ł",
        ),
        (rb"{\rtf1\ansi{\fonttbl \f0" + rb"\*\panose 0" * 20_000 + rb"}seen}", "seen"),
        (rb"{\rtf1\uc2 \u-10179??\u-8704??x}", "😀x"),
        (rb"{\rtf1 a{\*\unknown b}{\info{\title c}}d{\field{\*\fldinst e}{\fldrslt f}}}", "adf"),
        (rb"{\rtf1 a\bin5 }}}}}b}", "ab"),
        (rb"{\rtf1 old{\deleted gone}{\revised new}}", "oldnew"),
        (rb"{\rtf1{\header Acme\par}body\par{\footer Bank}}", "Acme body Bank"),
    ],
)
def test_rich_text_escapes(text: bytes, expected: str) -> None:
    assert line(only(text, media.RTF)) == expected


_WHITE_TABLE = r"{\colortbl;\red255\green255\blue255;\red0\green0\blue255;}"


@pytest.mark.parametrize(
    ("group", "why"),
    [
        (r"{\cf1 999}", Hidden.WHITE),
        (r"{\cf1\fs24 999}", Hidden.WHITE),
        (r"{\fs2 999}", Hidden.TINY),
        (r"{\fs2\cf2 999}", Hidden.TINY),
        (r"{\cf2 999}", None),
        (r"{\cf1\cf0 999}", None),
        (r"{\cf1\chcbpat2 999}", None),
    ],
)
def test_rich_text_in_the_colour_of_its_paper_is_marked(group: str, why: Hidden | None) -> None:
    page = only((r"{\rtf1\ansi" + _WHITE_TABLE + "seen " + group + r" seen\par}").encode(), media.RTF)
    assert {word.text: word.hidden for word in page.words} == {"seen": None, "999": why}


@pytest.mark.parametrize(
    ("look", "why"),
    [
        ('fo:color="#ffffff"', Hidden.WHITE),
        ('fo:color="#204080" fo:background-color="#204080"', Hidden.WHITE),
        ('fo:font-size="1pt"', Hidden.TINY),
        ('fo:color="#ffffff" fo:background-color="#204080"', None),
        ('fo:color="#204080"', None),
    ],
)
def test_opendocument_text_in_the_colour_of_its_paper_is_marked(look: str, why: Hidden | None) -> None:
    space = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    style = f'<style:style style:name="a"><style:text-properties {space} {look}/></style:style>'
    body = '<text:p>seen <text:span text:style-name="a">999</text:span></text:p>'
    page = only(odt_of(body, automatic=style), media.ODT)
    assert {word.text: word.hidden for word in page.words} == {"seen": None, "999": why}


def test_opendocument_white_text_in_a_document_with_dark_cells_is_seen() -> None:
    space = 'xmlns:fo="urn:oasis:names:tc:opendocument:xmlns:xsl-fo-compatible:1.0"'
    styles = (
        f'<style:style style:name="c"><style:table-cell-properties {space} fo:background-color="#204080"/>'
        f'</style:style><style:style style:name="a"><style:text-properties {space} fo:color="#ffffff"/></style:style>'
    )
    body = '<text:p><text:span text:style-name="a">999</text:span></text:p>'
    assert [word.hidden for word in only(odt_of(body, automatic=styles), media.ODT).words] == [None]


def test_rich_text_hidden_text_and_merged_cells() -> None:
    page = only(rb"{\rtf1 seen {\v unseen} too}", media.RTF)
    assert [word.text for word in page.words if word.hidden] == ["unseen"]
    rows = (
        rb"{\rtf1\trowd\clvmgf\cellx1000\cellx2000 tall\cell a\cell\row"
        rb"\trowd\clvmrg\cellx1000\cellx2000 \cell b\cell\row\trowd\cellx2000 wide\cell\row}"
    )
    (table,) = only(rows, media.RTF).tables
    spans = {(cell.row, cell.column): (cell.row_span, cell.column_span) for cell in table.cells}
    assert spans[0, 0] == (2, 1)
    assert spans[2, 0] == (1, 2)


def test_a_scan_in_a_word_file_without_text_waits_for_ocr_and_a_logo_does_not() -> None:
    import docx
    from PIL import Image

    def noise(side: int) -> io.BytesIO:
        out = io.BytesIO()
        Image.effect_noise((side, side), 60).save(out, "PNG")
        out.seek(0)
        return out

    def file(text: str) -> bytes:
        document = docx.Document()
        document.add_picture(noise(900))
        document.add_picture(noise(200))
        document.add_paragraph(text)
        out = io.BytesIO()
        document.save(out)
        return out.getvalue()

    found = list(office_parts(file("see above"), media.DOCX, DEFAULT))
    assert [type(part) for part in found] == [Opened, PageDone, PageSeen]
    assert (found[2].page.number, found[2].pixels.width) == (2, 900)
    assert not any(
        isinstance(part, PageSeen) for part in office_parts(file("word " * 40), media.DOCX, DEFAULT)
    )
    assert [type(part) for part in office_parts(file(""), media.DOCX, DEFAULT)] == [Opened, PageSeen]
    assert Image.open(io.BytesIO(render(file(""), 1, dpi=72) or b"")).size == (900, 900)
