"""Lists of a type from the tables of a page: which words a table is known by, and its cells as values."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Key
from docmill.engines.extraction.rules.labels import phrases_of
from docmill.engines.extraction.rules.vocabulary import ADJUSTING, CARRIED, TOTALS
from docmill.engines.layout.tables import Cell, ColumnWords, Form, Table, TableWords
from docmill.engines.values.amounts import find_amounts, parse_amount, parse_number
from docmill.engines.values.dates import parse_date

NEGATIVE, POSITIVE = "negative_column", "positive_column"
"""Options of an amount column: the words of two columns that stand for it, with their sign."""
_FORMS = {
    Kind.AMOUNT: Form.MONEY,
    Kind.NUMBER: Form.NUMBER,
    Kind.INTEGER: Form.NUMBER,
    Kind.DATE: Form.DATE,
}
_SHORT_DATE = re.compile(r"^(\d{1,2})[./-](\d{1,2})[./-]?$")
_SUM_WORD = re.compile(r"\b(?:sub)?(?:total[ei]?|summe|suma|somme|sum)\b", re.IGNORECASE)
_LEADING_NUMBER = re.compile(r"[-+−]?\d[\d.,' ]*")


@dataclass(slots=True)
class Entry:
    """One row of a list: values by column name, with the cells that show them.

    ``page`` is where it starts.
    """

    page: int
    values: dict[str, Key] = field(default_factory=dict)
    cells: dict[str, Cell] = field(default_factory=dict)
    currencies: dict[str, str] = field(default_factory=dict)
    adjustments: list[Decimal] = field(default_factory=list)


@dataclass(slots=True)
class ListFound:
    """A list as it stands on the pages. ``expected`` rows were counted by alignment."""

    spec: FieldSpec
    columns: dict[str, FieldSpec]
    entries: list[Entry]
    expected: int


@dataclass(frozen=True, slots=True)
class Reader:
    """How the document writes dates and numbers.

    ``period`` gives the year to dates that are printed without one.
    """

    order: str
    decimal_mark: str | None
    period: tuple[date, date] | None = None


def read_list(table: Table, spec: FieldSpec, document_type: DocumentType, reader: Reader) -> ListFound:
    """Read the cells of the list's table; a cell that is not of its column's kind gives no value."""
    columns = {column.path.split("[].", 1)[1]: column for column in document_type.columns(spec.path)}
    entries = [_entry(row.cells, row.page, columns, reader) for row in table.rows]
    for entry, row in zip(entries, table.rows, strict=True):
        notes = (parse_amount(note.text, reader.decimal_mark) for note in row.adjustments)
        entry.adjustments = [note.value for note in notes if note is not None]
    _mend_columns(entries, columns, reader)
    sums = _without_sum(entries, str(spec.options.get("sum_of", "")))
    return ListFound(spec, columns, entries, table.expected - sums)


def _without_sum(entries: list[Entry], column: str) -> int:
    """Drop a last row that has neither quantity nor price and sums the rows above it.

    Of a single row above it only the words say so.
    """
    if len(entries) < 2:
        return 0
    *above, last = entries
    counted = all({"quantity", "unit_price"} & entry.values.keys() for entry in above)
    if not counted or {"quantity", "unit_price"} & last.values.keys():
        return 0
    amounts = [value for entry in above if isinstance(value := entry.values.get(column), Decimal)]
    named = len(above) > 1 or any(_SUM_WORD.search(cell.text) for cell in last.cells.values())
    if not named or len(amounts) < len(above) or sum(amounts, Decimal(0)) != last.values.get(column):
        return 0
    entries.pop()
    return 1


def table_words(spec: FieldSpec, document_type: DocumentType) -> TableWords:
    """Return what the list's table is known by, from the type's words and general ones."""
    columns: list[ColumnWords] = []
    rows_by: list[str] = []
    summed = str(spec.options.get("sum_of", ""))
    text_first = sorted(document_type.columns(spec.path), key=lambda column: column.kind is not Kind.TEXT)
    for column in text_first:
        name = column.path.split("[].", 1)[1]
        columns.append(ColumnWords(name, _FORMS.get(column.kind, Form.TEXT), tuple(phrases_of(column))))
        for option in (NEGATIVE, POSITIVE):
            if option in column.options:
                signed = tuple(phrase for phrases in column.options[option].values() for phrase in phrases)
                columns.append(ColumnWords(f"{name}/{option}", Form.MONEY, signed))
        if name == summed or (not summed and column.kind is Kind.AMOUNT):
            rows_by += [name, f"{name}/{NEGATIVE}", f"{name}/{POSITIVE}"]
    scalars = [
        other for other in document_type.fields if other.list_path is None and other.kind is Kind.AMOUNT
    ]
    opening = str(spec.options.get("opens_with", ""))
    # A list of bare numbers, such as tax by rate, has rows that open with the words of its own total.
    own = (
        ""
        if any(column.kind is Kind.TEXT for column in text_first)
        else spec.options.get("reconciles_with", "")
    )
    ends = [phrase for other in scalars if other.path not in (opening, own) for phrase in phrases_of(other)]
    apart = [phrase for other in scalars if other.path == opening for phrase in phrases_of(other)]
    sold = not spec.options.get("running_balance")
    totals, adjusting = (TOTALS, ADJUSTING) if sold else ((), ())
    return TableWords(tuple(columns), tuple(rows_by), (*ends, *totals), CARRIED, tuple(apart), adjusting)


def _entry(cells: Mapping[str, Cell], page: int, columns: Mapping[str, FieldSpec], reader: Reader) -> Entry:
    entry = Entry(page)
    for header, cell in cells.items():
        name, _, side = header.partition("/")
        spec = columns.get(name)
        if spec is None or not cell.words:
            continue
        value = _value(spec.kind, cell.text, reader, entry, name)
        if value is None:
            continue
        if isinstance(value, Decimal) and side:
            value = -abs(value) if side == NEGATIVE else value
            if not value and name in entry.values:
                continue  # an empty side of debit and credit, printed as 0.00
        entry.values[name], entry.cells[name] = value, cell
    _split_unit(entry, columns)
    return entry


def _value(kind: Kind, text: str, reader: Reader, entry: Entry, name: str) -> Key | None:
    match kind:
        case Kind.AMOUNT:
            amount = parse_amount(text, reader.decimal_mark)
            if amount is None:
                found = find_amounts(text, reader.decimal_mark)
                amount = found[0].value if found else None
            if amount is not None and amount.currency:
                entry.currencies[name] = amount.currency
            return None if amount is None else amount.value
        case Kind.NUMBER | Kind.INTEGER:
            match = _LEADING_NUMBER.match(text.strip())
            return parse_number(match.group().strip().rstrip(".,"), reader.decimal_mark) if match else None
        case Kind.DATE:
            return parse_date(text, reader.order) or _short_date(text, reader)
        case Kind.BOOLEAN:
            return None  # nothing says to which row a box to tick belongs
        case Kind.IDENTIFIER:
            return text.split(maxsplit=1)[0].rstrip(".,;")
        case _:
            return text


def _short_date(text: str, reader: Reader) -> date | None:
    """Read 03.05. in the year in which it falls into the document's period."""
    match = _SHORT_DATE.match(text.strip())
    if match is None or reader.period is None:
        return None
    first, second = int(match[1]), int(match[2])
    day, month = (first, second) if reader.order == "dmy" else (second, first)
    start, end = reader.period
    options = []
    for year in {start.year, end.year}:
        try:
            options.append(date(year, month, day))
        except ValueError:
            continue
    inside = [option for option in options if start <= option <= end]
    return next(iter(inside or options), None)


