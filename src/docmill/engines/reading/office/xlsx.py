"""Excel files: each sheet is a run of pages with its name, each word has the address of its cell.

Values are those that the file holds, as their number formats show them: nothing is computed.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

from lxml import etree

from docmill.domain.errors import ErrorCode, Rejected
from docmill.domain.pages import Hidden
from docmill.domain.reading_limits import ReadingLimits
from docmill.engines.reading.office.colours import lost_styles
from docmill.engines.reading.office.number_formats import BUILT_IN, GENERAL, decimal_comma, shown, text_shown
from docmill.engines.reading.office.package import Package, child, local, value
from docmill.engines.reading.typesetting import Block, CellText, Grid, PageBreak, column_letters

_ADDRESS = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9]\d{0,6})$")
_CHARS_PER_COLUMN = 12
_PAGE_CHARS_MAX = 10_000
_MERGES_MAX = 20_000
_COVERED_MAX = 1_000_000
_SWITCHED_OFF = Hidden.SWITCHED_OFF


def xlsx_blocks(package: Package, allowed: ReadingLimits) -> Iterator[Block]:
    """Raises Rejected(too_many_pages) for more cells than allowed, and with the package's codes."""
    name = package.document
    relations = package.relations(name)
    book = _Book(package, dict(relations.values()), allowed)
    workbook = package.tree(name)
    properties = child(workbook, "workbookPr")
    book.from_1904 = properties is not None and value(properties, "date1904") in ("1", "true")
    sheets = child(workbook, "sheets")
    for sheet in list(sheets) if sheets is not None else ():
        kind, part = relations.get(value(sheet, "id"), ("", ""))
        if kind != "worksheet" or part not in package:
            continue
        hidden = value(sheet, "state", "visible") != "visible"
        rows = book.sheet(part, hidden=hidden)
        if rows:
            yield PageBreak(value(sheet, "name"))
            yield Grid(rows, ruled=False)


@dataclass(slots=True)
class _Row:
    number: int
    hidden: bool
    cells: list[tuple[int, str, bool]] = field(default_factory=list)  # column from 1, text, a number?
    lost: set[int] = field(default_factory=set)  # columns of cells in the colour of their paper


