"""What stands on a page beside its words, as JSON: strokes, check boxes, tables that the file declares."""

from collections.abc import Sequence
from typing import Any

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, Cell, CheckBox, Page, Stroke, Table

_SCALE = 100
_HUNDREDTHS_MAX = 10**12


def drawings_to_json(page: Page) -> dict[str, Any]:
    """Boxes are integers in hundredths of the page's unit; what there is none of is left out."""
    tree: dict[str, Any] = {}
    if page.strokes:
        tree["strokes"] = [edge for stroke in page.strokes for edge in _hundredths(stroke)]
    if page.check_boxes:
        tree["check_boxes"] = [[*_hundredths(box.box), int(box.checked)] for box in page.check_boxes]
    if page.tables:
        tree["tables"] = [_table_to_json(table) for table in page.tables]
    return tree


def drawings_from_json(tree: dict[str, Any], words: int) -> dict[str, Any]:
    """Return arguments of `Page`. Raises ValueError, TypeError or KeyError for what is no such JSON."""
    strokes, check_boxes = tree.get("strokes", ()), tree.get("check_boxes", ())
    if len(strokes) > 4 * limits.PAGE_STROKES_MAX or len(check_boxes) > limits.PAGE_CHECK_BOXES_MAX:
        raise ValueError("more on a page than is ever kept")
    edges = _edges(strokes)
    return {
        "strokes": tuple(
            map(Stroke._make, zip(edges[0::4], edges[1::4], edges[2::4], edges[3::4], strict=True))
        ),
        "check_boxes": tuple(CheckBox(_box(parts[:4]), checked=bool(parts[4])) for parts in check_boxes),
        "tables": tuple(_table_from_json(table, words) for table in tree.get("tables", ())),
    }


def _table_to_json(table: Table) -> dict[str, Any]:
    return {
        "box": _hundredths(table.box),
        "rows": table.rows,
        "columns": table.columns,
        "ruled": table.ruled,
        "cells": [
            [cell.row, cell.column, cell.row_span, cell.column_span, int(cell.header)] for cell in table.cells
        ],
        "boxes": [edge for cell in table.cells for edge in _hundredths(cell.box)],
        "words": [list(cell.words) for cell in table.cells],
    }


def _table_from_json(tree: dict[str, Any], words: int) -> Table:
    rows, columns = int(tree["rows"]), int(tree["columns"])
    if rows > limits.TABLE_CELLS_MAX or columns > limits.TABLE_COLUMNS_MAX:
        raise ValueError("a table without measure")
    edges = tree["boxes"]
    boxes = [_box(edges[start : start + 4]) for start in range(0, len(edges), 4)]
    cells = []
    for (row, column, row_span, column_span, header), box, members in zip(
        tree["cells"], boxes, tree["words"], strict=True
    ):
        if not all(type(number) is int for number in (row, column, row_span, column_span, *members)):
            raise ValueError("a number that is none")
        if not (0 <= row < row + row_span <= rows and 0 <= column < column + column_span <= columns):
            raise ValueError("a cell outside of its table")
        if any(not 0 <= index < words for index in members):
            raise ValueError("a cell with words that are not there")
        cells.append(Cell(row, column, box, tuple(members), row_span, column_span, header=bool(header)))
    return Table(_box(tree["box"]), rows, columns, tuple(cells), ruled=bool(tree["ruled"]))


def _hundredths(edges: tuple[float, float, float, float] | Box | Stroke) -> list[int]:
    return [round(edge * _SCALE) for edge in edges]


def _box(edges: list[int]) -> Box:
    x0, y0, x1, y1 = _edges(edges)
    return Box(x0, y0, x1, y1)


def _edges(hundredths: Sequence[int]) -> list[float]:
    if any(not abs(edge) <= _HUNDREDTHS_MAX for edge in hundredths):
        raise ValueError("an edge that is out of all measure")
    return [edge / _SCALE for edge in hundredths]
