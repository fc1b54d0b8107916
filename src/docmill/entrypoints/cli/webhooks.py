"""`docmill webhooks`: whom docmill tells what became of documents."""

import asyncio
from time import monotonic
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.client import WATCH_PAUSE_S
from docmill.domain.limits.webhooks import WEBHOOK_WALL_S_MAX
from docmill.domain.webhooks import DeliveryStatus, WebhookType
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Key, OutputFormat, Url, say, show_lines

app = typer.Typer(
    help="Have a URL of yours told what becomes of documents, and see how that went.", no_args_is_help=True
)

Id = Annotated[str, typer.Argument(metavar="ID", help="The endpoint, as `docmill webhooks list` shows it.")]


def _answer(row: Json) -> object:
    if not row["attempts"]:
        return None
    last = row["attempts"][-1]
    return last["status"] if last["code"] in (None, "http_status") else last["code"]


_ENDPOINTS: Columns = (
    ("id", lambda row: row["id"]),
    ("url", lambda row: row["url"]),
    ("types", lambda row: ", ".join(row["types"]) or "all"),
    ("enabled", lambda row: "yes" if row["enabled"] else "no"),
    ("failing since", lambda row: row["failing_since"]),
    ("note", lambda row: row["note"] or row["description"]),
)
_DELIVERIES: Columns = (
    ("id", lambda row: row["id"]),
    ("type", lambda row: row["type"]),
    ("document", lambda row: row["document_id"]),
    ("status", lambda row: row["status"]),
    ("tries", lambda row: len(row["attempts"])),
    ("answer", _answer),
    ("next try", lambda row: row["due_at"]),
)


@app.command("add")
def add(
    endpoint: Annotated[str, typer.Argument(metavar="ADDRESS", help="An https address of the internet.")],
    types: Annotated[
        list[WebhookType] | None,
        typer.Option("--type", help="What it is told; may be repeated. Without it, everything."),
    ] = None,
    description: Annotated[str, typer.Option(help="What it is for.")] = "",
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Add an endpoint, and print it with its secret. The secret is shown once."""
    body = {"url": endpoint, "types": [str(kind) for kind in types or ()], "description": description}
    made = asyncio.run(_ask("POST", "/v1/webhooks", url, key, json=body))
    show_lines([made], (*_ENDPOINTS[:3], ("secret", lambda row: row["secret"])), output)
    say("Keep the secret: it is not shown again. `docmill webhooks test` tries the endpoint.")


@app.command("list")
def list_endpoints(url: Url = None, key: Key = None, output: OutputFormat = None) -> None:
    """List the tenant's endpoints."""
    found = asyncio.run(_ask("GET", "/v1/webhooks", url, key))
    show_lines(found["items"], _ENDPOINTS, output, shortened="note")


@app.command("test")
def try_out(endpoint: Id, url: Url = None, key: Key = None, output: OutputFormat = None) -> None:
    """Send a `test` event and wait for how it went. Exit code 3 when it was not delivered at once."""
    delivery = asyncio.run(_test(endpoint, url, key))
    show_lines([delivery], _DELIVERIES, output)
    raise typer.Exit(0 if delivery["status"] == DeliveryStatus.DELIVERED else EXIT_NOT_ALL)


@app.command("log")
def log(
    endpoint: Id,
    status: Annotated[DeliveryStatus | None, typer.Option(help="Only those.")] = None,
    limit: Annotated[int, typer.Option(help="How many, newest first.", min=1, max=200)] = 50,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """List what was delivered, what waits for its next try, and what was given up."""
    query = {"limit": str(limit)} | ({"status": str(status)} if status else {})
    found = asyncio.run(_ask("GET", f"/v1/webhooks/{endpoint}/deliveries", url, key, params=query))
    show_lines(found["items"], _DELIVERIES, output)


@app.command("replay")
def replay(
    endpoint: Id,
    delivery: Annotated[
        str | None, typer.Argument(metavar="[DELIVERY]", help="One delivery.", show_default=False)
    ] = None,
    since: Annotated[
        str | None,
        typer.Option(help="Everything since then: ISO 8601, UTC without an offset.", show_default=False),
    ] = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Send again, with the same ids, what was delivered or given up."""
    if (delivery is None) == (since is None):
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Name a delivery, or say --since.")
    path = f"/v1/webhooks/{endpoint}"
    if delivery is not None:
        done = asyncio.run(_ask("POST", f"{path}/deliveries/{delivery}/replay", url, key))
    else:
        done = asyncio.run(_ask("POST", f"{path}/replay", url, key, json={"since": since}))
    say(f"{done['replayed']} deliveries are sent again")


@app.command("rotate")
def rotate(endpoint: Id, url: Url = None, key: Key = None, output: OutputFormat = None) -> None:
    """Print a new secret. Until the overlap is over, requests carry both signatures."""
    made = asyncio.run(_ask("POST", f"/v1/webhooks/{endpoint}/rotate", url, key))
    show_lines([made], (("secret", lambda row: row["secret"]),), output)
    say(f"The secret before it goes on signing for {made['overlap_hours']} hours.")


@app.command("enable")
def enable(endpoint: Id, url: Url = None, key: Key = None) -> None:
    """Send again; what has waited goes out in order."""
    asyncio.run(_ask("PATCH", f"/v1/webhooks/{endpoint}", url, key, json={"enabled": True}))
    say(f"{endpoint} is enabled")


@app.command("disable")
def disable(endpoint: Id, url: Url = None, key: Key = None) -> None:
    """Pause: what happens meanwhile waits, for as long as the log goes back."""
    asyncio.run(_ask("PATCH", f"/v1/webhooks/{endpoint}", url, key, json={"enabled": False}))
    say(f"{endpoint} is disabled")


@app.command("remove")
def remove(endpoint: Id, url: Url = None, key: Key = None) -> None:
    """Remove an endpoint with its log."""
    asyncio.run(_ask("DELETE", f"/v1/webhooks/{endpoint}", url, key))
    say(f"{endpoint} is removed")


async def _ask(method: str, path: str, url: str | None, key: str | None, **given: Json) -> Json:
    """A request that makes something is sent once: nobody could tell a second one from a new wish."""
    async with connected(url, key) as api:
        answer = await api.request(method, path, once=method == "POST", **given)
        body: Json = answer.json() if answer.content else {}
        return body


async def _test(endpoint: str, url: str | None, key: str | None) -> Json:
    async with connected(url, key) as api:
        sent = await api.request("POST", f"/v1/webhooks/{endpoint}/test", once=True)
        until = monotonic() + WEBHOOK_WALL_S_MAX + 5
        while True:
            delivery = await api.get(sent.headers["location"])
            if delivery["attempts"] or monotonic() > until:
                return delivery
            await asyncio.sleep(WATCH_PAUSE_S)
