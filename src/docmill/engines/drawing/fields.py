"""The values of a result: where each comes from, what it is called, and its colour."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from docmill.domain.pages import Box
from docmill.engines.drawing.placing import Edges

COLOURS = (
    (214, 39, 40), (31, 119, 180), (44, 160, 44), (148, 103, 189), (230, 110, 10),
    (0, 139, 139), (199, 21, 133), (120, 94, 47), (65, 90, 210), (95, 125, 0),
)  # fmt: skip
"""Dark enough for white letters on them; a field keeps its colour on every page of a document type."""
_ROW = re.compile(r"\[\d+\]")


@dataclass(frozen=True, slots=True)
class NamedBox:
    """A field's evidence. ``name`` is its path in the result; ``box`` in the page's unit."""

    name: str
    box: Box


def boxes_of(result: Mapping[str, Any], page: int) -> list[NamedBox]:
    """The evidence on one page (from 1) of a result in the form of the API."""
    return [
        NamedBox(path, Box(*citation["box"]))
        for path, meta in (result.get("metadata") or {}).items()
        for citation in meta.get("citations") or ()
        if citation.get("page") == page and citation.get("box")
    ]


@dataclass(frozen=True, slots=True)
class Value:
    """A value that was found. ``places`` are (page, box); there are none for what is only in an XML file."""

    name: str
    text: str
    confidence: float | None
    source: str
    places: tuple[tuple[int, Box], ...]


def values_of(result: Mapping[str, Any]) -> list[Value]:
    """All values that were found, in the order of the result in the form of the API."""
    return [
        Value(
            path,
            str(meta.get("raw_text") or ""),
            meta.get("confidence"),
            str(meta["source"]),
            tuple(
                (int(citation["page"]), Box(*citation["box"]))
                for citation in meta.get("citations") or ()
                if citation.get("page") and citation.get("box")
            ),
        )
        for path, meta in (result.get("metadata") or {}).items()
        if meta.get("source")
    ]


def colour_of(name: str) -> tuple[int, int, int]:
    """The same for all rows of a list."""
    return COLOURS[sum(map(ord, re.sub(r"\d+", "", name))) % len(COLOURS)]


def label_of(name: str) -> str:
    """``line_items[2].quantity`` is named for its column: ``line_items: quantity``."""
    head, row, column = _ROW.sub("[]", name).partition("[]")
    return f"{head}: {column.strip('.')}" if row and column else head


def heads_column(name: str) -> bool:
    """True for the cells of a list: their label stands above the column."""
    return _ROW.search(name) is not None


def columns_headed(
    fields: Sequence[tuple[str, tuple[float, float, float, float]]],
) -> list[tuple[str, tuple[float, float, float, float]]]:
    """What gets a label: every field, but of a list's column only the uppermost cell on the page."""
    first: dict[str, tuple[str, Edges]] = {}
    for name, edges in fields:
        column = _ROW.sub("[]", name)
        key = column if column != name else f"{name} {edges}"
        if key not in first or edges[1] < first[key][1][1]:
            first[key] = name, edges
    return list(first.values())
