"""Pages as one HTML file that needs nothing else, and lets a document say nothing but text.

The documents are strangers': their words travel as JSON in a block that no browser runs, the script
sets them as text, and the policy in the head lets only that script and that style, by their hashes, act.
"""

import base64
import hashlib
import io
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import reduce
from html import escape
from importlib.resources import files
from typing import Any

import orjson
from PIL import Image

from docmill.domain.pages import Box, Page, Provenance
from docmill.engines.drawing.fields import Value, colour_of
from docmill.engines.drawing.show import SHOWN, Show
from docmill.engines.layout.structure import Structure

_JPEG_QUALITY = 72
_PICTURE_SIDE_PX = 1600
"""A photo is shown smaller than it is: a page of A4 at 137 dpi."""
_HARMLESS = str.maketrans(
    {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}
)
"""In JSON, so that no text can end the block that it stands in."""


@dataclass(frozen=True, slots=True)
class DrawnPage:
    """A page with its picture as PNG, upright as its boxes; empty when it could not be drawn."""

    page: Page
    picture: bytes = field(repr=False)
    structure: Structure = field(default_factory=Structure)


def draw_html(
    title: str, pages: Sequence[DrawnPage], values: Sequence[Value], *, show: Collection[Show] = SHOWN
) -> str:
    """Return the file: pages with their pictures, words to hover over, and the values beside them."""
    style, script = _part("viewer.css"), _part("viewer.js")
    content = {
        "pages": [_page(drawn) for drawn in pages],
        "values": [_value(value) for value in values],
        "show": [each.value for each in show],
    }
    data = orjson.dumps(content).decode().translate(_HARMLESS)
    policy = (
        f"default-src 'none'; img-src data:; style-src '{_digest(style)}'; script-src '{_digest(script)}'; "
        "base-uri 'none'; form-action 'none'"
    )
    return "\n".join(
        (
            '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">',
            f'<meta http-equiv="Content-Security-Policy" content="{policy}">',
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="referrer" content="no-referrer">',
            f"<title>{escape(title)}</title>\n<style>{style}</style>\n</head>\n<body>",
            f"<header><h1>{escape(title)}</h1></header>\n<main>",
            *(_figure(index, drawn) for index, drawn in enumerate(pages)),
            '</main>\n<aside><h2>Values</h2></aside>\n<div id="tip" role="tooltip" hidden></div>',
            f'<script id="data" type="application/json">{data}</script>',
            f"<script>{script}</script>\n</body>\n</html>\n",
        )
    )


def _figure(index: int, drawn: DrawnPage) -> str:
    page = drawn.page
    facts = [f"page {page.number}", f"{page.width:g} × {page.height:g} {page.unit}"]
    if page.name:
        facts.insert(1, page.name)
    facts.append(
        "no text" if page.provenance is Provenance.EMPTY else page.provenance.value.replace("_", " ")
    )
    facts += [f"{name} {value:g}°" for name, value in _angles(page) if value]
    caption = escape(" · ".join(facts))
    if page.error:
        caption += f" · <b>{escape(page.error)}</b>"
    sheet = f'<div class="sheet" data-page="{index}">{_picture(drawn.picture, page.number)}</div>'
    return f"<figure><figcaption>{caption}</figcaption>{sheet}</figure>"


def _angles(page: Page) -> tuple[tuple[str, float], ...]:
    return ("rotated by the file", page.rotation), ("turned upright", page.turned), ("leans", page.skew_deg)


def _picture(png: bytes, number: int) -> str:
    if not png:
        return ""
    with Image.open(io.BytesIO(png), formats=("PNG",)) as picture:
        plain, out = picture if picture.mode == "L" else picture.convert("RGB"), io.BytesIO()
        plain.thumbnail((_PICTURE_SIDE_PX, _PICTURE_SIDE_PX))
        size = plain.size
        plain.save(out, "JPEG", quality=_JPEG_QUALITY, optimize=True)
    kind, data = min(("jpeg", out.getvalue()), ("png", png), key=lambda each: len(each[1]))
    source = f"data:image/{kind};base64,{base64.b64encode(data).decode()}"
    alt = f"Page {number}"
    return f'<img alt="{alt}" width="{size[0]}" height="{size[1]}" decoding="async" src="{source}">'


def _page(drawn: DrawnPage) -> dict[str, Any]:
    page, found = drawn.page, drawn.structure
    blocks = {word: number for number, block in enumerate(found.blocks, 1) for word in block.words}
    cells = {
        word: f"{number}, row {cell.row + 1}, column {cell.column + 1}"
        for number, table in enumerate(found.tables, 1)
        for cell in table.cells
        for word in cell.words
    }
    return {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "unit": page.unit,
        "provenance": page.provenance,
        "words": [
            {
                "text": word.text,
                "box": list(word.box),
                "confidence": word.confidence,
                "hidden": word.hidden,
                "trick": word.trick,
                "cell": word.cell,
                "line": word.line,
                "block": blocks.get(index),
                "table": cells.get(index),
            }
            for index, word in enumerate(page.words)
        ],
        **_structure(page, found),
    }


def _structure(page: Page, found: Structure) -> dict[str, Any]:
    return {
        "blocks": [{"kind": block.kind, "box": list(block.box)} for block in found.blocks],
        "tables": [
            {
                "box": list(table.box),
                "rows": table.rows,
                "columns": table.columns,
                "cells": [{"box": list(cell.box), "header": cell.header} for cell in table.cells],
            }
            for table in found.tables
        ],
        "check_boxes": [{"box": list(box.box), "checked": box.checked} for box in found.check_boxes],
        "pairs": [
            {"label": _around(page, pair.label), "value": _around(page, pair.value)}
            for pair in found.pairs
            if pair.label
        ],
    }


def _around(page: Page, words: Sequence[int]) -> list[float] | None:
    """The box around some of the page's words, None for no words."""
    if not words:
        return None
    box: Box = reduce(Box.union, [page.words[index].box for index in words])
    return list(box)


def _value(value: Value) -> dict[str, Any]:
    return {
        "name": value.name,
        "text": value.text,
        "confidence": value.confidence,
        "source": value.source,
        "places": [(page, list(box)) for page, box in value.places],
        "colour": "#{:02x}{:02x}{:02x}".format(*colour_of(value.name)),
    }


def _part(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
