"""Office files: packages of XML that say little and mean much."""

import struct
import zlib

from tests.bombs.archives import zipped
from tests.bombs.bomb import READ, bomb
from tests.bombs.deflated import GIB, MIB, raw
from tests.bombs.markup import laughs

_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
RELATIONS = "http://schemas.openxmlformats.org/package/2006/relationships"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
SLIDE = "http://schemas.openxmlformats.org/presentationml/2006/main"
DRAWING = "http://schemas.openxmlformats.org/drawingml/2006/main"
_KINDS = {
    "word/document.xml": "wordprocessingml.document.main",
    "xl/workbook.xml": "spreadsheetml.sheet.main",
    "xl/sharedStrings.xml": "spreadsheetml.sharedStrings",
    "xl/worksheets/sheet1.xml": "spreadsheetml.worksheet",
    "ppt/presentation.xml": "presentationml.presentation.main",
    "ppt/slides/slide1.xml": "presentationml.slide",
}
_PREFIX = "application/vnd.openxmlformats-officedocument."

Part = str | bytes | tuple[bytes, int]
"""Text or bytes, or raw deflate with the size that it is said to unpack to."""


def package(parts: dict[str, Part]) -> bytes:
    """An OOXML package; the first part is its main one."""
    main = next(iter(parts))
    overrides = "".join(
        f'<Override PartName="/{name}" ContentType="{_PREFIX}{_KINDS[name]}+xml"/>'
        for name in parts
        if name in _KINDS
    )
    types = f'{_HEAD}<Types xmlns="{_TYPES}"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    relations = f'{_HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/officeDocument" Target="{main}"/></Relationships>'
    return zipped(
        *(
            _file(name, part)
            for name, part in {"[Content_Types].xml": types, "_rels/.rels": relations, **parts}.items()
        )
    )


def _file(name: str, part: Part) -> tuple[str, bytes, int, int]:
    if isinstance(part, tuple):
        return name, *part, 0
    data = part.encode() if isinstance(part, str) else part
    return name, _raw(data), len(data), zlib.crc32(data)


def _raw(data: bytes) -> bytes:
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


def between(before: str, pattern: str, after: str, size_bytes: int) -> tuple[bytes, int]:
    """Raw deflate of a text whose middle is repeated up to ``size_bytes``."""
    packer = zlib.compressobj(6, zlib.DEFLATED, -15)
    head = packer.compress(before.encode()) + packer.flush(zlib.Z_FULL_FLUSH)
    middle = raw(pattern.encode(), size_bytes)[:-2]
    return head + middle + _raw(after.encode()), size_bytes


def word(body: Part) -> bytes:
    if isinstance(body, str) and not body.startswith(_HEAD):
        body = f'{_HEAD}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'
    return package({"word/document.xml": body})


@bomb("docx", "unpack_bomb")
def docx_of_4_gib() -> bytes:
    """4 GiB of paragraphs in 4 MB."""
    before = f'{_HEAD}<w:document xmlns:w="{WORD}"><w:body>'
    return word(between(before, "<w:p><w:r><w:t>a</w:t></w:r></w:p>", "</w:body></w:document>", 4 * GIB))


@bomb("docx", "unpack_bomb")
def docx_of_one_endless_word() -> bytes:
    before = f'{_HEAD}<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>'
    return word(between(before, "a", "</w:t></w:r></w:p></w:body></w:document>", 4 * GIB))


@bomb("docx", "xml_forbidden")
def docx_of_tables_within_tables() -> bytes:
    depth = 20_000
    return word("<w:tbl><w:tr><w:tc>" * depth + "<w:p/>" + "</w:tc></w:tr></w:tbl>" * depth)


@bomb("docx", "too_many_pages")
def docx_of_cells_without_end() -> bytes:
    cell = '<w:tc><w:tcPr><w:gridSpan w:val="1000000000"/></w:tcPr><w:p><w:r><w:t>a</w:t></w:r></w:p></w:tc>'
    return word("<w:tbl><w:tr>" + cell * 5 + "</w:tr></w:tbl>")


@bomb("docx", "xml_forbidden")
def docx_of_laughs() -> bytes:
    return word(
        _with_entities(
            f'<w:document xmlns:w="{WORD}"><w:body><w:p><w:r><w:t>&e9;</w:t></w:r></w:p></w:body></w:document>'
        )
    )


def _with_entities(body: str) -> str:
    return f"{_HEAD}<!DOCTYPE x [{laughs()}]>{body}"


def book(sheet: Part, **more: Part) -> bytes:
    if isinstance(sheet, str) and not sheet.startswith(_HEAD):
        sheet = f'{_HEAD}<worksheet xmlns="{SHEET}">{sheet}</worksheet>'
    relations = (
        f'{_HEAD}<Relationships xmlns="{RELATIONS}">'
        f'<Relationship Id="r1" Type="{OFFICE}/worksheet" Target="worksheets/sheet1.xml"/>'
        f'<Relationship Id="r2" Type="{OFFICE}/sharedStrings" Target="sharedStrings.xml"/></Relationships>'
    )
    workbook = f'{_HEAD}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets><sheet name="A" sheetId="1" r:id="r1"/></sheets></workbook>'
    strings = more.pop("strings", f'{_HEAD}<sst xmlns="{SHEET}"><si><t>a</t></si></sst>')
    return package(
        {
            "xl/workbook.xml": workbook,
            "xl/_rels/workbook.xml.rels": relations,
            "xl/sharedStrings.xml": strings,
            "xl/worksheets/sheet1.xml": sheet,
        }
    )


@bomb("xlsx", "unpack_bomb")
def xlsx_of_4_gib() -> bytes:
    before = f'{_HEAD}<worksheet xmlns="{SHEET}"><sheetData>'
    return book(between(before, "<row><c><v>1</v></c></row>", "</sheetData></worksheet>", 4 * GIB))


@bomb("xlsx", READ)
def xlsx_that_says_that_it_is_full() -> bytes:
    """A million rows of sixteen thousand columns, by its dimension, its last cell and one merge of all."""
    return book(
        '<dimension ref="A1:XFD1048576"/><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>Total</t></is></c></row>'
        '<row r="1048576"><c r="XFD1048576"><v>119</v></c></row></sheetData>'
        '<mergeCells count="1"><mergeCell ref="A2:XFD1048575"/></mergeCells>'
    )


@bomb("xlsx", READ)
def xlsx_of_merges() -> bytes:
    merges = '<mergeCell ref="A1:XFD1048576"/>' * 50_000
    return book(
        f'<sheetData><row r="1"><c r="A1"><v>1</v></c></row></sheetData><mergeCells>{merges}</mergeCells>'
    )


@bomb("xlsx", "too_many_pages")
def xlsx_of_one_string_again_and_again() -> bytes:
    """A shared string of a megabyte, in half a million cells."""
    strings = f'{_HEAD}<sst xmlns="{SHEET}"><si><t>{"total " * 170_000}</t></si></sst>'
    rows = "".join(f'<row r="{n}">' + '<c t="s"><v>0</v></c>' * 100 + "</row>" for n in range(1, 2_001))
    return book(f"<sheetData>{rows}</sheetData>", strings=strings)


@bomb("xlsx", "unpack_bomb")
def xlsx_of_endless_strings() -> bytes:
    before = f'{_HEAD}<sst xmlns="{SHEET}">'
    strings = between(before, "<si><t>a</t></si>", "</sst>", 4 * GIB)
    return book('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>', strings=strings)


@bomb("xlsx", "xml_forbidden")
def xlsx_of_laughs() -> bytes:
    strings = _with_entities(f'<sst xmlns="{SHEET}"><si><t>&e9;</t></si></sst>')
    return book('<sheetData><row r="1"><c r="A1" t="s"><v>0</v></c></row></sheetData>', strings=strings)


@bomb("xlsx", READ)
def xlsx_of_addresses_that_are_none() -> bytes:
    cells = "".join(f'<c r="{"Z" * 200}{"9" * 400}"><v>{n}</v></c>' for n in range(100))
    return book(f'<sheetData><row r="{"9" * 400}">{cells}</row></sheetData>')


@bomb("pptx", "xml_forbidden")
def pptx_of_shapes_within_shapes() -> bytes:
    """Fifty thousand groups within each other on one slide."""
    depth = 50_000
    shape = "<p:sp><p:txBody><a:p><a:r><a:t>Total</a:t></a:r></a:p></p:txBody></p:sp>"
    tree = "<p:grpSp>" * depth + shape + "</p:grpSp>" * depth
    slide = f'{_HEAD}<p:sld xmlns:p="{SLIDE}" xmlns:a="{DRAWING}"><p:cSld><p:spTree>{tree}</p:spTree></p:cSld></p:sld>'
    listed = '<p:sldId id="256" r:id="r1"/>'
    return slides(slide, listed)


def slides(slide: Part, listed: str) -> bytes:
    presentation = f'{_HEAD}<p:presentation xmlns:p="{SLIDE}" xmlns:r="{OFFICE}"><p:sldIdLst>{listed}</p:sldIdLst></p:presentation>'
    relations = f'{_HEAD}<Relationships xmlns="{RELATIONS}"><Relationship Id="r1" Type="{OFFICE}/slide" Target="slides/slide1.xml"/></Relationships>'
    return package(
        {
            "ppt/presentation.xml": presentation,
            "ppt/_rels/presentation.xml.rels": relations,
            "ppt/slides/slide1.xml": slide,
        }
    )


@bomb("pptx", READ, "reader_limit")
def pptx_of_one_slide_again_and_again() -> bytes:
    slide = f'{_HEAD}<p:sld xmlns:p="{SLIDE}" xmlns:a="{DRAWING}"><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>{"total " * 20_000}</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>'
    listed = "".join(f'<p:sldId id="{n}" r:id="r1"/>' for n in range(256, 100_256))
    return slides(slide, listed)


def odt(content: str | bytes) -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table")
    )
    body: Part = content
    if isinstance(content, str):
        body = f"{_HEAD}<office:document-content {spaces}><office:body><office:text>{content}</office:text></office:body></office:document-content>"
    manifest = f'{_HEAD}<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"><manifest:file-entry manifest:full-path="/" manifest:media-type="application/vnd.oasis.opendocument.text"/></manifest:manifest>'
    files: dict[str, Part] = {
        "mimetype": "application/vnd.oasis.opendocument.text",
        "META-INF/manifest.xml": manifest,
        "content.xml": body,
    }
    return zipped(*(_file(name, part) for name, part in files.items()))


