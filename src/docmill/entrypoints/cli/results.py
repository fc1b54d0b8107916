"""`docmill results`: what came out, as JSON or field by field."""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Annotated, Any
from urllib.parse import quote

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.results import Status
from docmill.entrypoints.cli.client import Api, Json, connected
from docmill.entrypoints.cli.local import print_line
from docmill.entrypoints.cli.options import (
    EXIT_NOT_ALL,
    Columns,
    Format,
    Key,
    OutputFormat,
    Url,
    chosen,
    show,
)

_FIELDS: Columns = (
    ("field", lambda row: row["path"]),
    ("value", lambda row: row["value"]),
    ("page", lambda row: row["page"]),
    ("sure", lambda row: row["confidence"]),
    ("found by", lambda row: row["source"]),
)


def command(
    ids: Annotated[
        list[str] | None, typer.Argument(metavar="ID…", help="Documents.", show_default=False)
    ] = None,
    batch: Annotated[str | None, typer.Option("--batch", "-b", help="All documents of this batch.")] = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Print results: JSON, one line per document, or a table with a row per field.

    A document without a result has a line with its status and code. Exit code 0 when all succeeded, else 3.
    """
    if bool(ids) == (batch is not None):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Name documents, or a batch with --batch.")
    raise typer.Exit(0 if asyncio.run(_print(ids or [], batch, (url, key), output)) else EXIT_NOT_ALL)


async def _print(
    ids: Sequence[str], batch: str | None, connection: tuple[str | None, str | None], output: Format | None
) -> bool:
    """Print each result as it comes; return whether all succeeded."""
    succeeded, count = True, 0
    async with connected(*connection) as api:
        async for document in _documents(api, ids, batch):
            result = await _result(api, document)
            count += 1
            succeeded = succeeded and result["status"] == Status.SUCCEEDED
            if chosen(output) is Format.JSON:
                print_line(result)
            else:
                _show(result)
    if not count:
        raise DocmillError(ErrorCode.NOT_FOUND, f"There is no document in batch {batch!r}.")
    return succeeded


def _show(result: Json) -> None:
    """A heading, what blocks it, and a row per field."""
    about = [result.get("name"), result["document_id"], result["status"], result.get("code")]
    typer.echo("  ".join(str(part) for part in about if part))
    for blocker in result.get("blockers") or ():
        typer.echo(f"  blocked by {blocker['rule']}: {blocker['message']}")
    show(_rows(result), _FIELDS, Format.TABLE)
    typer.echo()


async def _documents(api: Api, ids: Sequence[str], batch: str | None) -> AsyncIterator[str]:
    for document in ids:
        yield document
    if batch is not None:
        async for item in api.every("/v1/documents", batch=batch):
            yield item["id"]


async def _result(api: Api, document: str) -> Json:
    """The result, or a line that says why there is none."""
    try:
        return await api.get(f"/v1/documents/{quote(document, safe='')}/result")
    except DocmillError as error:
        if error.code in (ErrorCode.UNAVAILABLE, ErrorCode.UNAUTHENTICATED):
            raise
        waiting = error.code is ErrorCode.NOT_READY
        return {
            "document_id": document,
            "status": "running" if waiting else "failed",
            "code": str(error.code),
        }


def _rows(result: Json) -> Iterator[Json]:
    """One row per field that has a value, or a reason for having none; in the order of the type."""
    for path, meta in (result.get("metadata") or {}).items():
        citations = meta.get("citations") or [{}]
        confidence = meta.get("confidence")
        yield {
            "path": path,
            "value": _text(at(result.get("value"), path)) or f"– ({meta.get('reason')})",
            "page": citations[0].get("page"),
            "confidence": None if confidence is None else f"{confidence:.2f}",
            "source": meta.get("source"),
        }


def at(value: Any, path: str) -> Any:
    """The value at a path such as ``line_items[0].quantity``; None where there is none."""
    for step in path.replace("[", ".").replace("]", "").split("."):
        if isinstance(value, list):
            value = value[int(step)] if step.isdigit() and int(step) < len(value) else None
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _text(value: Any) -> str:
    if isinstance(value, dict) and "amount" in value:
        return f"{value['amount']} {value.get('currency') or ''}".strip()
    return "" if value is None else str(value)
