"""Phrases found in text by their letters and digits alone.

Case, accents, blanks and punctuation do not count: OCR drops blanks ("TOTALAMOUNT:") and printers put hyphens
where they like. A phrase starts and ends where a word, a number or a sign does.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Generic, TypeVar

from docmill.engines.values.text import comparable

P = TypeVar("P")

PHRASE_TOKENS_MAX = 9
"""Tokens of the longest phrase that is looked for."""
NUMBER_WORDS = frozenset(("no", "nr", "n", "num", "nro", "number", "nummer", "numero"))
"""Ways to write "number" (accents dropped) that are one word to a reader: "Fattura n." is "Fattura
numero".
"""
_TOKEN = re.compile(r"[^\W\d_]+|\d+|#|%")
_WIDE = "   "


@dataclass(frozen=True, slots=True)
class Match(Generic[P]):
    """``text[start:end]`` is the phrase; ``tokens`` of it say how specific it is."""

    payload: P
    start: int
    end: int
    tokens: int


class Phrases(Generic[P]):
    """Look-up of many phrases at once; the longest wins and none overlap."""

    def __init__(self, payloads: Mapping[str, P]) -> None:
        """``payloads`` by `phrase_key`."""
        self._payloads = dict(payloads)
        self._payloads.pop("", None)

    def find(self, text: str) -> list[Match[P]]:
        """Return the phrases in ``text`` from left to right; none reaches over a run of three blanks."""
        tokens = [(match.start(), match.end(), _token(match.group())) for match in _TOKEN.finditer(text)]
        found: list[Match[P]] = []
        index = 0
        while index < len(tokens):
            best: tuple[int, P] | None = None
            key = ""
            for stop in range(index, min(len(tokens), index + PHRASE_TOKENS_MAX)):
                if stop > index and _WIDE in text[tokens[stop - 1][1] : tokens[stop][0]]:
                    break
                key += tokens[stop][2]
                if key in self._payloads:
                    best = (stop + 1, self._payloads[key])
            if best is None:
                index += 1
                continue
            found.append(Match(best[1], tokens[index][0], tokens[best[0] - 1][1], best[0] - index))
            index = best[0]
        return found


def phrase_key(phrase: str) -> str:
    """Return what two spellings of a phrase share; empty for one without letters, digits, "#" and "%"."""
    return "".join(_token(match.group()) for match in _TOKEN.finditer(phrase))


def keyed(phrases: Iterable[tuple[str, P]]) -> dict[str, P]:
    """Return payloads by key; the first of equal phrases wins."""
    out: dict[str, P] = {}
    for phrase, payload in phrases:
        out.setdefault(phrase_key(phrase), payload)
    return out


@lru_cache(maxsize=8192)
def _token(raw: str) -> str:
    key = comparable(raw) or raw
    if key == "amt":
        return "amount"
    return "#" if key in NUMBER_WORDS else key
