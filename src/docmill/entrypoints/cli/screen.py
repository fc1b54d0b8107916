"""How `docmill top` looks."""

from datetime import UTC, datetime

from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from docmill.entrypoints.cli.watched import Look

_OLD_S, _VERY_OLD_S = 60.0, 900.0
_NUMBER_CHARS, _WORD_CHARS = 7, 8
_ROWS_BESIDE = 16  # lines of the screen that are not tenants'


def screen(look: Look, *, rows: int) -> RenderableType:
    """Fits on ``rows`` lines: of many tenants, those whose messages wait longest."""
    room = max(rows - _ROWS_BESIDE - len(look.processes) - min(len(look.holding), 8), 4)
    parts: list[RenderableType] = [_head(look), _tenants(look, room), "", _processes(look), ""]
    if look.holding:
        parts += [_holding(look), ""]
    parts.append(_foot(look))
    return Group(*parts)


def _head(look: Look) -> RenderableType:
    waiting, dead = sum(line.waiting for line in look.lines), sum(line.dead for line in look.lines)
    oldest = max((line.oldest_s for line in look.lines), default=0.0)
    text = Text.assemble(
        ("docmill top  ", "bold"),
        (f"{datetime.now(UTC):%H:%M:%S} UTC   ", "dim"),
        "waiting ", (str(waiting), "bold"), "   oldest ", (_age(oldest), _warmth(oldest)),
        "   answered ", (f"{sum(line.answered for line in look.lines):.1f}/s", "bold"),
        "   dead letters ", (str(dead), "bold red" if dead else "bold"),
    )  # fmt: skip
    return Panel(text, border_style="blue")


def _tenants(look: Look, room: int) -> RenderableType:
    table = _table(
        "tenant", "stage", "waiting>", "oldest>", "in hand>", "done/s>", "errors/s>", "CPU>", "dead>"
    )
    for line in look.lines[:room]:
        table.add_row(
            line.tenant,
            line.stage,
            _count(line.waiting),
            Text(_age(line.oldest_s), _warmth(line.oldest_s)),
            _count(line.in_hand),
            _rate(line.answered),
            Text(_rate(line.errors), "red"),
            _rate(line.cpu),
            Text(_count(line.dead), "red"),
        )
    if not look.lines:
        return Text("nothing waits, nothing moves", "dim")
    if len(look.lines) > room:
        table.add_row(Text(f"and {len(look.lines) - room} more", "dim"))
    return table


def _processes(look: Look) -> RenderableType:
    table = _table("process", "CPU>", "memory>", "of its children>")
    for line in look.processes:
        table.add_row(line.name, _rate(line.cpu), _bytes(line.resident_bytes), _bytes(line.children_bytes))
    return table


def _holding(look: Look) -> RenderableType:
    table = _table("worker", "has in hand", "of", "try>", "done>", "age>", "lease left>")
    for each in look.holding[:8]:
        table.add_row(
            each.worker.partition("@")[0],
            f"{each.stage} {each.document}",
            each.tenant,
            str(each.attempt),
            "" if each.percent is None else f"{each.percent} %",
            _age(each.age_s),
            _age(each.lease_s),
        )
    return table


def _foot(look: Look) -> RenderableType:
    requests = "  ".join(f"{status} {rate:.1f}/s" for status, rate in sorted(look.requests.items())) or "none"
    connections = sum(look.connections.values())
    rings = "  ".join(f"{name} {count:.0f}" for name, count in look.alarms.items() if count) or "nothing"
    text = Text.assemble(
        ("API        ", "dim"), f"{requests}   in flight {look.in_flight}\n",
        ("database   ", "dim"), f"{connections} connections   {_bytes(look.database_size_bytes)}   ",
        f"{look.unordered} events unordered ({_age(look.unordered_s)})   ",
        f"disk free {_bytes(look.disk_free_bytes)}\n",
        ("alarms     ", "dim"), (rings, "yellow" if rings != "nothing" else ""), (" since the start", "dim"),
    )  # fmt: skip
    return Panel(text, border_style="blue")


def _table(*columns: str) -> Table:
    """A column whose name ends with ``>`` has numbers. On a narrow terminal words are cut, and no number."""
    table = Table(box=None, header_style="bold blue", pad_edge=False, expand=True, collapse_padding=True)
    for name in columns:
        if name.endswith(">"):
            title = name.rstrip(">")
            table.add_column(title, justify="right", no_wrap=True, min_width=max(len(title), _NUMBER_CHARS))
        else:
            table.add_column(name, overflow="ellipsis", min_width=max(len(name), _WORD_CHARS))
    return table


def _warmth(age_s: float) -> str:
    if age_s >= _VERY_OLD_S:
        return "bold red"
    return "yellow" if age_s >= _OLD_S else ""


def _age(seconds: float) -> str:
    if seconds <= 0:
        return "-"
    if seconds < 120:
        return f"{seconds:.1f} s"
    if seconds < 7200:
        return f"{seconds / 60:.0f} min"
    return f"{seconds / 3600:.0f} h"


def _rate(value: float) -> str:
    return f"{value:.2f}" if value >= 0.005 else "-"


def _count(value: int) -> str:
    return str(value) if value else "-"


def _bytes(value: float) -> str:
    for unit in ("B", "KB", "MB", "GB"):
        if value < 1000:
            return f"{value:.0f} {unit}"
        value /= 1000
    return f"{value:.1f} TB"
