"""The guard before every office file that is a ZIP: its parts come out within limits, and only as XML values.

Nothing is written anywhere, and nothing is looked up outside of the file.
"""

import io
import lzma
import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

from lxml import etree

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.xml import CLOSED, INCLUSION

_READ_BYTES = 256 * 1024
_HEAD_BYTES = 4 * 1024
_BROKEN = (
    zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, ValueError, OSError, KeyError, IndexError,
)  # fmt: skip
_DOCUMENT_TYPE_FIRST = re.compile(
    rb"[\xef\xbb\xbf\xff\xfe]*+(?>\s++|<\?.*?\?>|<!--.*?-->)*+<!(?:DOCTYPE|ENTITY)", re.DOTALL
)
# OpenOffice wrote a document type into this list of files; docmill reads no values from it.
_NOT_LOOKED_AT = frozenset({"meta-inf/manifest.xml"})
_INCLUSION = f"{{{INCLUSION}}}"
_TOO_MUCH = frozenset(
    {
        etree.ErrorTypes.ERR_RESOURCE_LIMIT,
        etree.ErrorTypes.ERR_ENTITY_LOOP,
        etree.ErrorTypes.ERR_NAME_TOO_LONG,
    }
)


class Package:
    """The parts of one file by name. Raises Rejected with the file's code when it cannot be trusted."""

    def __init__(self, data: bytes, allowed: ReadingLimits) -> None:
        self._allowed = allowed
        self._size_bytes = len(data)
        self._unpacked_bytes = self._elements = 0
        # Counted before the directory is taken apart: a million entries cost a gigabyte.
        if data.count(b"PK\x01\x02") > allowed.package_parts_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, f"more than {allowed.package_parts_max} parts")
        if b"PK\x05\x06" not in data:
            raise Rejected(ErrorCode.FILE_TRUNCATED, "the package has no directory")
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(data))
        except (NotImplementedError, *_BROKEN):
            raise Rejected(ErrorCode.FILE_CORRUPT, "the package's directory") from None
        self._entries = {_key(entry.filename): entry for entry in self._archive.infolist()}
        if len(self._entries) != len(self._archive.infolist()):
            raise Rejected(ErrorCode.FILE_CORRUPT, "two parts have the same name")
        for name, entry in self._entries.items():
            if name.endswith((".xml", ".rels")) and name not in _NOT_LOOKED_AT:
                _require_plain(self._unpack(entry, _HEAD_BYTES))

    def __contains__(self, name: str) -> bool:
        return _key(name) in self._entries

    def names(self, pattern: re.Pattern[str]) -> list[str]:
        """The names, in lower case, that begin like the pattern."""
        return [name for name in self._entries if pattern.match(name)]

    def part(self, name: str) -> bytes:
        """Return the part's bytes. Raises Rejected(file_corrupt) when it is not there."""
        entry = self._entries.get(_key(name))
        if entry is None:
            raise Rejected(ErrorCode.FILE_CORRUPT, "a part is missing")
        data = self._unpack(entry)
        self._unpacked_bytes += len(data)
        return data

    def _unpack(self, entry: zipfile.ZipInfo, most: int | None = None) -> bytes:
        if entry.flag_bits & 0x1:
            raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the package is encrypted")
        content = bytearray()
        try:
            with self._archive.open(entry) as file:
                if most is not None:
                    return file.read(most)
                while chunk := file.read(_READ_BYTES):
                    content += chunk
                    self._require_size(len(content))
        except NotImplementedError:  # which is a RuntimeError too
            raise Rejected(ErrorCode.FILE_CORRUPT, "a part's compression") from None
        except RuntimeError:
            raise Rejected(ErrorCode.PASSWORD_REQUIRED, "the package is encrypted") from None
        except _BROKEN:
            raise Rejected(ErrorCode.FILE_CORRUPT, "a part of the package") from None
        return bytes(content)

    def _require_size(self, part_bytes: int) -> None:
        allowed = self._allowed
        total = self._unpacked_bytes + part_bytes
        # Small files of text compress well without anybody's ill will.
        ratio_bytes = allowed.unpack_ratio_max * max(self._size_bytes, _READ_BYTES)
        if (
            total > min(ratio_bytes, allowed.unpack_size_bytes_max)
            or part_bytes > allowed.package_part_bytes_max
        ):
            raise Rejected(ErrorCode.UNPACK_BOMB, "the package unpacks to too much")

    def stream(self, name: str, level: int) -> Iterator[etree._Element]:
        """Yield the elements that are ``level`` deep (the root is 1), each whole and then forgotten."""
        return self.elements(self.part(name), level)

    def elements(self, data: bytes, level: int) -> Iterator[etree._Element]:
        self._require_few(data)
        return _stream(data, level, self._allowed.xml_depth_max)

    def _require_few(self, data: bytes) -> None:
        _require_plain(data)
        self._elements += data.count(b"<")
        if self._elements > 2 * self._allowed.package_elements_max:
            raise Rejected(ErrorCode.UNPACK_BOMB, "the package's XML has too many elements")

    def named(self, data: bytes, names: tuple[str, ...]) -> Iterator[etree._Element]:
        """Yield the elements of these names, each whole and then forgotten: for a million of them."""
        self._require_few(data)
        wanted = (*(f"{{*}}{name}" for name in names), f"{_INCLUSION}*")
        events = etree.iterparse(io.BytesIO(data), events=("end",), tag=wanted, **CLOSED)
        with _translated():
            for _, element in events:
                _require_no_inclusion(element)
                if element.getroottree().docinfo.internalDTD is not None:
                    raise Rejected(ErrorCode.XML_FORBIDDEN, "the XML has a document type")
                yield element
                element.clear()
                while element.getprevious() is not None:
                    del element.getparent()[0]

    def tree(self, name: str) -> etree._Element | None:
        """Return the root of a part that is small by nature; None when it is not there."""
        if name not in self:
            return None
        return next(self.stream(name, 1), None)

    def relations(self, name: str = "") -> dict[str, tuple[str, str]]:
        """Return what a part refers to inside of the package, by id: the kind's last word and the part."""
        folder, file = posixpath.split(name)
        found: dict[str, tuple[str, str]] = {}
        root = self.tree(posixpath.join(folder, "_rels", file + ".rels"))
        for element in root if root is not None else ():
            if element.get("TargetMode") == "External":
                continue
            target = posixpath.normpath(
                posixpath.join("/" + folder, element.get("Target", "").replace("\\", "/"))
            )
            kind = element.get("Type", "").rpartition("/")[2]
            found[element.get("Id", "")] = kind, target.lstrip("/")
        return found

    @cached_property
    def document(self) -> str:
        """The name of the part that everything hangs on."""
        for kind, target in self.relations().values():
            if kind == "officeDocument" and target in self:
                return target
        raise Rejected(ErrorCode.FILE_CORRUPT, "the package has no document")


