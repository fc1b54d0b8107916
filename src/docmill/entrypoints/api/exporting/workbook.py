"""XLSX, written row by row to a temporary file: constant memory, whatever the number of documents."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Sequence
from decimal import Decimal, InvalidOperation
from typing import IO, TYPE_CHECKING

from docmill.domain.documents import Document
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.api.exporting.columns import Cell, Columns
from docmill.entrypoints.api.exporting.csv_text import dangerous

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_DOCUMENTS_AT_ONCE = 200
_CHUNK_BYTES = 256 * 1024
_CELL_CHARS_MAX = 32_767  # Excel's limit
_ROWS_MAX = 1_048_576  # Excel's limit too; xlsxwriter leaves out what is beyond it without a word
_DIGITS_MAX = 15  # of Excel's numbers; longer ones stay text, so that no digit is lost


async def chunks(documents: AsyncIterator[Document], columns: Columns) -> AsyncIterator[bytes]:
    """Build the whole file first: a ZIP's directory comes last, and half a workbook opens nowhere."""
    with tempfile.TemporaryFile() as file:
        await _build(file, documents, columns)
        file.seek(0)
        while chunk := file.read(_CHUNK_BYTES):
            yield chunk


async def _build(file: IO[bytes], documents: AsyncIterator[Document], columns: Columns) -> None:
    from xlsxwriter import Workbook

    with tempfile.TemporaryDirectory() as folder:
        book = Workbook(file, {"constant_memory": True, "tmpdir": folder})
        table = _Table(book.add_worksheet("documents"), columns, book.add_format({"quote_prefix": True}))
        table.write([columns.titles])
        waiting: list[Document] = []
        try:
            async for document in documents:
                waiting.append(document)
                if len(waiting) == _DOCUMENTS_AT_ONCE:
                    await asyncio.to_thread(table.add, waiting)
                    waiting = []
            await asyncio.to_thread(table.add, waiting)
        finally:
            await asyncio.to_thread(book.close)  # also one that is given up: it holds files open


class _Table:
    def __init__(self, sheet: "Worksheet", columns: Columns, as_text: "Format") -> None:
        self._sheet = sheet
        self._columns = columns
        self._numeric = columns.numeric
        self._as_text = as_text
        self._row = 0

    def add(self, documents: Sequence[Document]) -> None:
        for document in documents:
            self.write(list(self._columns.rows(document)))

    def write(self, rows: Sequence[Sequence[Cell]]) -> None:
        for row in rows:
            if self._row == _ROWS_MAX:
                raise DocmillError(ErrorCode.REQUEST_INVALID, f"A sheet may have {_ROWS_MAX} rows.")
            for number, cell in enumerate(row):
                if cell is not None:
                    self._write_cell(number, cell)
            self._row += 1

    def _write_cell(self, column: int, cell: str) -> None:
        """Text is written as text, never as a formula; `quote_prefix` keeps it so when somebody edits it."""
        amount = _number(cell) if self._numeric[column] and self._row else None
        if amount is not None:
            self._sheet.write_number(self._row, column, amount)
        else:
            style = self._as_text if dangerous(cell) else None
            text = cell if len(cell) <= _CELL_CHARS_MAX else f"{cell[: _CELL_CHARS_MAX - 1]}…"
            self._sheet.write_string(self._row, column, text, style)


def _number(text: str) -> float | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    if not number.is_finite() or len(number.as_tuple().digits) > _DIGITS_MAX:
        return None
    return float(number)
