"""`docmill review`: what waits for a person, and what he says."""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Annotated, Any
from uuid import uuid4

import orjson
import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.client import REVIEW_PATIENCE_S
from docmill.domain.review import RejectReason
from docmill.entrypoints.cli.client import Api, Json, connected
from docmill.entrypoints.cli.local import print_line
from docmill.entrypoints.cli.options import (
    Columns,
    Format,
    Key,
    OutputFormat,
    Url,
    chosen,
    say,
    show,
    show_lines,
)

app = typer.Typer(help="Review documents: list, take, correct, reject, put off.", no_args_is_help=True)

_LOOK_S = 0.2

Document = Annotated[str, typer.Argument(metavar="ID", help="A document.")]
TypeName = Annotated[str | None, typer.Option("--type", "-t", help="Of this document type only.")]
Batch = Annotated[str | None, typer.Option("--batch", "-b", help="Of this batch only.")]
Blocker = Annotated[str | None, typer.Option("--blocker", help="Blocked by the rule of this name only.")]
Note = Annotated[str, typer.Option("--note", help="For people.")]

_QUEUE: Columns = (
    ("document", lambda row: row["document_id"]),
    ("name", lambda row: row["name"]),
    ("type", lambda row: row["type"]),
    ("loss", lambda row: f"{row['loss']:.1f}"),
    ("blocked by", lambda row: ", ".join(row["blockers"]) or row["kind"]),
    ("with", lambda row: (row["lease"] or {}).get("holder")),
)
_FIELDS: Columns = (
    ("field", lambda row: row["path"]),
    ("value", lambda row: row["value"]),
    ("sure", lambda row: row["confidence"]),
    ("found by", lambda row: row["source"]),
    ("blocked by", lambda row: row["blocker"]),
)


def _interval(row: Json) -> str:
    automatic = row["automatic"]
    return f"{automatic['low']} to {automatic['high']}" if automatic["audited"] else ""


_RATES: Columns = (
    ("type", lambda row: row["type"]),
    ("reviewed", lambda row: row["reviewed"]),
    ("waiting", lambda row: row["waiting"]),
    ("handling s", lambda row: row["handling_s_median"]),
    ("in review s", lambda row: row["in_review_s_median"]),
    ("audited", lambda row: row["automatic"]["audited"]),
    ("error rate", lambda row: row["automatic"]["error_rate"]),
    ("interval", _interval),
)
_SAVED: Columns = (
    ("document", lambda row: row["document_id"]),
    ("outcome", lambda row: row["outcome"]),
    ("now", lambda row: row["status"]),
    ("corrections", lambda row: row["corrections"]),
)


