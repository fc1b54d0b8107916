"""`docmill trace`: what became of a document, step by step, with times."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from uuid import UUID

import typer

from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId, Event
from docmill.domain.tracing import parsed
from docmill.entrypoints.cli.administration import administered
from docmill.entrypoints.cli.client import Json
from docmill.entrypoints.cli.local import print_line
from docmill.entrypoints.cli.options import Format, Home, OutputFormat, chosen, settings_of
from docmill.ports.telemetry import Attributes

if TYPE_CHECKING:
    from rich.tree import Tree

    from docmill.adapters.telemetry.spans import Span


@dataclass(slots=True)
class Node:
    """A span, or an event of the journal (``wall_s`` None). ``start_s`` since 1970."""

    id: str
    parent: str
    name: str
    start_s: float
    wall_s: float | None
    process: str = ""
    told: Attributes = field(default_factory=dict)
    code: str = ""


def command(
    document: Annotated[str, typer.Argument(metavar="DOCUMENT", help="The document's id.")],
    home: Home = None,
    output: OutputFormat = None,
) -> None:
    """Show a document's way from the upload to its end as a tree with times.

    Events come from the journal. With DOCMILL_TRACES=file there is also what each process did, and for how
    long. It looks at the platform's own files, on its machine.
    """
    try:
        wanted = DocumentId(UUID(document))
    except ValueError:
        raise NotFound(f"{document!r} is no document's id.") from None
    events, spans = asyncio.run(_asked(wanted, home))
    if not events:
        raise NotFound(f"There is no document {wanted}.")
    nodes = assembled(wanted, events, spans)
    if chosen(output) is Format.JSON:
        first = min(node.start_s for node in nodes)
        for node in nodes:
            print_line(_row(node, first))
        return
    from rich.console import Console

    Console().print(drawn(wanted, nodes))


async def _asked(document: DocumentId, home: Path | None) -> tuple[Sequence[Event], list[tuple[str, "Span"]]]:
    from docmill.adapters.telemetry.span_files import spans_of

    async with administered(home) as platform:
        events = await platform.sight.history(document)
    traces = {found.trace for event in events if (found := parsed(event.trace))}
    folder = settings_of(home).traces_folder
    return events, spans_of(folder, traces) if folder.is_dir() else []


def assembled(
    document: DocumentId, events: Sequence[Event], spans: Iterable[tuple[str, "Span"]]
) -> list[Node]:
    """In the order in which they began. An event hangs below the span that wrote it, or below its cause.

    A trace may have several documents: what is about another one is left out, with all that is below it.
    """
    known = {span.id: _node(process, span) for process, span in spans}
    mine = {found.span for event in events if (found := parsed(event.trace))}
    for node in sorted(known.values(), key=lambda node: node.start_s):
        about = node.told.get("docmill.document")
        if node.id in mine or about == str(document) or (about is None and node.parent in mine):
            mine.add(node.id)
    nodes = [node for node in known.values() if node.id in mine]
    for event in events:
        context = parsed(event.trace)
        written = context.span if context is not None and context.span in known else ""
        parent = written or (str(event.cause) if event.cause else "")
        told: Attributes = {name: value for name, value in event.data.items() if value is not None}
        nodes.append(Node(str(event.id), parent, event.type.value, event.time.timestamp(), None, told=told))
    return sorted(nodes, key=lambda node: (node.start_s, node.wall_s is None))


def _node(process: str, span: "Span") -> Node:
    return Node(
        span.id, span.parent, span.name, span.start_s, span.wall_s, process, span.attributes, span.code
    )


def drawn(document: DocumentId, nodes: Sequence[Node]) -> "Tree":
    """For people; times are seconds since the first step."""
    from rich.tree import Tree

    first = min(node.start_s for node in nodes)
    last = max(node.start_s + (node.wall_s or 0.0) for node in nodes)
    tree = Tree(f"[bold]{document}[/bold]  {last - first:.3f} s")
    branches: dict[str, Tree] = {}
    waiting = list(nodes)
    there = {node.id for node in nodes}
    while waiting:
        node = next((each for each in waiting if each.parent in branches or each.parent not in there), None)
        if node is None:  # a ring: nobody writes one, but a file may say anything
            node = waiting[0]
        waiting.remove(node)
        branches[node.id] = branches.get(node.parent, tree).add(_line(node, first))
    return tree


def _line(node: Node, first: float) -> str:
    at = f"[dim]{node.start_s - first:8.3f}[/dim]"
    if node.wall_s is None:
        told = " ".join(f"{name}={str(value)[:16]}" for name, value in node.told.items())
        return f"{at}  [cyan]{node.name}[/cyan] [dim]{told}[/dim]"
    wrong = f" [red]{node.code}[/red]" if node.code else ""
    return f"{at}  [bold]{node.name}[/bold] {1000 * node.wall_s:.1f} ms [dim]{node.process}[/dim]{wrong}"


def _row(node: Node, first: float) -> Json:
    return {
        "id": node.id,
        "parent": node.parent,
        "kind": "event" if node.wall_s is None else "span",
        "name": node.name,
        "process": node.process,
        "after_s": round(node.start_s - first, 4),
        "wall_s": None if node.wall_s is None else round(node.wall_s, 4),
        "code": node.code,
        "attributes": node.told,
    }