@bomb("odt", "too_many_pages")
def odt_of_repeated_cells() -> bytes:
    """One cell, said to be repeated sixteen thousand million times."""
    cell = '<table:table-cell table:number-columns-repeated="16384"><text:p>Total</text:p></table:table-cell>'
    row = f'<table:table-row table:number-rows-repeated="1048576">{cell}</table:table-row>'
    return odt(
        f'<table:table><table:table-column table:number-columns-repeated="2000000000"/>{row * 9}</table:table>'
    )


@bomb("odt", READ)
def odt_of_repeated_blanks() -> bytes:
    return odt('<text:p>Total<text:s text:c="2000000000"/>119.00</text:p>' * 5)


@bomb("odt", "xml_forbidden")
def odt_of_spans_within_spans() -> bytes:
    return odt("<text:p>" + "<text:span>" * 100_000 + "deep" + "</text:span>" * 100_000 + "</text:p>")


def ole(fat: list[int], *, directory: int = 1) -> bytes:
    """A compound file of one table of sectors, as old office files and Outlook messages are."""
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6)
    head += bytes(6) + struct.pack("<IIIIIIIII", 0, 1, directory, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE, 0)
    head += struct.pack("<I", 0) + struct.pack("<I", 0xFFFFFFFF) * 108
    table = b"".join(struct.pack("<I", each) for each in fat).ljust(512, b"\xff")
    return head + table + b"".join(_entries())


