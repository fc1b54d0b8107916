"""Whether the rows of an e-invoice account for themselves."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from docmill.domain.pages import Element
from docmill.domain.results import Completeness
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.einvoice.fields import skipped
from docmill.engines.einvoice.find import EInvoice
from docmill.engines.einvoice.paths import find_all
from docmill.engines.einvoice.syntax import ListSyntax

TOLERANCE = Decimal("0.01")
"""Sums may differ by one cent: ZUGFeRD 1.0 lines carry up to four decimals."""


def completeness_of(
    invoice: EInvoice, document_type: DocumentType, value: Mapping[str, Any]
) -> dict[str, Completeness]:
    """Return the verdict by list."""
    result = {}
    for path, syntax in invoice.syntax.lists.items():
        spec = document_type.field(path)
        if spec is None or spec.kind is not Kind.LIST:
            continue
        expected = _expected(invoice.root, syntax)
        rows = value.get(path) or []
        if syntax.may_be_absent and not expected and not rows:
            continue
        reason = _why_not(path, rows, value, spec)
        result[path] = Completeness(expected, len(rows), not reason, reason)
    return result


def _expected(root: Element, syntax: ListSyntax) -> int:
    """Count by the parent of the rows: one that the path would miss is counted all the same."""
    parent, _, names = syntax.items.rpartition("/")
    parents = find_all(root, parent) if parent else [root]
    return sum(
        1 for one in parents for _ in (row for row in find_all(one, names) if not skipped(row, syntax))
    )


def _why_not(path: str, rows: Sequence[Mapping[str, Any]], value: Mapping[str, Any], spec: FieldSpec) -> str:
    """Say why the rows do not add up to the document's total, or nothing when they do.

    Older generators put the gross amount on the lines: rows that add up to it are complete as well.
    """
    if not rows:
        return "the XML has no rows"
    amounts = [_money(row.get(str(spec.options.get("sum_of", "amount")))) for row in rows]
    known = [amount for amount in amounts if amount is not None]
    if not known:
        return "the rows have no amounts"
    totals = [_money(value.get(str(spec.options.get("reconciles_with", ""))))]
    if path == "line_items":
        allowances = _money(value.get("allowance_total")) or Decimal(0)
        charges = _money(value.get("charge_total")) or Decimal(0)
        # BR-CO-13: the net total is the sum of the lines less allowances plus charges.
        totals = [None if total is None else total + allowances - charges for total in totals]
        totals.append(_money(value.get("gross_total")))
    compared = [total for total in totals if total is not None]
    if not compared:
        return "the XML has no total"
    added = sum(known, Decimal(0))
    if any(abs(added - total) <= TOLERANCE for total in compared):
        return ""
    return "the rows do not add up to the total"


def _money(value: Any) -> Decimal | None:
    return Decimal(value["amount"]) if isinstance(value, Mapping) and value.get("amount") else None
