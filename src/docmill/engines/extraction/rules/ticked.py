"""Yes or no by the boxes that somebody has ticked.

Either one box stands by the field's words, or these are a question with a box for each answer.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from docmill.domain.pages import Box, Page, Provenance, Word
from docmill.domain.results import Citation, FieldMeta, NullReason, Source
from docmill.domain.types import FieldSpec
from docmill.engines.extraction.rules.labels import phrases_of
from docmill.engines.extraction.rules.outcome import confidence, missing
from docmill.engines.layout.phrases import Phrases, keyed, phrase_key
from docmill.engines.layout.structure import LabelledCheckBox, check_boxes
from docmill.engines.layout.structure.lines import Line, lines_of

YES = frozenset(map(phrase_key, ["yes", "y", "ja", "oui", "sí", "si", "tak", "sim", "true", "wahr"]))
NO = frozenset(map(phrase_key, ["no", "n", "nein", "non", "nie", "não", "nee", "false", "falsch"]))
NOT = NO | frozenset(
    map(
        phrase_key,
        ["not", "don't", "nicht", "kein", "keine", "keinen", "pas", "sans", "without", "ohne", "sin"],
    )
)
"""A label with one of these beside the field's words may mean the opposite: a person decides."""
WHOLE, OPENS, WITHIN = 1.3, 0.9, 0.4
"""Scores of a label that is the field's words, begins with them, or mentions them among others."""
SCANNED = -0.2
"""What a box loses that was found on a picture."""
_SIGNS = {True: "☒", False: "☐"}


@dataclass(frozen=True, slots=True)
class _Said:
    """One place that answers a field. ``answer`` None: the place is there, and says both or neither.

    ``question`` are the words that two boxes answer.
    """

    answer: bool | None
    score: float
    page: Page
    boxes: tuple[LabelledCheckBox, ...]
    question: tuple[Word, ...] = ()
    reason: NullReason = NullReason.AMBIGUOUS


def ticked(
    specs: Sequence[FieldSpec], pages: Sequence[Page]
) -> tuple[dict[str, bool | None], dict[str, FieldMeta]]:
    """Return (value by path, metadata by path) of the fields of kind boolean.

    Null is ``not_found`` where no box has the field's words, or nobody has ticked one of its two answers,
    and ``ambiguous`` where both are ticked, or places that name it equally well disagree.
    """
    found: dict[str, list[_Said]] = {}
    books = {spec.path: Phrases(keyed((phrase, True) for phrase in phrases_of(spec))) for spec in specs}
    for page in pages if specs else ():
        for path, said in _on(page, books):
            found.setdefault(path, []).append(said)
    unread = bool(pages) and all(page.error for page in pages)
    values: dict[str, bool | None] = {}
    metadata: dict[str, FieldMeta] = {}
    for spec in specs:
        options = found.get(spec.path, [])
        values[spec.path], metadata[spec.path] = _decided(options)
        if unread:
            metadata[spec.path] = missing(NullReason.UNREADABLE)
    return values, metadata


def _decided(options: Sequence[_Said]) -> tuple[bool | None, FieldMeta]:
    if not options:
        return None, missing()
    best = max(one.score for one in options)
    surest = [one for one in options if one.score == best]
    answers = {one.answer for one in surest}
    if answers == {None}:
        return None, missing(surest[0].reason)
    if len(answers) > 1:
        return None, missing(NullReason.AMBIGUOUS)
    one = surest[0]
    words = (*one.question, *(word for each in one.boxes for word in _label(one.page, each)))
    box = one.boxes[0].box
    for other in (*(each.box for each in one.boxes[1:]), *(word.box for word in words)):
        box = box.union(other)
    score = one.score + (0.0 if one.page.provenance is Provenance.TEXT_LAYER else SCANNED)
    citation = Citation(one.page.number, box, one.page.unit, (one.page.width, one.page.height))
    meta = FieldMeta(Source.RULES, _raw(one), confidence(score, words), citations=(citation,))
    return one.answer, meta


def _raw(one: _Said) -> str:
    parts = [word.text for word in one.question]
    for box in one.boxes:
        parts += [_SIGNS[box.checked], *(word.text for word in _label(one.page, box))]
    return " ".join(parts)


def _label(page: Page, box: LabelledCheckBox) -> tuple[Word, ...]:
    return tuple(page.words[index] for index in box.label)