class _Book:
    def __init__(self, package: Package, parts: dict[str, str], allowed: ReadingLimits) -> None:
        self._package, self._allowed = package, allowed
        styles = package.tree(parts["styles"]) if "styles" in parts else None
        self._formats = _formats(styles) if styles is not None else []
        self._lost = lost_styles(styles)
        self._comma = decimal_comma(self._formats)
        strings = parts.get("sharedStrings", "")
        self._strings = list(_strings(package, strings)) if strings in package else []
        self._cells_left = allowed.table_cells_max
        self._chars_left = allowed.pages_max * _PAGE_CHARS_MAX
        self.from_1904 = False

    def sheet(self, part: str, *, hidden: bool) -> list[list[CellText]]:
        """Return the rows that hold anything; one empty row stands for any number of them."""
        rows: list[_Row] = []
        merges: list[tuple[int, int, int, int]] = []
        hidden_columns: list[tuple[int, int]] = []
        number = 0
        data = self._package.part(part)
        # Counted before they are taken apart, which takes seconds.
        if data.count(b"v>") // 2 > self._cells_left:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"more than {self._allowed.table_cells_max} cells")
        for element in self._package.named(data, ("row", "mergeCell", "col")):
            match local(element):
                case "row":
                    number = _whole(element.get("r", ""), number + 1)
                    row = self._row(element, number) if len(element) else None
                    if row is not None and row.cells:
                        rows.append(row)
                case "mergeCell" if len(merges) < _MERGES_MAX:
                    merges += _range(value(element, "ref"))
                case "col" if value(element, "hidden") in ("1", "true") or value(element, "width") == "0":
                    first = _whole(value(element, "min"), 1)
                    hidden_columns.append((first, _whole(value(element, "max"), first)))
        return _laid_out(rows, merges, hidden_columns, hidden=hidden)

    def _row(self, element: etree._Element, number: int) -> _Row:
        row = _Row(number, value(element, "hidden") in ("1", "true") or value(element, "ht") == "0")
        column = 0
        for cell in element:
            found = _ADDRESS.match(cell.get("r", ""))
            column = column_number(found[1]) if found else column + 1
            text, numeric = self._text(cell)
            if text and not text.isspace():
                row.cells.append((column, text, numeric))
                if _whole(cell.get("s", ""), 0) in self._lost:
                    row.lost.add(column)
                self._take(len(text))
        return row

    def _take(self, chars: int) -> None:
        """Many cells may share one long text: what the file holds once would fill any number of pages."""
        self._cells_left -= 1
        self._chars_left -= chars
        if self._cells_left < 0:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"more than {self._allowed.table_cells_max} cells")
        if self._chars_left < 0:
            raise Rejected(ErrorCode.TOO_MANY_PAGES, f"the limit is {self._allowed.pages_max}")

    def _text(self, cell: etree._Element) -> tuple[str, bool]:
        """What the cell shows, and whether it is a number."""
        kind, held, inline = cell.get("t", "n"), "", None
        for each in cell:
            name = local(each)
            if name == "v":
                held = each.text or ""
            elif name == "is":
                inline = each
        if kind == "inlineStr":
            return _rich(inline) if inline is not None else "", False
        if not held:
            return "", False
        style = _whole(cell.get("s", ""), 0)
        code = self._formats[style] if style < len(self._formats) else GENERAL
        if kind == "s":
            index = _whole(held, -1)
            text = self._strings[index] if 0 <= index < len(self._strings) else ""
            return text_shown(text, code) if code != GENERAL else text, False
        if kind == "b":
            return "TRUE" if held.strip() == "1" else "FALSE", False
        if kind != "n":
            return held, False
        try:
            amount = float(held)
            return shown(amount, code, comma=self._comma, from_1904=self.from_1904), True
        except (ValueError, ArithmeticError):  # no number, or none that its format can show
            return held, False


def _laid_out(
    rows: list[_Row],
    merges: list[tuple[int, int, int, int]],
    hidden_columns: list[tuple[int, int]],
    *,
    hidden: bool,
) -> list[list[CellText]]:
    rows.sort(key=lambda row: row.number)
    columns = sorted({column for row in rows for column, _, _ in row.cells})
    place = {column: index for index, column in enumerate(columns)}
    unseen = {
        column for column in columns if any(first <= column <= last for first, last in hidden_columns[:1000])
    }
    numbers: list[int] = []  # of the rows on the page; 0 where some are left out
    lines: list[_Row | None] = []
    for row in rows:
        if numbers and row.number > numbers[-1] + 1:
            numbers.append(row.number - 1)
            lines.append(None)
        numbers.append(row.number)
        lines.append(row)
    spans, covered = _merged(merges, numbers, columns)
    out: list[list[CellText]] = []
    for index, line in enumerate(lines):
        cells = (
            {} if line is None else {place[column]: (text, numeric) for column, text, numeric in line.cells}
        )
        masked = covered.get(index, set())
        out.append(
            _line(
                cells,
                masked,
                {
                    column: span
                    for (row_index, column), span in spans.get(index, {}).items()
                    if row_index == index
                },
                names=(columns, numbers[index]),
                hidden=hidden or (line is not None and line.hidden),
                unseen=dict.fromkeys(line.lost if line else (), Hidden.WHITE)
                | dict.fromkeys(unseen, _SWITCHED_OFF),
            )
        )
    return out


