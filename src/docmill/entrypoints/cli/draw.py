"""`docmill draw`: what docmill sees on a page, as pictures or as one HTML file."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docmill.domain.errors import DocmillError, ErrorCode, Rejected
from docmill.entrypoints.cli.local import not_written, pipeline, read_bytes

if TYPE_CHECKING:
    from docmill.domain.pages import Reading
    from docmill.engines.drawing import DrawnPage, Show
    from docmill.ports.reader import Reader

DPI_DEFAULT = 110
PICTURES_DEFAULT, HTML_PAGES_DEFAULT = 5, 100


def command(
    file: Annotated[Path, typer.Argument(help="One document.")],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", help="Folder to write to; default: beside the file.")
    ] = None,
    type_name: Annotated[
        str | None, typer.Option("--type", "-t", help="A type, or a definition file.")
    ] = None,
    show: Annotated[
        str,
        typer.Option(
            help="What to draw, with commas: words, blocks, tables, check-boxes, pairs, values, or all. "
            "Default: words, tables, check-boxes, values.",
            show_default=False,
        ),
    ] = "",
    html: Annotated[
        bool, typer.Option("--html", help="One HTML file to look around in, instead of PNGs.")
    ] = False,
    pages: Annotated[
        int | None,
        typer.Option(
            "--pages",
            min=1,
            help=f"The first N pages; default {PICTURES_DEFAULT}, as HTML {HTML_PAGES_DEFAULT}.",
            show_default=False,
        ),
    ] = None,
    dpi: Annotated[
        int, typer.Option("--dpi", min=40, max=400, help="Resolution of the pictures.")
    ] = DPI_DEFAULT,
) -> None:
    """Draw what docmill sees on the pages of FILE; print the path of each file that was written."""
    folder = output or file.parent
    data, shown = read_bytes(file), _shown(show)
    first = pages or (HTML_PAGES_DEFAULT if html else PICTURES_DEFAULT)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path in asyncio.run(_draw(file, data, folder, type_name, shown, html=html, first=first, dpi=dpi)):
            # File systems take bytes that are no letters.
            typer.echo(str(path).encode("utf-8", "replace").decode())
    except OSError as error:
        raise not_written(folder, error) from error


def _shown(wish: str) -> "Sequence[Show]":
    from docmill.engines.drawing import SHOWN, Show

    names = [name.strip() for name in wish.split(",") if name.strip()]
    if names == ["all"]:
        return tuple(Show)
    known = {each.value: each for each in Show}
    for name in names:
        if name not in known:
            there = ", ".join(known)
            raise DocmillError(
                ErrorCode.REQUEST_INVALID, f"--show: no {name[:40]!r}; there are {there} and all"
            )
    return tuple(known[name] for name in names) or SHOWN


async def _draw(
    file: Path,
    data: bytes,
    folder: Path,
    type_name: str | None,
    shown: "Sequence[Show]",
    *,
    html: bool,
    first: int,
    dpi: int,
) -> list[Path]:
    from docmill.engines.drawing import boxes_of, draw_html, draw_page, values_of

    async with pipeline(type_name) as work:
        reading = await work.reader.read(data, file.name)
        if not reading.pages:
            raise DocmillError(ErrorCode.REQUEST_INVALID, f"{file} has no pages to draw on")
        result: Mapping[str, Any] = (await work.process(data, file.name))[0].result or {}
        drawn = _drawn(work.reader, data, file.name, reading, first=first, dpi=dpi)
        if html:
            target = folder / f"{file.name}.html"  # never the name of a file that is drawn
            pages = [page async for page in drawn]
            text = draw_html(file.name, pages, values_of(result), show=shown)
            target.write_text(text, encoding="utf-8", errors="replace")
            return [target]
        written = []
        async for each in drawn:
            if not each.picture:
                continue
            boxes = boxes_of(result, each.page.number)
            target = folder / f"{file.name}-{each.page.number}.png"
            target.write_bytes(draw_page(each.picture, each.page, boxes, each.structure, show=shown))
            written.append(target)
        return written


async def _drawn(
    reader: "Reader", data: bytes, name: str, reading: "Reading", *, first: int, dpi: int
) -> "AsyncIterator[DrawnPage]":
    """The first pages; one that cannot be drawn has no picture."""
    from docmill.engines.drawing import DrawnPage
    from docmill.engines.layout.structure import structures

    found = structures(reading.pages)
    for page, structure in zip(reading.pages[:first], found, strict=False):
        try:
            picture = await reader.render(data, name, page.number, dpi=dpi, turned=page.turned)
        except Rejected:
            picture = b""
        yield DrawnPage(page, picture, structure)
