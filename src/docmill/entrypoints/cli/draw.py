"""`docmill draw`: what docmill sees on a page, as a picture."""

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.entrypoints.cli.local import not_written, pipeline, read_bytes

DPI_DEFAULT = 110


def command(
    file: Annotated[Path, typer.Argument(help="One document.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder for the PNGs; default: beside the file.")
    ] = None,
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="A type, or a definition file.")
    ] = None,
    pages: Annotated[int, typer.Option("--pages", min=1, help="Draw the first N pages.")] = 5,
    dpi: Annotated[
        int, typer.Option("--dpi", min=40, max=400, help="Resolution of the pictures.")
    ] = DPI_DEFAULT,
) -> None:
    """Draw words, boxes and named fields of FILE on its pages; print the path of each PNG."""
    folder = output or file.parent
    data = read_bytes(file)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in asyncio.run(_draw(file, data, folder, type_name, first=pages, dpi=dpi)):
            typer.echo(path)
    except OSError as error:
        raise not_written(folder, error) from error


async def _draw(
    file: Path,
    data: bytes,
    folder: Path,
    type_name: str | None,
    *,
    first: int,
    dpi: int,
) -> list[Path]:
    from docmill.engines.drawing import boxes_of, draw_page

    written = []
    async with pipeline(type_name) as work:
        reading = await work.reader.read(data, file.name)
        if not reading.pages:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{file} has no pages to draw on")
        result = (await work.process(data, file.name))[0].result or {}
        for page in reading.pages[:first]:
            picture = await work.reader.render(data, file.name, page.number, dpi=dpi)
            target = folder / f"{file.stem}-{page.number}.png"
            target.write_bytes(draw_page(picture, page, boxes_of(result, page.number)))
            written.append(target)
    return written
