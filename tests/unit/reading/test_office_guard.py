"""Office files that want to do harm: refused by a code, soon, and without opening anything."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.reading.offices import (
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
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines.reading import read
from docmill.engines.reading.assembly import Assembly
from docmill.engines.reading.kinds import media
from docmill.engines.reading.office import office_parts

FILES = {media.DOCX: invoice_docx, media.XLSX: invoice_xlsx, media.ODT: invoice_odt}
MAIN = {media.DOCX: "word/document.xml", media.XLSX: "xl/worksheets/sheet1.xml", media.ODT: "content.xml"}
ENTITY = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/hostname">]>'


def code_of(data: bytes, kind: str, allowed: ReadingLimits = DEFAULT) -> str:
    """The code, or how many words there are."""
    assembly = Assembly(allowed)
    try:
        for part in office_parts(data, kind, allowed):
            assembly.add(part)
    except Rejected as refused:
        return refused.code
    return f"{sum(len(page.words) for page in assembly.reading().pages)} words"


def exchanged(data: bytes, name: str, chunks: Iterable[bytes]) -> bytes:
    """The package with another content of one part."""
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.namelist():
            if entry != name:
                new.writestr(entry, old.read(entry))
        with new.open(name, "w", force_zip64=True) as part:
            for chunk in chunks:
                part.write(chunk)
    return out.getvalue()


@pytest.mark.parametrize("kind", FILES)
def test_a_part_that_unpacks_to_hundreds_of_megabytes_is_a_bomb(kind: str) -> None:
    data = exchanged(FILES[kind](), MAIN[kind], (b"<r>", *([b"bomb" * 250_000] * 150)))
    assert len(data) < 1_000_000
    assert code_of(data, kind) == ErrorCode.UNPACK_BOMB


@pytest.mark.parametrize("kind", FILES)
def test_a_document_type_is_forbidden_in_the_part_that_holds_the_text(kind: str) -> None:
    data = FILES[kind]()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        text = package.read(MAIN[kind])
    start = text.index(b"?>") + 2 if text.startswith(b"<?xml") else 0
    assert (
        code_of(exchanged(data, MAIN[kind], (text[:start] + ENTITY + text[start:],)), kind)
        == ErrorCode.XML_FORBIDDEN
    )
    wide = ENTITY.decode() + text[start:].decode()
    encoded = b"\xff\xfe" + ('<?xml version="1.0" encoding="UTF-16"?>' + wide).encode("utf-16-le")
    assert code_of(exchanged(data, MAIN[kind], (encoded,)), kind) == ErrorCode.XML_FORBIDDEN


@pytest.mark.parametrize("kind", FILES)
def test_a_document_type_is_forbidden_in_parts_that_nobody_reads(kind: str) -> None:
    data = exchanged(
        FILES[kind](), "customXml/item1.xml", (b'<?xml version="1.0"?>' + ENTITY + b"<x>&e;</x>",)
    )
    assert code_of(data, kind) == ErrorCode.XML_FORBIDDEN


def test_tables_nested_beyond_the_depth_of_xml_are_forbidden_and_below_it_keep_their_text() -> None:
    def nested(levels: int) -> bytes:
        return docx_of("<w:tbl><w:tr><w:tc>" * levels + paragraph("core") + "</w:tc></w:tr></w:tbl>" * levels)

    assert code_of(nested(25), media.DOCX) == "1 words"
    assert code_of(nested(60), media.DOCX) == ErrorCode.XML_FORBIDDEN


def test_more_cells_than_allowed_are_too_many_pages() -> None:
    row = b"<row>" + b"<c><v>1</v></c>" * 50 + b"</row>"
    sheet = b"<sheetData>" + row * 100 + b"</sheetData>"
    inline = sheet.replace(b"<c><v>1</v></c>", b'<c t="inlineStr"><is><t>1</t></is></c>')
    allowed = replace(DEFAULT, table_cells_max=4000)
    for each in (sheet, inline):
        assert code_of(xlsx_of(each), media.XLSX) == "5000 words"
        assert code_of(xlsx_of(each), media.XLSX, allowed) == ErrorCode.TOO_MANY_PAGES


def test_xml_with_more_elements_than_allowed_is_a_bomb() -> None:
    allowed = replace(DEFAULT, package_elements_max=1000)
    assert code_of(docx_of(paragraph("x") * 1000), media.DOCX, allowed) == ErrorCode.UNPACK_BOMB


def test_many_cells_that_share_one_long_text_are_too_many_pages() -> None:
    sheet = (
        "<sheetData>"
        + '<row><c t="inlineStr"><is><t>{}</t></is></c></row>'.format("x " * 50_000) * 2
        + "</sheetData>"
    )
    assert code_of(xlsx_of(sheet), media.XLSX, replace(DEFAULT, pages_max=10)) == ErrorCode.TOO_MANY_PAGES


def test_rows_that_repeat_a_milliard_times_are_too_many_pages_and_empty_ones_are_one() -> None:
    many = 'table:number-rows-repeated="1000000000"'
    cell = "<table:table-cell><text:p>x</text:p></table:table-cell>"
    empty = '<table:table-cell table:number-columns-repeated="1000000000"/>'
    full = f"<table:table><table:table-row {many}>{cell}</table:table-row></table:table>"
    hollow = f"<table:table><table:table-row {many}>{empty}</table:table-row><table:table-row>{cell}</table:table-row></table:table>"
    assert code_of(odt_of(full), media.ODT) == ErrorCode.TOO_MANY_PAGES
    assert code_of(odt_of(hollow), media.ODT) == "1 words"


def test_rich_text_nested_without_end_is_corrupt_and_too_many_cells_are_refused() -> None:
    assert code_of(b"{\\rtf1 " + b"{" * 100_000, media.RTF) == ErrorCode.FILE_CORRUPT
    rows = b"{\\rtf1 " + b"\\trowd\\cellx1 a\\cell\\row" * 300_000 + b"}"
    assert code_of(rows, media.RTF) == ErrorCode.TOO_MANY_PAGES


def test_a_directory_of_a_million_parts_is_not_taken_apart() -> None:
    assert code_of(invoice_docx(), media.DOCX, replace(DEFAULT, package_parts_max=3)) == ErrorCode.UNPACK_BOMB


def test_two_parts_of_one_name_are_corrupt() -> None:
    out = io.BytesIO(invoice_docx())
    with zipfile.ZipFile(out, "a") as package:
        package.writestr("WORD/document.xml", "<other/>")
    assert code_of(out.getvalue(), media.DOCX) == ErrorCode.FILE_CORRUPT


@pytest.mark.parametrize("kind", FILES)
def test_a_file_that_is_cut_off_ends_in_a_code(kind: str) -> None:
    data = FILES[kind]()
    for percent in range(5, 100, 5):
        with pytest.raises(Rejected):
            read(data[: len(data) * percent // 100], "upload")


@given(st.integers(0, 10_000), st.binary(min_size=1, max_size=8))
@settings(max_examples=120, deadline=None)
def test_rich_text_that_is_broken_anywhere_never_brings_its_reader_down(place: int, junk: bytes) -> None:
    data = invoice_rtf()
    at = 6 + place % (len(data) - 6)
    code_of(data[:at] + junk + data[at + len(junk) :], media.RTF)


@given(
    st.sampled_from([media.DOCX, media.XLSX, media.ODT]),
    st.integers(0, 1_000_000),
    st.binary(min_size=1, max_size=4),
)
@settings(max_examples=120, deadline=None)
def test_xml_that_is_broken_anywhere_ends_in_a_reading_or_a_code(kind: str, place: int, junk: bytes) -> None:
    data = FILES[kind]()
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        text = package.read(MAIN[kind])
    at = place % len(text)
    code_of(exchanged(data, MAIN[kind], (text[:at] + junk + text[at + len(junk) :],)), kind)
