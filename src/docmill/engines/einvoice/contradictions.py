"""Where the page plainly says something else than the XML."""

from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date
from decimal import Decimal
from itertools import product
from typing import Any

from docmill.domain.results import Blocker
from docmill.engines.einvoice.printed import PrintedPages
from docmill.engines.extraction.rules.candidates import Candidate
from docmill.engines.values.text import comparable

RULE = "xml_against_page"
COMPARED = {
    "invoice_number": "invoice number",
    "issue_date": "invoice date",
    "due_date": "due date",
    "net_total": "net total",
    "tax_total": "tax total",
    "gross_total": "gross total",
}
"""What a contradiction blocks: the fields that decide whom, when and how much to pay."""
WORD_CONFIDENCE_MIN = 0.85
"""Words that OCR is less sure of contradict nothing."""
LABEL_SCORE_MIN = 0.2
"""Candidates below it stand at an everyday word inside a sentence, such as "date"."""
CENT = Decimal("0.015")
"""How far net and tax may be from gross: one rounding."""
SUMS = ("net_total", "tax_total", "gross_total")
CONSIDERED = 6
"""Candidates of each total that are tried together."""

Key = Decimal | str


def contradictions(
    pages: PrintedPages, value: Mapping[str, Any], labelled: Mapping[str, Sequence[Candidate]]
) -> Iterator[Blocker]:
    """Yield a blocker for each compared field of which the page's labels show another value.

    ``labelled`` are the candidates that the page's labels point at, by path.
    """
    explained = {comparison_key(leaf) for leaf in _leaves(value)}
    agreed = _agreed_sums(labelled)
    for path, name in COMPARED.items():
        other = _instead(pages, value.get(path), labelled.get(path, ()), explained, agreed.get(path))
        if other is not None:
            message = f"page {other.page} shows another {name} than the XML inside the file"
            yield Blocker(path, RULE, message)


def comparison_key(value: object) -> Key:
    """What equal values share: money and numbers without sign, dates and texts as letters and digits.

    Credit notes are printed with and without a minus.
    """
    if is_money(value):
        assert isinstance(value, Mapping)
        return abs(Decimal(value["amount"]))
    if isinstance(value, Decimal):
        return abs(value)
    return comparable(value.isoformat() if isinstance(value, date) else str(value))


def is_money(value: object) -> bool:
    return isinstance(value, Mapping) and isinstance(value.get("amount"), str)


def _instead(
    pages: PrintedPages,
    value: Any,
    labelled: Sequence[Candidate],
    explained: AbstractSet[Key],
    agreed: Key | None,
) -> Candidate | None:
    """Return what the page says instead of ``value``, or None.

    A page that shows the XML's value at the label is in order, and so is one that shows other
    values of the XML there (the tax of one rate, a delivery date). A value that is printed
    elsewhere is believed, unless the page's own sums agree on another one.
    """
    if value is None or any(comparison_key(one.key) == comparison_key(value) for one in labelled):
        return None
    clear = (one for one in labelled if one.score >= LABEL_SCORE_MIN and _legible(one))
    strange = [one for one in clear if comparison_key(one.key) not in explained]
    best = max(strange, key=lambda one: one.score, default=None)
    if best is None or (_printed(pages, value) and comparison_key(best.key) != agreed):
        return None
    return best


def _agreed_sums(labelled: Mapping[str, Sequence[Candidate]]) -> dict[str, Key]:
    """Net, tax and gross as the page's labels show them, where some of them add up; else nothing."""
    ranked = [sorted(labelled.get(path, ()), key=lambda one: -one.score)[:CONSIDERED] for path in SUMS]
    adding = [triple for triple in product(*ranked) if _adds_up(*(one.key for one in triple))]
    best = max(adding, key=lambda triple: sum(one.score for one in triple), default=())
    return {path: comparison_key(one.key) for path, one in zip(SUMS, best, strict=False)}


def _adds_up(net: object, tax: object, gross: object) -> bool:
    if not (isinstance(net, Decimal) and isinstance(tax, Decimal) and isinstance(gross, Decimal)):
        return False
    return abs(net + tax - gross) <= CENT


def _leaves(node: object) -> Iterator[object]:
    """All values of the tree; money is one value."""
    if isinstance(node, list):
        for item in node:
            yield from _leaves(item)
    elif isinstance(node, Mapping) and not is_money(node):
        for item in node.values():
            yield from _leaves(item)
    elif node is not None:
        yield node


def _printed(pages: PrintedPages, value: Any) -> bool:
    if is_money(value):
        return abs(Decimal(value["amount"])) in pages.amounts
    try:
        return date.fromisoformat(value) in pages.dates
    except ValueError:
        return bool(pages.text(str(value)))


def _legible(one: Candidate) -> bool:
    return all(word.confidence is None or word.confidence >= WORD_CONFIDENCE_MIN for word in one.words)
