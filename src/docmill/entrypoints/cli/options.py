"""The options that commands share, and how they print."""

import sys
from collections.abc import Callable, Iterable, Sequence
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from docmill.entrypoints.cli.local import print_line

if TYPE_CHECKING:
    from rich.text import Text

    from docmill.settings import Settings

EXIT_NOT_ALL = 3


class Format(StrEnum):
    JSON = "json"
    TABLE = "table"


Url = Annotated[str | None, typer.Option("--url", help="The API.  [DOCMILL_URL]", show_default=False)]
Key = Annotated[
    str | None, typer.Option("--key", help="The tenant's key.  [DOCMILL_KEY]", show_default=False)
]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="Where the platform's data lives.  [DOCMILL_HOME]", show_default=False),
]
OutputFormat = Annotated[
    Format | None,
    typer.Option(
        "--format", help="JSON lines, or a table; on a terminal a table is the default.", show_default=False
    ),
]

Row = dict[str, Any]
_SHORTENED_CHARS_MIN = 8
Columns = Sequence[tuple[str, Callable[[Row], object]]]


def show(rows: Iterable[Row], columns: Columns, output: Format | None) -> None:
    """Print rows to stdout: whole as JSON lines, or the columns of them as a table that fits the terminal."""
    if chosen(output) is Format.JSON:
        for row in rows:
            print_line(row)
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(box=None, header_style="bold", pad_edge=False)
    for title, _ in columns:
        table.add_column(title, overflow="fold")
    for row in rows:
        table.add_row(*_cells(row, columns))
    Console().print(table)


def show_lines(
    rows: Iterable[Row], columns: Columns, output: Format | None, *, shortened: str | None = None
) -> None:
    """Like `show`, with a line for each row: nothing is broken, so ids can be copied.

    ``shortened``: the title of the column that gives way where the terminal is too narrow; when that is
    not enough, the lines are longer than it.
    """
    if chosen(output) is Format.JSON:
        show(rows, columns, output)
        return
    from rich.console import Console
    from rich.table import Table

    cells = [_cells(row, columns) for row in rows]
    widths = {
        title: max(len(title), *(line[at].cell_len for line in cells), 0)
        for at, (title, _) in enumerate(columns)
    }
    gaps, terminal = 2 * (len(columns) - 1), Console().width
    if shortened is not None:
        room = terminal - gaps - sum(widths.values()) + widths[shortened]
        widths[shortened] = min(widths[shortened], max(room, _SHORTENED_CHARS_MIN))
    table = Table(box=None, header_style="bold", pad_edge=False)
    for title, _ in columns:
        table.add_column(title, overflow="ellipsis", no_wrap=True, width=widths[title])
    for line in cells:
        table.add_row(*line)
    Console(width=max(terminal, gaps + sum(widths.values()))).print(table)


def _cells(row: Row, columns: Columns) -> "list[Text]":
    """As Text, because documents may say "[red]" and mean it."""
    from rich.text import Text

    return [Text("" if (cell := read(row)) is None else str(cell)) for _, read in columns]


def show_key(made: Row, columns: Columns, output: Format | None) -> None:
    """Print a new key; below a table it stands alone on its line, which it fills on many terminals."""
    show_lines([made], columns, output)
    if chosen(output) is Format.TABLE:
        typer.echo(f"\n{made['key']}")


def chosen(output: Format | None) -> Format:
    if output is not None:
        return output
    return Format.TABLE if sys.stdout.isatty() else Format.JSON


def limit_of(text: str) -> tuple[str, int | float]:
    """``pages_max=100`` as name and number. Raises typer.BadParameter."""
    name, _, value = text.partition("=")
    try:
        return name, int(value)
    except ValueError:
        pass
    try:
        return name, float(value)
    except ValueError:
        raise typer.BadParameter(f"{text!r}: want a name and a number, such as pages_max=100") from None


def say(text: str) -> None:
    """Tell a person something, on stderr."""
    typer.echo(text, err=True)


def settings_of(home: Path | None) -> "Settings":
    from dataclasses import replace

    from docmill.settings import load_settings

    settings = load_settings()
    return settings if home is None else replace(settings, home=home.absolute())
