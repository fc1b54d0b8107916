"""`docmill restore`: a backup into an empty platform."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.backup import COLUMNS, manifest_row, tell
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import Home, OutputFormat, settings_of, show


def command(
    folder: Annotated[Path, typer.Argument(help="The backup.", exists=True, file_okay=False)],
    *,
    check: Annotated[bool, typer.Option("--check", help="Read all of it, and write nothing.")] = False,
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Put a backup into an empty folder (`--home`) or an empty database, before `docmill up`.

    All of it is read and compared with its hashes first; a damaged backup, one of another release and a
    platform that is not empty are refused before anything is written. One that was cut off while it copied
    files goes on where it stopped.
    """
    show([asyncio.run(_checked(folder) if check else _restored(folder, home))], COLUMNS, output)


async def _checked(folder: Path) -> Json:
    from docmill import wiring

    return manifest_row(await wiring.backup_to_check(folder).check(told=tell))


async def _restored(folder: Path, home: Path | None) -> Json:
    from docmill import wiring

    settings = settings_of(home)
    embedded = wiring.embedded_database(settings)
    if embedded is not None and embedded.running():
        raise DocmillError(
            ErrorCode.SETTING_INVALID,
            f"a platform works in {settings.home}",
            action="Stop it, or name an empty folder with --home.",
        )
    # Before a database is made for it.
    await wiring.backup_to_check(folder).check(told=tell)
    try:
        if embedded is not None:
            settings.home.mkdir(mode=0o711, parents=True, exist_ok=True)
            await asyncio.to_thread(embedded.start)
        await asyncio.to_thread(wiring.migrate, settings)
        async with wiring.platform(settings) as platform:
            return manifest_row(await wiring.backup(settings, platform, folder).restore(told=tell))
    finally:
        if embedded is not None:
            await asyncio.to_thread(embedded.stop)
