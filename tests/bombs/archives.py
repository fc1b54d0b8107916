"""Archives that unpack to more than anybody has room for."""

import io
import struct
import tarfile
import zipfile
import zlib

from tests.bombs.bomb import OUT_OF_MEMORY, bomb
from tests.bombs.deflated import GIB, MIB, gzipped, raw

_STORED, _DEFLATED = 0, 8


def entry(
    name: bytes, packed: bytes, size_bytes: int, *, crc: int = 0, method: int = _DEFLATED, place: int = 0
) -> tuple[bytes, bytes]:
    """The local header with its data, and the line of the directory."""
    size = min(size_bytes, 2**32 - 1)
    told = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0x21, crc, len(packed), size, len(name), 0)
    local = b"PK\x03\x04" + told + name + packed
    line = struct.pack("<HHHHHIIIHH", 20, 0, method, 0, 0x21, crc, len(packed), size, len(name), 0)
    central = b"PK\x01\x02\x14\x00" + line + struct.pack("<HHHII", 0, 0, 0, 0, place) + name
    return local, central


def end(count: int, directory: int, at: int) -> bytes:
    count = min(count, 0xFFFF)
    return b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, count, count, directory, at, 0)


def zipped(*files: tuple[str, bytes, int] | tuple[str, bytes, int, int]) -> bytes:
    """A ZIP of (name, raw deflate, size that is told, checksum if it may be noticed)."""
    locals_, lines = b"", b""
    for name, packed, size_bytes, *checksum in files:
        crc = checksum[0] if checksum else 0
        local, line = entry(name.encode(), packed, size_bytes, crc=crc, place=len(locals_))
        locals_, lines = locals_ + local, lines + line
    return locals_ + lines + end(len(files), len(lines), len(locals_))


