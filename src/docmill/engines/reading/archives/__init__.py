"""Archives: the documents inside, also of archives inside, within limits that hold for the whole nest."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.limits import api as limits
from docmill.domain.pages import Member
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.archives.budget import Budget
from docmill.engines.reading.archives.names import plain_name
from docmill.engines.reading.archives.packed import unpacked, unpacked_name
from docmill.engines.reading.archives.tarred import tar_entries
from docmill.engines.reading.archives.zipped import zip_entries
from docmill.engines.reading.kinds import media
from docmill.engines.reading.kinds.telling import media_type
from docmill.engines.reading.parts import MemberFound, Opened, Part

READER = "docmill 2"

_File = tuple[str, bytes]


def archive_parts(data: bytes, name: str, kind: str, allowed: ReadingLimits) -> Iterator[Part]:
    """Yield Opened and the members. Names are paths within the archive, such as ``inner.zip/a.pdf``.

    A packed file is an archive of one. An archive inside that cannot be read is a member of its own,
    which will be refused by itself; limits that it breaks refuse the whole.
    """
    files = _Nest(Budget(len(data), allowed)).files(data, kind, plain_name(name))
    first = next(files, None)
    if first is None:
        raise Rejected(ErrorCode.NOTHING_READABLE, "the archive is empty")
    yield Opened(kind, 0, READER)
    yield _member(0, first)
    for ordinal, file in zip(count(1), files, strict=False):
        yield _member(ordinal, file)


def _member(ordinal: int, file: _File) -> MemberFound:
    name, content = file
    return MemberFound(Member(ordinal, name[-limits.FILE_NAME_CHARS_MAX :], content))


@dataclass(frozen=True, slots=True)
class _Nest:
    """Where in archives within archives one stands; ``folder`` ends with a slash or is empty."""

    budget: Budget
    folder: str = ""
    depth: int = 1

    def files(self, data: bytes, kind: str, name: str) -> Iterator[_File]:
        """Yield the files of one archive and of those in it, the paths from the outermost."""
        self.budget.require_depth(self.depth)
        if kind in media.PACKED:
            yield from self._packed(data, kind, name)
            return
        entries = zip_entries(data, self.budget) if kind == media.ZIP else tar_entries(data, self.budget)
        for path, content in entries:
            inner = media_type(content, path)
            if inner in media.ARCHIVES:
                yield from self._inner(content, inner, path)
            else:
                yield self.folder + path, content

    def _packed(self, data: bytes, kind: str, name: str) -> Iterator[_File]:
        content, plain = unpacked(data, kind, self.budget), unpacked_name(name, kind)
        inner = media_type(content, plain)
        if inner in media.ARCHIVES:  # the TAR that was packed is no folder of its own
            yield from replace(self, depth=self.depth + 1).files(content, inner, plain)
            return
        self.budget.require_size(len(content))
        self.budget.count()
        # A packed file lies where it was packed: ``a/b.pdf.gz`` holds ``a/b.pdf``.
        above = self.folder.rstrip("/").rpartition("/")[0]
        yield f"{above}/{plain}" if above else plain, content

    def _inner(self, content: bytes, kind: str, path: str) -> list[_File]:
        below = replace(self, folder=self.folder + path + "/", depth=self.depth + 1)
        try:
            files = list(below.files(content, kind, path.rpartition("/")[2]))
        except Rejected as error:
            if error.code in (ErrorCode.UNPACK_BOMB, ErrorCode.FILE_TOO_LARGE):
                raise
            files = []
        return files or [(self.folder + path, content)]
