"""The search that the demo shows: words that only one document has, asked for once it is in the index."""

import time
from collections.abc import Iterator, Sequence
from textwrap import shorten
from typing import Any

from rich.console import Console
from rich.text import Text

from .client import Json
from .ends import WIDTH
from .outcomes import Outcome

INDEX_WALL_S_MAX = 60.0
"""Documents end before they are indexed: the rest of the queue may take as long."""
LOOK_S = 0.25
HITS = 100
"""Hits are chunks, and a long document has many: so many are asked for that one cannot push out all others."""
SHOWN = 5
_WORDS_MAX = 8


def query_for(outcome: Outcome, others: Sequence[Outcome]) -> str:
    """Words of the result that no other document of the tenant has: who sold what, else its number.

    Falls back to the most telling words where all of them stand elsewhere too.
    """
    elsewhere = {
        text.casefold()
        for other in others
        if other.document != outcome.document and other.tenant is outcome.tenant
        for text in _texts(other.result.get("value"))
    }
    candidates = [text for text in _telling(outcome.result.get("value") or {}) if text]
    unique = next((text for text in candidates if not any(text.casefold() in one for one in elsewhere)), None)
    return " ".join((unique or " ".join(candidates[:2]) or outcome.name).split()[:_WORDS_MAX])


def show_search(outcome: Outcome, query: str, console: Console) -> bool:
    """Search once, as soon as the document is in the index; False when it is not found."""
    console.rule(f"Search: {query}", align="left")
    if not _indexed(outcome):
        console.print(f"[red]the document was not indexed within {INDEX_WALL_S_MAX:.0f} s[/red]")
        return False
    hits = outcome.tenant.get("/v1/search", q=query, limit=str(HITS))["items"]
    best = _best_of_each(hits)
    for hit in _with(best[:SHOWN], best, outcome.document):
        _show_hit(hit, console)
    if not any(hit["document_id"] == outcome.document for hit in best):
        console.print(Text(f"{outcome.name} was not among the hits", style="red"))
        return False
    return True


def _show_hit(hit: Json, console: Console) -> None:
    place = f", page {hit['page']}" if hit["page"] else ""
    box = f", box {' '.join(f'{edge:.0f}' for edge in hit['box'])}" if hit["box"] else ""
    line = Text(hit["name"], style="bold")
    line.append(f"{place}{box}, found by {' and '.join(hit['found_by'])}", style="not bold")
    console.print(line, soft_wrap=True)
    console.print(
        Text("    " + shorten(hit["text"], WIDTH - 4, placeholder=" …"), style="dim"), soft_wrap=True
    )


def _indexed(outcome: Outcome) -> bool:
    """Wait for the event that says so; what never comes is waited for no longer than the limit."""
    until = time.monotonic() + INDEX_WALL_S_MAX
    while True:
        events = outcome.tenant.get(f"/v1/documents/{outcome.document}/events")["items"]
        if any(event["type"] == "DocumentIndexed" for event in events):
            return True
        if time.monotonic() > until:
            return False
        time.sleep(LOOK_S)


def _best_of_each(hits: Sequence[Json]) -> list[Json]:
    """The best hit of every document, best first."""
    best: dict[str, Json] = {}
    for hit in hits:
        best.setdefault(hit["document_id"], hit)
    return list(best.values())


def _with(shown: list[Json], hits: Sequence[Json], document: str | None) -> list[Json]:
    """Add the document's own hit if it stands further down."""
    return shown + [hit for hit in hits[len(shown) :] if hit["document_id"] == document]


def _telling(value: Json) -> Iterator[str]:
    """What a person would search for: what was bought, who sold it to whom, and then the number."""
    for row in value.get("line_items") or ():
        yield row.get("description") or ""
    for path in ("seller", "buyer"):
        yield (value.get(path) or {}).get("name") or ""
    for name in ("company", "account_holder", "invoice_number", "iban", "statement_number", "address"):
        found = value.get(name)
        yield found if isinstance(found, str) else ""


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for one in value.values():
            yield from _texts(one)
    elif isinstance(value, list):
        for one in value:
            yield from _texts(one)
    elif isinstance(value, str):
        yield value
