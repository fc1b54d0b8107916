"""TAR files: v7, ustar, GNU and pax.

Read here and not by `tarfile`: that follows links and sparse maps, lets sizes be negative and looks at
pax headers with patterns that take quadratic time.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import documents as limits
from docmill.engines.reading.archives.budget import Budget
from docmill.engines.reading.archives.names import inner_path, is_noise
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.kinds.telling import is_tar

_BLOCK_BYTES = 512
_FILES = b"0\0 7"  # 7: a file that wants to lie in one piece
_FOLDERS = b"5D"  # D: what was in a folder, for incremental backups
_SPARSE = b"SM"
_REMARKS = b"gVNXA"  # for all files, a volume's label, and what Solaris notes: nothing about content
_PAX_SPARSE = "GNU.sparse."


@dataclass(slots=True)
class _Noted:
    """What entries say about the one after them."""

    name: str | None = None
    size_bytes: int | None = None


def tar_entries(data: bytes, budget: Budget) -> Iterator[tuple[str, bytes]]:
    """Yield path and content of every file. A TAR cannot unpack to more than it is.

    The empty blocks at its end may be missing: many programs do not write them.

    Raises Rejected: file_corrupt for links, devices, sparse files and names that lead out of it.
    """
    at, noted = 0, _Noted()
    while (block := data[at : at + _BLOCK_BYTES]).strip(b"\0"):
        if len(block) < _BLOCK_BYTES:
            raise Rejected(ErrorCode.FILE_TRUNCATED, "the archive")
        if not is_tar(block):
            raise _corrupt("a header in the archive")
        kind = block[156:157]
        size_bytes = 0 if kind == b"5" else _number(block[124:136])
        if kind in _FILES and noted.size_bytes is not None:
            size_bytes = noted.size_bytes
        at += _BLOCK_BYTES
        content = data[at : at + size_bytes]
        if len(content) < size_bytes:
            raise Rejected(ErrorCode.FILE_TRUNCATED, "the archive")
        at += -(-size_bytes // _BLOCK_BYTES) * _BLOCK_BYTES
        if kind in b"LKx":
            noted = _note(noted, kind, content)
            continue
        name = noted.name if noted.name is not None else _name(block)
        if kind not in _REMARKS:
            noted = _Noted()
        if _is_file(kind, name):
            path = inner_path(name)
            if not is_noise(path):
                budget.require_size(size_bytes)
                budget.count()
                yield path, content


def _is_file(kind: bytes, name: str) -> bool:
    if kind in _SPARSE:
        raise _corrupt("the archive has sparse files")
    if kind not in _FILES + _FOLDERS + _REMARKS:
        raise _corrupt("the archive has links or devices", action="Pack the files themselves.")
    if kind in _REMARKS:
        return False
    inner_path(name)  # a folder that leads out is refused like a file
    return kind in _FILES and not name.endswith("/")


def _note(noted: _Noted, kind: bytes, content: bytes) -> _Noted:
    if len(content) > limits.TAR_NOTE_BYTES_MAX:
        raise _corrupt("a name in the archive is too long")
    if kind == b"K":
        return noted  # the target of a link, which is refused when it comes
    if kind == b"L":
        return _Noted(_text(content.split(b"\0", 1)[0]), noted.size_bytes)
    told = dict(_pax(content))
    if any(key.startswith(_PAX_SPARSE) for key in told):
        raise _corrupt("the archive has sparse files")
    size = told.get("size")
    if size is not None and not (size.isascii() and size.isdigit() and len(size) < 20):
        raise _corrupt("a size in the archive")
    return _Noted(told.get("path", noted.name), noted.size_bytes if size is None else int(size))


def _pax(content: bytes) -> Iterator[tuple[str, str]]:
    """The records ``length key=value``, each as long as it says."""
    at = 0
    while at < len(content) and content[at : at + 1] != b"\0":
        digits, blank, _ = content[at : at + 20].partition(b" ")
        if not blank or not digits.isdigit():
            raise _corrupt("a note in the archive")
        record = content[at + len(digits) + 1 : at + int(digits)]
        key, equals, value = record.partition(b"=")
        if int(digits) <= len(digits) + 1 or not equals or not value.endswith(b"\n"):
            raise _corrupt("a note in the archive")
        yield _text(key), _text(value[:-1])
        at += int(digits)


def _name(block: bytes) -> str:
    name = block[:100].split(b"\0", 1)[0]
    if block[257:263] == b"ustar\0":  # GNU has other things in place of the prefix
        prefix = block[345:500].split(b"\0", 1)[0]
        name = prefix + b"/" + name if prefix else name
    return _text(name)


def _text(data: bytes) -> str:
    found = encodings.decoded(data)
    return found.text if found is not None else data.decode("latin-1")


def _number(field: bytes) -> int:
    """Octal digits, or GNU's base 256 for what does not fit."""
    if field[0] & 0x80:
        if field[0] & 0x40:
            raise _corrupt("a size in the archive")  # below zero
        return int.from_bytes(bytes([field[0] & 0x7F]) + field[1:], "big")
    digits = field.split(b"\0", 1)[0].strip()
    try:
        size = int(digits or b"0", 8)
    except ValueError:
        size = -1
    if size < 0:
        raise _corrupt("a size in the archive")
    return size


def _corrupt(detail: str, *, action: str = "") -> Rejected:
    return Rejected(ErrorCode.FILE_CORRUPT, detail, action=action)
