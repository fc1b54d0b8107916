"""Does a predicted value equal a label?

The definition of the evaluation kit's scorer, kept apart from the parsers of the product on purpose: an
error there must not hide itself here.
"""

import datetime as dt
import re
import unicodedata
from decimal import Decimal, InvalidOperation
from enum import StrEnum


class Match(StrEnum):
    """How the values of one field are compared."""

    DATE = "date"  # as ISO dates
    AMOUNT = "amount"  # as decimals to the cent
    COUNT = "count"  # as integers
    TEXT = "text"  # as case-folded letters and digits


_MONTHS = [
    names.split()
    for names in (  # English, German, French
        "january januar janvier",
        "february februar fevrier février",
        "march märz maerz mrz mars",
        "april avril",
        "may mai",
        "june juni juin",
        "july juli juillet",
        "august août aout",
        "september septembre",
        "october oktober octobre",
        "november novembre",
        "december dezember decembre décembre",
    )
]
_CENTURY_PIVOT = 30  # 00 to 30 are of this century


def matches(how: Match, label: object, predicted: object, *, day_first: bool) -> bool:
    """Compare one prediction with one label value."""
    if how is Match.DATE:
        dates = parse_date(label, day_first=day_first), parse_date(predicted, day_first=day_first)
        if any(dates):
            return dates[0] == dates[1]
    elif how is Match.AMOUNT:
        amounts = parse_amount(label), parse_amount(predicted)
        if any(amount is not None for amount in amounts):
            return amounts[0] == amounts[1]
    elif how is Match.COUNT:
        try:
            return int(str(label)) == int(str(predicted))
        except ValueError:
            return False
    texts = normal_text(label), normal_text(predicted)
    return texts[0] == texts[1] if any(texts) else str(label).strip() == str(predicted).strip()


def normal_text(value: object) -> str:
    """Case-folded letters and digits: case, punctuation and spacing do not count."""
    return "".join(c for c in unicodedata.normalize("NFKC", str(value)).casefold() if c.isalnum())


def parse_date(value: object, *, day_first: bool = True) -> dt.date | None:
    """Read a date in any of the forms that annotators write, or None."""
    text = unicodedata.normalize("NFKC", str(value)).strip().lower()
    if found := re.fullmatch(r"(\d{4})-(\d{2})-(\d{2})(?:[t ].*)?", text):
        return _date(found[1], found[2], found[3])
    if found := re.search(r"(?<!\d)(\d{4})[-/. ](\d{1,2})[-/. ](\d{1,2})(?!\d)", text):
        return _date(found[1], found[2], found[3])
    if found := re.fullmatch(r"((?:19|20)\d\d)(\d\d)(\d\d)", text):
        return _date(found[1], found[2], found[3])
    if found := re.fullmatch(r"(\d\d)(\d\d)((?:19|20)\d\d)", text):
        first, second, year = found.groups()
        return _date(year, second, first) if day_first else _date(year, first, second)
    if (month := _month_in(text)) is not None:
        return _date_of_words(text, month)
    if found := re.search(r"(?<!\d)(\d{1,2})[-/. ](\d{1,2})[-/. ](\d{4}|\d{2})(?!\d)", text):
        first, second, year = found.groups()
        day, month_text = (first, second) if day_first else (second, first)
        return _date(year, month_text, day) or _date(year, day, month_text)
    return None


def _month_in(text: str) -> int | None:
    for word in re.findall(r"[^\W\d_]{3,}", text):
        for number, names in enumerate(_MONTHS, 1):
            if any(name.startswith(word) for name in names):
                return number
    return None


def _date_of_words(text: str, month: int) -> dt.date | None:
    numbers = re.findall(r"\d+", text)
    years = [number for number in numbers if len(number) == 4]
    if years:
        rest = [number for number in numbers if number != years[0] and len(number) <= 2]
        return _date(years[0], month, rest[0]) if rest else None
    return _date(numbers[1], month, numbers[0]) if len(numbers) >= 2 else None


def _date(year: str, month: str | int, day: str) -> dt.date | None:
    number = int(year)
    if number < 100:
        number += 2000 if number <= _CENTURY_PIVOT else 1900
    try:
        return dt.date(number, int(month), int(day))
    except ValueError:
        return None


def parse_amount(value: object) -> Decimal | None:
    """Read 1,234.50, 1.234,50, (9.00) or RM9, rounded to the cent, or None."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return _to_cents(str(value))
    text = unicodedata.normalize("NFKC", str(value)).replace("−", "-").strip()
    found = re.search(r"\d[\d.,' ]*", text)
    if not found:
        return None
    before, after = text[: found.start()], text[found.end() :]
    if re.search(r"\d", after):
        return None
    # "(9.00)", "-9.00", "-RM9.00" and "9.00-" are negative; "5-700" is no amount.
    negative = "(" in before or bool(re.search(r"-\s*\D{0,4}$", before)) or after.strip() == "-"
    amount = _to_cents(_plain_number(re.sub(r"[' ]", "", found.group()).rstrip(".,")))
    return -amount if negative and amount is not None else amount


def _plain_number(number: str) -> str:
    dot, comma = number.rfind("."), number.rfind(",")
    if dot >= 0 and comma >= 0:
        return number.replace(",", "") if dot > comma else number.replace(".", "").replace(",", ".")
    if comma >= 0:
        decimal = number.count(",") == 1 and len(number) - comma - 1 in (1, 2)
        return number.replace(",", "." if decimal else "")
    return number.replace(".", "") if number.count(".") > 1 else number


def _to_cents(number: str) -> Decimal | None:
    try:
        amount = Decimal(number).quantize(Decimal("0.01"))
    except InvalidOperation:  # infinite, or too many digits
        return None
    return None if amount.is_nan() else amount
