"""`docmill backup`: everything that the platform knows, as of one moment, in a folder."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.options import EXIT_NOT_ALL, Columns, Home, OutputFormat, say, settings_of, show
from docmill.ports.backup import Manifest

COLUMNS: Columns = (
    ("release", lambda row: row["release"]),
    ("made", lambda row: row["made_at"]),
    ("tenants", lambda row: row["tenants"]),
    ("rows", lambda row: row["rows"]),
    ("files", lambda row: row["files"]),
    ("bytes copied", lambda row: row["bytes_copied"]),
    ("missing", lambda row: len(row["missing"])),
)


def command(
    folder: Annotated[Path, typer.Argument(help="Where to; an earlier backup there is brought up to date.")],
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Back up database and files while the platform works.

    Files that an earlier backup has copied into FOLDER are not copied again. **The backup holds whole
    documents and secrets**: it is readable for you alone, and nothing in it is encrypted; encrypt it
    before it
    leaves the machine. Exit code 3 when the blob store lacks a file that the database names.
    """
    made = asyncio.run(_backup(folder.absolute(), home))
    show([made], COLUMNS, output)
    if made["missing"]:
        say(f"{len(made['missing'])} files are missing: `docmill doctor --deep --blobs` names them.")
        raise typer.Exit(EXIT_NOT_ALL)


async def _backup(folder: Path, home: Path | None) -> Json:
    from docmill import wiring

    settings = settings_of(home)
    async with administered(home) as platform:
        manifest = await wiring.backup(settings, platform, folder).take(time=wiring.now(), told=tell)
    return manifest_row(manifest)


def manifest_row(manifest: Manifest) -> Json:
    return {
        "release": manifest.release,
        "made_at": manifest.made_at,
        "tenants": len(manifest.facts.tenants),
        "rows": manifest.rows,
        "files": manifest.blobs.rows,
        "bytes_copied": manifest.blob_bytes,
        "missing": list(manifest.missing),
    }


def tell(what: str, done: int, of: int) -> None:
    say(f"{what}: {done:,} of {of:,}")