def local(element: etree._Element) -> str:
    """The name without its namespace: transitional and strict files differ in nothing else."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def value(element: etree._Element, name: str, default: str = "") -> str:
    """An attribute by its name without namespace."""
    for known, text in element.attrib.items():
        if str(known).rpartition("}")[2] == name:
            return str(text)
    return default


def child(element: etree._Element | None, *path: str) -> etree._Element | None:
    """Descend by names without namespaces; None when there is no such element."""
    for name in path:
        if element is None:
            return None
        element = next((each for each in element if local(each) == name), None)
    return element


def _require_no_inclusion(element: etree._Element) -> None:
    if isinstance(element.tag, str) and element.tag.startswith(_INCLUSION):
        raise Rejected(ErrorCode.XML_FORBIDDEN, "the XML includes other files")


def _stream(data: bytes, level: int, depth_max: int) -> Iterator[etree._Element]:
    depth = 0
    events = etree.iterparse(io.BytesIO(data), events=("start", "end"), **CLOSED)
    with _translated():
        for event, element in events:
            if event == "start":
                depth += 1
                _require_no_inclusion(element)
                if depth == 1 and element.getroottree().docinfo.internalDTD is not None:
                    raise Rejected(ErrorCode.XML_FORBIDDEN, "the XML has a document type")
                if depth > depth_max:
                    raise Rejected(ErrorCode.XML_FORBIDDEN, f"elements are nested more than {depth_max} deep")
                continue
            if depth == level:
                yield element
            depth -= 1
            if depth < level:
                element.clear(keep_tail=False)
                parent = element.getparent()
                if parent is not None and depth > 0:
                    while parent[0] is not element:
                        del parent[0]


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        if getattr(error, "code", None) in _TOO_MUCH:  # which the type stubs do not know
            raise Rejected(ErrorCode.XML_FORBIDDEN, "the XML is too large in some part") from None
        raise Rejected(ErrorCode.FILE_CORRUPT, "the XML is not well-formed") from None


def _require_plain(data: bytes) -> None:
    head = data[: 2 * _HEAD_BYTES]
    if b"<!" in head and _DOCUMENT_TYPE_FIRST.match(head.replace(b"\0", b"")):
        raise Rejected(ErrorCode.XML_FORBIDDEN, "the XML has a document type")


def _key(name: str) -> str:
    """Names of parts are the same in any case; some programs write them with backslashes."""
    return name.replace("\\", "/").lstrip("/").lower()
