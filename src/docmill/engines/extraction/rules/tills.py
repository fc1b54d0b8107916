"""The total of a receipt by what was paid.

Cash less change, and the total before rounding plus the rounding.
"""

import re
from collections.abc import Sequence
from decimal import Decimal

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, values_in
from docmill.engines.extraction.rules.decide import GROSS, NET
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.values.text import folded

PAID = 1.0
"""What a candidate gains that is exactly what was paid for."""
ROUNDED = 0.8
"""What a candidate gains that is another amount after the printed rounding."""
BELOW = 1.5
"""What a candidate loses that stands in the summary of tax codes at a receipt's end."""
_GIVEN = re.compile(
    r"\b(?:cash|tender(?:ed)?|received|paid|visa|master(?:card)?|debit|credit card|card|accepted total"
    r"|bar|gegeben|especes|efectivo|contanti)\b"
)
_CHANGE = re.compile(r"\b(?:change|balance due back|ruckgeld|zuruck|rendu|cambio|resto|returned)\b")
_ROUNDING = re.compile(r"\bround|rundung|arrondi|redondeo|arrotond")
_SUMMARY = re.compile(
    r"(?:gst|tax|sst|vat|mwst|steuer|tva|iva)\b.{0,12}(?:summary|analysis|detail|ubersicht)|^\W*tax code",
)
_BEFORE_TAX = re.compile(r"sub ?-?total|zwischensumme|sous-total|subtotale|gross am|before|exclu|excl\b")


def till_total(specs: Sequence[FieldSpec], lines: Sequence[Line], found: dict[str, list[Candidate]]) -> None:
    """Weigh the candidates for the total of a type that knows no net total.

    What was paid is added where none has a label.
    """
    amounts = [spec.path for spec in specs if spec.kind is Kind.AMOUNT]
    path = next((name for name in GROSS if name in amounts), None)
    if path is None or any(name in amounts for name in NET):
        return
    given, change, rounding = _told(lines)
    paid = {one - back for one in given for back in (change or [Decimal(0)])}
    summary = next((line.row.number for line in lines if _SUMMARY.search(folded(line.text))), None)
    known = list(found.get(path, ()))
    if not any(one.score > 0 for one in known):
        known.extend(_unlabelled(lines, paid))
    before = {one.key for one in known} | {value for line in lines for value in _decimals(line)}
    rounded = {value + step for value in before if isinstance(value, Decimal) for step in rounding if step}
    out = []
    for one in known:
        score = PAID * (one.key in paid) + ROUNDED * (one.key in rounded)
        late = summary is not None and one.row > summary
        out.append(one.scored(score - BELOW * late))
    found[path] = out


def _decimals(line: Line) -> list[Decimal]:
    return [hit.value.value for hit in line.amounts if not hit.weak]


def _told(lines: Sequence[Line]) -> tuple[list[Decimal], list[Decimal], list[Decimal]]:
    """Return the amounts given, given back, and rounded by; signs are printed either way."""
    given: list[Decimal] = []
    change: list[Decimal] = []
    rounding: list[Decimal] = []
    for line in lines:
        values = _decimals(line)
        if not values:
            continue
        low = folded(line.text)
        if _ROUNDING.search(low) and "total" not in low:
            rounding.append(values[-1])
        elif _CHANGE.search(low):
            change.append(abs(values[-1]))
        elif _GIVEN.search(low):
            given.append(abs(values[-1]))
    return given, change, rounding


def _unlabelled(lines: Sequence[Line], paid: set[Decimal]) -> list[Candidate]:
    """Return amounts that were paid, wherever they stand.

    Failing that, what is called a sum before tax or rounding.
    """
    out: list[Candidate] = []
    for line in lines:
        low = folded(line.text)
        told = _GIVEN.search(low) or _CHANGE.search(low)
        for hit in line.amounts:
            named = _BEFORE_TAX.search(low) is not None
            if hit.weak or not (hit.value.value in paid or named):
                continue
            score = -0.4 if told else (0.1 if named else -0.1)
            out.extend(one.scored(score) for one in values_in(Kind.AMOUNT, line, hit.start, hit.end))
    return out
