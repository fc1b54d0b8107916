"""The kind of a file, also of one that is two at once or has the wrong name."""

import gzip
import io
import tarfile
import zipfile

import pytest
from PIL import Image
from tests.unit.reading.papers import line, pdf

from docmill.domain.errors import ErrorCode, Rejected
from docmill.engines import reading
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
MAIL = b"From: a@example.com\r\nTo: b@example.com\r\nSubject: x\r\nDate: today\r\n\r\nbody"
HTML = "<html><body><p>Größe</p></body></html>"


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(kind: int, members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, data in members.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(data)
            archive.addfile(entry, io.BytesIO(data))
    return out.getvalue()


def _picture(kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (8, 8)).save(out, kind, **options)
    return out.getvalue()


def _types(main: str) -> bytes:
    return f'<Types><Override PartName="/x" ContentType="application/vnd.{main}+xml"/></Types>'.encode()


KINDS = {
    "a big TIFF": (_picture("TIFF", big_tiff=True), media.TIFF),
    "a WebP": (_picture("WEBP"), media.WEBP),
    "an AVIF": (_picture("AVIF"), media.AVIF),
    "a photo of a telephone": (b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(40), media.HEIC),
    "a film": (b"\0\0\0\x18ftypisom\0\0\0\0isomiso2" + bytes(40), media.UNKNOWN),
    "a GIF": (_picture("GIF"), media.UNKNOWN),
    "a BMP": (_picture("BMP"), media.UNKNOWN),
    "PostScript": (b"%!PS-Adobe-3.0\nshowpage\n", media.UNKNOWN),
    "an RTF": (rb"{\rtf1\ansi hello}", media.RTF),
    "a v7 TAR": (_tar(tarfile.USTAR_FORMAT, {"a": b"x"})[:257].ljust(1024, b"\0"), media.UNKNOWN),
    "a ustar TAR": (_tar(tarfile.USTAR_FORMAT, {"a": b"x"}), media.TAR),
    "a GNU TAR": (_tar(tarfile.GNU_FORMAT, {"a" * 200: b"x"}), media.TAR),
    "a pax TAR": (_tar(tarfile.PAX_FORMAT, {"ä" * 200: b"x"}), media.TAR),
    "a TAR of a PDF": (_tar(tarfile.USTAR_FORMAT, {"a.pdf": pdf(line("x"))}), media.TAR),
    "a gzip": (gzip.compress(b"x"), media.GZIP),
    "a Word file": (_zip({"[Content_Types].xml": _types("x.wordprocessingml.document.main")}), media.DOCX),
    "an Excel file": (_zip({"[Content_Types].xml": _types("x.spreadsheetml.sheet.main")}), media.XLSX),
    "slides": (_zip({"[Content_Types].xml": _types("x.presentationml.presentation.main")}), media.PPTX),
    "a Word file without types": (_zip({"[Content_Types].xml": b"", "word/document.xml": b""}), media.DOCX),
    "an OpenDocument text": (_zip({"mimetype": media.ODT.encode()}), media.ODT),
    "an OpenDocument sheet": (
        _zip({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
        media.UNKNOWN,
    ),
    "a program for Java": (_zip({"META-INF/MANIFEST.MF": b"x", "A.class": b"x"}), media.UNKNOWN),
    "a damaged compound file": (OLE + bytes(600), media.UNKNOWN),
    "HTML without a document type": (b"<body><p>x", media.HTML),
    "HTML after a remark": (b"<!-- <Invoice> --><!DOCTYPE html>\n<title>x", media.HTML),
    "HTML in a wide encoding": (HTML.encode("utf-16"), media.HTML),
    "HTML in a wide encoding without a mark": (HTML.encode("utf-16-le"), media.HTML),
    "XHTML": (b'<?xml version="1.0"?><!DOCTYPE html PUBLIC "x" "y"><html xmlns="z"/>', media.HTML),
    "HTML with entities of its own": (b'<!DOCTYPE html [<!ENTITY a "b">]><html>&a;</html>', media.XML),
    "a drawing": (b'<svg xmlns="http://www.w3.org/2000/svg"/>', media.XML),
    "a mail": (MAIL, media.EML),
    "a mail of a mailbox": (b"From a@example.com Mon Jan  1\n" + MAIL, media.EML),
    "a table": (b"a;b;c\n1;2,5;3\n4;5,5;6\n", media.CSV),
    "prose with commas": (b"Dear Sir, hello,\nno table, this, at all\nbye, now\n", media.TEXT),
    "text of Windows": ("Grüße aus Köln\n".encode("cp1252"), media.TEXT),
    "wide text": ("Grüße aus Köln\n".encode("utf-16"), media.TEXT),
    "Russian text": ("Счёт на оплату от поставщика\n".encode("cp1251"), media.TEXT),
    "noise": (bytes(range(256)), media.UNKNOWN),
    "blanks": (b" \r\n" * 20, media.UNKNOWN),
}


@pytest.mark.parametrize("what", KINDS)
def test_the_content_tells_the_kind_whatever_the_name(what: str) -> None:
    data, expected = KINDS[what]
    assert media_type(data, "lies.pdf") == expected
    assert media_type(data, "") == expected


def test_the_name_breaks_ties_between_texts() -> None:
    memo, row = b"From: me\nTo: you\nSubject: milk\n\nbuy it", b"name;amount\n"
    assert media_type(memo, "memo.txt") == media.TEXT
    assert media_type(memo, "memo.eml") == media.EML
    assert media_type(row, "row.csv") == media.CSV
    assert media_type(row, "row") == media.TEXT
    assert media_type(b"one <b>two</b>", "page.html") == media.HTML


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (_picture("GIF") + pdf(line("x")), media.UNKNOWN),
        (_picture("JPEG") + _zip({"a": b"x"}), media.JPEG),
        (b"<html><!-- " + pdf(line("x")) + b" --></html>", media.PDF),
        (pdf(line("x")) + _zip({"a": b"x"}), media.PDF),
        (_zip({"a": b"x"}) + pdf(line("x")), media.ZIP),
        (b"junk\n" * 100 + pdf(line("x")), media.PDF),
        (_zip({"[Content_Types].xml": b"", "word/a": b"", "xl/a": b""}), media.DOCX),
    ],
)
def test_of_two_kinds_at_once_the_first_rule_that_holds_decides(data: bytes, expected: str) -> None:
    assert {media_type(data, name) for name in ("", "a.pdf", "a.html", "a.zip", "a.csv")} == {expected}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', ErrorCode.TYPE_UNKNOWN),
        (b'<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]><svg>&a;</svg>', ErrorCode.XML_FORBIDDEN),
        (b'<!DOCTYPE html [<!ENTITY a SYSTEM "file:///x">]><html>&a;</html>', ErrorCode.XML_FORBIDDEN),
        (KINDS["a photo of a telephone"][0], ErrorCode.TYPE_UNKNOWN),
        (OLE + bytes(600), ErrorCode.TYPE_UNKNOWN),
        (b" \r\n" * 20, ErrorCode.TYPE_UNKNOWN),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_code(data: bytes, code: ErrorCode) -> None:
    with pytest.raises(Rejected) as refused:
        reading.read(data, "file")
    assert refused.value.code is code