def _entries() -> list[bytes]:
    found = []
    for name, kind, child, side in (
        ("Root Entry", 5, 1, -1),
        ("__properties_version1.0", 2, -1, 1),
        ("a", 1, 0, 1),
        ("b", 1, 2, 3),
    ):
        text = (name + "\0").encode("utf-16-le").ljust(64, b"\0")
        found.append(
            text + struct.pack("<HBB", 2 * len(name) + 2, kind, 1)
            + struct.pack("<III", side & 0xFFFFFFFF, side & 0xFFFFFFFF, child & 0xFFFFFFFF) + bytes(36)
            + struct.pack("<IQ", 1, 2**32 - 1)
        )  # fmt: skip
    return found


@bomb("msg", "reader_limit")
def msg_whose_sectors_are_a_ring() -> bytes:
    return ole([0xFFFFFFFD, 1, 2, 3])


@bomb("rtf", "file_corrupt")
def rtf_of_a_million_groups() -> bytes:
    return b"{\\rtf1\\ansi " + b"{\\b " * 1_000_000 + b"deep" + b"}" * 1_000_001


@bomb("rtf", READ)
def rtf_that_promises_bytes() -> bytes:
    """Binary data of 2 GiB that are not there, and table cells without end."""
    cells = b"\\cellx2147483647" * 100_000
    return b"{\\rtf1\\ansi Total 119.00 {\\pict\\bin2147483647 x}\\trowd" + cells + b"a\\cell\\row\\par}"


@bomb("rtf", READ)
def rtf_of_pictures() -> bytes:
    return b"{\\rtf1\\ansi {\\pict\\pngblip " + b"00" * (20 * MIB) + b"}Total 119.00\\par}"
