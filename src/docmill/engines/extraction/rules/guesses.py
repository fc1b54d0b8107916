"""Values that need no label.

The only IBAN of a document is its IBAN, the first date of a letter is its date.
"""

from collections import Counter
from collections.abc import Mapping, Sequence

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, candidate, values_in
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.values.amounts import find_amounts
from docmill.engines.values.currencies import currency_in, dollar_of, find_currencies

MAIN_DATES = ("date", "issue_date", "invoice_date", "file_date", "document_date")
"""Fields that the date of the document itself belongs to."""
SAMPLE_LINES = 400
"""Lines that are looked through for what is true of the whole document: currency, period."""
GUESS = -0.2
"""Score of a value that nothing but its form speaks for."""

ONLY = 0.15
"""Added to the date of a document that shows no other."""


def guesses(
    specs: Sequence[FieldSpec], lines: Sequence[Line], found: Mapping[str, Sequence[Candidate]]
) -> dict[str, list[Candidate]]:
    """Return unlabelled candidates for fields that have no others and whose form proves enough."""
    out: dict[str, list[Candidate]] = {}
    for spec in specs:
        if found.get(spec.path):
            continue
        if spec.kind is Kind.IBAN or (
            spec.kind is Kind.TAX_ID
            and spec.options.get("scheme") == "vat"
            and spec.options.get("party") != "buyer"
        ):
            out[spec.path] = _all(spec.kind, lines)
        elif spec.kind is Kind.CURRENCY:
            out[spec.path] = _currencies(lines)
        elif spec.kind is Kind.DATE and spec.path.rsplit(".", maxsplit=1)[-1] in MAIN_DATES:
            out[spec.path] = _first_dates(lines)
    return out


def _all(kind: Kind, lines: Sequence[Line]) -> list[Candidate]:
    """Only proved values: the fallback of ``values_in`` to any identifier is for labelled places."""
    found: list[Candidate] = []
    for line in lines:
        if line.skipped:
            continue
        spans = line.ibans if kind is Kind.IBAN else [hit for hit in line.tax_ids if not hit.weak]
        for span in spans:
            found.extend(one.scored(GUESS + 0.3) for one in values_in(kind, line, span.start, span.end))
    return found


def _first_dates(lines: Sequence[Line]) -> list[Candidate]:
    found: list[Candidate] = []
    for line in lines:
        if line.skipped or not line.dates:
            continue
        for one in values_in(Kind.DATE, line, 0, len(line.text)):
            found.append(one.scored(GUESS - 0.05 * len(found)))
        if len(found) > 4:
            break
    # A document's only date, stood it where it may, is the document's.
    return [one.scored(ONLY) for one in found] if len({one.key for one in found}) == 1 else found


def usual_currency(lines: Sequence[Line]) -> str | None:
    """Return the currency that stands most often: at amounts with decimals, else as a word of its own.

    "EX4 3RP" is a postal code, not 3 rupiah; a sign of several countries counts half.
    """
    votes: Counter[str] = Counter()
    for line in lines[:SAMPLE_LINES]:
        for hit in line.amounts:
            if hit.value.currency and hit.value.value.as_tuple().exponent == -2:
                votes[hit.value.currency] += 2
        for word in line.words:
            if len(word.text) < 12 and not any(map(str.isdigit, word.text)):
                for code, certain in find_currencies(word.text)[:1]:
                    votes[code] += 1 + certain + 2 * bool(line.amounts)
    usual = votes.most_common(1)[0][0] if votes else None
    return dollar_of(line.text for line in lines[:SAMPLE_LINES]) if usual == "USD" else usual


def _currencies(lines: Sequence[Line]) -> list[Candidate]:
    """The usual currency, shown where it first stands."""
    usual = usual_currency(lines)
    if usual is None:
        return []
    for line in lines[:SAMPLE_LINES]:
        for word, at in zip(line.words, line.starts, strict=True):
            if usual in (
                currency_in(code, word.text, usual) for code, _ in find_currencies(word.text)
            ) and not _is_code(word.text):
                return [candidate(line, at, at + len(word.text), usual, score=0.4, labelled=False)]
    return []


def _is_code(text: str) -> bool:
    """Whether a word with letters and digits is something else than an amount with its sign."""
    return any(map(str.isdigit, text)) and find_amounts(text) == []
