"""CSV that a spreadsheet may open without running anything that a document says."""

import csv
import io
import re
from collections.abc import AsyncIterator

from docmill.domain.documents import Document
from docmill.entrypoints.api.exporting.columns import Cell, Columns

_NUMBER = re.compile(r"-?\d+(\.\d+)?")
# What makes a spreadsheet take a cell for a formula, also behind blanks and in full width (OWASP, "CSV
# Injection").
_FORMULA = re.compile(r"\s*[=+\-@\t\r\n|%\uff0b\uff0d\uff1d\uff20]|[\t\r\n]")
_CHUNK_CHARS = 64 * 1024


def dangerous(text: str) -> bool:
    """Whether a spreadsheet might run the text; a plain negative number is harmless."""
    return bool(_FORMULA.match(text)) and not _NUMBER.fullmatch(text)


def neutral(cell: Cell) -> str:
    if cell is None:
        return ""
    return f"'{cell}" if dangerous(cell) else cell


async def lines(documents: AsyncIterator[Document], columns: Columns) -> AsyncIterator[bytes]:
    """UTF-8 with a byte order mark, without which Excel takes it for the local code page."""
    buffer = io.StringIO()
    buffer.write("\ufeff")
    writer = csv.writer(buffer)
    writer.writerow([neutral(title) for title in columns.titles])
    async for document in documents:
        writer.writerows([neutral(cell) for cell in row] for row in columns.rows(document))
        if buffer.tell() > _CHUNK_CHARS:
            yield buffer.getvalue().encode()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue().encode()
