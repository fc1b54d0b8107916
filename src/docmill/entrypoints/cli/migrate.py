"""`docmill migrate`: the database up to this release, before or after the processes are."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Columns, Home, OutputFormat, say, settings_of, show

if TYPE_CHECKING:
    from docmill.settings import Settings

_COLUMNS: Columns = (
    ("number", lambda row: row["number"]),
    ("migration", lambda row: row["name"]),
    ("scope", lambda row: row["scope"]),
    ("kind", lambda row: row["kind"]),
    ("schemas behind", lambda row: row["schemas"]),
)


def command(
    *,
    pre: Annotated[
        bool, typer.Option("--pre", help="Only what the last release may still work with.")
    ] = False,
    post: Annotated[
        bool, typer.Option("--post", help="Only what takes away; after the last release.")
    ] = False,
    plan: Annotated[bool, typer.Option("--plan", help="Show what would run, and run nothing.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Run the migrations that the database lacks.

    To upgrade without a pause: `docmill migrate --pre` with the new release while the old one works, replace
    its processes, then `docmill migrate --post`. `docmill up` runs both kinds by itself before it starts
    anything. Can be cut off and run again.
    """
    if pre and post:
        raise DocmillError(ErrorCode.REQUEST_INVALID, "Name --pre or --post, or neither for both.")
    kinds = ("pre",) if pre else ("post",) if post else ("pre", "post")
    if plan:
        rows = [row for row in asyncio.run(_plan(home)) if row["kind"] in kinds]
        if rows:
            show(rows, _COLUMNS, output)
        say(f"{len(rows)} migrations would run")
        return
    say(f"{asyncio.run(_migrate(home, kinds))} migrations ran")


async def _plan(home: Path | None) -> list[Json]:
    from docmill import wiring

    settings = settings_of(home)
    async with _started(settings):
        return [dict(row) for row in await wiring.pending_migrations(settings)]


async def _migrate(home: Path | None, kinds: tuple[str, ...]) -> int:
    from docmill import wiring

    settings = settings_of(home)
    async with _started(settings):
        return await asyncio.to_thread(partial(wiring.migrate, settings, kinds=kinds))


@asynccontextmanager
async def _started(settings: "Settings") -> AsyncIterator[None]:
    """The embedded database, running for as long as this takes unless it does anyway."""
    from docmill import wiring

    embedded = wiring.embedded_database(settings)
    if embedded is None or embedded.running():
        yield
        return
    await asyncio.to_thread(embedded.start)
    try:
        yield
    finally:
        await asyncio.to_thread(embedded.stop)
