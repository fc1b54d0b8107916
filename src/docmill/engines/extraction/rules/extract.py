"""The rules from end to end: layout, tables, labels, parties, joint decisions, result."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from docmill.domain.pages import Reading
from docmill.domain.results import Completeness, Extraction, FieldMeta, NullReason
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, candidates
from docmill.engines.extraction.rules.completeness import account
from docmill.engines.extraction.rules.decide import decide
from docmill.engines.extraction.rules.forms import form_candidates
from docmill.engines.extraction.rules.guesses import SAMPLE_LINES, guesses, usual_currency
from docmill.engines.extraction.rules.labels import Hit, LabelBook, is_labelled
from docmill.engines.extraction.rules.letterhead import letterhead_candidates
from docmill.engines.extraction.rules.lines import Line, lines_of
from docmill.engines.extraction.rules.lists import ListFound, Reader, read_list, table_words
from docmill.engines.extraction.rules.outcome import list_result, missing, put, scalar_result
from docmill.engines.extraction.rules.pairs import pair_candidates
from docmill.engines.extraction.rules.parties import by_zone, party_candidates
from docmill.engines.extraction.rules.readings import Cells, ReadTable, cells_of, surest, tables_for
from docmill.engines.extraction.rules.sums import role_of, sum_candidates, with_roles
from docmill.engines.extraction.rules.ticked import ticked
from docmill.engines.extraction.rules.tills import till_total
from docmill.engines.extraction.rules.titles import titles
from docmill.engines.extraction.rules.vocabulary import ROW_SUMS
from docmill.engines.layout import Layout, lay_out
from docmill.engines.layout.phrases import Phrases, keyed
from docmill.engines.layout.tables import Table
from docmill.engines.values.date_order import DateOrder, date_order_of, is_either

DOUBTFUL = 0.0
"""Score of a value that has a rival as likely as itself: its confidence asks for a person."""
UNPLACED = (Kind.LIST, Kind.OBJECT, Kind.BOOLEAN)
"""Kinds that are no single value beside a label."""
RULES_VERSION = "rules-4"
"""Pins what decided; raised with every change that changes results."""


@dataclass(frozen=True, slots=True)
class Sheet:
    """A document laid out for one type.

    ``specs`` are its fields that are no lists; lines of tables are marked.
    """

    document_type: DocumentType
    layout: Layout
    lines: tuple[Line, ...]
    specs: tuple[FieldSpec, ...]
    tables: Mapping[str, tuple[Table, ...]]  # by list, the most exact reading first
    hits: Mapping[int, list[Hit]]
    dates: DateOrder
    book: LabelBook


def extract_by_rules(reading: Reading, document_type: DocumentType) -> Extraction:
    """Return every field of the type, a value with citations or null with a reason.

    Pure; hidden words give nothing.
    """
    sheet = _sheet(reading, document_type)
    chosen = _doubted(decide(_found(sheet), document_type), sheet.dates)
    currency = _currency(sheet.lines, chosen)
    value, metadata = scalar_result(
        sheet.specs, chosen, sheet.layout.pages, currency=currency, reasons=_reasons(reading, sheet, chosen)
    )
    answers, marks = ticked(
        [spec for spec in document_type.fields if spec.kind is Kind.BOOLEAN and spec.list_path is None],
        reading.pages,
    )
    for path, answer in answers.items():
        put(value, path, answer)
    metadata |= marks
    contracts: dict[str, Completeness] = {}
    for spec in document_type.fields:
        if spec.kind is Kind.LIST:
            rows, cells, contract = _list(sheet, spec, chosen, currency)
            put(value, spec.path, rows)
            metadata |= cells
            contracts |= contract
    return Extraction(document_type.name, 1.0, value, metadata, contracts, model=RULES_VERSION)


def _doubted(chosen: Mapping[str, Candidate], dates: DateOrder) -> dict[str, Candidate]:
    """Leave the dates that may be two days to a person where nothing tells which number is the month."""
    if dates.sure:
        return dict(chosen)
    return {
        path: replace(one, score=min(one.score, DOUBTFUL))
        if isinstance(one.key, date) and is_either(one.raw)
        else one
        for path, one in chosen.items()
    }


def _reasons(reading: Reading, sheet: Sheet, chosen: Mapping[str, Candidate]) -> dict[str, NullReason]:
    """Say why fields are null: no page could be read, or only words that nobody sees would give a value."""
    absent = [spec.path for spec in sheet.specs if spec.path not in chosen]
    if absent and reading.pages and all(page.error for page in reading.pages):
        return dict.fromkeys(absent, NullReason.UNREADABLE)
    if not absent or not any(word.hidden for page in reading.pages for word in page.words):
        return {}
    shown = tuple(
        replace(page, words=tuple(replace(word, hidden=None) for word in page.words))
        for page in reading.pages
    )
    whole = _sheet(replace(reading, pages=shown), sheet.document_type)
    hidden = decide(_found(whole), sheet.document_type)
    return {path: NullReason.NOT_VISIBLE for path in absent if path in hidden}


def _sheet(reading: Reading, document_type: DocumentType) -> Sheet:
    layout = lay_out(reading)
    lists = [spec for spec in document_type.fields if spec.kind is Kind.LIST]
    tables: dict[str, tuple[Table, ...]] = {}
    covered: dict[int, tuple[float, float]] = {}
    cells = cells_of(layout) if lists else Cells({}, {})
    for spec in sorted(lists, key=lambda spec: -len(document_type.columns(spec.path))):
        options = tables_for(layout, table_words(spec, document_type), cells, covered)
        if options:
            tables[spec.path] = options
            if not options[0].guessed:
                covered |= options[0].lines
    dates = date_order_of((row.text for row in layout.rows[:SAMPLE_LINES]), document_type.date_order)
    lines = lines_of(layout, dates.order, covered)
    specs = [spec for spec in document_type.fields if spec.list_path is None]
    scalars = tuple(spec for spec in specs if spec.kind not in UNPLACED)
    book = LabelBook(document_type)
    hits = {line.row.number: book.hits(line) for line in lines if not line.skipped}
    return Sheet(document_type, layout, tuple(lines), scalars, tables, hits, dates, book)


def _found(sheet: Sheet) -> dict[str, list[Candidate]]:
    labelled = [spec for spec in sheet.specs if is_labelled(spec)]
    found = with_roles(candidates(labelled, sheet.lines, sheet.hits), sheet.lines)
    skipped = frozenset(line.row.number for line in sheet.lines if line.skipped)
    title_paths = {"number": "invoice_number", "date": "issue_date"}
    paths = {spec.path for spec in labelled}
    for role, option in titles(sheet.lines):
        if title_paths[role] in paths:
            found.setdefault(title_paths[role], []).append(option)
    mark = sheet.lines[0].decimal_mark if sheet.lines else None
    for source in (
        form_candidates(labelled, sheet.layout, sheet.book, order=sheet.dates.order, mark=mark),
        pair_candidates(labelled, sheet.lines, sheet.hits),
        party_candidates(sheet.layout, sheet.specs, skipped),
        letterhead_candidates(sheet.layout, sheet.specs, skipped),
        sum_candidates(labelled, sheet.lines),
    ):
        for path, options in source.items():
            found.setdefault(path, []).extend(options)
    for path, options in guesses(labelled, sheet.lines, found).items():
        found.setdefault(path, []).extend(options)
    till_total(labelled, sheet.lines, found)
    by_zone(found, sheet.layout, sheet.specs, skipped)
    return found


def _list(
    sheet: Sheet, spec: FieldSpec, chosen: Mapping[str, Candidate], currency: str | None
) -> tuple[object, dict[str, FieldMeta], dict[str, Completeness]]:
    tables = sheet.tables.get(spec.path)
    if tables is None:
        strays = _strays(sheet) if _is_of_things(sheet.document_type, spec) else 0
        lost = f"{strays} rows of amounts stand in no table that is known" if strays else "no table was found"
        nothing = Completeness(strays, 0, reconciles=False, reason=lost)
        return None, {spec.path: missing()}, {spec.path: nothing} if spec.required or strays else {}
    table, found, contract = surest(list(_readings(sheet, spec, tables, chosen)))
    if contract.holds or not table.guessed:
        if not contract.holds and not spec.required and not _is_of_things(sheet.document_type, spec):
            return None, {spec.path: missing(NullReason.AMBIGUOUS)}, {}
        rows, metadata = list_result(found, sheet.layout.pages, currency=currency, sure=contract.holds)
        return rows, metadata, {spec.path: contract}
    if not spec.required and not _is_of_things(sheet.document_type, spec):
        return None, {spec.path: missing()}, {}
    # Amounts in columns that add up to nothing are no list, but something on the page asks to be one.
    guess = f"{contract.expected} rows of amounts stand under no header that is known"
    unread = Completeness(contract.expected, 0, reconciles=False, reason=guess)
    return None, {spec.path: missing(NullReason.AMBIGUOUS)}, {spec.path: unread}


def _readings(
    sheet: Sheet, spec: FieldSpec, tables: Sequence[Table], chosen: Mapping[str, Candidate]
) -> Iterator[ReadTable]:
    mark = sheet.lines[0].decimal_mark if sheet.lines else None
    reader = Reader(sheet.dates.order, mark, _period(chosen, sheet.lines))
    totals = {path: one.key for path, one in chosen.items() if isinstance(one.key, Decimal)}
    for table in tables:
        found = read_list(table, spec, sheet.document_type, reader)
        contract = account(found, totals, _row_sums(sheet.lines))
        if contract.holds and not sheet.dates.sure and _may_be_other_days(found):
            reason = "its dates may have the day or the month first"
            contract = replace(contract, reconciles=False, reason=reason)
        yield ReadTable(table, found, contract)


def _may_be_other_days(found: ListFound) -> bool:
    """Whether any row has a date whose day and month may change places."""
    return any(
        is_either(cell.text)
        for entry in found.entries
        for name, cell in entry.cells.items()
        if isinstance(entry.values.get(name), date)
    )


def _strays(sheet: Sheet) -> int:
    """Count the lines that look like entries: columns with an amount, and no words of a total."""
    return sum(
        1
        for line in sheet.lines
        if len(line.row.segments) > 2
        and any(not hit.weak for hit in line.amounts)
        and not sheet.hits.get(line.row.number)
        and not role_of(line.text)
    )


def _is_of_things(document_type: DocumentType, spec: FieldSpec) -> bool:
    """Whether a list's rows say what they are; bare numbers repeat what the document says elsewhere."""
    return any(column.kind is Kind.TEXT for column in document_type.columns(spec.path))


def _row_sums(lines: Sequence[Line]) -> Iterator[Decimal]:
    """Yield the amounts that the document itself calls a sum of its rows."""
    sums = Phrases(keyed((phrase, True) for phrase in ROW_SUMS))
    for line in lines:
        if line.has_digit and not line.skipped and line.amounts and sums.find(line.text[:60]):
            yield line.amounts[-1].value.value


def _period(chosen: Mapping[str, Candidate], lines: Sequence[Line]) -> tuple[date, date] | None:
    """Return the days that the document is about, for dates that are printed without a year."""
    start, end = chosen.get("period_from"), chosen.get("period_to")
    if start is not None and end is not None and isinstance(start.key, date) and isinstance(end.key, date):
        return start.key, end.key
    days = [
        hit.value for line in lines[:SAMPLE_LINES] if not line.skipped for hit in line.dates if not hit.weak
    ]
    return (max(days) - timedelta(days=364), max(days)) if days else None


def _currency(lines: Sequence[Line], chosen: Mapping[str, Candidate]) -> str | None:
    """Return the document's currency.

    That is the field where the type has one, else the one most often beside amounts.
    """
    field = chosen.get("currency")
    return str(field.key) if field is not None else usual_currency(lines)
