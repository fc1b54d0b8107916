"""`docmill export`: extracted values as CSV, XLSX or JSON lines."""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.local import not_written
from docmill.entrypoints.cli.options import Key, Url, say


class Kind(StrEnum):
    CSV = "csv"
    XLSX = "xlsx"
    JSONL = "jsonl"


def command(
    *,
    kind: Annotated[Kind, typer.Option("--format", help="What to write.")] = Kind.CSV,
    out: Annotated[Path, typer.Option("--output", "-o", help="The file; - is stdout.")] = Path("-"),
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="Only documents of this type.")
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", "-b", help="Only this batch.")] = None,
    status: Annotated[str | None, typer.Option(help="Instead of accepted documents: needs_review, …")] = None,
    rows: Annotated[str | None, typer.Option(help="A row per row of this list, such as line_items.")] = None,
    where: Annotated[list[str] | None, typer.Option(help="By value: value.gross_total_gte=100.")] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Write the values of accepted documents to a file or to stdout.

    The file appears when it is whole: an export that is cut off leaves nothing behind.
    """
    query: Json = {"format": kind.value, "type": type_name, "batch": batch, "status": status, "rows": rows}
    for condition in where or ():
        name, equals, operand = condition.partition("=")
        if not equals or not name.startswith("value."):
            raise DocmillError(
                ErrorCode.REQUEST_INVALID, f"--where {condition!r}: want value.<path>_<operator>=<operand>."
            )
        query[name] = operand
    if out == Path("-") and kind is Kind.XLSX and sys.stdout.isatty():
        raise DocmillError(
            ErrorCode.REQUEST_INVALID, "A workbook is nothing to look at here: name a file with -o."
        )
    given = {name: value for name, value in query.items() if value is not None}
    asyncio.run(_export(given, out, url, key))


async def _export(query: Json, out: Path, url: str | None, key: str | None) -> None:
    async with connected(url, key) as api, api.stream("/v1/export", query) as answer:
        if out == Path("-"):
            async for chunk in answer.aiter_bytes():
                sys.stdout.buffer.write(chunk)
            sys.stdout.buffer.flush()
            return
        size_bytes = await _write(answer.aiter_bytes(), out)
        say(f"wrote {out}, {size_bytes} bytes")


async def _write(chunks: AsyncIterator[bytes], out: Path) -> int:
    """Return the size. Under another name first, so that a file that is there is a whole one."""
    unfinished = out.with_name(f".{out.name}.part")
    try:
        with unfinished.open("wb") as file:
            async for chunk in chunks:
                file.write(chunk)
            size_bytes = file.tell()
        unfinished.replace(out)
        return size_bytes
    except OSError as error:
        raise not_written(out, error) from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
