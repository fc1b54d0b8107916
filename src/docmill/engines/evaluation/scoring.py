"""Precision, recall and F1 per field and micro-averaged, with a bootstrap interval over documents."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from docmill.engines.evaluation.matching import Match, matches

NOT_FIELDS = frozenset(("file", "printed", "template"))
BOOTSTRAP_ROUNDS = 1_000
INTERVAL_TAIL = 0.025  # each side of a 95 % interval

Line = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Score:
    """Counts of true positives, false positives and false negatives."""

    tp: int = 0
    fp: int = 0
    fn: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.tp + other.tp, self.fp + other.fp, self.fn + other.fn)

    @property
    def precision(self) -> float:
        return self.tp / (self.tp + self.fp) if self.tp + self.fp else 0.0

    @property
    def recall(self) -> float:
        return self.tp / (self.tp + self.fn) if self.tp + self.fn else 0.0

    @property
    def f1(self) -> float:
        total = self.precision + self.recall
        return 2 * self.precision * self.recall / total if total else 0.0

    @property
    def perfect(self) -> bool:
        return not self.fp and not self.fn


@dataclass(frozen=True, slots=True)
class Wrong:
    """One field that is not as labelled."""

    file: str
    field: str
    label: object
    predicted: object


@dataclass(frozen=True, slots=True)
class Report:
    """Scores by field and over all of them.

    ``interval`` is the 95 % bootstrap interval of the micro F1; ``whole`` the share of documents all right.
    """

    documents: int
    fields: Mapping[str, Score]
    micro: Score
    interval: tuple[float, float]
    whole: float
    wrong: Sequence[Wrong] = field(default=())


def score(
    labels: Sequence[Line],
    predictions: Mapping[str, Line],
    kinds: Mapping[str, Match],
    *,
    day_first: bool = True,
    only_printed: bool = False,
) -> Report:
    """Score predictions (by file name) against label lines; a field without a label is not scored.

    A null label means that the document has no such field; a list holds acceptable alternatives.
    ``kinds`` tells how each field is compared, text when it is not there.
    """
    by_field: dict[str, Score] = {}
    documents: list[Score] = []
    wrong: list[Wrong] = []
    for line in sorted(labels, key=lambda line: str(line["file"])):
        predicted = predictions.get(str(line["file"]), {})
        total = Score()
        for name, label in line.items():
            skipped = only_printed and not _empty(label) and name not in line.get("printed", [name])
            if name in NOT_FIELDS or skipped:
                continue
            one = _score_field(label, predicted.get(name), kinds.get(name, Match.TEXT), day_first=day_first)
            by_field[name] = by_field.get(name, Score()) + one
            total += one
            if not one.perfect:
                wrong.append(Wrong(str(line["file"]), name, label, predicted.get(name)))
        documents.append(total)
    whole = sum(one.perfect for one in documents) / len(documents) if documents else 0.0
    micro = sum(by_field.values(), Score())
    return Report(len(documents), by_field, micro, _bootstrap(documents), whole, wrong)


def _score_field(label: object, predicted: object, how: Match, *, day_first: bool) -> Score:
    if isinstance(predicted, list):
        predicted = predicted[0] if predicted else None
    if _empty(label):
        return Score() if _empty(predicted) else Score(fp=1)
    if _empty(predicted):
        return Score(fn=1)
    accepted = label if isinstance(label, list) else [label]
    if any(matches(how, one, predicted, day_first=day_first) for one in accepted):
        return Score(tp=1)
    return Score(fp=1, fn=1)


def _empty(value: object) -> bool:
    return value is None or (isinstance(value, str | list) and not value)


def _bootstrap(documents: Sequence[Score], seed: int = 0) -> tuple[float, float]:
    if not documents:
        return 0.0, 0.0
    generator = random.Random(seed)
    values = sorted(
        sum(generator.choices(documents, k=len(documents)), Score()).f1 for _ in range(BOOTSTRAP_ROUNDS)
    )
    low = int(INTERVAL_TAIL * BOOTSTRAP_ROUNDS)
    return values[low], values[BOOTSTRAP_ROUNDS - low - 1]
