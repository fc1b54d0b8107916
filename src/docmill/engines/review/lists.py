"""Whether a list accounts for all its rows, after a person has had it in hand."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from docmill.domain.results import Completeness
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.completeness import account
from docmill.engines.extraction.rules.lists import Entry, ListFound
from docmill.engines.review.draft import Draft
from docmill.engines.review.paths import column_path, value_at
from docmill.engines.rules.facts import decimal_of


def recount(draft: Draft) -> None:
    """Count again the lists that were touched, and those that did not add up and may do so now.

    How many rows there are is what the person says who has added or removed one, or confirmed the list;
    whether they add up is calculated, where there is a total to compare them with.
    """
    for path, before in list(draft.completeness.items()):
        spec = draft.used.field(path)
        rows = value_at(draft.value, path)
        if spec is None or not isinstance(rows, list):
            continue
        answered = path in draft.lists
        cells = any(touched.startswith(f"{path}[") for touched in draft.touched)
        if not (answered or cells or (draft.touched and not before["reconciles"])):
            continue
        expected = len(rows) if answered else before["expected"]
        draft.completeness[path] = _accounted(draft, spec, rows, expected).to_json()
    for path in draft.lists - draft.completeness.keys():
        rows = value_at(draft.value, path)
        spec = draft.used.field(column_path(path))
        if spec is not None and isinstance(rows, list):
            draft.completeness[path] = _accounted(draft, spec, rows, len(rows)).to_json()


def _accounted(draft: Draft, spec: FieldSpec, rows: list[Any], expected: int) -> Completeness:
    totals = dict(_totals(draft))
    if not _comparable(spec, totals):
        return Completeness(expected, len(rows), reconciles=True)
    columns = {one.path.rpartition("[].")[2]: one for one in draft.used.columns(spec.path)}
    entries = [Entry(1, values=dict(_numbers(row, columns))) for row in rows]
    return account(ListFound(spec, columns, entries, expected), totals, ())


def _comparable(spec: FieldSpec, totals: dict[str, Decimal]) -> bool:
    options = spec.options
    if options.get("running_balance"):
        return str(options.get("closes_with")) in totals
    return str(options.get("reconciles_with", "")) in totals or "gross_total" in totals


def _totals(draft: Draft) -> Iterator[tuple[str, Decimal]]:
    for spec in draft.used.fields:
        if spec.kind is Kind.AMOUNT and spec.list_path is None:
            number = decimal_of(value_at(draft.value, spec.path))
            if number is not None:
                yield spec.path, number


def _numbers(row: Any, columns: dict[str, FieldSpec]) -> Iterator[tuple[str, Decimal]]:
    for name, spec in columns.items():
        if spec.kind in (Kind.AMOUNT, Kind.NUMBER, Kind.INTEGER):
            number = decimal_of(value_at(row, name))
            if number is not None:
                yield name, number
