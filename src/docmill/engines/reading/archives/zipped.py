"""ZIP files: the documents inside, also of ZIPs inside, within limits that hold for the whole nest."""

import io
import lzma
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from docmill.domain import limits
from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Member
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading import media
from docmill.engines.reading.parts import MemberFound, Opened, Part

READER = "docmill 1"
_READ_BYTES = 256 * 1024
_NOISE = re.compile(r"(^|/)(__MACOSX/|\.DS_Store$|Thumbs\.db$|desktop\.ini$|\._)")
# What a terminal obeys, and what turns the direction of writing so that `fdp.exe` reads as `exe.pdf`.
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_PACKAGE_PARTS = frozenset({"[Content_Types].xml", "mimetype", "META-INF/MANIFEST.MF"})
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    ValueError,
    OSError,
    NotImplementedError,
    lzma.LZMAError,
    KeyError,
    IndexError,
)


@dataclass(slots=True)
class _Budget:
    packed_bytes: int
    allowed: ReadingLimits
    unpacked_bytes: int = 0
    members: int = 0

    def take(self, size_bytes: int) -> None:
        self.unpacked_bytes += size_bytes
        if self.unpacked_bytes > self.allowed.unpack_size_bytes_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "too many bytes")
        # A few kilobytes of text compress well without anybody's ill will.
        if self.unpacked_bytes > self.allowed.unpack_ratio_max * max(self.packed_bytes, _READ_BYTES):
            raise Rejected(ErrorCode.UNPACK_BOMB, "the archive unpacks to too much")

    def count(self) -> int:
        self.members += 1
        if self.members > self.allowed.archive_members_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, f"more than {self.allowed.archive_members_max} files")
        return self.members - 1


def zip_parts(data: bytes, allowed: ReadingLimits) -> Iterator[Part]:
    """Yield Opened and the members. Names are paths within the archive that lead nowhere else."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the archive's directory") from None
    with archive:
        if _is_package(archive):
            raise Rejected(ErrorCode.TYPE_UNKNOWN)
        members = _members(archive, "", 1, _Budget(len(data), allowed))
        first = next(members, None)
        if first is None:
            raise Rejected(ErrorCode.NOTHING_READABLE, "the archive is empty")
        yield Opened(media.ZIP, 0, READER)
        yield MemberFound(first)
        yield from map(MemberFound, members)


def _members(archive: zipfile.ZipFile, folder: str, depth: int, budget: _Budget) -> Iterator[Member]:
    if depth > budget.allowed.unpack_depth_max:
        raise Rejected(ErrorCode.UNPACK_BOMB, "archives within archives")
    for entry in archive.infolist():
        if entry.is_dir() or _NOISE.search(entry.filename):
            continue
        content = _unpack(archive, entry, budget)
        name = folder + plain_path(entry.filename)
        inner = _pile(content)
        if inner is None:
            yield Member(budget.count(), name[-limits.FILE_NAME_CHARS_MAX :], content)
            continue
        with inner:
            yield from _members(inner, name + "/", depth + 1, budget)


def _pile(content: bytes) -> zipfile.ZipFile | None:
    """The archive inside an archive; None for anything else, which is a document of its own."""
    if media.media_type(content) != media.ZIP:
        return None
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except _BROKEN:
        return None
    return None if _is_package(archive) else archive


def _is_package(archive: zipfile.ZipFile) -> bool:
    """Word, Excel, OpenDocument and Java files are ZIPs, but no piles of documents."""
    return not _PACKAGE_PARTS.isdisjoint(archive.namelist())


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: _Budget) -> bytes:
    if entry.flag_bits & 0x1:
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the archive is encrypted")
    content = bytearray()
    try:
        with archive.open(entry) as file:
            while chunk := file.read(_READ_BYTES):
                budget.take(len(chunk))
                content += chunk
                if len(content) > budget.allowed.file_size_bytes_max:
                    raise Rejected(ErrorCode.FILE_TOO_LARGE, "a file in the archive")
    except NotImplementedError:  # which is a RuntimeError too
        raise Rejected(ErrorCode.TYPE_UNKNOWN, "the archive's compression") from None
    except RuntimeError:
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the archive is encrypted") from None
    except _BROKEN:
        raise Rejected(ErrorCode.FILE_CORRUPT, "a file in the archive") from None
    return bytes(content)


def plain_path(name: str) -> str:
    """A member's name without roots, drives, steps upward and control characters."""
    steps = re.split(r"[/\\]+", _CONTROL.sub("", name))
    return (
        "/".join(step for step in steps if step not in ("", ".", "..") and not step.endswith(":")) or "file"
    )
