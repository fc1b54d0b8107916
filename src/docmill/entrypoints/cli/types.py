"""`docmill types`: what documents may be."""

import asyncio
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.definitions import OnlyIf, put_definition, read_json
from docmill.entrypoints.cli.local import print_line
from docmill.entrypoints.cli.options import Columns, Key, OutputFormat, Url, say, show

app = typer.Typer(help="Show and save document types.", no_args_is_help=True)

_COLUMNS: Columns = (
    ("name", lambda row: row["name"]),
    ("title", lambda row: row["title"]),
    ("version", lambda row: row["version"]),
    ("fields", lambda row: len(row["fields"])),
)


@app.command("list")
def list_types(url: Url = None, key: Key = None, output: OutputFormat = None) -> None:
    """List the shipped types and the tenant's own."""
    show(asyncio.run(_get("/v1/types", url, key))["items"], _COLUMNS, output)


@app.command("show")
def show_type(
    name: Annotated[str, typer.Argument(help="The type.")], url: Url = None, key: Key = None
) -> None:
    """Print a type's definition as JSON, ready to be changed and put back."""
    print_line(asyncio.run(_get(f"/v1/types/{quote(name, safe='')}", url, key))["definition"])


@app.command("put")
def put_type(
    file: Annotated[Path, typer.Argument(help="The definition, as JSON.")],
    only_if: OnlyIf = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Save a definition as the newest version of its type. Exit code 1 when it cannot be used."""
    definition: Any = read_json(file)
    if not isinstance(definition, dict) or not isinstance(definition.get("name"), str):
        raise DocmillError(ErrorCode.TYPE_INVALID, f"{file}: want an object with a name")
    name = definition["name"]
    saved = asyncio.run(put_definition(f"/v1/types/{quote(name, safe='')}", definition, only_if, (url, key)))
    say(f"type {name}: version {saved['version']}")


async def _get(path: str, url: str | None, key: str | None) -> Json:
    async with connected(url, key) as api:
        return await api.get(path)
