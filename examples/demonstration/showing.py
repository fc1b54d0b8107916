"""What the demo ends with: one result, one page with its evidence, a door that stays shut, and where to go on."""

import json
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

from rich.console import Console
from rich.panel import Panel
from rich.syntax import Syntax
from rich.text import Text

from .client import Json, Tenant
from .outcomes import Outcome
from .platform import Platform

CITED = 60
"""Values on the page that is drawn: enough to see a list, few enough to tell their names apart."""

_FILLED_FROM = 4
"""Blanks before a value's metadata: above them a line for each name reads better."""


def show_result(outcome: Outcome, folder: Path, console: Console) -> None:
    """One whole result as JSON, on the screen and in a file."""
    path = _saved(outcome, folder / "result.json")
    console.rule(f"One whole result: {outcome.name}", align="left")
    text = folded(outcome.result, width=min(console.width, 150) - 2)
    console.print(Syntax(text, "json", theme="ansi_dark", word_wrap=True))
    console.print(Text(f"saved as {path}", style="dim"), soft_wrap=True)


def show_page(outcome: Outcome, folder: Path, console: Console) -> bool:
    """The first page with the boxes of words and fields, as a PNG; False when there was none to be had."""
    answer = outcome.tenant.ask(f"/v1/documents/{outcome.document}/pages/1.png", boxes="true")
    console.rule("A page with its evidence", align="left")
    if answer.is_error or not answer.content.startswith(b"\x89PNG"):
        console.print(f"[red]no picture: {answer.status_code}[/red]")
        return False
    path = folder / "page.png"
    path.write_bytes(answer.content)
    console.print(Text(f"{outcome.name}, page 1, every field's box drawn and named: {path}"), soft_wrap=True)
    console.print(Text(f"its result: {_saved(outcome, folder / 'page.json')}", style="dim"), soft_wrap=True)
    return True


def show_shut_door(outcome: Outcome, other: Tenant, console: Console) -> bool:
    """Another tenant asks for the document: the answer has to be the one for an id that never was."""
    foreign = other.ask(f"/v1/documents/{outcome.document}")
    nobody = str(uuid4())
    absent = other.ask(f"/v1/documents/{nobody}")
    same = (foreign.status_code, absent.status_code) == (404, 404)
    same = same and without_ids(foreign.json(), str(outcome.document)) == without_ids(absent.json(), nobody)
    console.rule(f"Tenant {other.name} asks for {outcome.tenant.name}'s {outcome.name}", align="left")
    console.print(f"GET /v1/documents/{outcome.document} → [bold]{foreign.status_code}[/bold]")
    console.print(Syntax(folded(foreign.json(), width=100), "json", theme="ansi_dark", word_wrap=True))
    console.print(
        "the same answer as for an id that never was"
        if same
        else "[red]NOT the answer for an absent id[/red]"
    )
    return same


def show_next(platform: Platform, outcome: Outcome, *, query: str, running: bool, console: Console) -> None:
    """Commands that work as they stand here."""
    key, home = outcome.tenant.key, shlex.quote(str(platform.home))
    lines = [
        *([] if running else [f".venv/bin/docmill up --home {home} --port {platform.port}"]),
        f"export DOCMILL_URL={platform.url} DOCMILL_KEY={key}",
        f".venv/bin/docmill search {shlex.quote(query)}",
        f".venv/bin/docmill results {outcome.document}",
        ".venv/bin/docmill review list                # what waits for a person",
        f".venv/bin/docmill top --home {home}",
        ".venv/bin/docmill export --format csv -o out/documents.csv",
        ".venv/bin/docmill submit FOLDER --watch",
        f'curl -H "Authorization: Bearer $DOCMILL_KEY" "{platform.url}/v1/documents?type=invoice&value.gross_total_gte=1000"',
        ".venv/bin/docmill extract FILE.pdf          # without any platform",
    ]
    console.rule("Go on", align="left")
    for line in lines:
        console.print(line, soft_wrap=True, markup=False, highlight=False)
    console.print(f"[dim]API and its documentation: {platform.url}/docs[/dim]")


