"""Whether 03/04/2025 is the third of April or the fourth of March, by what the whole document shows."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from docmill.engines.values.currencies import find_currencies

_FULL = re.compile(
    r"(?<![\d/.-])(\d{1,2})(?:/(\d{1,2})/(?:(?:19|20)\d\d|\d\d)|-(\d{1,2})-(?:19|20)\d\d)(?![\d/-])"
)
_SHORT = re.compile(r"^\s*(\d\d)/(\d\d)(?![\d/.,-])")
_US_STATES = (
    "AL|AK|AZ|AR|CA|CO|CT|DE|FL|GA|HI|ID|IL|IN|IA|KS|KY|LA|ME|MD|MA|MI|MN|MS|MO|MT|NE|NV|NH|NJ|NM|NY|NC|ND"
    "|OH|OK|OR|PA|RI|SC|SD|TN|TX|UT|VT|VA|WA|WV|WI|WY|DC"
)
_US_TOWN = re.compile(rf"[A-Za-z.]{{2,}},? (?:{_US_STATES}) \d{{5}}(?:-\d{{4}})?(?!\d)")
_US_WORDS = re.compile(r"\bsales tax\b|\bzip code\b|\brouting (?:number|no)\b|mm/dd", re.IGNORECASE)
_ELSEWHERE = re.compile(r"\b(?:gst|abn|vat|hst|iban|mwst|tva|iva|sst|bsb)\b|dd/mm", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class DateOrder:
    """``order`` is "dmy" or "mdy"; not ``sure``: dates of two small numbers may mean another day."""

    order: str
    sure: bool


def date_order_of(texts: Iterable[str], usual: str) -> DateOrder:
    """Return how a document orders the numbers of its dates, ``usual`` where nothing speaks against it.

    Dates with a number over 12 decide; then an American address decides for month first. Amounts in
    dollars alone say only that it may be so.
    """
    firsts: set[str] = set()
    either = american = elsewhere = False
    codes: set[str] = set()
    for text in texts:
        codes.update(code for code, _ in find_currencies(text))
        american = american or bool(_US_TOWN.search(text) or _US_WORDS.search(text))
        elsewhere = elsewhere or bool(_ELSEWHERE.search(text))
        for first, second in _numbers(text):
            either = either or (first <= 12 and second <= 12 and first != second)
            if second > 12 >= first:
                firsts.add("mdy")
            elif first > 12 >= second:
                firsts.add("dmy")
    if firsts:
        return DateOrder(usual if len(firsts) > 1 else firsts.pop(), sure=True)
    if usual == "mdy" or not either or elsewhere or codes != {"USD"}:
        return DateOrder(usual, sure=not (american and either and usual == "dmy" and not elsewhere))
    return DateOrder("mdy", sure=american)


def is_either(raw: str) -> bool:
    """Whether a printed date is another day when its first two numbers change places."""
    pair = next(_numbers(raw.strip()), None)
    return pair is not None and pair[0] <= 12 and pair[1] <= 12 and pair[0] != pair[1]


def _numbers(text: str) -> Iterator[tuple[int, int]]:
    if "/" not in text and "-" not in text:
        return
    for match in _FULL.finditer(text):
        yield int(match[1]), int(match[2] or match[3])
    short = _SHORT.match(text)
    if short:
        yield int(short[1]), int(short[2])
