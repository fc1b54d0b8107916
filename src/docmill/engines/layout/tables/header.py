"""The header row: the words of several columns side by side, with the rows that its cells wrap to."""

from collections.abc import Sequence
from itertools import pairwise

from docmill.domain.pages import Box, Word
from docmill.engines.layout.numbers import has_money
from docmill.engines.layout.phrases import Match, Phrases, phrase_key
from docmill.engines.layout.rows import Row, Segment, segment_of
from docmill.engines.layout.tables.model import ColumnWords, Form, HeadCell, TableWords

COLUMNS_MIN = 2
"""Columns that a header must name; one of them holds money."""
WRAP_GAP = 1.9
"""Rows of one header are closer than this many letter heights."""
WIDE_BLANK = 0.55
"""A blank wider than this share of the letters' height may part two columns of a tight header."""
HEADER_ROWS_MAX = 5
"""Rows above, and below, that a header's cells may wrap to."""


class HeaderFinder:
    """Finds header rows of one kind of table."""

    def __init__(self, words: TableWords) -> None:
        options: dict[str, tuple[ColumnWords, ...]] = {}
        for column in words.columns:
            for phrase in column.phrases:
                key = phrase_key(phrase)
                if column not in options.get(key, ()):
                    options[key] = (*options.get(key, ()), column)
        self._columns: Phrases[tuple[ColumnWords, ...]] = Phrases(options)
        self._rows_by = frozenset(words.rows_by)

    def header(self, rows: Sequence[Row], index: int) -> tuple[list[HeadCell], range] | None:
        """Return the cells and the indices of the header's rows when ``rows[index]`` is its main row."""
        row = rows[index]
        if len(row.segments) < COLUMNS_MIN or len(self._named(row)) < COLUMNS_MIN or has_money(row.text):
            return None
        span = self._span(rows, index)
        cells = _named_once(self._cells([rows[number] for number in span], row))
        named = {cell.name for cell in cells if cell.name}
        if len(named) < COLUMNS_MIN or not self._plausible(row):
            return None
        if not named & self._rows_by and not (
            len(named) >= COLUMNS_MIN + 1 and any(c.form is Form.MONEY for c in cells)
        ):
            return None
        return cells, span

    def named(self, cells: Sequence[Segment]) -> list[HeadCell] | None:
        """Return what known cells of one row are the heads of; None when the row is no header."""
        text = "".join(cell.text for cell in cells)
        if len(cells) < COLUMNS_MIN or sum(map(str.isdigit, text)) > 0.2 * len(text):
            return None
        heads = _named_once([self._cell([cell]) for cell in cells])
        names = {cell.name for cell in heads if cell.name}
        known = sum(
            max((match.end - match.start for match in self._columns.find(cell.text)), default=0)
            for cell in cells
        )
        money = any(cell.form is Form.MONEY for cell in heads if cell.name)
        enough = names & self._rows_by or (len(names) > COLUMNS_MIN and money)
        return heads if len(names) >= COLUMNS_MIN and enough and known >= 0.45 * len(text) else None

    def _named(self, row: Row) -> set[str]:
        return {
            match.payload[0].name
            for segment in row.segments
            for match in self._columns.find(segment.text)[:2]
        }

    def _plausible(self, row: Row) -> bool:
        """Most of what stands in the row is column words: a sentence that has some of them is no header."""
        letters = sum(len(segment.text) for segment in row.segments)
        known = sum(
            match.end - match.start for segment in row.segments for match in self._columns.find(segment.text)
        )
        return known >= 0.45 * letters

    def _span(self, rows: Sequence[Row], index: int) -> range:
        first = last = index
        while first > 0 and index - first < HEADER_ROWS_MAX and _wraps(rows, first, first - 1, index):
            first -= 1
        while last + 1 < len(rows) and last - index < HEADER_ROWS_MAX and _wraps(rows, last, last + 1, index):
            last += 1
        while last > index and not _parted(rows, index, last):
            last -= 1
        return range(first, last + 1)

    def _cells(self, rows: Sequence[Row], main: Row) -> list[tuple[Box, tuple[ColumnWords, ...]]]:
        stacks: list[list[Segment]] = []
        for segment in sorted(
            (s for row in rows for s in self._split(row)), key=lambda s: (s.row != main.number, s.row)
        ):
            home = next((stack for stack in stacks if _stacked(stack, segment.box)), None)
            if home is None:
                stacks.append([segment])
            else:
                home.append(segment)
        cells = [
            (self._cell(sorted(stack, key=lambda s: s.row)), any(s.row == main.number for s in stack))
            for stack in stacks
        ]
        cells.sort(key=lambda cell: cell[0][0].x0)
        while cells and not (cells[0][1] or cells[0][0][1]):
            cells.pop(0)  # stands beside the header, not in it
        while cells and not (cells[-1][1] or cells[-1][0][1]):
            cells.pop()
        return [cell for cell, _ in cells]

    def _split(self, row: Row) -> list[Segment]:
        """Cut a segment that holds the words of two columns ("Pos Art.Nr.") into one for each."""
        out: list[Segment] = []
        for segment in row.segments:
            matches = self._columns.find(segment.text)
            if not matches and any(char.isdigit() for char in segment.text):
                continue  # a value that stands beside the table
            names = {match.payload[0].name for match in matches}
            out.extend(_parts(segment, matches) if len(names) > 1 else [segment])
        return out

    def _cell(self, stack: Sequence[Segment]) -> tuple[Box, tuple[ColumnWords, ...]]:
        text = " ".join(segment.text for segment in stack).replace("- ", "-").replace("\x02 ", "")
        box = stack[0].box
        for segment in stack[1:]:
            box = box.union(segment.box)
        matches = self._columns.find(text)
        if not matches:
            return box, ()
        return box, max(matches, key=lambda match: (match.start == 0, match.end - match.start)).payload


