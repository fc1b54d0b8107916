"""One ranking from several."""

from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import TypeVar

RECIPROCAL_RANK_OFFSET = 60  # Cormack, Clarke, Buettcher, SIGIR 2009: k = 60 in all their experiments

_Key = TypeVar("_Key", bound=Hashable)
_Item = TypeVar("_Item")


def fuse(rankings: Iterable[Sequence[_Key]]) -> list[tuple[_Key, float]]:
    """Reciprocal rank fusion: best first, ties in the order of first appearance.

    Ranks alone count, so that text scores and vector distances need no common scale.
    """
    scores: dict[_Key, float] = {}
    for ranking in rankings:
        for rank, key in enumerate(ranking, start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (RECIPROCAL_RANK_OFFSET + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def spread(ranking: Iterable[_Item], *, group: Callable[[_Item], Hashable], most: int) -> list[_Item]:
    """The best ``most`` of each group, in their order."""
    seen: Counter[Hashable] = Counter()
    kept = []
    for item in ranking:
        seen[group(item)] += 1
        if seen[group(item)] <= most:
            kept.append(item)
    return kept
