"""Candidates: typed values that stand right of, or below, a label of their field."""

import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from docmill.domain.pages import Word
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.extraction.rules.labels import Hit
from docmill.engines.extraction.rules.lines import BETWEEN_SEGMENTS, Line, overlap
from docmill.engines.values.amounts import Amount, parse_number
from docmill.engines.values.currencies import find_currencies

REACH_BELOW_ROWS = 3
"""How many rows below its label a value is looked for."""
NOT_FIRST = -0.8
"""What a label loses that other words of its segment stand before: "Alt Order #" is not "Order #"."""
TEXT_WORDS_MAX = 12
"""Words of a value without a form of its own."""
_IDENTIFIER = re.compile(r"[^\s:;,|]*\d[^\s;,|]*")
_DIGIT_GROUP = re.compile(r"[ ]((?:- )?[\d][\d\-/]*)(?=\s|$)")
_TAX_ID_DIGITS_MIN = 5
_LABEL_LIKE = re.compile(
    r"\b(?:dates?|revision|rev|no|number|type|name|code|brand|address|contact|period|id|ref|month|desc"
    r"|description|calendar|cycle)\W*$|#$",
    re.IGNORECASE,
)
LABEL_SENTENCE_WORDS = 4
"""Words from which on a small first letter tells a sentence; "de la Cruz" is a name."""
_NUMBERING = re.compile(r"^(?:\(?\d{1,2}\s?[.)]|['’]s)$")
"""The number of the next field of a form, and what is left of "registrant's"."""
_NUMBERED = re.compile(r"^\(?\d{1,2}\s?[.)]\s+[^\W\d]")
_LEAD = re.compile(r"(?:\s*\([^)]{1,20}\))?[\s:#.\-=)\]°º]*")

Key = str | date | Decimal


@dataclass(frozen=True, slots=True)
class Candidate:
    """One value that a field may have.

    ``key`` is what equal values share; ``score`` is open-ended, higher is better.
    ``derived``: computed from the words rather than printed by them.
    """

    key: Key
    raw: str
    page: int
    row: int
    words: tuple[Word, ...]
    score: float
    currency: str | None = None
    labelled: bool = True
    derived: bool = False

    def scored(self, change: float) -> "Candidate":
        return replace(self, score=self.score + change)


def candidates(
    specs: Sequence[FieldSpec], lines: Sequence[Line], hits: Mapping[int, list[Hit]]
) -> dict[str, list[Candidate]]:
    """Return what the labels point at, by field path. ``hits`` are the labels by row number."""
    by_path = {spec.path: spec for spec in specs}
    found: dict[str, list[Candidate]] = defaultdict(list)
    for number, row_hits in hits.items():
        for index, hit in enumerate(row_hits):
            stop = row_hits[index + 1].start if index + 1 < len(row_hits) else len(lines[number].text)
            for path in hit.paths:
                spec = by_path[path]
                right = list(values_in(spec.kind, lines[number], hit.end, stop))
                words = spec.kind in (Kind.TEXT, Kind.NAME)
                if words and not hit.colon:
                    right = [value for value in right if not _goes_on(value.raw)]
                below = [] if right and not words else list(_below(spec, lines, number, hit, hits))
                if words:
                    below = [
                        value for value in below if not (_goes_on(value.raw) or _NUMBERED.match(value.raw))
                    ]
                # Words have no form that tells them from the next label: without a colon place says less.
                apart = words and not hit.colon and hit.closes
                found[path].extend(_rated(spec, hit, right, geometry=-0.4 if apart else 0.0))
                found[path].extend(_rated(spec, hit, below, geometry=-0.5))
    return found


def _goes_on(text: str) -> bool:
    """Whether words behind a label carry on its sentence: the label was only mentioned in it."""
    words = text.split()
    small = sum(word[0].islower() for word in words)
    return text[0].islower() and (
        small == len(words) or (len(words) >= LABEL_SENTENCE_WORDS and small * 2 >= len(words))
    )


def _rated(
    spec: FieldSpec, hit: Hit, values: Sequence[Candidate], *, geometry: float = 0.0
) -> Iterator[Candidate]:
    label = 0.25 * min(hit.tokens, 4) - 0.02 * min(hit.rank[spec.path], 20)
    first = -0.3 if spec.kind is Kind.AMOUNT else NOT_FIRST
    label += (0.4 if hit.opens else first) + (0.3 if hit.colon else 0.0)
    for index, value in enumerate(values):
        later = len(values) - 1 - index if spec.kind is Kind.AMOUNT else index
        yield value.scored(label + geometry - 0.3 * later)


def _below(
    spec: FieldSpec, lines: Sequence[Line], number: int, hit: Hit, hits: Mapping[int, list[Hit]]
) -> Iterator[Candidate]:
    """A label with nothing behind it may head its value: the nearest row that has something below it."""
    if not (hit.closes and hit.opens):
        return
    line = lines[number]
    label = line.box_between(hit.start, hit.end)
    for below in lines[number + 1 : number + 1 + REACH_BELOW_ROWS]:
        near = 3.2 * max(line.row.height, below.row.height)
        if below.row.page != line.row.page or below.row.centre - line.row.centre > near * REACH_BELOW_ROWS:
            return
        for segment in below.row.segments:
            aligned = abs(segment.box.x0 - label.x0) < label.height or overlap(segment.box, label) > 0.3
            if not aligned:
                continue
            start, end = _segment_span(below, segment.words[0])
            if any(
                other.start < end and other.end > start and other.opens
                for other in hits.get(below.row.number, ())
            ):
                return
            values = list(values_in(spec.kind, below, start, end))
            yield from values
            if values or spec.kind in (Kind.TEXT, Kind.NAME, Kind.IDENTIFIER):
                return


