"""`docmill cancel`: end documents, or a whole batch, before their time."""

import asyncio
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.results import Status
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Key, OutputFormat, Url, show_lines
from docmill.entrypoints.cli.status import BATCH_COLUMNS

_COLUMNS: Columns = (
    ("document", lambda row: row["document_id"]),
    ("status", lambda row: row["status"]),
    ("why not", lambda row: row.get("refused")),
)


def command(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Documents.", show_default=False)
    ] = None,
    *,
    batch: Annotated[
        str | None, typer.Option("--batch", "-b", help="All of this batch that has not ended.")
    ] = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Cancel what is on its way or waits for a person, and print a line for each.

    A run that has ended stays as it is. Cancelling a further run leaves the result that was there before.

    Exit code 0 when all were cancelled; 3 when some had ended.
    """
    if bool(ids) == (batch is not None):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Name documents, or a batch with --batch.")
    if batch is not None:
        show_lines([asyncio.run(_batch(batch, url, key))], BATCH_COLUMNS, output)
        return
    rows = asyncio.run(_documents(ids or [], url, key))
    show_lines(rows, _COLUMNS, output)
    raise typer.Exit(0 if all(row["status"] == Status.CANCELLED for row in rows) else EXIT_NOT_ALL)


async def _batch(batch: str, url: str | None, key: str | None) -> Json:
    async with connected(url, key) as api:
        body: Json = (await api.request("POST", f"/v1/batches/{batch}/cancel")).json()
        return body


async def _documents(ids: list[str], url: str | None, key: str | None) -> list[Json]:
    rows = []
    async with connected(url, key) as api:
        for document in ids:
            try:
                rows.append((await api.request("POST", f"/v1/operations/{document}/cancel")).json())
            except DocmillError as error:
                if error.code is not ErrorCode.STATE_FORBIDDEN:
                    raise
                there = await api.get(f"/v1/operations/{document}")
                rows.append(there | {"refused": error.detail})
    return rows
