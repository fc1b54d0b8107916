"""ZIP files."""

import io
import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.archives.budget import Budget
from docmill.engines.reading.archives.names import inner_path, is_noise

_UNIX = 3
_ENCRYPTED = 0x1
_HEADER_BYTES = 30
_END = b"PK\x05\x06"
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


def zip_entries(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file.

    Raises Rejected: unpack_bomb for entries that share bytes, file_corrupt for links, devices and names
    that lead out of it, password_required.
    """
    with _opened(data, budget) as archive:
        entries = archive.infolist()
        _require_apart(entries, archive.start_dir)
        for entry in entries:
            _require_plain(entry)
            path = inner_path(entry.filename)
            if entry.is_dir() or is_noise(path):
                continue
            content = _unpack(archive, entry, budget)
            budget.count()
            yield path, content


def _opened(data: bytes, budget: Budget) -> zipfile.ZipFile:
    if data.count(b"PK\x01\x02") > limits.ZIP_FOLDERS_PER_FILE_MAX * budget.allowed.archive_members_max:
        raise Rejected(ErrorCode.UNPACK_BOMB, "the archive's directory")
    try:
        return zipfile.ZipFile(io.BytesIO(data))
    except _BROKEN:
        code = ErrorCode.FILE_CORRUPT if _END in data else ErrorCode.FILE_TRUNCATED
        raise Rejected(code, "the archive's directory") from None


def _require_apart(entries: list[zipfile.ZipInfo], directory: int) -> None:
    """Entries that share their bytes let a small file unpack to any size, within every ratio of one entry."""
    end = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < end:
            raise Rejected(ErrorCode.UNPACK_BOMB, "files in the archive overlap")
        end = entry.header_offset + _HEADER_BYTES + entry.compress_size
    if end > directory:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the archive's directory")


def _require_plain(entry: zipfile.ZipInfo) -> None:
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == _UNIX else 0
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        action = "Pack the files themselves."
        raise Rejected(ErrorCode.FILE_CORRUPT, "the archive has links or devices", action=action)


def _unpack(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, budget: Budget) -> bytes:
    if entry.flag_bits & _ENCRYPTED:
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the archive is encrypted")
    content = bytearray()
    try:
        with archive.open(entry) as file:
            while chunk := file.read(limits.UNPACK_STEP_BYTES):
                budget.take(len(chunk))
                content += chunk
                budget.require_size(len(content))
    except NotImplementedError:  # which is a RuntimeError too
        raise Rejected(ErrorCode.TYPE_UNKNOWN, "the archive's compression") from None
    except RuntimeError:
        raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the archive is encrypted") from None
    except _BROKEN:
        raise Rejected(ErrorCode.FILE_CORRUPT, "a file in the archive") from None
    except MemoryError:
        raise Rejected(ErrorCode.READER_LIMIT, "a file in the archive needs too much memory") from None
    return bytes(content)