def _segment_span(line: Line, first: Word) -> tuple[int, int]:
    at = next(start for word, start in zip(line.words, line.starts, strict=True) if word is first)
    return at, line.segment_end(at)


def values_in(kind: Kind, line: Line, start: int, stop: int) -> Iterator[Candidate]:
    """Yield the values of a kind in ``text[start:stop]`` of the line, from left to right."""
    spans: list[tuple[int, int, Key, bool]]
    match kind:
        case Kind.DATE:
            spans = [(hit.start, hit.end, hit.value, hit.weak) for hit in line.dates]
        case Kind.AMOUNT:
            for found in line.amounts:
                if start <= found.start and found.end <= stop:
                    yield _amount(line, found.value, found.start, found.end, weak=found.weak)
            return
        case Kind.IBAN:
            spans = [(hit.start, hit.end, hit.value, hit.weak) for hit in line.ibans]
        case Kind.TAX_ID:
            spans = [(hit.start, hit.end, hit.value.value, hit.weak) for hit in line.tax_ids]
            if not any(start <= span[0] and span[1] <= stop for span in spans):
                # The shortest number of a country has five digits; "VAT 19%" has none at all.
                spans = [
                    (a, b, key, True)
                    for a, b, key, _ in _identifiers(line, start, stop)
                    if sum(map(str.isdigit, str(key))) >= _TAX_ID_DIGITS_MIN
                ]
        case Kind.IDENTIFIER:
            spans = list(_identifiers(line, start, stop))
        case Kind.NUMBER | Kind.INTEGER:
            spans = list(_numbers(line, start, stop))
        case Kind.CURRENCY:
            spans = [
                (start, line.segment_end(start + 1), code, not certain)
                for code, certain in find_currencies(line.text[start:stop])[:1]
            ]
        case _:
            spans = list(_texts(line, start, stop))
    for begin, end, key, weak in spans:
        if start <= begin and end <= stop:
            yield candidate(line, begin, end, key, score=-0.4 if weak else 0.0)


def candidate(
    line: Line, start: int, end: int, key: Key, *, score: float, labelled: bool = True
) -> Candidate:
    words = line.words_between(start, end)
    return Candidate(
        key, line.text[start:end].strip(), line.row.page, line.row.number, words, score, labelled=labelled
    )


def _amount(line: Line, amount: Amount, start: int, end: int, *, weak: bool) -> Candidate:
    plain = candidate(line, start, end, amount.value, score=-0.6 if weak else 0.0)
    return replace(plain, currency=amount.currency)


def _identifiers(line: Line, start: int, stop: int) -> Iterator[tuple[int, int, Key, bool]]:
    lead = _LEAD.match(line.text, start, stop)
    begin = lead.end() if lead else start
    match = _IDENTIFIER.search(line.text, begin, stop)
    if match is None or match.start() - begin > 24:
        return
    first, last = match.span()
    if any(first < hit.end and hit.start < last for hit in line.dates if hit.end - hit.start >= last - first):
        return
    between = line.text[begin:first].strip(" :#.")
    if between.isupper() and between.isalpha() and len(between) <= 4:
        first = line.text.rfind(between, begin, first)
    while (group := _DIGIT_GROUP.match(line.text, last, stop)) is not None:
        if any(hit.start < group.end(1) and group.start(1) < hit.end for hit in line.dates):
            break
        last = group.end(1)
    raw = line.text[first:last].strip(" .,;:()[]<>*'\"")
    offset = line.text.index(raw, first) if raw else first
    if raw and len(raw) <= 40:
        yield offset, offset + len(raw), raw, len(raw) < 3 or (bool(between) and first == match.start())


def _numbers(line: Line, start: int, stop: int) -> Iterator[tuple[int, int, Key, bool]]:
    for match in re.finditer(r"[-+]?\d[\d.,']*", line.text[start:stop]):
        value = parse_number(match.group().rstrip(".,"), line.decimal_mark)
        if value is not None:
            yield start + match.start(), start + match.end(), value, False


def _texts(line: Line, start: int, stop: int) -> Iterator[tuple[int, int, Key, bool]]:
    lead = _LEAD.match(line.text, start, stop)
    begin = lead.end() if lead else start
    while begin < stop and line.text[begin : line.segment_end(begin)].rstrip().endswith(":"):
        begin = line.segment_end(begin) + len(
            BETWEEN_SEGMENTS
        )  # a label within the label: "Advertiser  Name:  …"
    if begin >= stop:
        return
    end = min(stop, line.segment_end(begin))
    raw = line.text[begin:end].strip(" :;,|")
    if raw and any(map(str.isalnum, raw)) and not _NUMBERING.match(raw) and raw.count(" ") < TEXT_WORDS_MAX:
        weak = _LABEL_LIKE.search(raw) is not None
        yield begin, begin + len(line.text[begin:end].rstrip(" :;,|")), raw, weak
