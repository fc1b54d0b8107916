"""Dates as documents print them in English, German, French, Spanish and Italian."""

import re
from collections.abc import Iterator
from datetime import date

from docmill.engines.values.text import Found, folded

TWO_DIGIT_YEARS_FROM = 1950
"""Two-digit years stand for the hundred years from here: 49 is 2049, 50 is 1950."""

_MONTH_NAMES = (
    "january januar janner janvier janv enero ene gennaio gen jan",
    "february februar feber fevrier fevr febrero febbraio feb fev",
    "march marz maerz mars marzo mrz mar",
    "april avril avr abril abr aprile apr",
    "may mai mayo maggio mag",
    "june juni juin junio giugno giu jun",
    "july juli juillet juil julio luglio lug jul",
    "august aout agosto ago aug",
    "september septembre septiembre setiembre settembre sept set sep",
    "october oktober octobre octubre ottobre okt oct ott",
    "november novembre noviembre nov",
    "december dezember decembre diciembre dicembre dez dec dic",
)
_MONTHS = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names.split()}
_MONTH = "(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")(?![a-z])\.?"
_YEAR = r"(?P<year>(?:19|20)\d\d|\d\d)"
_TIME = r"\d{1,2}:\d\d"

_YEAR_FIRST = re.compile(
    r"(?<!\d)(?P<year>(?:19|20)\d\d)(?P<sep>[-/.])"
    # Two digits each may touch a time of day (2018/02/2213:34); else the day ends where the digits end.
    rf"(?:(?P<m2>\d\d)(?P=sep)(?P<d2>\d\d)(?={_TIME})|(?P<m>\d{{1,2}})(?P=sep)(?P<d>\d{{1,2}})(?!\d))"
)
_YEAR_LAST = re.compile(
    r"(?<!\d)(?P<a>\d{1,2}) ?(?P<sep>[-/.]) ?(?P<b>\d{1,2}) ?(?P=sep) ?"
    # 2018 is a year before a colon only where an hour and minutes follow it; 2013:34 is the year 20, 13:34.
    r"(?P<year>(?:19|20)\d\d(?=:[0-2]\d:[0-5]\d)|(?:19|20)\d\d(?!\d|:\d\d)"
    rf"|(?:19|20)\d\d(?={_TIME})|\d\d(?!\d)|\d\d(?={_TIME}))"
)
_COMPACT = re.compile(
    r"(?<![\w./-])(?:(?P<year>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)|(?P<a>\d\d)(?P<b>\d\d)(?P<y>(?:19|20)\d\d))"
    r"(?![\w/-])"
)
_DAY_MONTH = re.compile(
    r"(?<!\d)(?P<day>\d{1,2}) ?(?:st|nd|rd|th|er|[º°ªo.])?"
    r"(?: ?day)?[ \-/,.]{0,3}(?:(?:of|de|di|d') ?)?"
    rf"{_MONTH}[ \-/,.']{{0,3}}(?:(?:de|del|of|di) )?{_YEAR}(?!\d)"
)
_MONTH_DAY = re.compile(
    rf"(?<![a-z]){_MONTH}[ \-/,]{{0,3}}(?P<day>\d{{1,2}}) ?(?:st|nd|rd|th)?"
    rf"[ ,\-/.']{{1,3}}(?:of )?{_YEAR}(?!\d|:\d)"
)


def parse_date(text: str, order: str = "dmy") -> date | None:
    """Return the one date in ``text``, or None where there is none or two that differ.

    ``order`` ("dmy" or "mdy") decides 03/04/2018; 25/12/2018 and 12/25/2018 are read in any order.
    """
    found = {hit.value for hit in find_dates(text, order)}
    return found.pop() if len(found) == 1 else None


def find_dates(text: str, order: str = "dmy") -> list[Found[date]]:
    """Return every date in ``text`` from left to right, none overlapping. Bare digits (20180305) are weak."""
    line = folded(text)
    hits: list[Found[date]] = []
    for search in (_year_first, _named, _year_last, _compact):
        for hit in search(line, order):
            if not any(hit.start < other.end and other.start < hit.end for other in hits):
                hits.append(hit)
    return sorted(hits, key=lambda hit: hit.start)


def _year_first(line: str, order: str) -> Iterator[Found[date]]:
    del order  # nobody prints year, day, month
    for match in _YEAR_FIRST.finditer(line):
        if not _continues(line, match.start(), match.end(), match["sep"]):
            yield from _hit(match, match["year"], match["m"] or match["m2"], match["d"] or match["d2"])


def _named(line: str, order: str) -> Iterator[Found[date]]:
    del order
    for pattern in (_DAY_MONTH, _MONTH_DAY):
        for match in pattern.finditer(line):
            yield from _hit(match, match["year"], _MONTHS[match["month"]], match["day"])


def _year_last(line: str, order: str) -> Iterator[Found[date]]:
    for match in _YEAR_LAST.finditer(line):
        if not _continues(line, match.start(), match.end(), match["sep"]):
            yield from _hit(match, match["year"], *_month_day(match["a"], match["b"], order))


def _compact(line: str, order: str) -> Iterator[Found[date]]:
    for match in _COMPACT.finditer(line):
        if match["year"]:
            yield from _hit(match, match["year"], match["m"], match["d"], weak=True)
        else:
            yield from _hit(match, match["y"], *_month_day(match["a"], match["b"], order), weak=True)


def _month_day(first: str, second: str, order: str) -> tuple[str, str]:
    """Return (month, day); the other order where the asked one has no such month."""
    day, month = (first, second) if order == "dmy" else (second, first)
    return (day, month) if int(month) > 12 else (month, day)


def _continues(line: str, start: int, end: int, separator: str) -> bool:
    """Whether the same separator goes on to further digits: part numbers and addresses, not dates."""
    before, after = line[max(0, start - 2) : start], line[end : end + 2]
    return (len(before) == 2 and before[1] == separator and before[0].isdigit()) or (
        len(after) == 2 and after[0] in (separator, ",") and after[1].isdigit()
    )


def _hit(
    match: re.Match[str], year: str, month: str | int, day: str, *, weak: bool = False
) -> Iterator[Found[date]]:
    number = int(year)
    if len(year) == 2:
        number += TWO_DIGIT_YEARS_FROM // 100 * 100
        number += 100 if number < TWO_DIGIT_YEARS_FROM else 0
    try:
        value = date(number, int(month), int(day))
    except ValueError:
        return
    yield Found(value, match.start(), match.end(), weak)
