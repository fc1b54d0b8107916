"""A number as a spreadsheet shows it: ECMA-376 part 1, 18.8.30 and 18.8.31.

Separators depend on the viewer's machine, which no file knows. They are those of the countries that
the file's own currency and date formats name, else a decimal point. Dates whose order depends on the
machine are written year first: the only order that nobody reads wrongly.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from functools import lru_cache

GENERAL = "General"
BUILT_IN = {
    0: GENERAL, 1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 5: "#,##0", 6: "#,##0", 7: "#,##0.00",
    8: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00", 12: "# ?/?", 13: "# ??/??", 14: "yyyy-mm-dd",
    15: "d-mmm-yy", 16: "d-mmm", 17: "mmm-yy", 18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm",
    21: "h:mm:ss", 22: "yyyy-mm-dd h:mm", 37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00",
    40: "#,##0.00;-#,##0.00", 41: "#,##0", 42: "#,##0", 43: "#,##0.00", 44: "#,##0.00", 45: "mm:ss",
    46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0", 49: "@",
}  # fmt: skip
_TOKEN = re.compile(
    r"""(?P<quoted>"[^"]*"?)|\\(?P<escaped>.)|_(?P<pad>.)|\*(?P<fill>.)|\[(?P<bracket>[^\]]*)\]"""
    r"""|(?P<half>AM/PM|A/P)|(?P<general>General)|(?P<power>E[+-]0+)"""
    r"""|(?P<date>y+|m+|d+|h+|s+)|(?P<digits>[0#?,]+(?:\.[0#?]*)?|\.[0#?]+)|(?P<other>.)""",
    re.IGNORECASE | re.DOTALL,
)
_CONDITION = re.compile(r"(<=|>=|<>|=|<|>)\s*(-?[\d.]+)$")
_COUNTRY = re.compile(r"\[\$[^\]-]{0,8}-([0-9A-Fa-f]{3,8})\]")
_COMMA_COUNTRIES = frozenset(
    {0x02, 0x05, 0x06, 0x07, 0x08, 0x0A, 0x0B, 0x0C, 0x0E, 0x10, 0x13, 0x14, 0x15, 0x16, 0x18, 0x19, 0x1A,
     0x1B, 0x1D, 0x1F, 0x22, 0x24}
)  # fmt: skip
"""Primary languages (the low ten bits of a locale's number) of Europe and Brazil that write 1,5."""
_POINT_LOCALES = frozenset({0x0807, 0x080A, 0x540A, 0x0810, 0x100C})
"""Switzerland and Mexico write 1.5 all the same."""
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October",
    "November", "December",
)  # fmt: skip
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_FORMAT_CHARS_MAX = 1_000
_SERIAL_MAX = 2_958_466  # the first day of the year 10000


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class _Section:
    tokens: tuple[_Token, ...]
    condition: tuple[str, float] | None = None

    @property
    def dated(self) -> bool:
        return any(token.kind in ("date", "elapsed") for token in self.tokens)


def decimal_comma(formats: Iterable[str]) -> bool:
    """Whether the countries that the formats name write 1.234,56."""
    named = [int(found, 16) & 0xFFFF for code in formats for found in _COUNTRY.findall(code)]
    return any(
        locale & 0x3FF in _COMMA_COUNTRIES and locale not in _POINT_LOCALES
        for locale in named
        if locale < 0xF000
    )


def shown(number: float, code: str, *, comma: bool = False, from_1904: bool = False) -> str:
    """Return the number as its format shows it; empty where it shows nothing."""
    sections = _sections(code[:_FORMAT_CHARS_MAX])
    section, signed = _chosen(sections, number)
    if section is None:
        return _general(number, comma=comma)
    if section.dated:
        return _date(section, number, from_1904=from_1904)
    return _number(section, number if signed else abs(number), comma=comma)


def text_shown(text: str, code: str) -> str:
    """Return text as its format shows it: most formats leave it alone."""
    sections = _sections(code[:_FORMAT_CHARS_MAX])
    if len(sections) < 4 and not any(token.text == "@" for token in sections[-1].tokens):
        return text
    return "".join(text if token.text == "@" else _literal(token) for token in sections[-1].tokens)


