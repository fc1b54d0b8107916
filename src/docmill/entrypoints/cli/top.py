"""`docmill top`: who waits, who works, and what goes wrong, live."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from docmill.domain.limits.seeing import TOP_PAUSE_S
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.local import print_line
from docmill.entrypoints.cli.options import Format, Home, OutputFormat
from docmill.entrypoints.cli.watched import Look, Numbers, compared, measured, to_json
from docmill.ports.sight import View

if TYPE_CHECKING:
    from docmill.settings import Settings
    from docmill.wiring import Platform


def command(
    *,
    once: Annotated[bool, typer.Option("--once", help="Look once and stop.")] = False,
    every: Annotated[float, typer.Option(min=0.5, help="Seconds between two looks.")] = TOP_PAUSE_S,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Show tenants and stages, workers, the API, the database and what goes wrong, until Ctrl-C.

    It looks at the platform's own database and numbers, on its machine, so it needs no key. `--format json`
    prints one line for each look. Rates are those since the look before; `--once` takes two, a second apart.
    """
    asyncio.run(_show(home, 1.0 if once else every, once=once, as_json=output is Format.JSON))


async def _show(home: Path | None, pause_s: float, *, once: bool, as_json: bool) -> None:
    from docmill.entrypoints.cli.options import settings_of

    settings = settings_of(home)
    async with administered(home) as platform:
        seen = looks(platform, settings, pause_s)
        if as_json:
            async for look in seen:
                print_line(to_json(look))
                if once:
                    return
        await _draw(seen, once=once)


async def _draw(looks: AsyncIterator[Look], *, once: bool) -> None:
    from rich.console import Console
    from rich.live import Live

    from docmill.entrypoints.cli.screen import screen

    console = Console()
    if once:
        async for look in looks:
            console.print(screen(look, rows=1_000))
            return
    with Live(console=console, screen=True, auto_refresh=False) as live:
        async for look in looks:
            live.update(screen(look, rows=console.height), refresh=True)


async def looks(platform: "Platform", settings: "Settings", pause_s: float) -> AsyncIterator[Look]:
    """One after the other, from the second on: rates need two."""
    before, then = await _numbers(platform, settings), monotonic()
    while True:
        await asyncio.sleep(pause_s)
        view, counted = await _numbers(platform, settings)
        now = monotonic()
        yield compared(view, before[1], counted, elapsed_s=now - then)
        before, then = (view, counted), now


async def _numbers(platform: "Platform", settings: "Settings") -> tuple[View, Numbers]:
    from docmill.adapters.telemetry import exposition

    folder = settings.metrics_folder
    text = await exposition(platform.sight, folder=folder if folder.is_dir() else None, home=settings.home)
    return await platform.sight.look(), measured(text.decode())
