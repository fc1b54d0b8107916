"""Tables as text (CSV): one table whose cells have addresses like those of a sheet."""

import csv
import io
import re
from collections.abc import Iterator, Sequence

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.kinds import encodings
from docmill.engines.reading.kinds.texts import delimiter_of
from docmill.engines.reading.typesetting import Block, CellText, Grid, column_letters
from docmill.engines.reading.typesetting.laying_out import require_pages

_TOLD = re.compile(r"sep=(.)\s*\n", re.IGNORECASE)  # as Excel writes and obeys it


def csv_blocks(data: bytes, allowed: ReadingLimits) -> Iterator[Block]:
    """Yield the table. Raises Rejected: file_corrupt, also for a field without an end, too_many_pages."""
    found = encodings.decoded(data)
    if found is None:
        raise Rejected(ErrorCode.FILE_CORRUPT, "the table has control characters or no known encoding")
    text = found.text.replace("\r\n", "\n").replace("\r", "\n")
    require_pages(allowed, lines=text.count("\n"), chars=len(text))
    told = _TOLD.match(text)
    delimiter = told[1] if told else delimiter_of(text, named_csv=True) or ";"
    yield Grid(_rows(text[told.end() :] if told else text, delimiter))


def _rows(text: str, delimiter: str) -> Iterator[Sequence[CellText]]:
    reader = csv.reader(io.StringIO(text), delimiter=delimiter)
    try:
        for number, row in enumerate(reader, 1):
            header = number == 1 and all(field.strip() and not field.strip()[0].isdigit() for field in row)
            yield [
                CellText(field.strip(), address=f"{column_letters(column)}{number}", header=header)
                for column, field in enumerate(row)
            ]
    except csv.Error:
        raise Rejected(ErrorCode.FILE_CORRUPT, "a field of the table has no end") from None
