"""`docmill extract`: files in, JSON lines out, with neither server nor database."""

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.results import Status
from docmill.entrypoints.cli.local import files_of, pipeline, print_line, read_bytes
from docmill.entrypoints.cli.options import limit_of

EXIT_NOT_ALL = 3


def command(
    files: Annotated[list[Path], typer.Argument(help="Files, or folders of files.", show_default=False)],
    type_name: Annotated[
        str | None,
        typer.Option(
            "--type", "-t", help="The type of all files, or a definition file; otherwise it is found out."
        ),
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", "-j", min=1, max=64, help="Files at the same time.")] = 2,
    limit: Annotated[
        list[str] | None,
        typer.Option(help="A limit to lower, such as pages_max=100; may be repeated.", show_default=False),
    ] = None,
) -> None:
    """Read, analyze and validate FILES here and now; print one JSON line per file and per file inside.

    Archives, mails and PDFs may hold files. Each line has file, status (succeeded, needs_review, rejected,
    failed), code with detail and action where it was rejected or failed, and the result; files that are not
    there have one as well. Exit code 0 when all succeeded, 3 when some did not.
    """
    allowed = DEFAULT.lowered(dict(limit_of(text) for text in limit or ()))
    succeeded = asyncio.run(_extract(files_of(files), type_name, jobs, allowed))
    raise typer.Exit(0 if succeeded else EXIT_NOT_ALL)


async def _extract(files: Sequence[Path], type_name: str | None, jobs: int, allowed: ReadingLimits) -> bool:
    places = asyncio.Semaphore(jobs)
    async with pipeline(type_name, allowed=allowed) as work:
        from docmill.stages.inprocess import ExtractLine

        async def one(path: Path) -> list[ExtractLine]:
            async with places:
                try:
                    data = read_bytes(path)
                except DocmillError as error:
                    line = ExtractLine.refused(str(path), error)
                    return [line if error.retry else replace(line, status=Status.REJECTED)]
                return await work.process(data, str(path))

        tasks = [asyncio.create_task(one(path)) for path in files]
        succeeded = True
        for task in tasks:  # in the order of the arguments, whichever is done first
            for line in await task:
                succeeded = succeeded and line.status is Status.SUCCEEDED
                print_line(line.to_json())
        return succeeded
