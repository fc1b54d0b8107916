"""Pictures that are larger than they look."""

import io
import struct
import zlib

from PIL import Image
from tests.bombs.bomb import OUT_OF_MEMORY, READ, bomb
from tests.bombs.deflated import GIB, MIB, zlibbed


def chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(
    size: tuple[int, int], *chunks: bytes, data: bytes | None = None, bits: int = 1, colour: int = 0
) -> bytes:
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", *size, bits, colour, 0, 0, 0))
    rows = data if data is not None else zlib.compress(bytes((size[0] * bits // 8 + 1) * size[1]))
    return b"\x89PNG\r\n\x1a\n" + head + b"".join(chunks) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@bomb("png", "too_many_pixels")
def png_of_40_000_squared() -> bytes:
    return png((40_000, 40_000), data=zlibbed(b"\0", 40_000 * 5_001))


@bomb("png", "too_many_pixels")
def png_of_all_the_pixels_there_are() -> bytes:
    return png((2**31 - 1, 2**31 - 1), data=zlibbed(b"\0", 64 * MIB))


@bomb("png", READ)
def png_with_more_data_than_pixels() -> bytes:
    """A picture of 100 x 100, whose rows unpack to 8 GiB."""
    return png((100, 100), data=zlibbed(b"\0", 8 * GIB))


@bomb("png", "file_corrupt")
def png_with_text_of_gigabytes() -> bytes:
    notes = [chunk(b"zTXt", b"Comment\0\0" + zlibbed(b"a", 2 * GIB)) for _ in range(4)]
    return png((64, 64), *notes)


@bomb("png", "file_corrupt")
def png_with_profile_of_gigabytes() -> bytes:
    return png((64, 64), chunk(b"iCCP", b"profile\0\0" + zlibbed(b"\0", 2 * GIB)))


@bomb("png", READ, "reader_limit")
def png_with_a_million_chunks() -> bytes:
    return png((64, 64), chunk(b"tEXt", b"a\0b") * 1_000_000)


@bomb("png", READ)
def png_of_endless_frames() -> bytes:
    """An animation of four thousand million frames."""
    control = chunk(b"acTL", struct.pack(">II", 2**32 - 1, 0))
    frame = struct.pack(">IIIIIHHBB", 0, 64, 64, 0, 0, 1, 1, 0, 0)
    return png((64, 64), control, chunk(b"fcTL", frame))


@bomb("jpg", "too_many_pixels")
def jpeg_of_65_500_squared() -> bytes:
    small = _jpeg(Image.new("L", (64, 64), 255))
    at = small.index(b"\xff\xc0") + 5
    return small[:at] + struct.pack(">HH", 65_500, 65_500) + small[at + 4 :]


@bomb("jpg", "file_corrupt")
def jpeg_of_a_thousand_passes() -> bytes:
    """A progressive picture whose every pass goes over all of its 49 million pixels again."""
    small = _jpeg(Image.new("L", (7_000, 7_000), 255), progressive=True)
    last = small.rindex(b"\xff\xda")
    scan = small[last:-2]
    return small[:-2] + scan * 2_000 + b"\xff\xd9"


@bomb("jpg", *OUT_OF_MEMORY)
def jpeg_with_a_name_of_every_byte() -> bytes:
    """Sixteen thousand application segments, each of them the largest that there is."""
    small = _jpeg(Image.new("L", (64, 64), 255))
    return small[:2] + (b"\xff\xe1\xff\xff" + b"Exif\0\0" + bytes(65_527)) * 700 + small[2:]


def _jpeg(picture: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, "JPEG", **options)
    return out.getvalue()


def tag(number: int, kind: int, count: int, value: int) -> bytes:
    return struct.pack("<HHII", number, kind, count, value)


def tiff(*tags: bytes, following: int = 0, data: bytes = b"") -> bytes:
    """A TIFF of one directory at 8; ``data`` starts right behind it."""
    directory = struct.pack("<H", len(tags)) + b"".join(tags) + struct.pack("<I", following)
    return b"II*\0" + struct.pack("<I", 8) + directory + data


def _picture_tags(
    width: int, height: int, *, packing: int, at: int, size: int, bits: int = 1
) -> tuple[bytes, ...]:
    return (
        tag(256, 4, 1, width),
        tag(257, 4, 1, height),
        tag(258, 3, 1, bits),
        tag(259, 3, 1, packing),
        tag(262, 3, 1, 1),
        tag(273, 4, 1, at),
        tag(277, 3, 1, 1),
        tag(278, 4, 1, height),
        tag(279, 4, 1, size),
    )


_BEHIND = 8 + 2 + 9 * 12 + 4


@bomb("tiff", "too_many_pixels")
def tiff_of_a_thousand_million_pixels() -> bytes:
    data = zlibbed(b"\0", 1_000_000_000)
    tags = _picture_tags(31_623, 31_623, packing=8, at=_BEHIND, size=len(data), bits=8)
    return tiff(*tags, data=data)


@bomb("tiff", READ)
def tiff_of_one_enormous_strip() -> bytes:
    """Within the pixels that are allowed, and a strip that unpacks to 4 GiB."""
    data = zlibbed(b"\0", 4 * GIB)
    return tiff(*_picture_tags(7_000, 7_000, packing=8, at=_BEHIND, size=len(data), bits=8), data=data)


@bomb("tiff", READ)
def tiff_directories_in_a_ring() -> bytes:
    return tiff(*_picture_tags(64, 64, packing=1, at=_BEHIND, size=512), following=8, data=bytes(512))


@bomb("tiff", "too_many_pages")
def tiff_of_100_000_directories() -> bytes:
    """Each one a page of 7,000 x 7,000 pixels that shares its strip with all the others."""
    data = zlib.compress(bytes(7_000 * 875))
    size = 2 + 9 * 12 + 4
    start = 8 + len(data)
    tags = b"".join(_picture_tags(7_000, 7_000, packing=8, at=8, size=len(data)))
    directories = b"".join(
        b"\x09\x00" + tags + struct.pack("<I", start + (n + 1) * size) for n in range(100_000)
    )
    return b"II*\0" + struct.pack("<I", start) + data + directories


@bomb("tiff", "file_corrupt")
def tiff_with_tags_that_count_to_the_end() -> bytes:
    wide = [tag(number, 4, 2**32 - 1, 8) for number in (270, 273, 279, 700, 34675)]
    return tiff(tag(256, 4, 1, 64), tag(257, 4, 1, 64), *wide, data=bytes(512))


@bomb("tiff", READ, "reader_limit")
def tiff_of_a_million_strips() -> bytes:
    """A row of one pixel each, all of them at the same place."""
    count = 1_000_000
    at = 8 + 2 + 9 * 12 + 4
    places = struct.pack("<I", at) * count
    sizes = struct.pack("<I", 1) * count
    tags = (
        tag(256, 4, 1, 8),
        tag(257, 4, 1, count),
        tag(258, 3, 1, 1),
        tag(259, 3, 1, 1),
        tag(262, 3, 1, 1),
        tag(273, 4, count, at),
        tag(277, 3, 1, 1),
        tag(278, 4, 1, 1),
        tag(279, 4, count, at + len(places)),
    )
    return tiff(*tags, data=places + sizes)


@bomb("gif", "type_unknown")
def gif_of_endless_frames() -> bytes:
    head = b"GIF89a\xff\xff\xff\xff\x00\x00\x00"
    frame = b"\x2c\x00\x00\x00\x00\xff\xff\xff\xff\x00\x02\x02\x44\x01\x00"
    return head + frame * 100_000 + b"\x3b"


@bomb("jp2", "type_unknown")
def jpeg_2000_of_endless_tiles() -> bytes:
    edge, one = struct.pack(">I", 2**31 - 1), struct.pack(">I", 1)
    size = b"\x00\x00" + edge + edge + bytes(8) + one + one + bytes(8) + b"\x00\x03" + b"\x07\x01\x01" * 3
    stream = b"\xff\x4f\xff\x51" + struct.pack(">H", len(size) + 2) + size + b"\xff\xd9"
    boxes = b"\x00\x00\x00\x0cjP  \r\n\x87\n\x00\x00\x00\x14ftypjp2 \x00\x00\x00\x00jp2 "
    return boxes + struct.pack(">I", len(stream) + 8) + b"jp2c" + stream


def _riff(*chunks: tuple[bytes, bytes]) -> bytes:
    body = b"WEBP" + b"".join(
        kind + struct.pack("<I", len(data)) + data + bytes(len(data) % 2) for kind, data in chunks
    )
    return b"RIFF" + struct.pack("<I", len(body)) + body


def _three_bytes(number: int) -> bytes:
    return struct.pack("<I", number)[:3]


@bomb("webp", "too_many_pixels")
def webp_of_16_383_squared() -> bytes:
    """The largest that the format knows, in one colour: 268 million pixels."""
    out = io.BytesIO()
    Image.new("RGB", (64, 64), "white").save(out, "WEBP", lossless=True)
    small = bytearray(out.getvalue())
    at = small.index(b"VP8L") + 9  # behind the size and the signature
    small[at : at + 4] = struct.pack("<I", 16_382 | 16_382 << 14)
    return bytes(small)


@bomb("webp", READ, "reader_limit")
def webp_of_endless_frames() -> bytes:
    """Fifty thousand frames on a canvas of 7,000 x 7,000."""
    out = io.BytesIO()
    Image.new("RGB", (16, 16), "white").save(out, "WEBP", lossless=True)
    picture = out.getvalue()[12:]
    head = b"\x02" + bytes(3) + _three_bytes(6_999) + _three_bytes(6_999)
    frame = bytes(6) + _three_bytes(15) + _three_bytes(15) + _three_bytes(100) + b"\x00" + picture
    return _riff((b"VP8X", head), (b"ANIM", bytes(6)), *[(b"ANMF", frame)] * 50_000)


def _box(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data) + 8) + kind + data


@bomb("heic", "type_unknown")
def heic_of_endless_tiles() -> bytes:
    """A grid of 256 x 256 tiles that together have 2**32 pixels a side, of items that are the grid itself."""
    full = bytes(4)
    handler = _box(b"hdlr", full + bytes(4) + b"pict" + bytes(13))
    primary = _box(b"pitm", full + struct.pack(">H", 1))
    entry = _box(b"infe", b"\x02\0\0\0" + struct.pack(">HH", 1, 0) + b"grid\0")
    infos = _box(b"iinf", full + struct.pack(">H", 1) + entry)
    size = _box(b"ispe", full + struct.pack(">II", 2**32 - 1, 2**32 - 1))
    association = _box(b"ipma", full + struct.pack(">IHBB", 1, 1, 1, 1))
    properties = _box(b"iprp", _box(b"ipco", size) + association)
    references = _box(b"iref", full + _box(b"dimg", struct.pack(">HH", 1, 65_535) + b"\0\1" * 65_535))
    grid = b"\x00\x01\xff\xff" + struct.pack(">II", 2**32 - 1, 2**32 - 1)
    data = _box(b"idat", grid)
    places = _box(b"iloc", b"\x01\0\0\0\x44\x00" + struct.pack(">HHHHHII", 1, 1, 1, 0, 1, 0, len(grid)))
    meta = _box(b"meta", full + handler + primary + infos + properties + references + data + places)
    return _box(b"ftyp", b"heic" + full + b"mif1heic") + meta
