"""`docmill up`: the whole platform on this machine."""

from pathlib import Path
from typing import Annotated

import typer


def command(
    home: Annotated[Path | None, typer.Option("--home", help="Where the data lives.  [DOCMILL_HOME]")] = None,
    host: Annotated[str | None, typer.Option("--host", help="Address of the API.  [DOCMILL_HOST]")] = None,
    port: Annotated[int | None, typer.Option("--port", help="Port of the API.  [DOCMILL_PORT]")] = None,
    workers: Annotated[
        int | None, typer.Option("--workers", min=1, help="Worker processes.  [DOCMILL_WORKERS]")
    ] = None,
    api_processes: Annotated[
        int | None, typer.Option("--api-processes", min=1, help="API processes.  [DOCMILL_API_PROCESSES]")
    ] = None,
) -> None:
    """Start database, API and workers; stop all of them with Ctrl-C or SIGTERM.

    Nothing that was acknowledged is lost, whenever it stops; started again it goes on where it left off.
    """
    from dataclasses import replace

    from docmill.entrypoints.embedded import run
    from docmill.settings import load_settings

    settings = load_settings()
    settings = replace(
        settings,
        home=settings.home if home is None else home.absolute(),
        host=host or settings.host,
        port=settings.port if port is None else port,
        workers=workers or settings.workers,
        api_processes=api_processes or settings.api_processes,
    )
    raise typer.Exit(run(settings))
