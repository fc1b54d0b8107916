"""Types compete by the words that they name; the winner says how sure it is."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from docmill.domain.pages import Reading
from docmill.domain.types import DocumentType
from docmill.engines.classification.evidence import Evidence, evidence_of, heading_weight_of, weight_of
from docmill.engines.types import NAMES, OTHER

SURE = 0.75
"""From this confidence on a type is believed without a person."""
UNSURE_MAX = 0.7
"""The most that a guess says of itself that a person has to confirm."""
POSSIBLE = 0.2
POSSIBLE_POINTS = 3.0
"""Types with a smaller share, or fewer points, are not worth mentioning."""
TEMPERATURE = 2.5
"""Points of evidence that make one type e times as likely as another. Not calibrated."""
NOTHING_POINTS = 4.0
"""Points that "some other document" starts with: two weak words are no invoice."""
POINTS_MAX = 16.0
"""More evidence than this does not make it surer."""
LABEL_POINTS = 0.6
"""What a label of a field counts for a type that names no words of its own."""
TITLE_POINTS = 6.0
"""What the title of such a type counts, and that of any tenant's type where it heads the page. A phrase
that is worth as much is as good as a title."""


@dataclass(frozen=True, slots=True)
class Guess:
    """``type_name`` is the likeliest type, ``other`` when none is. ``likely`` has the rest, likeliest first.

    ``sure`` False means that a person has to say what it is.
    """

    type_name: str
    confidence: float
    sure: bool
    likely: tuple[str, ...] = ()


def classify(reading: Reading, types: Sequence[DocumentType]) -> Guess:
    """Return the type of a document by its visible words. Deterministic; ``types`` in any order."""
    evidence = evidence_of(reading)
    own = [one for one in types if one.name not in NAMES]
    points = {one.name: _points(one, evidence, conceded=_conceded(own, to=one)) for one in types}
    points.update({one.name: max(points[one.name], _points_of_heading(one, evidence)) for one in own})
    points[OTHER] = max(points.get(OTHER, 0.0), 0.0) + NOTHING_POINTS
    shares = _shares(points)
    ranked = sorted(shares, key=lambda name: (-shares[name], name))
    best = ranked[0]
    likely = tuple(
        name
        for name in ranked[1:]
        if name != OTHER and shares[name] >= POSSIBLE and points[name] >= POSSIBLE_POINTS
    )
    sure = _is_sure(best, shares[best], points, likely, evidence)
    return Guess(best, shares[best] if sure else min(shares[best], UNSURE_MAX), sure, likely)


def _is_sure(
    best: str, share: float, points: Mapping[str, float], likely: Sequence[str], evidence: Evidence
) -> bool:
    """Say whether no person has to look.

    "Some other document" wins by default, so it takes more: there are words, nothing else is
    possible, and a document with amounts says itself that it is a letter, a contract, an order.
    """
    if best != OTHER:
        return share >= SURE
    return (
        bool(evidence.text.strip())
        and not likely
        and (not evidence.money or points[OTHER] >= NOTHING_POINTS + POSSIBLE_POINTS)
    )


def _conceded(own: Sequence[DocumentType], *, to: DocumentType) -> Mapping[str, float]:
    """What a phrase counts less for `other`: the kinds that it lists are those that nobody has described."""
    if to.name != OTHER:
        return {}
    conceded: dict[str, float] = {}
    for one in own:
        named = [pair for phrases in one.classify.get("words", {}).values() for pair in phrases.items()]
        for phrase, points in (*named, *((title, TITLE_POINTS) for title in _titles(one))):
            conceded[phrase.casefold()] = max(points, conceded.get(phrase.casefold(), 0.0))
    return conceded


def _points_of_heading(document_type: DocumentType, evidence: Evidence) -> float:
    """A page that is headed with the type's own title is of that type, however few words the type names.

    Only for tenants' types: the words of the shipped ones are weighed against each other ("Tax
    invoice" heads receipts as well).
    """
    return TITLE_POINTS * max(heading_weight_of(title, evidence) for title in _titles(document_type))


def _titles(document_type: DocumentType) -> set[str]:
    """The title, the name, and in other languages the phrases that are worth as much."""
    words: Mapping[str, Mapping[str, float]] = document_type.classify.get("words", {})
    strong = {
        phrase for phrases in words.values() for phrase, points in phrases.items() if points >= TITLE_POINTS
    }
    return {_as_words(title) for title in (document_type.title, document_type.name, *strong)}


def _as_words(name: str) -> str:
    return name.replace("_", " ").casefold()


def _points(document_type: DocumentType, evidence: Evidence, *, conceded: Mapping[str, float]) -> float:
    words: Mapping[str, Mapping[str, float]] = document_type.classify.get("words", {})
    against: Mapping[str, Mapping[str, float]] = document_type.classify.get("not", {})
    layout: Mapping[str, float] = document_type.classify.get("layout", {})
    if not words:
        return _points_of_labels(document_type, evidence)
    # A document is in one language: the others' false friends ("total", "data") do not add to it.
    found = max(
        _sum(
            ((phrase, max(0.0, points - conceded.get(phrase, 0.0))) for phrase, points in phrases.items()),
            evidence,
        )
        for phrases in words.values()
    )
    lost = max((_sum(phrases.items(), evidence) for phrases in against.values()), default=0.0)
    paper = float(layout.get(evidence.width, 0.0)) if found else 0.0
    return min(found + paper, POINTS_MAX) - lost


def _points_of_labels(document_type: DocumentType, evidence: Evidence) -> float:
    labels = {
        phrase for spec in document_type.fields for phrases in spec.labels.values() for phrase in phrases
    }
    title = TITLE_POINTS * weight_of(document_type.title, evidence)
    return min(title + _sum(((phrase, LABEL_POINTS) for phrase in sorted(labels)), evidence), POINTS_MAX)


def _sum(phrases: Iterable[tuple[str, float]], evidence: Evidence) -> float:
    return sum(points * weight_of(phrase, evidence) for phrase, points in phrases)


def _shares(points: Mapping[str, float]) -> dict[str, float]:
    """Softmax over the points."""
    top = max(points.values())
    powers = {name: math.exp((value - top) / TEMPERATURE) for name, value in points.items()}
    total = sum(powers.values())
    return {name: power / total for name, power in powers.items()}
