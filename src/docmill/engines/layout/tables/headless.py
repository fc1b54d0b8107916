"""Columns without a header: numbers that line up under each other above the totals.

A guess, and marked as one: whoever uses it believes it only when the rows add up.
"""

import re
from collections.abc import Callable, Sequence

from docmill.domain.pages import Box
from docmill.engines.layout.numbers import has_money, is_number
from docmill.engines.layout.rows import Row, Segment
from docmill.engines.layout.tables.model import ColumnWords, Form, HeadCell, TableWords

ROWS_MIN = 2
"""Amounts under each other that make a column."""
ALIGNED = 0.8
"""Amounts line up when their right edges are within this many letter heights."""
SHARE = 0.6
"""The share of the rows that has to fill a further column."""
_DATE = re.compile(r"\d{1,4}[./-]\d{1,2}(?:[./-]\d{0,4})?\.?|\d{1,2}\.? [A-Za-z]{3,9}\.?(?: \d{2,4})?")


def guessed_header(
    rows: Sequence[Row], words: TableWords, opens: Callable[[Row], str]
) -> tuple[list[HeadCell], int] | None:
    """Return (cells, index of the first row) where amounts stand in columns; None where they do not."""
    listed = _listed(rows, opens)
    if len(listed) < ROWS_MIN:
        return None
    cells = _numbers([rows[index] for index in listed], words)
    if not cells:
        return None
    left = min(cell.box.x0 for cell in cells)
    return [*_texts([rows[index] for index in listed], words, left), *cells], listed[0]


def _listed(rows: Sequence[Row], opens: Callable[[Row], str]) -> list[int]:
    """Return the rows whose last amount is in the column that most rows above the totals share."""
    ends = [
        (index, row.segments[-1])
        for index, row in enumerate(rows)
        if len(row.segments) > 1 and _is_money(row.segments[-1])
    ]
    ends = [(index, segment) for index, segment in ends if not opens(rows[index])]
    best: list[int] = []
    for _, anchor in ends[:40]:
        near = [
            index
            for index, segment in ends
            if abs(segment.box.x1 - anchor.box.x1) < ALIGNED * anchor.box.height
        ]
        best = near if len(near) > len(best) else best
    return best


def _is_money(segment: Segment) -> bool:
    return has_money(segment.text) and is_number(segment.text)


def _numbers(rows: Sequence[Row], words: TableWords) -> list[HeadCell]:
    """The columns of numbers from right to left: money of the names that are left, then quantities."""
    stacks: list[list[Box]] = []
    for row in rows:
        for segment in row.segments[1:]:
            if not is_number(segment.text):
                continue
            reach = ALIGNED * segment.box.height
            home = next((stack for stack in stacks if abs(stack[0].x1 - segment.box.x1) < reach), None)
            if home is None:
                stacks.append([segment.box])
            else:
                home.append(segment.box)
    full = [stack for stack in stacks if len(stack) >= SHARE * len(rows)]
    names = _money_names(words)
    cells = []
    for stack in sorted(full, key=lambda boxes: -boxes[0].x1):
        if not names:
            break
        column = names.pop(0)
        cells.append(HeadCell(column.name, column.form, _around(stack)))
    return list(reversed(cells))


def _money_names(words: TableWords) -> list[ColumnWords]:
    """What columns of numbers are, from right to left: balance and amount, or amount, price and quantity."""
    money = [column for column in words.columns if column.form is Form.MONEY and "/" not in column.name]
    summed = [column for column in money if column.name in words.rows_by]
    others = [column for column in money if column.name not in words.rows_by]
    numbers = [column for column in words.columns if column.form is Form.NUMBER][:1]
    dated = any(column.form is Form.DATE for column in words.columns)
    return [*others, *summed] if dated else [*summed, *others[:1], *numbers]


def _texts(rows: Sequence[Row], words: TableWords, right: float) -> list[HeadCell]:
    """A column of dates where most rows start with one, and one of text up to the numbers."""
    text = next((column for column in words.columns if column.form is Form.TEXT), None)
    dates = [column for column in words.columns if column.form is Form.DATE]
    firsts = [row.segments[0] for row in rows]
    left, top, height = min(s.box.x0 for s in firsts), firsts[0].box.y0, firsts[0].box.height
    cells: list[HeadCell] = []
    dated = [segment.box for segment in firsts if _DATE.fullmatch(segment.text)]
    if dates and len(dated) >= SHARE * len(rows):
        box = _around(dated)
        cells.append(HeadCell(dates[0].name, dates[0].form, box))
        left = box.x1 + height
    if text is not None and right - left > height:
        cells.append(HeadCell(text.name, text.form, Box(left, top, right - 0.5 * height, top + height)))
    return cells


def _around(boxes: Sequence[Box]) -> Box:
    return Box(min(box.x0 for box in boxes), boxes[0].y0, max(box.x1 for box in boxes), boxes[0].y1)
