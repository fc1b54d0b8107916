"""A result's value as rules see it: amounts and numbers as exact decimals, everything else as it is.

zen-engine calculates with 96-bit decimals (28 digits), and its JSON parser keeps every digit of a
number. So facts are handed over as JSON text in which "119.00" has become 119.00; a Python float
never comes near an amount, and 0.10 + 0.20 is 0.30.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from typing import Any

import orjson

from docmill.domain.types import DocumentType, Kind

_DECIMAL = re.compile(r"[+-]?\d+(\.\d+)?")
_NUMERIC = frozenset((Kind.AMOUNT, Kind.NUMBER, Kind.INTEGER))

Facts = Mapping[str, Any]


def facts_of(value: Mapping[str, Any], document_type: DocumentType, context: Mapping[str, Any]) -> Facts:
    """Return the value tree for rules, with ``context`` and the distinct ``currencies`` beside it."""
    numeric = frozenset(spec.path for spec in document_type.fields if spec.kind in _NUMERIC)
    facts = {name: _fact(item, name, numeric) for name, item in value.items()}
    return facts | {"context": dict(context), "currencies": sorted(set(_currencies(value)))}


def _fact(item: Any, path: str, numeric: frozenset[str]) -> Any:
    if path in numeric:
        return decimal_of(item)
    if isinstance(item, Mapping):
        if item.keys() <= {"amount", "currency"} and "amount" in item:
            return decimal_of(item)
        return {name: _fact(below, f"{path}.{name}", numeric) for name, below in item.items()}
    if isinstance(item, list):
        return [_row(row, path, numeric) for row in item]
    return item


def _row(row: Any, path: str, numeric: frozenset[str]) -> Any:
    if not isinstance(row, Mapping):
        return row
    return {name: _fact(below, f"{path}[].{name}", numeric) for name, below in row.items()}


def decimal_of(item: Any) -> Decimal | None:
    """The number in a decimal string, an amount or an integer; None for anything else."""
    if isinstance(item, Mapping):
        item = item.get("amount")
    if isinstance(item, int) and not isinstance(item, bool):
        return Decimal(item)
    if isinstance(item, str) and _DECIMAL.fullmatch(item.strip()):
        return Decimal(item.strip())
    return None


def _currencies(item: Any) -> Iterator[str]:
    if isinstance(item, Mapping):
        currency = item.get("currency") if "amount" in item else None
        if isinstance(currency, str):
            yield currency
        for below in item.values():
            yield from _currencies(below)
    elif isinstance(item, list):
        for below in item:
            yield from _currencies(below)


def at(facts: Facts, path: str) -> Any:
    """The fact at a dotted path; None when anything on the way is missing."""
    found: Any = facts
    for step in path.split("."):
        if not isinstance(found, Mapping):
            return None
        found = found.get(step)
    return found


def absent(fact: Any) -> bool:
    """Nulls never enter rules; neither do empty lists and texts, which say as little."""
    return fact is None or fact in ("", [], {})


def to_json(facts: Facts, roots: Iterable[str]) -> str:
    """The named facts alone: a rule on totals does not pay for 3,000 rows that it does not read."""
    return orjson.dumps({name: facts.get(name) for name in roots}, default=_number).decode()


def _number(item: Any) -> Any:
    if isinstance(item, Decimal):
        return orjson.Fragment(format(item, "f"))
    raise TypeError(type(item).__name__)
