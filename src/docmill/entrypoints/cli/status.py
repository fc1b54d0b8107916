"""`docmill status`: how far a batch, a document, or the platform is."""

import asyncio
from typing import Annotated
from uuid import UUID

import typer

from docmill.domain.batches import Outcome
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.results import Status
from docmill.entrypoints.cli.client import Api, Json, connected
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Key, OutputFormat, Url, say, show_lines

_LATEST = 20
BATCH_COLUMNS: Columns = (
    ("batch", lambda row: row["id"]),
    ("total", lambda row: row["total"]),
    *((name, lambda row, name=name: row["counts"].get(name, 0)) for name in ("running", *Status, *Outcome)),
)
_ITEM: Columns = (
    ("file", lambda row: row["name"]),
    ("outcome", lambda row: row["outcome"]),
    ("status", lambda row: row["status"]),
    ("document", lambda row: row["document_id"]),
    ("type or why", lambda row: row["code"] or row["type"]),
)
_OPERATION: Columns = (
    ("document", lambda row: row["document_id"]),
    ("status", lambda row: row["status"]),
    ("stage", lambda row: row["stage"]),
    ("percent", lambda row: row["percent"]),
    ("code", lambda row: row["code"]),
)
_DOCUMENT: Columns = (
    ("document", lambda row: row["id"]),
    ("name", lambda row: row["name"]),
    ("status", lambda row: row["status"]),
    ("type or code", lambda row: row["code"] or row["type"]),
)


def command(
    what: Annotated[
        str | None,
        typer.Argument(
            metavar="[BATCH|ID]",
            help="A batch or a document; without it, the newest documents.",
            show_default=False,
        ),
    ] = None,
    batch: Annotated[
        str | None, typer.Option("--batch", "-b", help="A batch, with a line for each of its items.")
    ] = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Show how far a batch or a document is.

    Exit code 0 when all of it has succeeded; 3 when some has not, or not yet.
    """
    if batch is not None:
        if what is not None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "Name one batch, once.")
        counted, items = asyncio.run(_items(batch, url, key))
        show_lines(items, _ITEM, output, shortened="file")
        say(
            ", ".join(f"{count} {name}" for name, count in counted["counts"].items() if count)
            or "nothing yet"
        )
        raise typer.Exit(0 if _succeeded(counted) else EXIT_NOT_ALL)
    rows, columns = asyncio.run(_status(what, url, key))
    show_lines(rows, columns, output, shortened="name" if columns is _DOCUMENT else None)
    raise typer.Exit(0 if what is None or all(_succeeded(row) for row in rows) else EXIT_NOT_ALL)


async def _items(batch: str, url: str | None, key: str | None) -> tuple[Json, list[Json]]:
    async with connected(url, key) as api:
        items = [item async for item in api.every(f"/v1/batches/{batch}/items")]
        return await api.get(f"/v1/batches/{batch}"), items


async def _status(what: str | None, url: str | None, key: str | None) -> tuple[list[Json], Columns]:
    async with connected(url, key) as api:
        if what is None:
            return (await api.get("/v1/documents", limit=_LATEST))["items"], _DOCUMENT
        operation = await _operation(api, what)
        if operation is not None:
            return [operation], _OPERATION
        return [await api.get(f"/v1/batches/{what}")], BATCH_COLUMNS


async def _operation(api: Api, what: str) -> Json | None:
    """None for what is no document's id: batches may have names that look like one."""
    try:
        return await api.get(f"/v1/operations/{UUID(what)}")
    except ValueError:
        return None
    except NotFound:
        return None


def _succeeded(row: Json) -> bool:
    if "counts" in row:
        done = row["counts"][Status.SUCCEEDED] + row["counts"][Outcome.DUPLICATE]
        return bool(done == row["total"])
    return bool(row["status"] == Status.SUCCEEDED)
