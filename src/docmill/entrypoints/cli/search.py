"""`docmill search`: by words and by meaning."""

import asyncio
from typing import Annotated

import typer

from docmill.domain.limits.search import SEARCH_HITS_MAX, SEARCH_HITS_PER_DOCUMENT
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.options import Columns, Key, OutputFormat, Url, say, show

_TEXT_CHARS = 80
_COLUMNS: Columns = (
    ("document", lambda row: row["name"] or row["document_id"]),
    ("page", lambda row: row["page"]),
    ("found by", lambda row: ", ".join(row["found_by"])),
    ("text", lambda row: " ".join(row["text"].split())[:_TEXT_CHARS]),
)


def command(
    text: Annotated[list[str], typer.Argument(help="What to look for.", show_default=False)],
    *,
    limit: Annotated[
        int, typer.Option("--limit", "-n", min=1, max=SEARCH_HITS_MAX, help="Hits at the most.")
    ] = 10,
    per_document: Annotated[
        int, typer.Option("--per-document", min=1, max=SEARCH_HITS_MAX, help="Hits of one document.")
    ] = SEARCH_HITS_PER_DOCUMENT,
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="Only documents of this type.")
    ] = None,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Search the tenant's documents; hits carry page and box. Exit code 0 also when nothing is found."""
    body: Json = {"query": " ".join(text), "limit": limit, "type": type_name, "per_document": per_document}
    found = asyncio.run(_search(body, (url, key)))
    if "meaning" not in found["by"]:
        say("only by words: the embedding engine does not answer")
    show(found["items"], _COLUMNS, output)


async def _search(body: Json, connection: tuple[str | None, str | None]) -> Json:
    async with connected(*connection) as api:
        found: Json = (await api.request("POST", "/v1/search", json=body)).json()
        return found
