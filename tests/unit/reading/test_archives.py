"""Archives: what is inside, what is refused, and limits that hold for the whole nest."""

import bz2
import gzip
import io
import lzma
import stat
import tarfile
import zipfile
from collections.abc import Callable

import pytest

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.domain.limits import units
from docmill.domain.reading_limits import DEFAULT
from docmill.engines import reading

Pack = Callable[[dict[str, bytes]], bytes]


def _zip(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return out.getvalue()


def _tar(members: dict[str, bytes], kind: int = tarfile.PAX_FORMAT, **entry: object) -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w", format=kind) as archive:
        for name, data in members.items():
            made = tarfile.TarInfo(name)
            made.size = len(data)
            for field, value in entry.items():
                setattr(made, field, value)
            archive.addfile(made, io.BytesIO(data))
    return out.getvalue()


def _files(data: bytes, name: str = "pile") -> list[tuple[str, bytes]]:
    return [(member.name, member.data) for member in reading.read(data, name).members]


def _code(data: bytes, name: str = "pile", **lowered: int) -> ErrorCode:
    with pytest.raises(Rejected) as refused:
        reading.read(data, name, allowed=DEFAULT.lowered(lowered))
    return refused.value.code


@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_a_tar_gives_its_files(kind: int) -> None:
    members = {"a.txt": b"1" * 700, "folder/" + "n" * 90 + ".txt": b"2", "last": b""}
    assert _files(_tar(members, kind)) == list(members.items())


@pytest.mark.parametrize("kind", [tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
def test_long_and_foreign_names_in_a_tar_are_kept(kind: int) -> None:
    members = {"Rechnung für Müller " + "x" * 120 + ".txt": b"1"}
    assert _files(_tar(members, kind)) == list(members.items())


@pytest.mark.parametrize(
    ("pack", "ending"), [(gzip.compress, "gz"), (bz2.compress, "bz2"), (lzma.compress, "xz")]
)
def test_a_packed_tar_gives_its_files_and_a_packed_file_itself(
    pack: Callable[[bytes], bytes], ending: str
) -> None:
    members = {"a": b"one", "b/c": b"two"}
    assert _files(pack(_tar(members)), f"pile.tar.{ending}") == list(members.items())
    assert _files(pack(b"hello"), f"C:\\letters\\letter.txt.{ending}") == [("letter.txt", b"hello")]
    assert _files(_zip({"x/pile.tar." + ending: pack(_tar(members))})) == [
        (f"x/pile.tar.{ending}/a", b"one"),
        (f"x/pile.tar.{ending}/b/c", b"two"),
    ]


def test_a_packed_file_of_several_streams_is_one_file() -> None:
    assert _files(gzip.compress(b"one ") + gzip.compress(b"two"), "x.gz") == [("x", b"one two")]


@pytest.mark.parametrize("name", ["../x", "a/../../x", "/etc/x", "C:\\x", "..\\x", "\\x", "a/.."])
@pytest.mark.parametrize("pack", [_zip, _tar])
def test_names_that_lead_out_of_the_archive_are_refused(pack: Pack, name: str) -> None:
    assert _code(pack({"good": b"x", name: b"x"})) is ErrorCode.FILE_CORRUPT


def test_names_lose_what_terminals_obey() -> None:
    assert _files(_zip({"a\x1b[2Jb\u202efdp.exe": b"x", "./c//d": b"y", "e\\f": b"z"})) == [
        ("a[2Jbfdp.exe", b"x"),
        ("c/d", b"y"),
        ("e/f", b"z"),
    ]


@pytest.mark.parametrize("mode", [stat.S_IFLNK, stat.S_IFIFO, stat.S_IFCHR])
def test_a_link_or_a_device_in_a_zip_is_refused(mode: int) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        entry = zipfile.ZipInfo("x")
        entry.create_system, entry.external_attr = 3, (mode | 0o777) << 16
        archive.writestr(entry, "/etc/passwd")
    assert _code(out.getvalue()) is ErrorCode.FILE_CORRUPT


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, b"S", b"?"]
)
def test_a_link_a_device_or_a_sparse_file_in_a_tar_is_refused(kind: bytes) -> None:
    data = bytearray(_tar({"x": b""}, tarfile.USTAR_FORMAT, linkname="/etc/passwd"))
    data[156:157] = kind
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert _code(bytes(data)) is ErrorCode.FILE_CORRUPT


def test_a_sparse_map_of_pax_is_refused() -> None:
    data = _tar({"x": b"y"}, pax_headers={"GNU.sparse.major": "1", "GNU.sparse.size": "99999999999"})
    assert _code(data) is ErrorCode.FILE_CORRUPT


@pytest.mark.parametrize("size", ["99999999999", "-1", "x", "1" * 40])
def test_a_size_that_cannot_be_is_refused(size: str) -> None:
    data = _tar({"x": b"y"}, pax_headers={"size": size, "comment": "c"})
    assert _code(data) in (ErrorCode.FILE_CORRUPT, ErrorCode.FILE_TRUNCATED)


def test_a_tar_with_a_negative_size_ends() -> None:
    data = bytearray(_tar({"x": b"y"}, tarfile.USTAR_FORMAT))
    data[124:136] = b"\xff" * 12
    data[148:156] = b" " * 8
    data[148:156] = b"%06o\0 " % sum(data[:512])
    assert _code(bytes(data)) is ErrorCode.FILE_CORRUPT


def test_a_tar_whose_notes_are_huge_is_refused() -> None:
    assert _code(_tar({"x" * (limits.TAR_NOTE_BYTES_MAX + 1): b"y"})) is ErrorCode.FILE_CORRUPT


def test_overlapping_files_in_a_zip_are_refused() -> None:
    single = _zip({"a": bytes(1000)})
    at = single.index(b"PK\x01\x02")
    directory, end = (
        single[at : single.index(b"PK\x05\x06")],
        bytearray(single[single.index(b"PK\x05\x06") :]),
    )
    end[8:12] = b"\x02\0\x02\0"
    end[12:16] = (2 * len(directory)).to_bytes(4, "little")
    assert _code(single[:at] + 2 * directory + bytes(end)) is ErrorCode.UNPACK_BOMB


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_a_packed_bomb_is_refused(pack: Callable[[bytes], bytes]) -> None:
    assert _code(pack(bytes(60 * units.MIB))) is ErrorCode.UNPACK_BOMB


def test_the_nest_shares_one_budget() -> None:
    inner = gzip.compress(bytes(9 * units.MIB))
    data = _tar({f"{number}.gz": inner for number in range(4)})
    assert _code(data) is ErrorCode.UNPACK_BOMB
    assert _code(
        _zip({"a.tar": _tar({f"{n}": b"x" for n in range(3)}), "b": b"x"}), archive_members_max=3
    ) is (ErrorCode.UNPACK_BOMB)


def test_layers_count_as_archives_within_archives() -> None:
    data = _zip({"a": b"x"})
    for _ in range(limits.UNPACK_DEPTH_MAX):
        data = gzip.compress(data)
    assert _code(data) is ErrorCode.UNPACK_BOMB


def test_thousands_of_empty_streams_are_a_bomb() -> None:
    assert _code(gzip.compress(b"") * (limits.PACKED_STREAMS_MAX + 1)) is ErrorCode.UNPACK_BOMB


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress, lambda data: _tar({"x": data})])
def test_an_archive_that_was_cut_off_says_so(pack: Callable[[bytes], bytes]) -> None:
    whole = pack(bytes(range(256)) * 40)
    assert _code(whole[: len(whole) * 2 // 3 if len(whole) < 5000 else 1500]) is ErrorCode.FILE_TRUNCATED


def test_a_zip_that_was_cut_off_says_so() -> None:
    assert _code(_zip({"a": bytes(range(256)) * 20})[:300]) is ErrorCode.FILE_TRUNCATED


def test_an_archive_inside_that_cannot_be_read_is_a_document_of_its_own() -> None:
    broken, locked = _zip({"a": b"x"})[:40], bytearray(_zip({"a": b"x"}))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    assert _files(_zip({"broken.zip": broken, "locked.zip": bytes(locked), "good": b"x"})) == [
        ("broken.zip", broken),
        ("locked.zip", bytes(locked)),
        ("good", b"x"),
    ]
    assert _code(bytes(locked)) is ErrorCode.PASSWORD_REQUIRED


def test_a_directory_of_millions_is_refused_unread() -> None:
    single = _zip({"a/": b""})
    at, end = single.index(b"PK\x01\x02"), bytearray(single[single.index(b"PK\x05\x06") :])
    directory = single[at : single.index(b"PK\x05\x06")] * 30_000
    end[12:16] = len(directory).to_bytes(4, "little")
    assert _code(single[:at] + directory + bytes(end)) is ErrorCode.UNPACK_BOMB
