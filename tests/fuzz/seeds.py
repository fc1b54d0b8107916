"""Small whole files of each kind, for fuzzing to start from."""

import io
import tarfile

from tests.bombs import office
from tests.bombs.archives import plain_zip
from tests.flow.running import invoice_xml

MAIL = b"""From: Muster GmbH <a@example.com>
To: b@example.com
Subject: =?utf-8?Q?Rechnung_f=C3=BCr_M=C3=A4rz?=
Date: Sat, 14 Mar 2026 10:00:00 +0100
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="b"

--b
Content-Type: text/html; charset=iso-8859-1
Content-Transfer-Encoding: quoted-printable

<p>Total <b>119,00</b> =80</p>
--b
Content-Type: text/csv; name*=utf-8''a%20b.csv
Content-Disposition: attachment; filename="=?utf-8?B?YS5jc3Y=?="
Content-Transfer-Encoding: base64

YTtiCjE7Mgo=
--b
Content-Type: message/rfc822

Subject: inner

Total 1.00
--b--
"""
HTML = b"""<!doctype html><html><head><meta charset="utf-8"><style>p { display: none } .a{color:#fff}</style></head>
<body><h1>Invoice</h1><table border=1><tr><th colspan=2>Item<td rowspan="2">1</tr><tr><td>A<td>119,00 &euro;</table>
<ul><li>one<li>two</ul><input type=checkbox checked><p style="font-size:3px">small</p><pre> a
 b</pre></body></html>"""
RTF = rb"""{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0 Arial;}}{\colortbl;\red255\green255\blue255;}
\pard Rechnung f\'fcr \u8364? {\b M\u228\'e4rz}\par{\*\generator x;}{\v hidden}
\trowd\cellx2000\cellx4000 Total\cell 119,00\cell\row\pard {\pict\bin3 abc}\line End\par}"""
CSV = 'number;total\n4711;"1.190,00"\n"a ""b""";-3\n'.encode("utf-16")
TEXT = "Rechnung Nr. 4711\n\tTotal  119,00 €\n\f\nSeite 2\n".encode()
WORDS = (
    '<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:rPr><w:b/><w:sz w:val="40"/></w:rPr>'
    '<w:t xml:space="preserve">Invoice </w:t><w:tab/><w:br/></w:r></w:p>'
    '<w:tbl><w:tblGrid><w:gridCol w:w="2000"/><w:gridCol w:w="3000"/></w:tblGrid><w:tr><w:tc><w:tcPr>'
    '<w:gridSpan w:val="2"/><w:vMerge w:val="restart"/></w:tcPr><w:p><w:r><w:t>Total</w:t></w:r></w:p></w:tc></w:tr>'
    "<w:tr><w:tc><w:p><w:r><w:t>119.00</w:t></w:r></w:p></w:tc></w:tr></w:tbl>"
)
CELLS = (
    '<dimension ref="A1:C3"/><cols><col min="1" max="2" width="20" hidden="1"/></cols><sheetData><row r="1" ht="20">'
    '<c r="A1" t="inlineStr"><is><t>Total</t></is></c><c r="B1" s="0"><v>45000.5</v></c><c r="C1" t="s"><v>0</v></c>'
    '</row><row r="3"><c r="B3" t="b"><v>1</v></c><c t="e"><v>#N/A</v></c></row></sheetData>'
    '<mergeCells count="1"><mergeCell ref="A1:B2"/></mergeCells>'
)
SLIDE = (
    f'<p:sld xmlns:p="{office.SLIDE}" xmlns:a="{office.DRAWING}"><p:cSld><p:spTree><p:sp><p:spPr><a:xfrm>'
    '<a:off x="100" y="200"/><a:ext cx="5000000" cy="900000"/></a:xfrm></p:spPr><p:txBody><a:p><a:r>'
    '<a:rPr sz="2400"/><a:t>Total 119.00</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>'
)
PARAGRAPHS = (
    '<text:h text:outline-level="1">Invoice</text:h><text:p>Total<text:s text:c="3"/><text:tab/>119.00</text:p>'
    '<table:table><table:table-column table:number-columns-repeated="2"/><table:table-row>'
    '<table:table-cell table:number-columns-spanned="2"><text:p>A</text:p></table:table-cell>'
    "<table:covered-table-cell/></table:table-row></table:table>"
)


def tar() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        info = tarfile.TarInfo("rechnung-ü.xml")
        info.size = len(TEXT)
        archive.addfile(info, io.BytesIO(TEXT))
    return out.getvalue()


FILES: dict[str, bytes] = {
    "a.xml": invoice_xml("INV-7"),
    "a.eml": MAIL,
    "a.html": HTML,
    "a.rtf": RTF,
    "a.csv": CSV,
    "a.txt": TEXT,
    "a.tar": tar(),
    "a.zip": plain_zip({"a.txt": TEXT, "b/c.xml": b"<Invoice/>"}),
    "a.msg": office.ole([0xFFFFFFFD, 2, 3, 0xFFFFFFFE]),
}
PACKED: dict[str, tuple[str, str]] = {
    "a.docx": ("word", WORDS),
    "a.xlsx": ("book", CELLS),
    "a.pptx": ("slides", SLIDE),
    "a.odt": ("odt", PARAGRAPHS),
}
"""What is inside: changed before it is packed, or no change would get past the checksums."""


def packed(kind: str, inside: str) -> bytes:
    match kind:
        case "word":
            return office.word(inside)
        case "book":
            return office.book(inside)
        case "slides":
            return office.slides(inside, '<p:sldId id="256" r:id="r1"/>')
        case _:
            return office.odt(inside)