@app.command("list")
def list_waiting(
    type_name: TypeName = None,
    batch: Batch = None,
    blocker: Blocker = None,
    mine: Annotated[bool, typer.Option("--mine", help="What you have in hand.")] = False,
    limit: Annotated[int, typer.Option("--limit", "-n", help="How many; the worst come first.")] = 50,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """List what waits for a person, worst first."""

    async def ask(api: Api) -> list[Json]:
        assigned = "me" if mine else None
        asked = {"type": type_name, "batch": batch, "blocker": blocker, "assigned": assigned, "limit": limit}
        items: list[Json] = (await api.get("/v1/reviews", **asked))["items"]
        return items

    show_lines(_run(ask, url, key), _QUEUE, output, shortened="name")


@app.command("next")
def take_next(
    type_name: TypeName = None,
    batch: Batch = None,
    blocker: Blocker = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Take the worst document that is free, for 15 minutes. Exit code 3 when there is none."""

    async def ask(api: Api) -> Json | None:
        given = {"type": type_name, "batch": batch, "blocker": blocker}
        asked = {name: value for name, value in given.items() if value is not None}
        answer = await api.request("POST", "/v1/reviews/next", params=asked)
        return None if answer.status_code == 204 else answer.json()

    found = _run(ask, url, key)
    if found is None:
        say("Nothing waits.")
        raise typer.Exit(3)
    show_lines([found], _QUEUE, output, shortened="name")


@app.command("show")
def show_document(
    document: Document,
    page: Annotated[
        Path | None, typer.Option("--page", help="Write a picture of page 1 with the evidence here (PNG).")
    ] = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Show a document's fields and what blocks it."""

    async def ask(api: Api) -> Json:
        if page is not None:
            asked = {"boxes": "true"}
            picture = await api.request("GET", f"/v1/documents/{document}/pages/1.png", params=asked)
            page.write_bytes(picture.content)
            say(f"page 1: {page}")
        return await api.get(f"/v1/reviews/{document}")

    found = _run(ask, url, key)
    if chosen(output) is Format.JSON:
        print_line(found)
        return
    _tell_blockers(found["result"] or {})
    show(_fields(found["result"] or {}), _FIELDS, output)


@app.command("correct")
def correct(
    document: Document,
    values: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATH=VALUE]…", help="Values; `-` reads operations as JSON from stdin."),
    ] = None,
    missing: Annotated[
        list[str] | None, typer.Option("--missing", help="A field that the document does not have.")
    ] = None,
    confirm: Annotated[list[str] | None, typer.Option("--confirm", help="A field that is right.")] = None,
    override: Annotated[
        list[str] | None, typer.Option("--override", help="RULE=REASON: let this rule be broken here.")
    ] = None,
    accept: Annotated[bool, typer.Option("--accept", help="All that the machine doubted is right.")] = False,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Correct a document: `docmill review correct ID gross_total=119.00 --accept`.

    Takes it if you have not taken it before. All that is said is saved, or nothing. Prints what came of it,
    and on stderr what still blocks it.
    """
    operations = _operations(values or [], missing or [], confirm or [], override or [], accept=accept)
    _save(document, operations, (url, key), output)


@app.command("reject")
def reject(
    document: Document,
    reason: Annotated[RejectReason, typer.Option("--reason", help="Why.")],
    note: Note = "",
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Reject a document: its run ends with the code review_rejected."""
    _save(document, [{"op": "reject", "reason": reason.value, "note": note}], (url, key), output)


@app.command("postpone")
def postpone(
    document: Document,
    days: Annotated[float, typer.Option("--days", help="For how long.")] = 1.0,
    note: Note = "",
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Put a document off: until then it is given to nobody who does not ask for it by its id."""
    if not 0 < days <= 36_500:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "--days: want a number above 0.")
    until = (datetime.now(UTC) + timedelta(days=days)).isoformat()
    _save(document, [{"op": "postpone", "until": until, "note": note}], (url, key), output)


@app.command("stats")
def stats(
    since: Annotated[str | None, typer.Option("--since", help="ISO 8601; 30 days ago without it.")] = None,
    type_name: TypeName = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Show how reviews go, and how often what was accepted without a person was wrong."""

    async def ask(api: Api) -> list[Json]:
        types: list[Json] = (await api.get("/v1/reviews/statistics", since=since, type=type_name))["types"]
        return types

    show(_run(ask, url, key), _RATES, output)


def _run(ask: Callable[[Api], Awaitable[Any]], url: str | None, key: str | None) -> Any:
    async def connect() -> Any:
        async with connected(url, key) as api:
            return await ask(api)

    return asyncio.run(connect())


def _save(
    document: str,
    operations: Sequence[Json],
    connection: tuple[str | None, str | None],
    output: Format | None,
) -> None:
    async def ask(api: Api) -> Json:
        taken = await api.request("POST", f"/v1/reviews/{document}/lease")
        headers = {"If-Match": taken.headers["etag"], "Idempotency-Key": str(uuid4())}
        body = {"lease": taken.json()["lease"]["id"], "operations": list(operations)}
        saving = f"/v1/reviews/{document}/corrections"
        answer: Json = (await api.request("POST", saving, json=body, headers=headers)).json()
        return answer | {"status": await _came_of(api, document)}

    show_lines([_run(ask, *connection)], _SAVED, output)


async def _came_of(api: Api, document: str) -> str:
    """Wait a little for what the save leads to, and tell what still blocks the document.

    While it is validated again its run stays in review, but nobody is asked about it.
    """
    until = monotonic() + REVIEW_PATIENCE_S
    while True:
        status: str = (await api.get(f"/v1/operations/{document}"))["status"]
        if status not in ("needs_review", "running"):
            return status
        shown = await api.get(f"/v1/reviews/{document}")
        if shown["review"] is not None:
            _tell_blockers(shown["result"] or {})
            return status
        if monotonic() >= until:
            return "running"
        await asyncio.sleep(_LOOK_S)


def _tell_blockers(result: Json) -> None:
    for blocker in result.get("blockers", ()):
        say(f"{blocker['rule']}: {blocker['message']}")


def _operations(
    values: Sequence[str],
    missing: Sequence[str],
    confirm: Sequence[str],
    override: Sequence[str],
    *,
    accept: bool,
) -> list[Json]:
    if list(values) == ["-"]:
        return _from_stdin()
    made: list[Json] = [
        {"op": "set", "path": path, "value": value} for path, value in map(_pair, values)
    ]  # fmt: skip
    made += [{"op": "missing", "path": path} for path in missing]
    made += [{"op": "confirm", "path": path} for path in confirm]
    made += [{"op": "override", "rule": rule, "reason": reason} for rule, reason in map(_pair, override)]
    made += [{"op": "accept"}] if accept else []
    if not made:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Say what is right: PATH=VALUE, --confirm, --accept …")
    return made


def _from_stdin() -> list[Json]:
    try:
        operations: list[Json] = orjson.loads(sys.stdin.buffer.read())
    except orjson.JSONDecodeError as error:
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"stdin is no JSON: line {error.lineno}.") from error
    if not isinstance(operations, list):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "stdin: want a list of operations.")
    return operations


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not (name and equals and value):
        raise DocmillError(ErrorCode.REQUEST_INVALID, f"{text[:80]!r}: want NAME=VALUE.")
    return name, value


def _fields(result: Json) -> list[Json]:
    from docmill.engines.review.paths import value_at

    blocked = {blocker["path"]: blocker["rule"] for blocker in result.get("blockers", ())}
    rows: list[Json] = []
    for path, meta in result.get("metadata", {}).items():
        value = value_at(result["value"], path)
        if isinstance(value, dict):
            value = f"{value.get('amount')} {value.get('currency') or ''}".strip()
        row = {"path": path, "value": value, "source": meta.get("source"), "blocker": blocked.get(path)}
        rows.append(row | {"confidence": meta.get("confidence")})
    return rows
