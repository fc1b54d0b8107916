"""Totals by what their words say together: a word of sum, with tax or without, or of tax alone.

"Rechnungssumme ohne USt.", "Total TTC" and "TOTAL (INCLUSIVE OF GST)" are put together anew on every
document; no list of phrases holds them all.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, values_in
from docmill.engines.extraction.rules.decide import GROSS, NET, TAX
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.values.text import folded

_SUM = re.compile(
    r"(?:summe|gesamt|betrag|total|totale|amount|sum\b|montant|importe|importo|to pay|due|payable"
    r"|zu zahlen|a pagar|a pagare)"
)
_WITHOUT = re.compile(
    r"netto|nettobetrag|\bnett?\b(?! ?(?:total|payable|due|a payer))|ohne|excl|exkl|exclus|before|hors"
    r"|\bh\.?t\b\.?|\bsin\b|imponibile|imposable|base\b|taxable|subtotal|sub total|sub-total"
    r"|sous-total"
    r"|zwischensumme|zwischentotal|subtotale"
)
_WITH = re.compile(
    r"brutto|gross|inkl|incl|\bttc\b|t\.t\.c|toutes taxes|\bcon iva|ivato|iva inc|\binc\b|mit (?:mwst"
    r"|ust)|\bnett? (?:total|payable)|net a payer|netto a pagare"
)
_TAX = re.compile(
    r"\bust\b|\bust\.|mwst|umsatzsteuer|mehrwertsteuer|steuer|\bvat\b|\btax(?:es)?\b(?! invoice)"
    r"|\bgst\b|\bsst\b"
    r"|\bhst\b|\bpst\b|\bqst\b|\btva\b|\biva\b|imposta|cuota|impuesto|t\.v\.a"
)
_PART = re.compile(
    r"qty|quantity|items?\b|zuschlag|abschlag|discount|rabatt|skonto|saving|anzahlung|prepaid|deposit"
    r"|paid\b|bezahlt|gezahlt|cash|change|rounding|tender|balance|position|basis|satz|rate\b|summary"
    r"|code"
)
_BEFORE = re.compile(r"exclu|excl\b|before|sub ?-?total|ohne|hors")
_OF_WHICH = re.compile(r"\W*(?:includes|of which|davon|darin|enthalten|dont|di cui|de los cuales)\b")
_NET_ALONE = re.compile(r"\W*nett?\W*")
_NUMBER = re.compile(r"\d")


def role_of(label: str) -> str:
    """Return "net", "tax", "gross", "part" (of something else) or "" for the words before an amount."""
    low = folded(label)
    if _PART.search(low):
        return "part"
    summed, taxed = _SUM.search(low), _TAX.search(low)
    if taxed and not summed and _OF_WHICH.match(low):
        return "tax"
    if _WITH.search(low) and (summed or taxed):
        return "gross"
    if _WITHOUT.search(low) and (summed or taxed or "netto" in low):
        return "net"
    if taxed:
        return "tax"
    if _NET_ALONE.fullmatch(low):
        return "net"
    return "gross" if summed else ""


def _words_before(line: Line, offset: int) -> str:
    """Return the label of an amount.

    That is what stands before the line's first number, without the far left column.
    """
    head = line.text[:offset]
    first = _NUMBER.search(head)
    return head[: first.start()] if first and first.start() > 3 else head


def sum_candidates(specs: Sequence[FieldSpec], lines: Sequence[Line]) -> dict[str, list[Candidate]]:
    """Return the last amount of each line whose words name a net, tax or gross total."""
    paths = _paths([spec.path for spec in specs if spec.kind is Kind.AMOUNT])
    found: dict[str, list[Candidate]] = {path: [] for path in paths.values()}
    for line in lines:
        if line.skipped or not line.amounts or len(line.text) > 120:
            continue
        first, last = line.amounts[0], line.amounts[-1]
        role = role_of(_words_before(line, first.start))
        path = paths.get(role)
        if path is None or any(map(str.isalpha, line.text[last.end :].replace("EUR", ""))):
            continue
        for one in values_in(Kind.AMOUNT, line, last.start, last.end):
            found[path].append(one.scored(0.9 if role != "gross" else 0.6))
    return found


def with_roles(found: Mapping[str, Sequence[Candidate]], lines: Sequence[Line]) -> dict[str, list[Candidate]]:
    """Lower the candidates for a total whose line says in words that it is another one."""
    out: dict[str, list[Candidate]] = {path: list(options) for path, options in found.items()}
    paths = _paths(list(found))
    for role, path in paths.items():
        out[path] = [_checked(one, role, lines[one.row], alone="net" not in paths) for one in out[path]]
    return out


def _checked(one: Candidate, role: str, line: Line, *, alone: bool) -> Candidate:
    """``alone``: the type knows one total only; "NET AMOUNT" on a till's receipt is what is left to pay."""
    at = line.text.find(one.raw)
    said = role_of(_words_before(line, at)) if at > 0 else ""
    if alone and said == "net" and not _BEFORE.search(folded(line.text)):
        return one
    if not said or said == role:
        return one
    return replace(one, score=one.score - (1.5 if said in ("net", "tax", "gross") else 0.8))


def _paths(present: Sequence[str]) -> dict[str, str]:
    names = {"net": NET, "tax": TAX, "gross": GROSS}
    return {
        role: path
        for role, options in names.items()
        if (path := next((p for p in options if p in present), None))
    }
