"""Files are told by their content, and refused with the code that fits."""

import io
import zipfile

import numpy as np
import pytest
from PIL import Image
from tests.unit.reading.papers import encoded, line, pdf, picture

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.limits import units
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading
from docmill.engines.reading.parts import Pixels, Recognized

INVOICE = b'<?xml version="1.0"?><Invoice xmlns="urn:oasis:names:specification:ubl:schema:xsd:Invoice-2"><ID>1</ID></Invoice>'
BLANK = Recognized((), 0.0, "fake")


def _code(data: bytes, name: str = "file", **lowered: int) -> ErrorCode:
    with pytest.raises(Rejected) as refused:
        reading.read(data, name, ocr=lambda _: BLANK, allowed=DEFAULT.lowered(lowered))
    return refused.value.code


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (pdf(line("x")), "application/pdf"),
        (b"\xef\xbb\xbf\r\n" + pdf(line("x")), "application/pdf"),
        (encoded(picture(["x"]), "JPEG"), "image/jpeg"),
        (encoded(picture(["x"]), "PNG"), "image/png"),
        (encoded(picture(["x"]), "TIFF"), "image/tiff"),
        (INVOICE, "application/xml"),
        (b"\xef\xbb\xbf" + INVOICE, "application/xml"),
        (INVOICE.decode().encode("utf-16"), "application/xml"),
        (INVOICE.decode().encode("utf-16-be"), "application/xml"),
        (_zip({"a": b"x"}), "application/zip"),
        (b"MZ\x90\x00\x03\x00\x00\x00", "application/octet-stream"),
        (b"", "application/octet-stream"),
    ],
)
def test_the_kind_of_a_file_is_told_by_its_content(data: bytes, expected: str) -> None:
    assert reading.media_type(data, "lies.pdf") == expected


def test_an_empty_file_is_refused() -> None:
    assert _code(b"") is ErrorCode.FILE_EMPTY


def test_an_executable_named_pdf_is_refused() -> None:
    assert _code(b"MZ\x90\x00" + bytes(200), "invoice.pdf") is ErrorCode.TYPE_UNKNOWN


@pytest.mark.parametrize("share", [0.2, 0.5, 0.9])
def test_a_pdf_that_was_cut_off_is_refused(share: float) -> None:
    data = pdf(*[line(f"page {number}") for number in range(20)])
    assert _code(data[: int(len(data) * share)]) is ErrorCode.FILE_TRUNCATED


def test_a_pdf_with_a_password_is_refused() -> None:
    assert _code(pdf(line("x"), encrypt="secret")) is ErrorCode.PASSWORD_REQUIRED


def test_a_pdf_of_noise_is_refused() -> None:
    assert _code(b"%PDF-1.7\n" + bytes(range(256)) * 8 + b"%%EOF") is ErrorCode.FILE_CORRUPT


