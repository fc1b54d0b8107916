"""The scalar values of a result as rows that filters can be served from."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from docmill.adapters.postgres.encoding import stored_text
from docmill.domain.limits.database import FIELD_PATH_CHARS_MAX, FIELD_VALUE_CHARS_MAX

# No leading zeros: "0012" is a number of something and not the amount 12.
_DECIMAL = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,12})?")
_AMOUNT = {"amount", "currency"}


def field_values(result: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return rows of ``path``, ``text``, and ``number`` or ``date`` where the value is one.

    An amount is found under its own path (``total``) and under ``total.amount`` and
    ``total.currency``. Nulls and lists have no rows.
    """
    rows = (_row(path, value) for path, value in _scalars(result.get("value") or {}, ""))
    return [row for row in rows if len(row["path"]) <= FIELD_PATH_CHARS_MAX]


def decimal_from(text: str) -> Decimal | None:
    return Decimal(text) if _DECIMAL.fullmatch(text) else None


def date_from(text: str) -> date | None:
    if len(text) != len("2026-01-31"):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def indexed_text(text: str) -> str:
    """The part of a text that is compared: an index entry has a limited size."""
    return stored_text(text)[:FIELD_VALUE_CHARS_MAX]


def _scalars(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        if path and value.keys() == _AMOUNT and value["amount"] is not None:
            yield path, str(value["amount"])
        for key, inner in value.items():
            yield from _scalars(inner, f"{path}.{key}" if path else stored_text(str(key)))
    elif isinstance(value, bool):
        yield path, str(value).lower()
    elif isinstance(value, str | int | float):
        yield path, str(value)


def _row(path: str, text: str) -> dict[str, Any]:
    number, day = decimal_from(text), date_from(text)
    return {
        "path": stored_text(path),
        "text": indexed_text(text),
        "number": None if number is None else str(number),
        "date": None if day is None else day.isoformat(),
    }