def _wraps(rows: Sequence[Row], near: int, far: int, main: int) -> bool:
    """Whether a row next to the header may carry on its cells.

    Close, short, within its width, without digits.
    """
    one, other, head = rows[near], rows[far], rows[main]
    if other.page != one.page or abs(other.centre - one.centre) > WRAP_GAP * (one.height + other.height) / 2:
        return False
    if any(char.isdigit() for char in other.text):
        return False
    inside = all(
        segment.box.x0 > head.x0 - 40 and segment.box.x1 < head.x1 + 60 for segment in other.segments
    )
    return inside and all(len(segment.text) <= 24 for segment in other.segments)


def _parted(rows: Sequence[Row], main: int, last: int) -> bool:
    """Whether the header ends with this row below its main one.

    A wider gap follows, or it is no line of its own.
    """
    row, before = rows[last], rows[last - 1]
    if row.centre - before.centre < 0.8 * row.height:
        return True
    if last + 1 >= len(rows) or rows[last + 1].page != row.page:
        return False
    following = rows[last + 1]
    inner = max(
        one.centre - other.centre
        for one, other in zip(rows[main + 1 : last + 1], rows[main:last], strict=True)
    )
    if following.centre - row.centre > 1.1 * inner:
        return True
    # Cells of numbers wrap at the right, descriptions at the left; and an entry starts right below.
    middle = (rows[main].x0 + rows[main].x1) / 2
    return row.x1 > middle and sum(any(map(str.isdigit, s.text)) for s in following.segments) >= 2


def _stacked(stack: Sequence[Segment], box: Box) -> bool:
    return any(
        min(segment.box.x1, box.x1) - max(segment.box.x0, box.x0) > 0.4 * min(segment.box.width, box.width)
        for segment in stack
    )


def _parts(segment: Segment, matches: Sequence[Match[tuple[ColumnWords, ...]]]) -> list[Segment]:
    """Cut before a column's words when both columns hold text, or where the blank is a wide one.

    "Unit price VAT" stays.
    """
    cuts: dict[int, bool] = {}
    for one, other in pairwise(matches):
        between = segment.text[one.end : other.start].rstrip()
        if one.payload[0].name != other.payload[0].name and between[-1:] not in tuple("/&,(+-"):
            cuts[other.start] = one.payload[0].form is Form.TEXT and other.payload[0].form is Form.TEXT
    parts: list[list[Word]] = [[]]
    at = 0
    for word in segment.words:
        if at in cuts and parts[-1]:
            gap = word.box.x0 - parts[-1][-1].box.x1
            if cuts[at] or gap > WIDE_BLANK * word.box.height:
                parts.append([])
        parts[-1].append(word)
        at += len(word.text) + 1
    return [segment_of(part, segment.page, segment.row) for part in parts]


def _named_once(cells: Sequence[tuple[Box, tuple[ColumnWords, ...]]]) -> list[HeadCell]:
    """Give each column's name to one cell.

    Cells that may be one thing only choose first, from the right: amounts stand right of what they are made
    from.
    """
    names: dict[int, ColumnWords] = {}
    taken: set[str] = set()
    for index in sorted(range(len(cells)), key=lambda i: (len(cells[i][1]), -i)):
        choice = next((column for column in cells[index][1] if column.name not in taken), None)
        if choice is not None:
            names[index] = choice
            taken.add(choice.name)
    return [
        HeadCell(names[index].name, names[index].form, box)
        if index in names
        else HeadCell("", Form.TEXT, box)
        for index, (box, _) in enumerate(cells)
    ]