def test_a_pdf_with_too_many_pages_is_refused() -> None:
    assert _code(pdf(*[line("x")] * 3), pages_max=2) is ErrorCode.TOO_MANY_PAGES


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
def test_a_picture_that_was_cut_off_is_refused(kind: str) -> None:
    noise = Image.fromarray(np.random.default_rng(1).integers(0, 255, (300, 300), np.uint8))
    data = encoded(noise, kind)
    assert _code(data[: len(data) // 2]) is ErrorCode.FILE_TRUNCATED


def test_a_picture_with_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    data = encoded(Image.new("1", (20_000, 20_000)), "PNG")
    assert _code(data) is ErrorCode.TOO_MANY_PIXELS


def test_a_jpeg_of_a_thousand_passes_is_refused() -> None:
    data = encoded(picture(["x"]), "JPEG")
    assert _code(data[:-2] + b"\xff\xda" * 1000 + data[-2:]) is ErrorCode.FILE_CORRUPT


def test_every_frame_of_a_tiff_is_a_page() -> None:
    frames = [picture([f"page {number}"]) for number in range(3)]
    data = encoded(frames[0], "TIFF", save_all=True, append_images=frames[1:])
    pages = reading.read(data, "x.tif", ocr=lambda _: BLANK).pages
    assert [(page.number, page.unit, page.width) for page in pages] == [(n, "px", 620.0) for n in (1, 2, 3)]


@pytest.mark.parametrize(("orientation", "turned"), [(1, 0), (3, 180), (6, 90), (8, 270)])
def test_a_photo_is_read_the_way_its_camera_was_held(orientation: int, turned: int) -> None:
    upright = picture(["x"], size=(300, 200))
    exif = Image.Exif()
    exif[0x0112] = orientation
    data = encoded(upright.rotate(turned, expand=True), "JPEG", exif=exif, quality=95)
    seen: list[Pixels] = []

    def ocr(pixels: Pixels) -> Recognized:
        seen.append(pixels)
        return BLANK

    page = reading.read(data, "x.jpg", ocr=ocr).pages[0]
    assert (page.width, page.height, page.rotation) == (300.0, 200.0, turned)
    gray = np.frombuffer(seen[0].gray, np.uint8).reshape(200, 300).astype(int)
    assert np.abs(gray - np.asarray(upright).astype(int)).mean() < 2


def test_a_transparent_picture_is_read_on_white() -> None:
    seen: list[Pixels] = []
    data = encoded(Image.new("RGBA", (50, 40), (0, 0, 0, 0)), "PNG")
    reading.read(data, "x.png", ocr=lambda pixels: seen.append(pixels) or BLANK)
    assert set(seen[0].gray) == {255}


def test_an_e_invoice_is_its_own_attachment() -> None:
    found = reading.read(INVOICE, "invoice.xml")
    assert found.pages == ()
    assert [each.name for each in found.attachments] == ["invoice.xml"]


def test_xml_that_is_no_e_invoice_is_refused() -> None:
    assert _code(b"<catalog/>") is ErrorCode.TYPE_UNKNOWN
    assert _code(b"<Invoice><open>") is ErrorCode.FILE_CORRUPT


def test_a_zip_gives_its_documents_and_those_of_zips_inside() -> None:
    inner = _zip({"b/two": b"2" * 10})
    found = reading.read(_zip({"one": b"1", "inner": inner, "__MACOSX/x": b"no"}), "x.zip")
    assert [(each.ordinal, each.name, each.data) for each in found.members] == [
        (0, "one", b"1"),
        (1, "inner/b/two", b"2" * 10),
    ]


def test_a_zip_bomb_is_refused() -> None:
    assert _code(_zip({"bomb": bytes(60 * units.MIB)})) is ErrorCode.UNPACK_BOMB


def test_zips_within_zips_are_unpacked_only_so_deep() -> None:
    data = _zip({"document": b"x"})
    for _ in range(limits.UNPACK_DEPTH_MAX):
        data = _zip({"inner": data})
    assert _code(data) is ErrorCode.UNPACK_BOMB


@pytest.mark.parametrize("method", [9, 98])
def test_a_zip_of_an_unknown_compression_is_not_taken_for_an_encrypted_one(method: int) -> None:
    stored = io.BytesIO()
    with zipfile.ZipFile(stored, "w") as archive:
        archive.writestr("a", b"x")
    plain = bytearray(stored.getvalue())
    plain[8] = plain[plain.index(b"PK\x01\x02") + 10] = method
    assert _code(bytes(plain)) is ErrorCode.TYPE_UNKNOWN


def test_a_zip_of_damaged_lzma_is_corrupt() -> None:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a", bytes(range(256)) * 8)
    broken = bytearray(packed.getvalue())
    broken[35:60] = b"\xff" * 25
    assert _code(bytes(broken)) is ErrorCode.FILE_CORRUPT


def test_a_zip_of_too_many_files_is_refused() -> None:
    assert (
        _code(_zip({f"file{number}": b"x" for number in range(4)}), archive_members_max=3)
        is ErrorCode.UNPACK_BOMB
    )


def test_an_office_file_is_no_pile() -> None:
    types = b"<x/>"
    assert _code(_zip({"word/document.xml": b"<x/>", "[Content_Types].xml": types})) is ErrorCode.FILE_CORRUPT
    assert (
        _code(_zip({"visio/document.xml": b"<x/>", "[Content_Types].xml": types})) is ErrorCode.TYPE_UNKNOWN
    )


def test_an_office_file_in_a_zip_is_a_document_of_its_own() -> None:
    office = _zip({"[Content_Types].xml": b"<x/>"})
    assert [each.name for each in reading.read(_zip({"letter": office}), "x.zip").members] == ["letter"]


def test_an_empty_zip_has_nothing_to_read() -> None:
    assert _code(_zip({})) is ErrorCode.NOTHING_READABLE
