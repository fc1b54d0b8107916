"""`docmill reprocess`: a further run of documents, by id or by filter."""

import asyncio
import hashlib
from collections.abc import AsyncIterator
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.client import UPLOADS_AT_ONCE
from docmill.entrypoints.cli.client import Api, Json, connected
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Key, OutputFormat, Url, say, show_lines
from docmill.entrypoints.cli.watching import Bars

_COLUMNS: Columns = (
    ("document", lambda row: row["document_id"]),
    ("name", lambda row: row.get("name")),
    ("run", lambda row: row.get("run")),
    ("outcome", lambda row: row["outcome"]),
)
_REFUSED = frozenset((ErrorCode.STATE_FORBIDDEN, ErrorCode.ERASED))


def command(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Documents.", show_default=False)
    ] = None,
    *,
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="Instead of IDs: all of this type.")
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", "-b", help="All of this batch.")] = None,
    status: Annotated[str | None, typer.Option(help="All of this status: needs_review, failed, …")] = None,
    before: Annotated[
        str | None, typer.Option(help="All that were uploaded before this: 2026-01-31T12:00:00Z.")
    ] = None,
    after: Annotated[str | None, typer.Option(help="All that were uploaded since this.")] = None,
    as_type: Annotated[str | None, typer.Option(help="Take them for documents of this type.")] = None,
    type_version: Annotated[int | None, typer.Option(help="With this version of --as-type.")] = None,
    rules_version: Annotated[int | None, typer.Option(help="With this version of the rules.")] = None,
    reason: Annotated[str | None, typer.Option(help="Why; it stands beside the run.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show them and process none.")] = False,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Process documents again, with the newest type and rules or with those that you name.

    Old runs stay readable; each document shows its new run once that has come to something. A document whose
    run is under way is left alone.

    Exit code 0 when all were begun; 3 when some were not.
    """
    where = {"type": type_name, "batch": batch, "status": status, "created_lt": before, "created_gte": after}
    where = {name: value for name, value in where.items() if value is not None}
    if bool(ids) == bool(where):
        raise DocmillError(
            ErrorCode.REQUEST_INVALID,
            "Name documents, or say which with --type, --batch, --status, --before.",
        )
    pins = {
        "type": as_type,
        "type_version": type_version,
        "rules_version": rules_version,
        "reason": reason,
    }
    body = {name: value for name, value in pins.items() if value is not None}
    rows = asyncio.run(_reprocess(ids or [], where, body, send=not dry_run, connection=(url, key)))
    show_lines(rows, _COLUMNS, output, shortened="name")
    begun = sum(row["outcome"] == "begun" for row in rows)
    say(f"{len(rows)} documents, {begun} begun")
    raise typer.Exit(0 if dry_run or begun == len(rows) else EXIT_NOT_ALL)


async def _reprocess(
    ids: list[str],
    where: Json,
    body: Json,
    *,
    send: bool,
    connection: tuple[str | None, str | None],
) -> list[Json]:
    async with connected(*connection) as api:
        # All of them first: a document that is begun is still in the list that it was found by.
        found = [row async for row in _found(api, ids, where)]
        if not send:
            return [row | {"outcome": "would be begun"} for row in found]
        places = asyncio.Semaphore(UPLOADS_AT_ONCE)
        with Bars() as bars:
            bars.begin("begun", len(found))

            async def one(row: Json) -> Json:
                async with places:
                    begun = await _begin(api, row, body)
                    bars.advance("begun")
                    return begun

            # A group ends the others when one fails: they must not go on with a connection that is closed.
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(one(row)) for row in found]
            return [task.result() for task in tasks]


async def _found(api: Api, ids: list[str], where: Json) -> AsyncIterator[Json]:
    for document in ids:
        there = await api.get(f"/v1/operations/{document}")
        yield {"document_id": document, "newest": there["run"]}
    if where:
        async for listed in api.every("/v1/documents", **where):
            yield {"document_id": listed["id"], "name": listed["name"]}


async def _begin(api: Api, row: Json, body: Json) -> Json:
    """Sent under a key of document, newest run and body: a request that is repeated begins no second run."""
    document = row["document_id"]
    newest = row.pop("newest", None) or (await api.get(f"/v1/operations/{document}"))["run"]
    text = f"reprocess {document} {newest} {sorted(body.items())}"
    headers = {"Idempotency-Key": hashlib.sha256(text.encode()).hexdigest()}
    try:
        answer = await api.request("POST", f"/v1/documents/{document}/reprocess", json=body, headers=headers)
    except DocmillError as error:
        if error.code not in _REFUSED:
            raise
        return row | {"outcome": str(error.code), "run": None}
    return row | {"outcome": "begun", "run": answer.json()["number"]}
