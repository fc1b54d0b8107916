"""Amounts of money and plain numbers, in the notations of Europe, Asia and America."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal

from docmill.engines.values import currencies
from docmill.engines.values.text import Found, plain

DIGITS_MAX = 15
"""Digits before the decimal mark: a longer run is an identifier."""

_NUMBER = (
    r"(?:\d{1,3}(?:,\d{3})+(?:\.\d{1,4})?|\d{1,3}(?:\.\d{3})+(?:,\d{1,4})?"
    r"|\d{1,3}(?:[ ']\d{3})+(?:[.,]\d{1,4})?|\d{1,2}(?:,\d\d)+,\d{3}(?:\.\d{1,2})?"
    r"|\d{1,15}[.,]\d{1,4}|[.,]\d\d|\d{1,15})"
)
# The look ahead keeps the hundred and eighty codes from being tried at every word.
_BEFORE = rf"(?:(?=\D{{1,6}}\d)(?P<before>{currencies.PATTERN}) ?)?"
_MONEY = re.compile(
    rf"(?:(?P<open>\() ?)?(?:(?P<sign>[-+]) ?)?{_BEFORE}(?:(?P<inner>[-+]) ?)?"
    rf"(?P<number>{_NUMBER})(?!\d)(?P<dash>[.,]-{{1,2}})?"
    rf"(?: ?(?P<after>{currencies.PATTERN})(?![A-Za-z]))?"
    r"(?(open) ?\))(?P<trail> ?-(?![\w-]))?(?: (?P<side>CR|DR|Cr|Dr|H|S)(?!\w))?"
)
_PREFIX_FORBIDDEN = re.compile(r"(?:\w|\d[.,/:'-])$")
_SUFFIX_FORBIDDEN = re.compile(r"^(?:\w| ?%|[./:'-]\d|,\d)")
# No amount is longer, and on a line of nothing but digits more of them take quadratic time.
_WITH_DECIMALS = re.compile(r"(?<![\d.,])\d[\d.,' ]{0,40}([.,])\d\d(?![\d.,])")
_TORN = re.compile(r"(?<=\d) ?([.,]) ?(?=\d)")


@dataclass(frozen=True, slots=True)
class Amount:
    """``currency`` is an ISO 4217 code, or None where the amount stands without one."""

    value: Decimal
    currency: str | None = None


def parse_amount(text: str, decimal_mark: str | None = None) -> Amount | None:
    """Read one cell that holds an amount and nothing else but signs, currency and blanks.

    ``decimal_mark`` ("." or ",") is the document's convention and decides "1.234"; without it one
    mark before exactly three digits groups thousands. Blanks that OCR leaves at the marks are closed.
    """
    line = _TORN.sub(r"\1", plain(text).strip(" :=*#"))
    match = _MONEY.fullmatch(line.rstrip(".,") if line[-1:] in ".," else line)
    return None if match is None else _amount(match, decimal_mark)


def find_amounts(text: str, decimal_mark: str | None = None) -> list[Found[Amount]]:
    """Return the amounts in running text from left to right. Percentages, dates and identifiers are none.

    A number with neither decimals nor currency is weak.
    """
    line = plain(text)
    return list(_find(line, decimal_mark))


def _find(line: str, decimal_mark: str | None) -> Iterator[Found[Amount]]:
    position = 0
    while (match := _MONEY.search(line, position)) is not None:
        start, end = match.span()
        position = max(end, start + 1)
        if _PREFIX_FORBIDDEN.search(line[:start][-2:]) or _SUFFIX_FORBIDDEN.search(line[end : end + 3]):
            # Skip the rest of the token: its tail ("03.2018" of a date) is no amount either.
            while position < len(line) and line[position] != " ":
                position += 1
            continue
        amount = _amount(match, decimal_mark)
        if amount is not None:
            plainly_money = amount.currency is not None or re.search(r"[.,]\d\d$|[.,]-", _digits(match))
            yield Found(amount, start, end, weak=not plainly_money)


def _digits(match: re.Match[str]) -> str:
    return match["number"] + (match["dash"] or "")


def _amount(match: re.Match[str], decimal_mark: str | None) -> Amount | None:
    number = to_decimal(match["number"], decimal_mark)
    if number is None:
        return None
    signs = (match["sign"], match["inner"], (match["trail"] or "").strip())
    negative = match["open"] is not None or "-" in signs or match["side"] in ("DR", "Dr", "S")
    sign = match["before"] or match["after"]
    return Amount(-number if negative else number, currencies.currency(sign) if sign else None)


def parse_number(text: str, decimal_mark: str | None = None) -> Decimal | None:
    """Read a quantity or rate: an amount without currency; a percent sign is dropped."""
    amount = parse_amount(plain(text).replace("%", " ").strip(), decimal_mark)
    return amount.value if amount is not None and amount.currency is None else None


def to_decimal(digits: str, decimal_mark: str | None = None) -> Decimal | None:
    """Read digits and marks (no sign): the last of two different marks is the decimal one."""
    number = digits.replace("'", "").replace(" ", "")
    dots, commas = number.count("."), number.count(",")
    if dots and commas:
        mark = "." if number.rfind(".") > number.rfind(",") else ","
    elif dots + commas == 1:
        mark = "." if dots else ","
        tail = len(number) - number.index(mark) - 1
        if tail == 3 and decimal_mark != mark and re.fullmatch(r"[1-9]\d{0,2}.\d{3}", number):
            mark = ""  # groups thousands
    else:
        mark = ""
    for other in ".,":
        if other != mark:
            number = number.replace(other, "")
    number = number.replace(mark, ".") if mark else number
    if not re.fullmatch(r"\d*\.?\d+", number) or len(number.partition(".")[0]) > DIGITS_MAX:
        return None
    return Decimal(number)


def decimal_mark_of(texts: Iterable[str]) -> str | None:
    """Return the decimal mark that most of a document's unmistakable amounts use, None where none shows."""
    votes = {".": 0, ",": 0}
    for text in texts:
        for match in _WITH_DECIMALS.finditer(plain(text)):
            votes[match[1]] += 1
    best = max(votes, key=lambda mark: votes[mark])
    return best if votes["."] != votes[","] else None