def plain_zip(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
    return out.getvalue()


@bomb("zip", "file_too_large")
def zip_of_8_gib() -> bytes:
    return zipped(("a.pdf", raw(b"\0", 8 * GIB), 8 * GIB))


@bomb("zip", "file_corrupt")
def zip_that_lies_about_its_sizes() -> bytes:
    """Eight bytes, says the directory; it unpacks to 8 GiB."""
    return zipped(("a.pdf", raw(b"\0", 8 * GIB), 8))


@bomb("zip", "unpack_bomb")
def zip_within_zip() -> bytes:
    """Sixteen archives of sixteen archives, five levels: 10**6 files of a gigabyte each, in 2 MB."""
    data = zipped(("a.txt", raw(b"\0", GIB), GIB))
    for level in range(5):
        data = plain_zip({f"{level}-{n}.zip": data for n in range(16)})
    return data


@bomb("zip", "unpack_bomb")
def zip_of_overlapping_files() -> bytes:
    """Every line of the directory names the same 4 MB of data: 250 times 4 GiB. After David Fifield, 2019."""
    local, _ = entry(b"a.pdf", raw(b"\0", 4 * GIB), 2**32 - 1)
    packed = local[35:]
    lines = b"".join(entry(b"a.pdf", packed, 2**32 - 1)[1] for _ in range(250))
    return local + lines + end(250, len(lines), len(local))


@bomb("zip", "unpack_bomb")
def zip_of_overlapping_files_within_the_ratio() -> bytes:
    """The same with a few megabytes a file, that only their sum gives away."""
    local, line = entry(b"a.txt", raw(b"total 119.00 ", 40 * MIB), 40 * MIB)
    lines = line * 900
    return local + lines + end(900, len(lines), len(local))


@bomb("zip", "unpack_bomb")
def zip_that_holds_itself() -> bytes:
    """A stored entry whose data are the archive from its start: each level unpacks to the same again."""
    inner = plain_zip({"a.txt": b"deep"})
    for _ in range(64):
        inner = _stored({"r.zip": inner, "s.zip": inner}) if len(inner) < MIB else _stored({"r.zip": inner})
    return inner


def _stored(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


@bomb("zip", "unpack_bomb", "reader_limit")
def zip_of_a_million_files() -> bytes:
    local, line = entry(b"a", b"", 0, method=_STORED)
    zip64 = struct.pack(
        "<QHHIIQQQQ", 44, 45, 45, 0, 0, 1_000_000, 1_000_000, len(line) * 1_000_000, len(local)
    )
    at = len(local) + len(line) * 1_000_000
    locator = b"PK\x06\x07" + struct.pack("<IQI", 0, at, 1)
    last = b"PK\x05\x06" + struct.pack("<HHHHIIH", 0, 0, 0xFFFF, 0xFFFF, 2**32 - 1, 2**32 - 1, 0)
    return local + line * 1_000_000 + b"PK\x06\x06" + zip64 + locator + last


@bomb("zip", "file_corrupt")
def zip_whose_directory_lies() -> bytes:
    """A directory of 4 GiB at a place that is not there."""
    data = plain_zip({"a.txt": b"hello"})
    return data[: data.rindex(b"PK\x05\x06")] + end(65_535, 2**32 - 2, 2**32 - 2)


@bomb("zip", "file_corrupt")
def zip_of_names_that_lead_upward() -> bytes:
    """Names of 63,000 characters, all of them steps upward."""
    files, lines = bytearray(), bytearray()
    name = b"../" * 21_000
    for _ in range(200):
        local, line = entry(name, b"x", 1, crc=zlib.crc32(b"x"), method=_STORED, place=len(files))
        files += local
        lines += line
    return bytes(files + lines) + end(200, len(lines), len(files))


@bomb("zip", *OUT_OF_MEMORY)
def zip_in_lzma() -> bytes:
    """LZMA with a dictionary of 4 GiB."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("a.txt", b"hello " * 1000)
    data = bytearray(out.getvalue())
    at = data.index(b"a.txt") + 5 + 4 + 1  # the version, the size of the properties, and their first byte
    data[at : at + 4] = b"\xff\xff\xff\xff"
    return bytes(data)


@bomb("gz", "unpack_bomb", "reader_limit")
def gzip_of_8_gib() -> bytes:
    return gzipped(b"\0", 8 * GIB)


@bomb("gz", "unpack_bomb")
def gzip_within_gzip() -> bytes:
    data = gzipped(b"\0", 4 * GIB)
    for _ in range(20):
        packer = zlib.compressobj(9, zlib.DEFLATED, 31)
        data = packer.compress(data) + packer.flush()
    return data


@bomb("gz", "unpack_bomb")
def gzip_of_a_million_members() -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    return (packer.compress(b"") + packer.flush()) * 1_000_000


def header(name: bytes, size_bytes: int, kind: bytes = b"0") -> bytes:
    info = tarfile.TarInfo(name.decode())
    info.size, info.type = size_bytes, kind
    return info.tobuf(tarfile.GNU_FORMAT)


@bomb("tar", "unpack_bomb", "reader_limit")
def tar_of_a_hundred_thousand_files() -> bytes:
    return header(b"a.txt", 0) * 100_000 + bytes(1024)


@bomb("tar", "file_truncated")
def tar_that_lies_about_its_sizes() -> bytes:
    return header(b"a.txt", 8 * GIB) + bytes(10_240)


@bomb("tar", "file_corrupt")
def tar_of_holes() -> bytes:
    """A sparse file of a thousand GiB in one block, in the words of PAX."""
    words = {"GNU.sparse.major": "1", "GNU.sparse.minor": "0", "GNU.sparse.name": "a.txt"}
    words["GNU.sparse.realsize"] = str(1024 * GIB)
    info = tarfile.TarInfo("a.txt")
    info.size, info.pax_headers = 1024, words
    body = b"1\n%d\n512\n" % (1024 * GIB - 512)
    return info.tobuf(tarfile.PAX_FORMAT) + body.ljust(512, b"\0") + b"x" * 512 + bytes(1024)


@bomb("tar", "file_corrupt")
def tar_of_old_holes() -> bytes:
    """The same in GNU's older words."""
    info = tarfile.TarInfo("a.txt")
    info.size, info.type = 512, tarfile.GNUTYPE_SPARSE
    block = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    block[386:410] = b"%011o\0%011o\0" % (8 * GIB - 512, 512)
    block[483:495] = b"%011o\0" % (8 * GIB - 1)
    block[148:156] = b" " * 8
    block[148:156] = b"%06o\0 " % sum(block)
    return bytes(block) + b"x" * 512 + bytes(1024)


@bomb("tar", "file_corrupt")
def tar_with_endless_words() -> bytes:
    """A PAX header of 40 MB, and a long name of the rest."""
    words = b"".join(b"%d comment=%s\n" % (113, b"a" * 100) for _ in range(200_000))
    long_name = b"b" * (10 * MIB)
    return (
        header(b"pax", len(words), b"x") + words + bytes(-len(words) % 512)
        + header(b"././@LongLink", len(long_name), b"L") + long_name
        + header(b"a.txt", 5) + b"hello".ljust(512, b"\0") + bytes(1024)
    )  # fmt: skip


@bomb("tgz", "unpack_bomb", "reader_limit")
def tar_packed() -> bytes:
    """A tar of one file of 8 GiB, in gzip."""
    block = header(b"a.txt", 8 * GIB - 512)
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    first = packer.compress(block) + packer.flush(zlib.Z_FULL_FLUSH)
    return b"\x1f\x8b\x08\x00" + bytes(4) + b"\x02\xff" + first + raw(b"\0", 8 * GIB) + bytes(8)
