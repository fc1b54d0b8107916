"""XML of strangers: what it may not do, what comes out of it, and that nothing is opened on the way."""

import io
import os
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pypdfium2 as pdfium
import pytest
from tests.unit.reading.papers import line, pdf

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Attachment, Element
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.engines import reading
from docmill.engines.reading import xml

HEAD = '<?xml version="1.0" encoding="UTF-8"?>'
LAUGHS = (
    '<!DOCTYPE i [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in zip("abcdefgh", "bcdefghi", strict=True))
    + "]>"
)  # fmt: skip
ATTACKS = {
    "a file as an entity": ('<!DOCTYPE i [<!ENTITY x SYSTEM "{file}">]>', "&x;", ""),
    "a page of the web as an entity": ('<!DOCTYPE i [<!ENTITY x SYSTEM "{http}">]>', "&x;", ""),
    "a parameter entity": ('<!DOCTYPE i [<!ENTITY % x SYSTEM "{http}"> %x;]>', "1", ""),
    "a parameter entity of a file": ('<!DOCTYPE i [<!ENTITY % x SYSTEM "{file}"> %x;]>', "1", ""),
    "a document type elsewhere": ('<!DOCTYPE i SYSTEM "{http}">', "1", ""),
    "a document type in a file": ('<!DOCTYPE i SYSTEM "{file}">', "1", ""),
    "a document type alone": ("<!DOCTYPE i>", "1", ""),
    "a document type after remarks": ("<!-- > --><?a b?>\n<!-- <a> --><!DOCTYPE i>", "1", ""),
    "a document type after a broken remark": ("<!-- -- --><!DOCTYPE i>", "1", ""),
    "a billion laughs": (LAUGHS, "&i;", ""),
    "a billion laughs in an attribute": (LAUGHS, "1", "&i;"),
    "quadratic entities": (f'<!DOCTYPE i [<!ENTITY a "{"x" * 50_000}">]>', "&a;" * 20_000, ""),
    "an entity of itself": ('<!DOCTYPE i [<!ENTITY a "&b;"><!ENTITY b "&a;">]>', "&a;", ""),
    "an inclusion of a file": ("", '<xi:include href="{file}" parse="text"/>', ""),
    "an inclusion from the web": ("", '<xi:include href="{http}"/>', ""),
    "deep nesting": ("", "<a>" * limits.XML_DEPTH_MAX + "</a>" * limits.XML_DEPTH_MAX, ""),
    "very deep nesting": ("", "<a>" * 100_000, ""),
    "a long attribute": ("", "1", "x" * (limits.XML_ATTRIBUTE_CHARS_MAX + 1)),
    "a huge attribute": ("", "1", "x" * 10_200_000),
    "a huge text": ("", "x" * 10_200_000, ""),
    "a long name": ("", f"<{'a' * (limits.XML_NAME_CHARS_MAX + 1)}/>", ""),
    "a huge name": ("", f"<{'a' * 60_000}/>", ""),
    "a long namespace": ("", f'<b xmlns="{"x" * limits.XML_NAME_CHARS_MAX}"/>', ""),
}
"""Prolog, content and attribute of an invoice."""


class Bait:
    """A file and a server that notice whoever opens them."""

    def __init__(self, fifo: Path, server: ThreadingHTTPServer, taken: list[str]) -> None:
        self.file = fifo.as_uri()
        self.http = f"http://127.0.0.1:{server.server_port}/x"
        self.taken = taken


