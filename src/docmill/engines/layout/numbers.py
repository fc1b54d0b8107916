"""What looks like a number or like money, by its characters alone: layout needs no values."""

import re

_SIGN = r"(?:[€$£¥₹]|RM|[A-Z]{3}|Fr\.?|kr|zł)"
_DIGITS = r"\d{1,3}(?:[.,'’ ]\d{3})+(?:[.,]\d{1,4})?|\d+(?:[.,]\d{1,4})?"
_NUMBER = re.compile(
    rf"\(?[-+−–]?\s?{_SIGN}?\s?[-+−–]?\s?(?:{_DIGITS})(?:[.,]-{{1,2}})?\s?{_SIGN}?\s?[-+−–%)]*\s?(?:CR|DR|Cr|Dr|H|S)?"
)
_MONEY = re.compile(r"(?<![\w.,/:])[-+(−–]?\d[\d.,'’]{0,40}[.,]\d\d(?![\d/%:]|[.,]\d|\s?%)")


def is_number(text: str) -> bool:
    """Whether a cell is a number, with or without sign, currency, percent or side."""
    return (
        text[-1:] in "0123456789)-+−–%€$£HSRrzł.DKYPMFNkUXLCB" and _NUMBER.fullmatch(text.strip()) is not None
    )


def has_money(text: str) -> bool:
    """Whether a number with two decimals stands in the text."""
    return _MONEY.search(text) is not None
