"""A Reading as bytes: the blob of words, and what crosses from the child.

Columns instead of objects: a page of 400 words takes about 12 kB and a millisecond. Boxes are
integers in hundredths of the page's unit, so a Reading must be rounded to that (readers do it).
"""

from typing import Any

import orjson

from docmill.domain.errors import ErrorCode
from docmill.domain.limits import documents as limits
from docmill.domain.pages import Attachment, Box, Hidden, Page, Provenance, Reading, Trick, Word
from docmill.engines.reading.wire.drawings import drawings_from_json, drawings_to_json
from docmill.engines.reading.wire.trees import tree_from_json, tree_to_json

VERSION = 3
_SCALE = 100
_CONFIDENCE_SCALE = 1000
_NUMBER_MAX = 10**12


def encode(reading: Reading) -> bytes:
    """Members are left out: they become documents of their own."""
    return orjson.dumps(
        {
            "version": VERSION,
            "media_type": reading.media_type,
            "reader": reading.reader,
            "cpu_seconds": round(reading.cpu_seconds, 4),
            "pages": [page_to_json(page) for page in reading.pages],
            "attachments": [attachment_to_json(attachment) for attachment in reading.attachments],
        }
    )


def decode(data: bytes) -> Reading:
    """Raises ValueError for bytes that `encode` did not make."""
    tree = orjson.loads(data)
    if not isinstance(tree, dict) or tree.get("version") != VERSION:
        raise ValueError("not a reading of this version")
    return Reading(
        media_type=tree["media_type"],
        pages=tuple(page_from_json(page) for page in tree["pages"]),
        attachments=tuple(attachment_from_json(attachment) for attachment in tree["attachments"]),
        reader=tree["reader"],
        cpu_seconds=tree["cpu_seconds"],
    )


def page_to_json(page: Page) -> dict[str, Any]:
    tree: dict[str, Any] = {
        "number": page.number,
        "width": page.width,
        "height": page.height,
        "unit": page.unit,
        "provenance": page.provenance.value,
        "texts": [word.text for word in page.words],
        "boxes": _boxes_to_json(page.words),
        "lines": [word.line for word in page.words],
    }
    if page.rotation or page.skew_deg or page.error:
        tree |= {"rotation": page.rotation, "skew_deg": page.skew_deg, "error": page.error}
    if any(word.confidence is not None for word in page.words):
        tree["confidences"] = [_confidence_to_json(word.confidence) for word in page.words]
    hidden = {str(n): word.hidden.value for n, word in enumerate(page.words) if word.hidden is not None}
    if hidden:
        tree["hidden"] = hidden
    tricks = {str(n): word.trick.value for n, word in enumerate(page.words) if word.trick is not None}
    if tricks:
        tree["tricks"] = tricks
    if any(word.cell for word in page.words):
        tree["cells"] = [word.cell or "" for word in page.words]
    if page.name:
        tree["name"] = page.name
    if page.turned:
        tree["turned"] = page.turned
    return tree | drawings_to_json(page)


def page_from_json(tree: dict[str, Any]) -> Page:
    """Raises ValueError, LookupError, TypeError or AttributeError for what `page_to_json` did not make."""
    _require_kinds(tree)
    edges = [edge / _SCALE for edge in tree["boxes"]]
    boxes = map(Box._make, zip(edges[0::4], edges[1::4], edges[2::4], edges[3::4], strict=True))
    texts, lines = tree["texts"], tree["lines"]
    confidences: list[float | None] = [
        None if parts is None else parts / _CONFIDENCE_SCALE for parts in _column(tree, "confidences")
    ]
    hidden: list[Hidden | None] = [None] * len(texts)
    for index, why in tree.get("hidden", {}).items():
        hidden[int(index)] = Hidden(why)
    tricks: list[Trick | None] = [None] * len(texts)
    for index, trick in tree.get("tricks", {}).items():
        tricks[int(index)] = Trick(trick)
    cells = [cell or None for cell in _column(tree, "cells")]
    return Page(
        number=tree["number"],
        width=_extent(tree["width"]),
        height=_extent(tree["height"]),
        unit=tree["unit"],
        words=tuple(map(Word, texts, boxes, confidences, hidden, lines, tricks, cells)),
        provenance=Provenance(tree["provenance"]),
        rotation=int(_measure(tree.get("rotation", 0))),
        turned=int(_measure(tree.get("turned", 0))),
        skew_deg=_measure(tree.get("skew_deg", 0.0)),
        error=tree.get("error"),
        name=str(tree.get("name", ""))[: limits.PAGE_NAME_CHARS_MAX],
        **drawings_from_json(tree, len(texts)),
    )


def _require_kinds(tree: dict[str, Any]) -> None:
    """The page may be the word of a process that a file has taken over: text is text, numbers are numbers."""
    texts, lines, boxes = tree["texts"], tree["lines"], tree["boxes"]
    error = tree.get("error")
    if not all(isinstance(found, list) for found in (texts, lines, boxes)):
        raise ValueError("a page is made of lists")
    if "\0" in "".join([*texts, *(tree.get("cells") or ())]):
        raise ValueError("a character that no database takes")
    if len(lines) != len(texts) or len(boxes) != 4 * len(texts):
        raise ValueError("words without a line or a box")
    if tree["unit"] not in ("pt", "px"):
        raise ValueError("a unit that is none")
    if type(tree["number"]) is not int or not all(type(line) is int for line in lines):
        raise ValueError("a number that is none")
    if any(abs(number) > _NUMBER_MAX for number in (tree["number"], *lines, *boxes)):
        raise ValueError("a number that is out of all measure")
    if error is not None:
        ErrorCode(error)


def _column(tree: dict[str, Any], name: str) -> list[Any]:
    """One entry for each word; nothing for each when the page does not have the column."""
    column: list[Any] = tree.get(name) or [None] * len(tree["texts"])
    if len(column) != len(tree["texts"]):
        raise ValueError("a column of another length")
    return column


def _extent(number: Any) -> float:
    extent = _measure(number)
    if extent < 0:
        raise ValueError("a page of less than no size")
    return extent


def _measure(number: Any) -> float:
    if not isinstance(number, int | float) or not abs(number) <= _NUMBER_MAX:
        raise ValueError("a measure that is none")
    return number


def attachment_to_json(attachment: Attachment) -> dict[str, Any]:
    return {
        "name": attachment.name,
        "media_type": attachment.media_type,
        "tree": None if attachment.tree is None else tree_to_json(attachment.tree),
        "error": attachment.error,
    }


def attachment_from_json(tree: dict[str, Any]) -> Attachment:
    """Raises ValueError, KeyError or TypeError for what `attachment_to_json` did not make."""
    return Attachment(
        name=str(tree["name"]),
        media_type=str(tree["media_type"]),
        tree=None if tree["tree"] is None else tree_from_json(tree["tree"]),
        error=None if tree["error"] is None else ErrorCode(tree["error"]).value,
    )


def _boxes_to_json(words: tuple[Word, ...]) -> list[int]:
    import numpy as np

    edges = np.array([word.box for word in words], np.float64)
    boxes: list[int] = np.rint(edges * _SCALE).astype(np.int64).ravel().tolist()
    return boxes


def _confidence_to_json(confidence: float | None) -> int | None:
    return None if confidence is None else round(confidence * _CONFIDENCE_SCALE)
