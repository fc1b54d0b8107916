"""The same bytes get the same verdict every time, in this process and in the locked child."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
from collections.abc import AsyncIterator
from email.message import EmailMessage

import pytest
import xlsxwriter
from PIL import Image
from tests.unit.reading.compounds import attached, attached_mail, compound, mail
from tests.unit.reading.papers import line, pdf

from docmill.adapters.sandbox import SandboxedReader
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Reading
from docmill.engines import reading
from docmill.engines.reading.parts import Pixels, Recognized

BLANK = Recognized((), 0.0, "blank")
CUTS_PERCENT = range(0, 100, 5)
PLATFORM_CODES = {"internal_error", "unavailable", "reader_crashed"}
INVOICE = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
TEXT = "Rechnung für Müller über 1.234,56 €\n" * 20
NAMES = ("upload", "a.pdf", "a.txt", "a.csv", "a.html", "a.eml", "a.zip", "a.docx", "a.jpg")


def _picture(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.effect_noise((90, 60), 80).convert("RGB").save(out, kind, **options)
    return out.getvalue()


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


def _tar(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _eml() -> bytes:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "a@example.com", "b@example.com", "Rechnung für März"
    made["MIME-Version"] = "1.0"
    made.set_content(TEXT)
    made.add_alternative("<p>Grüße</p><table><tr><td>1<td>2</table>" * 9, subtype="html")
    made.add_attachment(PDF, maintype="application", subtype="pdf", filename="a.pdf")
    made.set_boundary("fence")
    return bytes(made)


def _xlsx() -> bytes:
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet()
        for row in range(9):
            sheet.write_row(row, 0, ["Pos", row, 1.5])
    return out.getvalue()


def _docx() -> bytes:
    space = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
    word = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    parts = "http://schemas.openxmlformats.org/package/2006"
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
    return _zip({
        "[Content_Types].xml": f'<Types xmlns="{parts}/content-types"><Override PartName="/word/document.xml" ContentType="{word}"/></Types>'.encode(),
        "_rels/.rels": f'<Relationships xmlns="{parts}/relationships"><Relationship Id="a" Type="{kind}" Target="word/document.xml"/></Relationships>'.encode(),
        "word/document.xml": f"<w:document {space}><w:body><w:p><w:r><w:t>{TEXT}</w:t></w:r></w:p></w:body></w:document>".encode(),
    })  # fmt: skip


PDF = pdf(line("Invoice 4711"))
MSG = compound(
    mail(
        {0x0037: "Rechnung", 0x1000: TEXT},
        files=[attached("a.pdf", PDF), attached_mail(mail({0x1000: "x"}, inner=True))],
    )
)
PLAIN_RTF = (
    bytes(4)
    + (40).to_bytes(4, "little")
    + b"MELA"
    + bytes(4)
    + rb"{\rtf1\ansi\pard Rechnung 12,50 EUR\par}".ljust(40)
)
"""The body of an Outlook mail that is RTF, unpacked."""
HTML = f"<html><body><h1>Größe</h1><p>{TEXT}</p><table><tr><td>1<td>2</table></body></html>"
CSV = "Name;Betrag;Datum\nMüller;12,50;1\n" + "Weiß;7,00;2\n" * 20

FILES = {
    "pdf": PDF,
    "jpeg": _picture("JPEG"),
    "png": _picture("PNG"),
    "tiff": _picture("TIFF", compression="tiff_lzw", save_all=True, append_images=[Image.new("L", (50, 50))]),
    "webp": _picture("WEBP"),
    "avif": _picture("AVIF"),
    "xml": INVOICE,
    "html": HTML.encode(),
    "html of windows": HTML.encode("cp1252"),
    "csv": CSV.encode("cp1252"),
    "text": TEXT.encode(),
    "wide text": TEXT.encode("utf-16"),
    "polish text": "Całość żółć gęślą jaźń\n".encode("cp1250") * 20,
    "eml": _eml(),
    "msg": MSG,
    "msg of rtf": compound(mail({0x0037: "x"}) | {"__substg1.0_10090102": PLAIN_RTF}),
    "zip": _zip({"a.pdf": PDF, "b.txt": TEXT.encode(), "c.zip": _zip({"d.csv": CSV.encode()})}),
    "tar": _tar({"a.pdf": PDF, "b.txt": TEXT.encode()}),
    "tar.gz": gzip.compress(_tar({"a.pdf": PDF, "b.txt": TEXT.encode()}), mtime=0),
    "bz2": bz2.compress(PDF),
    "xz": lzma.compress(PDF),
    "xlsx": _xlsx(),
    "docx": _docx(),
    "rtf": rb"{\rtf1\ansi\pard Rechnung \'fcber 12,50\par}",
}
NAMED = ("csv", "text", "wide text", "polish text", "bz2", "xz")
"""Kinds whose name has a say: text, and packed files, which name their content after themselves."""
MIXED = {
    "pdf and zip": PDF + _zip({"a.txt": b"x"}),
    "zip and pdf": _zip({"a.txt": b"x"}) + PDF,
    "pdf in html": b"<html><!--" + PDF + b"--></html>",
    "jpeg and zip": _picture("JPEG") + _zip({"a.txt": b"x"}),
    "gif and pdf": b"GIF89a" + bytes(20) + PDF,
    "mail of a pdf": b"From: a\r\nTo: b\r\nMIME-Version: 1.0\r\nSubject: c\r\n\r\n" + PDF,
    "docx and mimetype": _zip(
        {"[Content_Types].xml": b"<x/>", "word/document.xml": b"<x/>", "mimetype": b"x"}
    ),
    "locked office": compound({"EncryptedPackage": bytes(5000), "EncryptionInfo": bytes(100)}),
    "old office": compound({"WordDocument": bytes(5000)}),
    "empty": b"",
    "svg": b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    "svg with entities": b"<!DOCTYPE svg [<!ENTITY a 'b'>]><svg>&a;</svg>",
    "zeros": bytes(5000),
    "bytes": bytes(range(256)) * 20,
}


class BlankOcr:
    async def recognize(self, pixels: Pixels) -> Recognized:
        return BLANK

    async def close(self) -> None: ...


@pytest.fixture(scope="module")
async def reader() -> AsyncIterator[SandboxedReader]:
    made = SandboxedReader(ocr=BlankOcr())
    yield made
    await made.close()


def _found(read: Reading) -> str:
    words = sum(len(page.words) for page in read.pages)
    failed = sum(page.error is not None for page in read.pages)
    members = [(member.name, len(member.data)) for member in read.members]
    return f"{len(read.pages)} pages, {words} words, {failed} failed, {members}, {len(read.attachments)}"


def _here(data: bytes, name: str) -> str:
    try:
        return _found(reading.read(data, name, ocr=lambda _: BLANK))
    except Rejected as refused:
        return refused.code.value


async def _there(reader: SandboxedReader, data: bytes, name: str) -> str:
    try:
        return _found(await reader.read(data, name))
    except Rejected as refused:
        return refused.code.value


async def _same(reader: SandboxedReader, data: bytes, name: str) -> str:
    verdict = await _there(reader, data, name)
    assert verdict == _here(data, name) == _here(data, name)
    assert verdict not in PLATFORM_CODES
    return verdict


@pytest.mark.parametrize("kind", FILES)
async def test_wherever_a_file_is_cut_off_the_verdict_is_the_same(kind: str, reader: SandboxedReader) -> None:
    data = FILES[kind]
    for percent in CUTS_PERCENT:
        await _same(reader, data[: len(data) * percent // 100], "upload")


@pytest.mark.parametrize("kind", FILES)
async def test_whole_files_of_every_kind_are_read(kind: str, reader: SandboxedReader) -> None:
    assert await _same(reader, FILES[kind], "upload") not in set(ErrorCode)


@pytest.mark.parametrize("kind", [kind for kind in FILES if kind not in NAMED])
def test_a_wrong_name_changes_nothing(kind: str) -> None:
    assert {_here(FILES[kind], name) for name in NAMES} == {_here(FILES[kind], "")}


@pytest.mark.parametrize("kind", MIXED)
async def test_what_is_two_kinds_at_once_or_none_gets_one_verdict(kind: str, reader: SandboxedReader) -> None:
    verdicts = {await _same(reader, MIXED[kind], name) for name in ("upload", "a.pdf", "a.zip")}
    assert len(verdicts) == 1


@pytest.mark.parametrize(
    "kind", ["pdf", "jpeg", "png", "webp", "eml", "tar", "tar.gz", "zip", "bz2", "xz", "docx"]
)
async def test_a_file_that_lost_its_end_is_not_taken_for_whole(kind: str) -> None:
    content = FILES[kind].rstrip(b"\0")  # which a TAR ends with, up to ten thousand of them
    assert _here(content[: len(content) // 2], "x") in {"file_truncated", "file_corrupt"}
