"""`docmill usage`: what work has cost."""

import asyncio
from typing import Annotated

import typer

from docmill.entrypoints.cli.client import Json, connected
from docmill.entrypoints.cli.options import Columns, Key, OutputFormat, Url, show_lines

_COUNTED = (
    "cpu_seconds",
    "pages",
    "messages",
    "received_bytes",
    "sent_bytes",
    "stored_bytes",
    "llm_tokens",
)


def command(
    since: Annotated[
        str | None,
        typer.Option("--from", help="First day, as 2026-11-01. Default: of this month.", show_default=False),
    ] = None,
    to: Annotated[str | None, typer.Option(help="Last day. Default: today.", show_default=False)] = None,
    by: Annotated[str, typer.Option(help="A row for each: day, stage or document.")] = "day",
    platform: Annotated[
        bool, typer.Option("--platform", help="A row for each tenant; needs the key of a platform admin.")
    ] = False,
    url: Url = None,
    key: Key = None,
    output: OutputFormat = None,
) -> None:
    """Tell what was used: CPU seconds, pages, bytes, tokens. Days are those of UTC."""
    given = {name: value for name, value in (("from", since), ("to", to)) if value}
    if not platform:
        given["by"] = by
    told = asyncio.run(_asked("/v1/platform/usage" if platform else "/v1/usage", given, url, key))
    show_lines(told["rows"], _columns(told["by"]), output)


async def _asked(path: str, given: dict[str, str], url: str | None, key: str | None) -> Json:
    async with connected(url, key) as api:
        return await api.get(path, **given)


def _columns(by: str) -> Columns:
    counted: Columns = tuple((name, lambda row, name=name: row[name]) for name in _COUNTED)  # type: ignore[misc]
    return ((by, lambda row: row[by] or "(platform)"), *counted)