def _line(
    cells: dict[int, tuple[str, bool]],
    masked: set[int],
    spans: dict[int, tuple[int, int]],
    *,
    names: tuple[list[int], int],
    hidden: bool,
    unseen: dict[int, Hidden],
) -> list[CellText]:
    columns, number = names
    line: list[CellText] = []
    places = sorted(set(cells) | set(spans))
    at = 0
    for index, column in enumerate(places):
        if column < at or (column in masked and column not in spans):
            continue
        line += [CellText()] * sum(1 for gap in range(at, column) if gap not in masked)
        text, numeric = cells.get(column, ("", False))
        down, across = spans.get(column, (1, 1))
        if across == 1 and down == 1 and not numeric and len(text) > _CHARS_PER_COLUMN:
            # Text runs on over the empty cells beside it, as it does in the program.
            free = next((n for n in places[index + 1 :]), len(columns)) - column
            free = next((n for n in range(1, free) if column + n in masked), free)
            across = max(1, min(free, -(-len(text) // _CHARS_PER_COLUMN)))
        off = _SWITCHED_OFF if hidden else unseen.get(columns[column])
        # Numbers on the left too: a column may be far wider than they are, and they stand below its head.
        address = f"{column_letters(columns[column] - 1)}{number}"
        line.append(CellText(text, down, across, address=address, hidden=off))
        at = column + across
    return line


def _merged(
    merges: list[tuple[int, int, int, int]], numbers: list[int], columns: list[int]
) -> tuple[dict[int, dict[tuple[int, int], tuple[int, int]]], dict[int, set[int]]]:
    """Spans and covered places by row, in rows and columns of the page."""
    spans: dict[int, dict[tuple[int, int], tuple[int, int]]] = {}
    covered: dict[int, set[int]] = {}
    left = _COVERED_MAX
    for first_column, first_row, last_column, last_row in merges:
        top, bottom = bisect_left(numbers, first_row), bisect_right(numbers, last_row) - 1
        start, end = bisect_left(columns, first_column), bisect_right(columns, last_column) - 1
        left -= max(0, bottom - top + 1) * max(0, end - start + 1)
        if bottom < top or end < start or left < 0 or (top == bottom and start == end):
            continue
        if any(column in covered.get(row, ()) for row in (top, bottom) for column in (start, end)):
            continue  # merged cells do not overlap, unless the file is broken
        spans.setdefault(top, {})[top, start] = bottom - top + 1, end - start + 1
        for row in range(top, bottom + 1):
            covered.setdefault(row, set()).update(range(start, end + 1))
    return spans, covered


def _range(text: str) -> list[tuple[int, int, int, int]]:
    first, _, last = text.partition(":")
    one, other = _ADDRESS.match(first), _ADDRESS.match(last or first)
    if not one or not other:
        return []
    return [(column_number(one[1]), int(one[2]), column_number(other[1]), int(other[2]))]


def column_number(letters: str) -> int:
    total = 0
    for letter in letters.upper():
        total = total * 26 + ord(letter) - 64
    return total


def _whole(text: str, default: int) -> int:
    try:
        return min(int(text), 2_000_000_000)
    except ValueError:
        return default


def _formats(styles: etree._Element | None) -> list[str]:
    """The number formats by cell style."""
    own: dict[int, str] = {}
    formats, crosses = child(styles, "numFmts"), child(styles, "cellXfs")
    for element in formats if formats is not None else ():
        own[_whole(value(element, "numFmtId"), -1)] = value(element, "formatCode")
    ids = [_whole(value(cross, "numFmtId"), 0) for cross in (crosses if crosses is not None else ())]
    return [own.get(each) or BUILT_IN.get(each, GENERAL) for each in ids]


def _strings(package: Package, part: str) -> Iterator[str]:
    for element in package.stream(part, 2):
        yield _rich(element)


def _rich(element: etree._Element) -> str:
    """Text of one string, without the readings above Japanese and Chinese characters."""
    found = []
    for each in element:
        name = local(each)
        if name == "t":
            found.append(each.text or "")
        elif name == "r":
            found += [inner.text or "" for inner in each if local(inner) == "t"]
    return "".join(found).replace("_x000D_", "")