def show_verdict(
    outcomes: Sequence[Outcome], missing: Sequence[str], seconds: float, console: Console
) -> bool:
    """True when every file came to the end that its label asks for and everything else was there to be shown."""
    wrong = [outcome for outcome in outcomes if outcome.wrong]
    complaints = [f"{one.name}: {one.status} {one.code or ''} ({one.wrong})" for one in wrong] + list(missing)
    if complaints:
        console.print(Panel("\n".join(complaints), title="not as it should be", border_style="red"))
        return False
    console.print(
        f"[green]{len(outcomes)} documents, each at the end it should come to, {seconds:.0f} s[/green]"
    )
    return True


def example_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The document that is best to draw: an invoice that succeeded, with enough to see on its first page."""

    def rank(outcome: Outcome) -> tuple[bool, bool, int]:
        cited = [meta for meta in outcome.result.get("metadata", {}).values() if _on_page_1(meta)]
        return (outcome.status == "succeeded", outcome.type == "invoice", -abs(len(cited) - CITED))

    return max(_seen(outcomes), key=rank, default=None)


def shortest_of(outcomes: Sequence[Outcome]) -> Outcome | None:
    """The result that a person reads on one screen: a success with the fewest fields, and a page that shows them."""

    def rank(outcome: Outcome) -> tuple[bool, int, int]:
        metadata = outcome.result["metadata"]
        cited = sum(map(_on_page_1, metadata.values()))
        return (outcome.status != "succeeded", len(metadata), -cited)

    return min(_seen(outcomes), key=rank, default=None)


def _seen(outcomes: Sequence[Outcome]) -> list[Outcome]:
    return [one for one in outcomes if any(map(_on_page_1, one.result.get("metadata", {}).values()))]


def _saved(outcome: Outcome, path: Path) -> Path:
    path.write_text(json.dumps(outcome.result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    return path


def folded(value: Any, *, width: int, indent: int = 0, beside: int = 1) -> str:
    """JSON in which whatever fits on one line stands on one; in the depth lines are filled.

    ``beside`` is what else is on the value's first line: its name, brackets, the comma.
    """
    flat = json.dumps(value, ensure_ascii=False)
    if len(flat) + indent + beside <= width or not isinstance(value, dict | list) or not value:
        return flat
    if isinstance(value, list) and len(value) == 1:
        return f"[{folded(value[0], width=width, indent=indent, beside=beside + 2)}]"
    if isinstance(value, dict):
        parts = [
            f"{json.dumps(name)}: {folded(one, width=width, indent=indent + 2, beside=len(name) + 5)}"
            for name, one in value.items()
        ]
        opening, closing = "{", "}"
    else:
        parts = [folded(one, width=width, indent=indent + 2) for one in value]
        opening, closing = "[", "]"
    inner = " " * (indent + 2)
    lines = _filled(parts, width - len(inner)) if indent >= _FILLED_FROM else parts
    return f"{opening}\n{inner}" + f",\n{inner}".join(lines) + f"\n{' ' * indent}{closing}"


def _filled(parts: Sequence[str], width: int) -> list[str]:
    """Join neighbours as long as they fit on one line."""
    lines: list[str] = []
    for part in parts:
        joined = f"{lines[-1]}, {part}" if lines else part
        if lines and "\n" not in joined and len(joined) < width:
            lines[-1] = joined
        else:
            lines.append(part)
    return lines


def _on_page_1(meta: Json) -> bool:
    return any(citation.get("page") == 1 for citation in meta.get("citations") or ())


def without_ids(problem: Json, document: str) -> Json:
    """The answer but for what has to differ: the id that was asked for, and the request's own."""
    text = json.dumps({name: value for name, value in problem.items() if name != "request_id"})
    shape: Json = json.loads(text.replace(document, "ID"))
    return shape
