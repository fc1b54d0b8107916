"""How much of what should be found was found, and how much else."""

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Self

from examples.piles import WordBox

EDGE_SIZES_MAX = 0.25
"""How far a word's left and right edge may be off, in heights of its font box: about half a narrow letter."""


@dataclass(frozen=True)
class Score:
    """Counts over all files, so that a file weighs as much as it holds."""

    hits: int = 0
    found: int = 0
    wanted: int = 0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.hits + other.hits, self.found + other.found, self.wanted + other.wanted)

    @property
    def f1(self) -> float:
        both = self.found + self.wanted
        return 2 * self.hits / both if both else 1.0

    @classmethod
    def of(cls, found: Iterable[Hashable], wanted: Iterable[Hashable]) -> Self:
        """Both as multisets: order says nothing, how often does."""
        got, truth = Counter(found), Counter(wanted)
        return cls((got & truth).total(), got.total(), truth.total())


def words(pages: Sequence[Sequence[Any]]) -> list[tuple[int, str]]:
    """Every run without a blank, with the index of its page, of pages as in `inside.telling`."""
    return [
        (index, text) for index, page in enumerate(pages) for item in page for text in str(item[0]).split()
    ]


def boxes(pages: Sequence[Sequence[Any]], wanted: Sequence[Sequence[WordBox]]) -> Score:
    """A word counts when its text is right and its box stands where the word does.

    Where: the middle of the found box is inside the word's font box, and neither the left nor the right
    edge is off by more than `EDGE_SIZES_MAX`. Ink boxes and font boxes both fit.
    """
    score = Score()
    for index, truth in enumerate(wanted):
        page = pages[index] if index < len(pages) else []
        score += Score(_placed(page, truth), len(page), len(truth))
    return score + Score(found=sum(map(len, pages[len(wanted) :])))


def _placed(page: Sequence[Any], truth: Sequence[WordBox]) -> int:
    left: dict[str, list[Sequence[float]]] = {}
    for text, *box in page:
        left.setdefault(text, []).append(box)
    hits = 0
    for word in truth:
        candidates = left.get(word.text, [])
        fit = next((box for box in candidates if len(box) == 4 and _stands(box, word.box)), None)
        if fit is not None:
            candidates.remove(fit)
            hits += 1
    return hits


def _stands(box: Sequence[float], wanted: Sequence[float]) -> bool:
    slack = EDGE_SIZES_MAX * (wanted[3] - wanted[1])
    middle = (box[1] + box[3]) / 2
    edges = abs(box[0] - wanted[0]) <= slack and abs(box[2] - wanted[2]) <= slack
    return edges and wanted[1] <= middle <= wanted[3]
