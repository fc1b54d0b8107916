"""Pairs of dates, from and to: "01.03.2024 - 31.03.2024" behind one label, or behind none."""

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.candidates import Candidate, candidate
from docmill.engines.extraction.rules.labels import Hit
from docmill.engines.extraction.rules.lines import Line
from docmill.engines.values.text import folded

LABELLED, UNLABELLED = 1.8, 0.1
"""Scores of a range with and without its label before it."""
_FROM = ("from", "start", "begin", "since")
_TO = ("to", "end", "until", "through")
_JOIN = re.compile(
    r"\s*(?:-|–|—|to|until|thru|through|bis|au|al|a|hasta|zum|/)?\s*(?:zum|the|el|le|il)?\s*", re.IGNORECASE
)


def pairs_of(specs: Sequence[FieldSpec]) -> list[tuple[str, str, str]]:
    """Return (from, to, what their names share): by the type's own mark, else by the ends of their names."""
    dates = [spec for spec in specs if spec.kind is Kind.DATE]
    return [
        (first.path, second.path, stem)
        for first in dates
        if (stem := _stem(first, "from", _FROM)) is not None
        for second in dates
        if stem == _stem(second, "to", _TO)
    ]


def _stem(spec: FieldSpec, mark: str, ends: Sequence[str]) -> str | None:
    """Return what the two names of a pair share ("flight" of flight_from), or None when it is no such end."""
    words = spec.path.split("_")
    option = spec.options.get("pair")
    if option is not None:
        return "" if option == mark else None
    kept = [word for word in words if word not in ends]
    return "_".join(kept) if len(kept) < len(words) else None


def pair_candidates(
    specs: Sequence[FieldSpec], lines: Sequence[Line], hits: Mapping[int, list[Hit]]
) -> dict[str, list[Candidate]]:
    """Return candidates from ranges of dates; a label of either end before the range makes it likely."""
    found: dict[str, list[Candidate]] = {}
    for first, second, stem in pairs_of(specs):
        found[first], found[second] = [], []
        for line in lines:
            if line.skipped or len(line.dates) < 2:
                continue
            for one, two in pairwise(line.dates):
                if one.value > two.value or not _JOIN.fullmatch(line.text, one.end, two.start):
                    continue
                start = max((date.end for date in line.dates if date.end <= one.start), default=0)
                own = [
                    hit
                    for hit in hits.get(line.row.number, ())
                    if start <= hit.start and hit.end <= one.start
                ]
                above = hits.get(line.row.number - 1, ()) if start == 0 else ()
                labelled = any({first, second} & set(hit.paths) for hit in (*own, *above))
                named = stem != "" and stem in folded(line.text[start : one.start])
                score = LABELLED if labelled or named else UNLABELLED
                found[first].append(candidate(line, one.start, one.end, one.value, score=score))
                found[second].append(candidate(line, two.start, two.end, two.value, score=score))
    return found