def _on(page: Page, books: Mapping[str, Phrases[bool]]) -> Iterator[tuple[str, _Said]]:
    boxes = check_boxes(page)
    if not boxes:
        return
    groups, alone = _groups(page, boxes)
    for group, heading in groups:
        answer, reason = _answer(page, group)
        words = tuple(page.words[index] for index in heading)
        for path, score in _named(words, books):
            # Words beside the answers are a question, which is seldom the field's words alone.
            yield path, _Said(answer, max(score, OPENS), page, tuple(group), words, reason)
    for box in alone:
        words = _label(page, box)
        for path, score in _named(words, books):
            turned = score < WHOLE and any(phrase_key(word.text) in NOT for word in words)
            yield path, _Said(None if turned else box.checked, score, page, (box,))


def _named(words: Sequence[Word], books: Mapping[str, Phrases[bool]]) -> Iterator[tuple[str, float]]:
    text = " ".join(word.text for word in words)
    for path, book in books.items():
        found = book.find(text)
        if not found:
            continue
        best = max(found, key=lambda match: match.end - match.start)
        before, after = (any(map(str.isalnum, part)) for part in (text[: best.start], text[best.end :]))
        yield path, WITHIN if before else OPENS if after else WHOLE


def _answer(page: Page, group: Sequence[LabelledCheckBox]) -> tuple[bool | None, NullReason]:
    chosen = [_is_yes(page, box) for box in group if box.checked]
    if len(chosen) == 1:
        return chosen[0], NullReason.NOT_FOUND
    return None, NullReason.AMBIGUOUS if chosen else NullReason.NOT_FOUND


def _is_yes(page: Page, box: LabelledCheckBox) -> bool:
    return _key(page, box) in YES


def _key(page: Page, box: LabelledCheckBox) -> str:
    return phrase_key(" ".join(word.text for word in _label(page, box)))


def _groups(
    page: Page, boxes: Sequence[LabelledCheckBox]
) -> tuple[list[tuple[list[LabelledCheckBox], list[int]]], list[LabelledCheckBox]]:
    """Part the boxes into pairs of answers, each with the words that they answer, and single boxes."""
    labels = frozenset(index for box in boxes for index in box.label)
    lines = lines_of(page, [i for i, word in enumerate(page.words) if word.hidden is None and word.text])
    groups: list[tuple[list[LabelledCheckBox], list[int]]] = []
    alone: list[LabelledCheckBox] = []
    pending: list[LabelledCheckBox] = []
    for box in sorted(boxes, key=lambda one: (_line_number(lines, one.box), one.box.x0)):
        key = _key(page, box)
        if key not in YES and key not in NO:
            alone.append(box)
            continue
        other = pending[-1] if pending else None
        if other is not None and _level(other.box, box.box) and _is_yes(page, other) != _is_yes(page, box):
            heading = _heading(page, lines, [other, box], labels)
            groups.append(([other, box], heading))
            pending = []
            continue
        pending = [box]
    return groups, alone


def _heading(
    page: Page, lines: Sequence[Line], pair: Sequence[LabelledCheckBox], labels: frozenset[int]
) -> list[int]:
    """The words left of two answers on their line, else those of the line above."""
    start = min(
        [box.box.x0 for box in pair] + [page.words[index].box.x0 for box in pair for index in box.label]
    )
    number = _line_number(lines, pair[0].box)
    if number >= len(lines):
        return []
    left = [index for index in lines[number].words if page.words[index].box.x1 <= start]
    taken = max((place for place, index in enumerate(left) if index in labels), default=-1)
    own = left[taken + 1 :]
    own = [index for index in own if any(map(str.isalnum, page.words[index].text))]
    if own or number == 0:
        return own
    above = lines[number - 1]
    near = lines[number].y0 - above.y1 < 1.5 * above.height
    return [index for index in above.words if index not in labels] if near else []


def _line_number(lines: Sequence[Line], box: Box) -> int:
    """The line nearest to a box; one past the last where there are none."""
    distances = [(abs((line.y0 + line.y1) / 2 - box.centre_y), number) for number, line in enumerate(lines)]
    return min(distances)[1] if distances else 0


def _level(one: Box, other: Box) -> bool:
    return abs(one.centre_y - other.centre_y) < max(one.height, other.height)
