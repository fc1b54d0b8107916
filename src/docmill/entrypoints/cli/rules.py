"""`docmill rules`: what has to hold before a result is accepted without a person."""

import asyncio
from pathlib import Path
from typing import Annotated
from urllib.parse import quote

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.definitions import OnlyIf, put_definition, read_json_list
from docmill.entrypoints.cli.options import Columns, Key, OutputFormat, Url, say, show

app = typer.Typer(help="Show and save the rules of a document type.", no_args_is_help=True)

_COLUMNS: Columns = (
    ("name", lambda row: row.get("name")),
    ("kind", lambda row: row.get("kind")),
    ("path", lambda row: row.get("path")),
    ("expects", lambda row: row.get("expect")),
)
TypeName = Annotated[str, typer.Argument(metavar="TYPE", help="The document type.")]


@app.command("show")
def show_rules(name: TypeName, url: Url = None, key: Key = None, output: OutputFormat = None) -> None:
    """Print a type's rules; as JSON, one rule a line. Version 0 are the shipped ones."""
    found = asyncio.run(_get(name, url, key))
    say(f"rules of {name}: version {found['version']}")
    show(found["rules"], _COLUMNS, output)


@app.command("put")
def put_rules(
    name: TypeName,
    file: Annotated[Path, typer.Argument(help="All rules of the type: a JSON list, or what `show` prints.")],
    only_if: OnlyIf = None,
    url: Url = None,
    key: Key = None,
) -> None:
    """Save a type's rules as their newest version. Exit code 1 when one of them cannot be compiled."""
    rules = read_json_list(file)
    if not isinstance(rules, list):
        raise DocmillError(ErrorCode.RULE_INVALID, f"{file}: want a list of rules")
    saved = asyncio.run(put_definition(_path(name), rules, only_if, (url, key)))
    say(f"rules of {name}: version {saved['version']}")


async def _get(name: str, url: str | None, key: str | None) -> Json:
    async with connected(url, key) as api:
        return await api.get(_path(name))


def _path(name: str) -> str:
    return f"/v1/types/{quote(name, safe='')}/rules"