@lru_cache(maxsize=512)
def _sections(code: str) -> tuple[_Section, ...]:
    sections: list[_Section] = []
    tokens: list[_Token] = []
    condition: tuple[str, float] | None = None
    for match in _TOKEN.finditer(code):
        kind, text = match.lastgroup or "other", match[match.lastgroup or 0]
        if kind == "other" and text == ";":
            sections.append(_Section(tuple(tokens), condition))
            tokens, condition = [], None
        elif kind == "bracket":
            found = _CONDITION.match(text)
            if found and found[2].count(".") <= 1 and found[2] not in ("-", ".", "-."):
                condition = found[1], float(found[2])
            elif text.startswith("$"):
                tokens.append(_Token("quoted", text[1:].partition("-")[0]))
            elif text and set(text.lower()) in ({"h"}, {"m"}, {"s"}):
                tokens.append(_Token("elapsed", text.lower()))
        else:
            tokens.append(_Token(kind, text.lower() if kind == "date" else text))
    return (*sections, _Section(tuple(tokens), condition))


def _chosen(sections: tuple[_Section, ...], number: float) -> tuple[_Section | None, bool]:
    """The section for the number, and whether a minus sign is still due."""
    numeric = sections[:3]
    if any(section.condition for section in numeric):
        for section in numeric:
            if section.condition is None or _holds(number, *section.condition):
                return section, True
        return None, True
    if len(numeric) == 1 or number > 0:
        return numeric[0], True
    if number < 0:
        return numeric[1], False
    return numeric[2] if len(numeric) == 3 else numeric[0], True


def _holds(number: float, comparison: str, bound: float) -> bool:
    match comparison:
        case "<":
            return number < bound
        case ">":
            return number > bound
        case "<=":
            return number <= bound
        case ">=":
            return number >= bound
        case "=":
            return number == bound
        case _:
            return number != bound


def _general(number: float, *, comma: bool) -> str:
    if number == int(number) and abs(number) < 1e11:
        return str(int(number))
    text = f"{number:.10g}".replace("e", "E")
    return text.replace(".", ",") if comma else text


def _literal(token: _Token) -> str:
    match token.kind:
        case "quoted":
            return token.text.strip('"')
        case "pad" | "fill":
            return " "
        case "escaped" | "other" | "half":
            return token.text
        case _:
            return ""


def _number(section: _Section, number: float, *, comma: bool) -> str:
    tokens = section.tokens
    if any(token.kind == "general" for token in tokens):
        return "".join(
            _general(number, comma=comma) if t.kind == "general" else _literal(t) for t in tokens
        ).strip()
    places = [index for index, token in enumerate(tokens) if token.kind == "digits"]
    if not places:
        sign = "-" if number < 0 and tokens else ""
        return (sign + "".join(_literal(token) for token in tokens)).strip()
    value = Decimal(f"{number:.15g}") * (
        Decimal(100) ** sum(token.text == "%" for token in tokens[:8] if token.kind == "other")
    )
    if any(token.kind == "other" and token.text == "/" for token in tokens):
        return _fraction(value)
    if any(token.kind == "power" for token in tokens):
        decimals = len(tokens[places[0]].text.partition(".")[2])
        mantissa, _, power = f"{value:.{decimals}E}".partition("E")
        text = f"{mantissa}E{int(power):+03d}"
        return text.replace(".", ",") if comma else text
    # One number, although blanks or brackets may stand between its digits: the last group gives the decimals.
    pattern = "".join(tokens[index].text for index in places)
    digits = _digits(abs(value), pattern, comma=comma)
    negative = value < 0 and any(character in "123456789" for character in digits)
    out = "-" if negative else ""
    for index, token in enumerate(tokens):
        out += digits if index == places[0] else _literal(token) if token.kind != "digits" else ""
    return " ".join(out.split())


