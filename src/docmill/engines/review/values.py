"""What a person types, as the type's schema wants it: by the same parsers that read it off a page.

Machines send canonical values (ISO dates, decimals with a point), people what stands on the page; a text
that is canonical is always read so: ``1.234`` is one and a bit, ``1.234,00`` is more than a thousand.
"""

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from docmill.domain.limits.review import REVIEW_VALUE_CHARS_MAX
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.outcome import json_value
from docmill.engines.values.amounts import Amount, parse_amount, parse_number
from docmill.engines.values.currencies import currency
from docmill.engines.values.dates import parse_date
from docmill.engines.values.identifiers import iban

_CANONICAL = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_ABOUT_IBAN = re.compile(r"[A-Z]{2}\d{2}[A-Z0-9]{8,30}")
_GAPS = re.compile(r"[^\S\n]+")
_WANTED: Mapping[Kind, str] = {
    Kind.DATE: "a date such as 2026-01-31",
    Kind.AMOUNT: 'an amount such as "119.00 EUR"',
    Kind.NUMBER: "a number",
    Kind.INTEGER: "a whole number",
    Kind.CURRENCY: "a currency such as EUR",
    Kind.IBAN: "an IBAN",
    Kind.BOOLEAN: "true or false",
}


class WrongForm(ValueError):
    """What was given cannot be a value of this kind. The message says what is wanted, not what was given."""


def normalised(spec: FieldSpec, given: Any, *, order: str, usual_currency: str | None) -> Any:
    """Return the value for the tree. Raises WrongForm.

    ``usual_currency`` is that of an amount which names none.
    """
    value = _read(spec.kind, given, order, usual_currency)
    if value is None:
        raise WrongForm(f"want {_WANTED.get(spec.kind, 'a text')}")
    return value if isinstance(value, str | bool | dict) else json_value(spec, value, None)


def _read(kind: Kind, given: Any, order: str, usual: str | None) -> Any:
    if kind is Kind.BOOLEAN:
        return given if isinstance(given, bool) else {"true": True, "false": False}.get(str(given).lower())
    if kind is Kind.AMOUNT:
        return _amount(given, usual)
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    text = str(given).strip()
    if not text or len(text) > REVIEW_VALUE_CHARS_MAX:
        raise WrongForm(f"want 1 to {REVIEW_VALUE_CHARS_MAX} characters")
    if kind is Kind.DATE:
        return parse_date(text, order)
    if kind in (Kind.NUMBER, Kind.INTEGER):
        return _number(text, whole=kind is Kind.INTEGER)
    if kind is Kind.CURRENCY:
        return currency(text)
    if kind is Kind.IBAN:
        bare = re.sub(r"[\s-]", "", text).upper()
        return iban(text) or (bare if _ABOUT_IBAN.fullmatch(bare) else None)
    return _GAPS.sub(" ", text.replace("\0", ""))


def _number(text: str, *, whole: bool) -> Decimal | None:
    number = Decimal(text) if _CANONICAL.fullmatch(text) else parse_number(text)
    if number is not None and whole and number != number.to_integral_value():
        return None
    return number


def _amount(given: Any, usual: str | None) -> dict[str, Any] | None:
    named: Any = None
    if isinstance(given, Mapping):
        named = given.get("currency")
        given = given.get("amount")
        if named is not None and (not isinstance(named, str) or currency(named) is None):
            raise WrongForm("currency: want a code such as EUR")
    if isinstance(given, bool) or not isinstance(given, str | int | float):
        return None
    text = str(given).strip()
    amount = Amount(Decimal(text)) if _CANONICAL.fullmatch(text) else parse_amount(text[:200])
    if amount is None:
        return None
    code = (currency(named) if isinstance(named, str) else None) or amount.currency or usual
    made: dict[str, Any] = json_value(_AMOUNT, amount.value, code)
    return made


_AMOUNT = FieldSpec("", Kind.AMOUNT, {}, required=False, options={})
