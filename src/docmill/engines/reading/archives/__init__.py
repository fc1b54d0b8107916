"""Archives: the documents inside, also of archives inside, within limits that hold for the whole nest."""

from collections.abc import Iterator

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading import media
from docmill.engines.reading.parts import Part


def archive_parts(data: bytes, name: str, kind: str, allowed: ReadingLimits) -> Iterator[Part]:
    """Yield Opened and the members. Names are paths within the archive that lead nowhere else."""
    del name  # a gzip file names its content after itself
    if kind == media.ZIP:
        from docmill.engines.reading.archives.zipped import zip_parts

        return zip_parts(data, allowed)
    raise Rejected(ErrorCode.TYPE_UNKNOWN)
