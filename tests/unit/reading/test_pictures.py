"""Pictures: every way in which scanners and telephones write them, upright, gray and on white."""

import io
import struct

import numpy as np
import pytest
from PIL import Image, ImageDraw

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading
from docmill.engines.reading.parts import PageDone, PageSeen, Part, Recognized

WIDTH, HEIGHT = 120, 60


def _paper(mode: str = "RGB") -> Image.Image:
    """White, with ink in the upper left quarter."""
    paper = Image.new("RGB", (WIDTH, HEIGHT), "white")
    ImageDraw.Draw(paper).rectangle((4, 4, WIDTH // 2, HEIGHT // 2), fill="black")
    return paper.convert(mode)


def _encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def _deep(kind: type, factor: float) -> bytes:
    levels = np.asarray(_paper("L")).astype(kind) * kind(factor)
    return _encoded(Image.fromarray(levels), "TIFF")


def _not_numbers() -> bytes:
    levels = np.asarray(_paper("L")).astype(np.float32)
    levels[0, :2] = np.nan, np.inf
    return _encoded(Image.fromarray(levels), "TIFF")


def _planar() -> bytes:
    """A TIFF whose colours lie one after the other, as Pillow reads but does not write them."""
    planes = b"".join(plane.tobytes() for plane in _paper().split())
    size = WIDTH * HEIGHT
    entries = [
        (256, 4, 1, WIDTH), (257, 4, 1, HEIGHT), (258, 3, 3, 8 + 200), (259, 3, 1, 1), (262, 3, 1, 2),
        (273, 4, 3, 8 + 210), (277, 3, 1, 3), (278, 4, 1, HEIGHT), (279, 4, 3, 8 + 230), (284, 3, 1, 2),
    ]  # fmt: skip
    directory = struct.pack("<H", len(entries))
    directory += b"".join(struct.pack("<HHII", *entry) for entry in entries) + bytes(4)
    data = struct.pack("<2sHI", b"II", 42, 8) + directory.ljust(200, b"\0")
    data += struct.pack("<3H", 8, 8, 8).ljust(10, b"\0")
    data += struct.pack("<3I", 300, 300 + size, 300 + 2 * size).ljust(20, b"\0") + struct.pack(
        "<3I", size, size, size
    )
    return data.ljust(300, b"\0") + planes


PICTURES = {
    **{
        f"TIFF {packing} {mode}": _encoded(_paper(mode), "TIFF", compression=packing)
        for packing in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits", "jpeg")
        for mode in ("L", "RGB", "CMYK", "RGBA")
    },
    **{
        f"TIFF {packing}": _encoded(_paper("1"), "TIFF", compression=packing)
        for packing in ("group3", "group4", "tiff_ccitt", "raw", "packbits")
    },
    "TIFF big": _encoded(_paper(), "TIFF", big_tiff=True),
    "TIFF planar": _planar(),
    "TIFF 16 bit": _deep(np.uint16, 200),
    "TIFF 32 bit": _deep(np.int32, 1000),
    "TIFF float": _deep(np.float32, 0.01),
    "TIFF float of no numbers": _not_numbers(),
    "PNG 16 bit": _encoded(Image.fromarray(np.asarray(_paper("L")).astype(np.uint16) * 200), "PNG"),
    "PNG palette": _encoded(_paper("P"), "PNG"),
    "PNG gray with alpha": _encoded(_paper("LA"), "PNG"),
    "PNG moving": _encoded(_paper(), "PNG", save_all=True, append_images=[_paper().rotate(180)] * 3),
    "JPEG CMYK": _encoded(_paper("CMYK"), "JPEG"),
    "JPEG progressive": _encoded(_paper(), "JPEG", progressive=True),
    "WebP": _encoded(_paper(), "WEBP"),
    "WebP exact with alpha": _encoded(_paper("RGBA"), "WEBP", lossless=True),
    "WebP moving": _encoded(_paper(), "WEBP", save_all=True, append_images=[_paper().rotate(180)] * 3),
    "AVIF": _encoded(_paper(), "AVIF"),
}


def _seen(data: bytes) -> list[PageSeen]:
    return [part for part in reading.parts(data, "x") if isinstance(part, PageSeen)]


@pytest.mark.parametrize("what", PICTURES)
def test_every_kind_of_picture_shows_its_ink_where_it_is(what: str) -> None:
    (page,) = _seen(PICTURES[what])
    assert (page.pixels.width, page.pixels.height) == (WIDTH, HEIGHT)
    gray = np.frombuffer(page.pixels.gray, np.uint8).reshape(HEIGHT, WIDTH)
    assert gray[10:25, 10:50].mean() < 40
    assert gray[40:, :].mean() > 215
    assert gray[:, 75:].mean() > 215


@pytest.mark.parametrize("kind", ["WEBP", "TIFF", "PNG", "JPEG"])
@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_pictures_are_turned_as_their_camera_was_held(kind: str, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    turn = {1: 0, 3: 180, 6: 90, 8: 270}[orientation]
    (page,) = _seen(_encoded(_paper().rotate(turn, expand=True), kind, exif=exif))
    assert page.page.rotation == turn
    gray = np.frombuffer(page.pixels.gray, np.uint8).reshape(page.pixels.height, page.pixels.width)
    assert gray.shape == (HEIGHT, WIDTH)
    assert gray[10:25, 10:50].mean() < 40


def _broken_second_frame() -> bytes:
    data = bytearray(
        _encoded(_paper(), "TIFF", save_all=True, append_images=[_paper(), _paper()], compression="tiff_lzw")
    )
    with Image.open(io.BytesIO(data)) as picture:
        picture.seek(1)
        at, size = picture.tag_v2[273][0], picture.tag_v2[279][0]
    data[at : at + size] = b"\xff" * size
    return bytes(data)


def test_a_frame_that_fails_is_marked_and_the_others_are_read() -> None:
    kinds: list[type[Part]] = [type(part) for part in reading.parts(_broken_second_frame(), "x")][1:]
    assert kinds == [PageSeen, PageDone, PageSeen]
    found = reading.read(_broken_second_frame(), "x", ocr=lambda _: Recognized((), 0.0, "blank"))
    assert [page.error for page in found.pages] == [None, "page_failed", None]


def _code(data: bytes, **lowered: int) -> ErrorCode:
    with pytest.raises(Rejected) as refused:
        reading.read(data, "x", allowed=DEFAULT.lowered(lowered))
    return refused.value.code


def test_a_tiff_that_ends_before_its_second_frame_is_cut_off() -> None:
    data = _encoded(_paper(), "TIFF", save_all=True, append_images=[_paper(), _paper()])
    with pytest.raises(Rejected) as refused:
        reading.read(data[: len(data) // 2], "x.tiff")
    assert refused.value.code is ErrorCode.FILE_TRUNCATED


def test_a_tiff_of_more_frames_than_the_limit_is_refused() -> None:
    data = _encoded(_paper(), "TIFF", save_all=True, append_images=[_paper()] * 4)
    assert _code(data, pages_max=4) is ErrorCode.TOO_MANY_PAGES


@pytest.mark.parametrize("kind", ["WEBP", "PNG", "TIFF", "JPEG", "AVIF"])
def test_a_picture_of_too_many_pixels_is_refused(kind: str) -> None:
    assert _code(_encoded(_paper(), kind), page_pixels_max=WIDTH * HEIGHT - 1) is ErrorCode.TOO_MANY_PIXELS


@pytest.mark.parametrize("options", [{"lossless": True}, {"lossless": False}, {"save_all": True}])
def test_a_webp_that_claims_more_pixels_than_the_limit_is_refused_unopened(
    options: dict[str, bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = bytearray(_encoded(_paper("RGBA" if options.get("lossless") else "RGB"), "WEBP", **options))
    at = {b"VP8X": 24, b"VP8L": 21, b"VP8 ": 26}[bytes(data[12:16])]
    data[at : at + 6] = b"\xff\x3f" * 3
    monkeypatch.setattr(Image, "open", None)
    assert _code(bytes(data)) is ErrorCode.TOO_MANY_PIXELS