def _digits(value: Decimal, pattern: str, *, comma: bool) -> str:
    while pattern.endswith(","):  # each of these divides by a thousand
        pattern, value = pattern[:-1], value / 1000
    whole_form, _, decimal_form = pattern.partition(".")
    while decimal_form and whole_form.endswith(","):
        whole_form, value = whole_form[:-1], value / 1000
    grouped = "," in whole_form
    decimal_form = decimal_form.replace(",", "").replace(".", "")
    value = (
        value.quantize(Decimal(1).scaleb(-len(decimal_form)), ROUND_HALF_UP)
        if value < Decimal("1e25")
        else value
    )
    whole, _, decimals = format(value, "f").partition(".")
    least = whole_form.count("0")
    whole = whole.lstrip("0").rjust(least, "0")
    if grouped:
        whole = re.sub(r"(?<=\d)(?=(?:\d{3})+$)", ",", whole)
    decimals = decimals[: len(decimal_form)]
    kept = len(decimal_form.rstrip("#?"))
    decimals = decimals[:kept] + decimals[kept:].rstrip("0")
    text = whole + ("." + decimals if decimals else "")
    if comma:
        text = text.translate(str.maketrans(",.", ".,"))
    return text or ("0" if whole_form.strip("#,") else "")


def _fraction(value: Decimal) -> str:
    part = Fraction(abs(value) % 1).limit_denominator(99)
    whole = int(abs(value)) + (part.numerator == part.denominator)
    sign = "-" if value < 0 else ""
    if not part.numerator or part.numerator == part.denominator:
        return f"{sign}{whole}"
    return f"{sign}{whole or ''} {part.numerator}/{part.denominator}".replace("- ", "-").strip()


def _date(section: _Section, number: float, *, from_1904: bool) -> str:
    if not 0 <= number < _SERIAL_MAX:
        return _general(number, comma=False)
    # The first spreadsheet took 1900 for a leap year, and all others follow it.
    first = datetime(1904, 1, 1) if from_1904 else datetime(1899, 12, 31 if number < 60 else 30)  # noqa: DTZ001
    parts = any(token.kind == "digits" and "." in token.text for token in section.tokens)
    seconds = number * 86_400
    moment = first + timedelta(seconds=round(seconds, 3) if parts else round(seconds))
    halves = any(token.kind == "half" for token in section.tokens)
    out, minutes = "", False
    tokens = section.tokens
    for index, token in enumerate(tokens):
        if token.kind == "elapsed":
            out += _elapsed(token.text, seconds)
            minutes = token.text[0] in "hm"
        elif token.kind == "date":
            later = next((each.text for each in tokens[index + 1 :] if each.kind == "date"), "")
            minute = token.text[0] == "m" and len(token.text) < 3 and (minutes or later.startswith("s"))
            out += _date_part("n" * len(token.text) if minute else token.text, moment, halves=halves)
            minutes = token.text[0] == "h"
        elif token.kind == "half":
            out += "AM" if moment.hour < 12 else "PM"
        elif token.kind == "digits" and "." in token.text:
            out += f".{moment.microsecond // 1000:03d}"[: len(token.text)]
        else:
            out += _literal(token) if token.kind != "digits" else token.text.replace("0", "")
    return " ".join(out.split())


def _elapsed(text: str, seconds: float) -> str:
    unit = {"h": 3600, "m": 60, "s": 1}[text[0]]
    return str(int(round(seconds) // unit)).rjust(len(text), "0")


def _date_part(text: str, moment: datetime, *, halves: bool) -> str:
    size = len(text)
    hour = (moment.hour % 12 or 12) if halves else moment.hour
    match text[0]:
        case "y":
            return f"{moment.year:04d}" if size > 2 else f"{moment.year % 100:02d}"
        case "m" if size > 2:
            name = _MONTHS[moment.month - 1]
            return name[0] if size == 5 else name if size == 4 else name[:3]
        case "d" if size > 2:
            name = _DAYS[moment.weekday()]
            return name if size > 3 else name[:3]
    plain = {"m": moment.month, "d": moment.day, "h": hour, "n": moment.minute, "s": moment.second}[text[0]]
    return f"{plain:02d}" if size > 1 else str(plain)