def _split_unit(entry: Entry, columns: Mapping[str, FieldSpec]) -> None:
    """Take "Stk" from "20 Stk" where the table has no column for units."""
    cell = entry.cells.get("quantity")
    if "unit" not in columns or "unit" in entry.values or cell is None or len(cell.words) < 2:
        return
    tail = [
        (word, page)
        for word, page in zip(cell.words, cell.pages, strict=True)
        if not any(map(str.isdigit, word.text))
    ]
    if tail and len(tail) == len(cell.words) - 1:
        entry.cells["unit"] = Cell([word for word, _ in tail], [page for _, page in tail])
        entry.values["unit"] = entry.cells["unit"].text


def _mend_columns(entries: Sequence[Entry], columns: Mapping[str, FieldSpec], reader: Reader) -> None:
    """Call a column headed "#" that counts 400,00 pieces a quantity.

    Where quantity x price = amount holds in most rows.
    """
    if not {"quantity", "unit_price", "amount", "position"} <= columns.keys():
        return
    if any("quantity" in entry.values for entry in entries):
        return
    votes = 0
    for entry in entries:
        number = parse_number(str(entry.values.get("position", "")), reader.decimal_mark)
        price, amount = entry.values.get("unit_price"), entry.values.get("amount")
        if number is not None and isinstance(price, Decimal) and isinstance(amount, Decimal):
            votes += abs(number * price - amount) < Decimal("0.05")
    if votes * 2 <= len(entries) or votes == 0:
        return
    for entry in entries:
        number = parse_number(str(entry.values.pop("position", "")), reader.decimal_mark)
        cell = entry.cells.pop("position", None)
        if number is not None and cell is not None:
            entry.values["quantity"], entry.cells["quantity"] = number, cell
