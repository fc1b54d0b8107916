"""What kind of document a ZIP or a compound file (OLE) is, by its directory: nothing is unpacked for it."""

import io
import zipfile

import olefile

from docmill.domain.limits import documents as limits
from docmill.engines.reading.kinds import media

_TYPES_PART = "[Content_Types].xml"
_TYPES_BYTES_MAX = 256 * 1024
_MIMETYPE_BYTES_MAX = 100
_FOLDERS = (("word/", media.DOCX), ("xl/", media.XLSX), ("ppt/", media.PPTX))
_MAIN_PARTS = (
    (b"wordprocessingml.document.main", media.DOCX),
    (b"word.document.macroEnabled.main", media.DOCX),
    (b"wordprocessingml.template.main", media.DOCX),
    (b"spreadsheetml.sheet.main", media.XLSX),
    (b"excel.sheet.macroEnabled.main", media.XLSX),
    (b"spreadsheetml.template.main", media.XLSX),
    (b"presentationml.presentation.main", media.PPTX),
    (b"presentationml.slideshow.main", media.PPTX),
    (b"presentation.macroEnabled.main", media.PPTX),
)
_OTHER_PACKAGES = frozenset({"META-INF/MANIFEST.MF", "AndroidManifest.xml"})
_BROKEN = (zipfile.BadZipFile, ValueError, OSError, NotImplementedError, KeyError, IndexError, RuntimeError)


def kind_of_zip(data: bytes) -> str:
    """ZIP for a pile of files and for a broken directory, else the office format, or UNKNOWN."""
    if data.count(b"PK\x01\x02") > limits.ZIP_FOLDERS_PER_FILE_MAX * limits.ARCHIVE_MEMBERS_MAX:
        return media.ZIP  # which refuses it: to take such a directory apart costs a gigabyte
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _kind(archive)
    except _BROKEN:
        return media.ZIP


def _kind(archive: zipfile.ZipFile) -> str:
    names = archive.namelist()
    if "mimetype" in names:
        return _by_mimetype(archive)
    if _TYPES_PART not in names:
        return media.UNKNOWN if not _OTHER_PACKAGES.isdisjoint(names) else media.ZIP
    types = _head(archive, _TYPES_PART, _TYPES_BYTES_MAX)
    for mark, kind in _MAIN_PARTS:
        if mark in types:
            return kind
    # A damaged list of parts: where the parts lie tells as well; the reader says what is wrong with it.
    if any(name == "xl/workbook.bin" for name in names):
        return media.UNKNOWN
    for folder, kind in _FOLDERS:
        if any(name.startswith(folder) for name in names):
            return kind
    return media.UNKNOWN


def _by_mimetype(archive: zipfile.ZipFile) -> str:
    told = _head(archive, "mimetype", _MIMETYPE_BYTES_MAX).strip()
    if told in (media.ODT.encode(), media.ODT.encode() + b"-template"):
        return media.ODT
    known = told.startswith((b"application/vnd.", b"application/epub", b"application/x-", b"image/"))
    return media.UNKNOWN if known else media.ZIP


def _head(archive: zipfile.ZipFile, name: str, size_bytes: int) -> bytes:
    try:
        with archive.open(name) as part:
            return part.read(size_bytes)
    except Exception:  # whatever a damaged part raises: the next rule decides
        return b""


def kind_of_compound(data: bytes) -> str:
    """MSG, LOCKED for an office file with a password, UNKNOWN for the formats of old office programs."""
    try:
        with olefile.OleFileIO(data) as compound:
            if compound.exists("EncryptedPackage"):
                return media.LOCKED
            streams = {"/".join(path) for path in compound.listdir(streams=True, storages=False)}
    except Exception:  # olefile lets struct, index and recursion errors of damaged files through
        return media.UNKNOWN
    return media.MSG if "__properties_version1.0" in streams else media.UNKNOWN
