"""Single values of an e-invoice's XML, in the result's form."""

import re
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from docmill.domain.types import Kind
from docmill.engines.values.dates import parse_date

_DECIMAL = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)")
DECIMAL_CHARS_MAX = 40
"""Longer ones are no amounts of this world."""
_UNCEFACT_DATE = re.compile(r"\d{8}(?:\d{4,6})?")  # formats 102, 203 and 204 of UNTDID 2379


@dataclass(frozen=True, slots=True)
class Leaf:
    """``value`` None: the element is there and cannot be read as its kind. ``raw`` is its text.

    ``derived``: the sum of several elements.
    """

    value: Any
    raw: str
    xpaths: tuple[str, ...]
    derived: bool = False


def typed(kind: Kind, raw: str, currency: str | None) -> Any:
    """Return the value of ``raw`` in the result's form, or None when it is not of this kind."""
    if kind is Kind.AMOUNT:
        number = _plain_decimal(raw, places_min=2)
        return None if number is None else {"amount": number, "currency": currency}
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _plain_decimal(raw, places_min=0)
    if kind is Kind.DATE:
        found = _date(raw)
        return None if found is None else found.isoformat()
    if kind is Kind.CURRENCY:
        return raw.upper() or None
    if kind is Kind.IBAN:
        return re.sub(r"\s", "", raw).upper() or None
    return " ".join(raw.split()) or None


def decimal_of(raw: str) -> Decimal | None:
    """Return the number of an XML decimal; None for exponents, marks of thousands and text."""
    text = raw.strip()
    return Decimal(text) if len(text) <= DECIMAL_CHARS_MAX and _DECIMAL.fullmatch(text) else None


def _plain_decimal(raw: str, *, places_min: int) -> str | None:
    """The same number without needless zeros ("198.0000" is "198.00"); never rounded, never a float."""
    number = decimal_of(raw)
    if number is None:
        return None
    text = f"{number:f}"
    digits = text.rstrip("0") if "." in text else text
    whole, _, places = digits.partition(".")
    places = places.ljust(places_min, "0")
    return f"{whole}.{places}" if places else whole


def _date(raw: str) -> date | None:
    text = raw.strip()
    if _UNCEFACT_DATE.fullmatch(text):
        text = f"{text[:4]}-{text[4:6]}-{text[6:8]}"
    return parse_date(text)
