"""Chosen candidates to the result.

A value tree, metadata by path, and a null with its reason for the rest.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from docmill.domain.pages import Page, Word
from docmill.domain.results import FieldMeta, NullReason, Source
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, Key
from docmill.engines.extraction.rules.lists import ListFound
from docmill.engines.layout.rows import citation_of
from docmill.engines.layout.tables import Cell
from docmill.engines.values.currencies import currency_in

CONFIDENCE_MAX = 0.95
"""Rules are never surer than this: the label may be right and the document wrong."""


def confidence(score: float, words: Sequence[Word]) -> float:
    """Map evidence to 0..1, monotonic and not calibrated; poor OCR of any word of the value lowers it."""
    evidence = 0.5 + 0.45 * math.tanh(0.9 * (score - 0.2))
    read = min((word.confidence for word in words if word.confidence is not None), default=1.0)
    return round(min(CONFIDENCE_MAX, evidence) * min(1.0, 0.4 + 0.6 * read / 0.95), 4)


def meta_of(raw: str, page: Page, words: Sequence[Word], score: float) -> FieldMeta:
    citation = citation_of(page, words)
    return FieldMeta(Source.RULES, raw, confidence(score, words), calibrated=False, citations=(citation,))


def missing(reason: NullReason = NullReason.NOT_FOUND) -> FieldMeta:
    return FieldMeta(source=None, reason=reason)


def json_value(spec: FieldSpec, key: Key, currency: str | None) -> Any:
    """Return the value as the type's schema has it: money with currency, ISO dates, decimal strings."""
    if spec.kind is Kind.AMOUNT and isinstance(key, Decimal):
        return {"amount": money(key), "currency": currency}
    if isinstance(key, date):
        return key.isoformat()
    if isinstance(key, Decimal):
        return int(key) if spec.kind is Kind.INTEGER else format(key.normalize(), "f")
    return key


def money(value: Decimal) -> str:
    """Return at least two decimals; more where the document prints more (unit prices)."""
    exponent = value.as_tuple().exponent
    return format(
        value.quantize(Decimal("0.01")) if isinstance(exponent, int) and exponent > -2 else value, "f"
    )


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set ``seller.name`` in nested objects."""
    *parents, leaf = path.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[leaf] = value


def list_result(
    found: ListFound, pages: Mapping[int, Page], *, currency: str | None, sure: bool
) -> tuple[list[dict[str, Any]], dict[str, FieldMeta]]:
    """Return (rows, metadata by leaf path).

    ``sure``: the list accounts for itself, which supports every cell.
    """
    rows: list[dict[str, Any]] = []
    metadata: dict[str, FieldMeta] = {}
    score = 1.3 if sure else 0.4
    for number, entry in enumerate(found.entries):
        row: dict[str, Any] = {}
        for name, spec in found.columns.items():
            path = f"{found.spec.path}[{number}].{name}"
            key = entry.values.get(name)
            if key is None:
                put(row, name, None)
                metadata[path] = missing(NullReason.NOT_FOUND)
                continue
            put(
                row,
                name,
                json_value(
                    spec, key, currency_in(entry.currencies.get(name), entry.cells[name].text, currency)
                ),
            )
            metadata[path] = _cell_meta(entry.cells[name], pages, score)
        rows.append(row)
    return rows, metadata


def _cell_meta(cell: Cell, pages: Mapping[int, Page], score: float) -> FieldMeta:
    if len(cell.words) == 1:
        return meta_of(cell.text, pages[cell.pages[0]], cell.words, score)
    citations = []
    for number in dict.fromkeys(cell.pages):
        page = pages[number]
        words = [word for word, at in zip(cell.words, cell.pages, strict=True) if at == number]
        citations.append(citation_of(page, words))
    return FieldMeta(
        Source.RULES, cell.text, confidence(score, cell.words), calibrated=False, citations=tuple(citations)
    )


def scalar_result(
    specs: Sequence[FieldSpec],
    chosen: Mapping[str, Candidate],
    pages: Mapping[int, Page],
    *,
    currency: str | None,
    reasons: Mapping[str, NullReason],
) -> tuple[dict[str, Any], dict[str, FieldMeta]]:
    """Return (value tree, metadata) of the fields that are no lists."""
    tree: dict[str, Any] = {}
    metadata: dict[str, FieldMeta] = {}
    for spec in specs:
        pick = chosen.get(spec.path)
        if pick is None:
            put(tree, spec.path, None)
            metadata[spec.path] = missing(reasons.get(spec.path, NullReason.NOT_FOUND))
            continue
        put(tree, spec.path, json_value(spec, pick.key, currency_in(pick.currency, pick.raw, currency)))
        meta = meta_of(pick.raw, pages[pick.page], pick.words, pick.score)
        metadata[spec.path] = replace(meta, source=Source.DERIVED) if pick.derived else meta
    return tree, metadata