@contextmanager
def _noticing_server(taken: list[str]) -> Iterator[ThreadingHTTPServer]:
    class Noticing(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            taken.append(self.path)
            self.send_error(404)

        def log_message(self, *_: object) -> None: ...

    with ThreadingHTTPServer(("127.0.0.1", 0), Noticing) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def bait(laid_out: Bait) -> Bait:
    laid_out.taken.clear()
    return laid_out


@pytest.fixture(scope="module")
def laid_out(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bait]:
    fifo = tmp_path_factory.mktemp("bait") / "secret"
    os.mkfifo(fifo)
    ended = threading.Event()
    taken: list[str] = []

    def wait_for_a_reader() -> None:
        while not ended.is_set():
            with fifo.open("wb"):  # waits until somebody opens it for reading
                if not ended.is_set():
                    taken.append("file")

    waiting = threading.Thread(target=wait_for_a_reader)
    waiting.start()
    with _noticing_server(taken) as server:
        yield Bait(fifo, server, taken)
    ended.set()
    os.close(os.open(fifo, os.O_RDONLY | os.O_NONBLOCK))
    waiting.join()


def _invoice(attack: str, bait: Bait) -> bytes:
    prolog, content, attribute = (
        part.replace("{file}", bait.file).replace("{http}", bait.http) for part in ATTACKS[attack]
    )
    include = 'xmlns:xi="http://www.w3.org/2001/XInclude"'
    return f'{HEAD}{prolog}<Invoice {include} a="{attribute}"><ID>{content}</ID></Invoice>'.encode()


def _refused(data: bytes, allowed: ReadingLimits = DEFAULT) -> ErrorCode:
    with pytest.raises(Rejected) as refused:
        reading.read(data, "invoice.xml", allowed=allowed)
    return refused.value.code


@pytest.mark.parametrize("attack", ATTACKS)
def test_xml_that_could_do_more_than_hold_values_is_refused_and_nothing_is_opened(
    attack: str, bait: Bait
) -> None:
    assert _refused(_invoice(attack, bait)) is ErrorCode.XML_FORBIDDEN
    assert bait.taken == []


@pytest.mark.parametrize("attack", [name for name, parts in ATTACKS.items() if "DOCTYPE" in parts[0]])
def test_the_parser_itself_opens_nothing_either(
    attack: str, bait: Bait, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if an encoding had hidden the document type from the first look."""
    monkeypatch.setattr(xml, "_DOCUMENT_TYPE_FIRST", re.compile(b"(?!)"))
    assert _refused(_invoice(attack, bait)) in {ErrorCode.XML_FORBIDDEN, ErrorCode.FILE_CORRUPT}
    assert bait.taken == []


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "utf-7"])
def test_no_encoding_hides_a_document_type(encoding: str) -> None:
    text = "<!DOCTYPE Invoice><Invoice/>"
    name = encoding.removesuffix("-sig")
    if encoding == "utf-7":
        data = f'<?xml version="1.0" encoding="{name}"?>'.encode() + text.replace("<!", "+ADwAIQ-").encode()
    else:
        data = f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(encoding)
    assert _refused(data) is ErrorCode.XML_FORBIDDEN


def test_more_elements_than_the_limit_are_refused() -> None:
    most = DEFAULT.lowered({"xml_elements_max": 50})
    assert (
        reading.read(b"<Invoice>" + b"<a/>" * 49 + b"</Invoice>", "a.xml", allowed=most).attachments[0].tree
    )
    assert _refused(b"<Invoice>" + b"<a/>" * 50 + b"</Invoice>", most) is ErrorCode.XML_FORBIDDEN
    assert _refused(b"<Invoice>" + b'<a b=""/>' * 25 + b"</Invoice>", most) is ErrorCode.XML_FORBIDDEN


@pytest.mark.parametrize("data", [b"<Invoice>", b"<Invoice>&nbsp;</Invoice>", b"<a/><b/>", b"<a:b/>", b"<!-"])
def test_what_is_not_well_formed_is_corrupt(data: bytes) -> None:
    assert _refused(data) is ErrorCode.FILE_CORRUPT


def _tree(text: str, encoding: str = "utf-8") -> Element:
    found = reading.read(text.encode(encoding), "a.xml").attachments[0].tree
    assert found is not None
    return found


def test_names_keep_their_prefix_and_namespace_and_texts_lose_their_blanks() -> None:
    tree = _tree(
        '<?xml-stylesheet href="a.xsl"?><r:Invoice xmlns:r="urn:r" xmlns="urn:d"><!-- a -->\n'
        '<ID s="1" r:t=" 2 "> A<!-- b -->7 </ID>tail<Note><![CDATA[<b> & c]]></Note></r:Invoice>'
    )
    number = Element("ID", "", "urn:d", "A7", (("s", "1"), ("{urn:r}t", " 2 ")))
    note = Element("Note", "", "urn:d", "<b> & c")
    assert tree == Element("Invoice", "r", "urn:r", children=(number, note))
    assert number.attribute("s") == "1"
    assert number.attribute("t") == ""


@pytest.mark.parametrize(
    ("declared", "encoding"),
    [("UTF8", "utf-8"), ("UTF-8", "utf-16"), ("UTF-16", "utf-16"), ("windows-1252", "cp1252"), ("GB2312", "gb2312")],
)  # fmt: skip
def test_the_encodings_that_senders_use_and_mean_are_read(declared: str, encoding: str) -> None:
    name = "中" if encoding == "gb2312" else "Müller"
    text = f'<?xml version="1.0" encoding="{declared}"?><Invoice><ID>{name}</ID></Invoice>'
    assert _tree(text, encoding).children[0].text == name


def test_a_file_that_is_packed_into_the_xml_is_left_out() -> None:
    packed = "QUJD" * limits.XML_TEXT_CHARS_MAX
    tree = _tree(f"<Invoice><Binary>{packed}</Binary><ID>7</ID></Invoice>")
    assert [child.text for child in tree.children] == ["", "7"]


def _with_attachments(files: dict[str, bytes], allowed: ReadingLimits = DEFAULT) -> tuple[Attachment, ...]:
    document = pdfium.PdfDocument(pdf(line("Invoice INV-7")))
    for name, data in files.items():
        document.new_attachment(name).set_data(data)
    out = io.BytesIO()
    document.save(out)
    found = reading.read(out.getvalue(), "a.pdf", allowed=allowed)
    assert [word.text for word in found.pages[0].words] == ["Invoice", "INV-7"]
    return found.attachments


@pytest.mark.parametrize("attack", ATTACKS)
def test_inside_a_pdf_it_is_marked_and_the_pages_are_read(attack: str, bait: Bait) -> None:
    (found,) = _with_attachments({"factur-x.xml": _invoice(attack, bait)})
    assert (found.tree, found.error) == (None, ErrorCode.XML_FORBIDDEN)
    assert bait.taken == []


def test_of_the_xml_inside_a_pdf_only_invoices_are_taken_apart() -> None:
    found = _with_attachments(
        {"a.xml": b"<order/>", "b.xml": b"<Invoice><ID>7</ID></Invoice>", "c.xml": b"<a>"}
    )
    told = [(each.name, each.tree and each.tree.name, each.error) for each in found]
    assert told == [
        ("a.xml", None, None),
        ("b.xml", "Invoice", None),
        ("c.xml", None, ErrorCode.FILE_CORRUPT),
    ]


def test_all_xml_inside_a_pdf_shares_one_limit() -> None:
    most = DEFAULT.lowered({"xml_elements_max": 50})
    invoice = b"<Invoice>" + b"<a/>" * 30 + b"</Invoice>"
    assert [each.error for each in _with_attachments({"a.xml": invoice, "b.xml": invoice}, most)] == [
        None,
        ErrorCode.XML_FORBIDDEN,
    ]
