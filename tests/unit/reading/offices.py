"""Office files for tests: the same invoice in each format, and files that want to do harm."""

import io
import zipfile
from collections.abc import Iterable
from datetime import date
from xml.sax.saxutils import escape

HEAD = ("Pos", "Description", "Quantity", "Unit price", "Amount")
ROWS = (
    ("1", "Consulting services March", "10", "95.00", "950.00"),
    ("2", "Travel expenses", "1", "123.40", "123.40"),
    ("3", "Licence, one year", "2", "60.00", "120.00"),
)
SENDER = ("Acme Consulting GmbH", "Industriestraße 12", "80331 München", "VAT ID: DE136695976")
FACTS = (("Invoice number", "INV-2026-0042"), ("Invoice date", "2026-03-31"), ("Due date", "2026-04-30"))
SUMS = (("Subtotal", "1,193.40"), ("VAT 19 %", "226.75"), ("Total EUR", "1,420.15"))
IBAN = "IBAN: DE89 3704 0044 0532 0130 00"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_RELATIONS = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{}</Relationships>'
)
_TYPES = (
    '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/{}" ContentType="{}"/></Types>'
)


def zipped(parts: Iterable[tuple[str, str | bytes]]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return out.getvalue()


def relations(*targets: tuple[str, str]) -> str:
    return _RELATIONS.format(
        "".join(
            f'<Relationship Id="rId{number}" Type="{OFFICE}/{kind}" Target="{target}"/>'
            for number, (kind, target) in enumerate(targets, 1)
        )
    )


def docx_of(body: str, *, parts: Iterable[tuple[str, str, str]] = ()) -> bytes:
    """``parts``: (kind, name, XML) of more parts; the first one has the relation rId1."""
    parts = list(parts)
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    return zipped(
        [
            ("[Content_Types].xml", _TYPES.format("word/document.xml", kind)),
            ("_rels/.rels", relations(("officeDocument", "word/document.xml"))),
            ("word/_rels/document.xml.rels", relations(*((each, name) for each, name, _ in parts))),
            ("word/document.xml", f'<w:document xmlns:w="{W}"><w:body>{body}</w:body></w:document>'),
            *((f"word/{name}", content) for _, name, content in parts),
        ]
    )


def paragraph(text: str, properties: str = "") -> str:
    return f'<w:p><w:r>{properties}<w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'


def xlsx_of(sheet: str | bytes, *, styles: str = "", name: str = "Sheet", state: str = "visible") -> bytes:
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
    listed = f'<sheet name="{name}" sheetId="1" state="{state}" r:id="rId1"/>'
    inner = sheet if isinstance(sheet, bytes) else sheet.encode()
    return zipped(
        [
            ("[Content_Types].xml", _TYPES.format("xl/workbook.xml", kind)),
            ("_rels/.rels", relations(("officeDocument", "xl/workbook.xml"))),
            (
                "xl/_rels/workbook.xml.rels",
                relations(("worksheet", "worksheets/sheet1.xml"), ("styles", "styles.xml")),
            ),
            (
                "xl/workbook.xml",
                f'<workbook xmlns="{main}" xmlns:r="{OFFICE}"><sheets>{listed}</sheets></workbook>',
            ),
            ("xl/styles.xml", f'<styleSheet xmlns="{main}">{styles}</styleSheet>'),
            ("xl/worksheets/sheet1.xml", f'<worksheet xmlns="{main}">'.encode() + inner + b"</worksheet>"),
        ]
    )


def odt_of(body: str, *, automatic: str = "", manifest: str = "<manifest/>") -> bytes:
    spaces = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"'
        for name in ("office", "text", "table", "style")
    )
    inner = f"<office:automatic-styles>{automatic}</office:automatic-styles>"
    inner += f"<office:body><office:text>{body}</office:text></office:body>"
    return zipped(
        [
            ("mimetype", "application/vnd.oasis.opendocument.text"),
            (
                "content.xml",
                f"<office:document-content {spaces}>{inner}</office:document-content>",
            ),
            ("META-INF/manifest.xml", manifest),
        ]
    )


def invoice_docx() -> bytes:
    import docx

    document = docx.Document()
    document.add_paragraph("\n".join(SENDER))
    document.add_heading("Invoice", 0)
    for name, fact in FACTS:
        document.add_paragraph(f"{name}:\t{fact}")
    table = document.add_table(rows=0, cols=len(HEAD))
    table.style = "Table Grid"
    for row in (HEAD, *ROWS):
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text
    for name, amount in SUMS:
        document.add_paragraph(f"{name}\t\t{amount}")
    document.add_paragraph(IBAN)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def invoice_xlsx() -> bytes:
    import openpyxl

    book = openpyxl.Workbook()
    sheet = book.active
    sheet.title = "Invoice 42"
    for row, text in enumerate((*SENDER, "Invoice"), 1):
        sheet.cell(row, 1, text)
    for row, (name, fact) in enumerate(FACTS, 6):
        sheet.cell(row, 1, name)
        sheet.cell(row, 3, date.fromisoformat(fact) if name.endswith("date") else fact)
    for column, text in enumerate(HEAD, 1):
        sheet.cell(10, column, text)
    for row, entry in enumerate(ROWS, 11):
        for column, text in enumerate(entry, 1):
            cell = sheet.cell(row, column, text if column == 2 else float(text))
            if column > 3:
                cell.number_format = "#,##0.00"
    for row, (name, amount) in enumerate(SUMS, 15):
        sheet.cell(row, 4, name)
        sheet.cell(row, 5, float(amount.replace(",", ""))).number_format = '#,##0.00 "€"'
    sheet.cell(20, 1, IBAN)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def invoice_rtf() -> bytes:
    def escaped(text: str) -> str:
        return "".join(sign if ord(sign) < 128 else f"\\u{ord(sign)}?" for sign in text)

    text = r"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 Arial;}}\f0 "
    for line in (*SENDER, "Invoice", *(f"{name}: {fact}" for name, fact in FACTS)):
        text += escaped(line) + "\\par\n"
    for row in (HEAD, *ROWS):
        edges = "".join(rf"\cellx{1900 * column}" for column in range(1, len(row) + 1))
        text += rf"\trowd{edges}\intbl " + "".join(escaped(cell) + r"\cell " for cell in row) + "\\row\n"
    text += r"\pard " + "".join(rf"{name}\tab {amount}\par" + "\n" for name, amount in SUMS)
    return (text + IBAN + r"\par}").encode("ascii")


def invoice_odt() -> bytes:
    def line(text: str) -> str:
        return f"<text:p>{escape(text)}</text:p>".replace("\t", "<text:tab/>")

    def row(cells: Iterable[str]) -> str:
        inner = "".join(f"<table:table-cell>{line(cell)}</table:table-cell>" for cell in cells)
        return f"<table:table-row>{inner}</table:table-row>"

    body = "".join(map(line, (*SENDER, "Invoice", *(f"{name}: {fact}" for name, fact in FACTS))))
    body += "<table:table>" + "".join(map(row, (HEAD, *ROWS))) + "</table:table>"
    return odt_of(body + "".join(line(f"{name}\t{amount}") for name, amount in SUMS) + line(IBAN))
