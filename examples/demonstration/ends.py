"""The table of what became of every file: 100 columns, and a second line only where something is to be said."""

from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from .client import Tenant
from .outcomes import Outcome

WIDTH = 100
_NAME_WIDTH = 36
_COLOURS = {"succeeded": "green", "needs_review": "yellow", "rejected": "magenta", "failed": "red"}


def show_ends(outcomes: Sequence[Outcome], console: Console) -> None:
    """One line per document; below it what blocks it, and what it should have come to if it did not."""
    console.print(Text("What became of every file", style="bold"))
    heads = _line("file", "type", Text("state"), "fields found, or code", "seconds", "CPU s")
    heads.stylize("bold underline")
    _print(heads, console)
    before: Tenant | None = None
    for outcome in outcomes:
        if outcome.tenant is not before:
            _print(Text(f"tenant {outcome.tenant.name}", style="bold"), console)
            before = outcome.tenant
        for line in _lines_of(outcome):
            _print(line, console)
        said = _said(outcome)
        if said:
            console.print(Padding(said, (0, 0, 0, 4), expand=False), width=min(console.width, WIDTH))


def _lines_of(outcome: Outcome) -> Iterator[Text]:
    name = outcome.name
    if len(name) > _NAME_WIDTH:
        yield Text(name)  # whole, on a line of its own: it is what a person looks for
        name = ""
    state = Text(outcome.state, style=_COLOURS.get(outcome.status, ""))
    seconds, cpu_seconds = _seconds(outcome.seconds), _seconds(outcome.cpu_seconds)
    yield _line(name, outcome.type or "", state, outcome.found or outcome.code or "", seconds, cpu_seconds)


def _line(name: str, type_name: str, state: Text, found: str, seconds: str, cpu_seconds: str) -> Text:
    line = Text(f"{name:<{_NAME_WIDTH}} {type_name:<14} ")  # as Text: names may say "[red]" and mean it
    line.append_text(state)
    line.append(" " * (10 - len(state)) + f"{found:<22} {seconds:>7} {cpu_seconds:>6}")
    return line


def _said(outcome: Outcome) -> Text:
    blocks = "" if not outcome.found and outcome.blocks == outcome.code else outcome.blocks
    said = Text(blocks, style="dim")
    if outcome.wrong:
        said.append(f"{'  ' if blocks else ''}← {outcome.wrong}", style="not dim bold red")
    return said


def _print(line: Text, console: Console) -> None:
    console.print(line, soft_wrap=True)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}" if value >= 1 else f"{value:.2f}"
