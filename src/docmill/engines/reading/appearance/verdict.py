"""From the shapes of a word's characters to what is said about the word."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from docmill.engines.reading.appearance.letters import ALIKE, KNOWN, letters
from docmill.engines.reading.appearance.shapes import INKED, Ink, Place, features

LIKELY = 0.01
"""A shape that is its character with at least this chance is not questioned."""
_SPARE_RUNS_MAX = 3
"""Letters of neighbours that may reach into the picture of a word."""


class Character(NamedTuple):
    """What the text says stands at ``place``; ``em`` is the font's size in pixels, ``baseline`` its row."""

    text: str
    place: Place
    baseline: float
    em: float


def doubt(ink: Ink, characters: Sequence[Character]) -> float:
    """How surely the picture shows other characters: 0 for none in doubt, up to 1.

    Where the boxes of the text layer cut badly (the font is not in the file, and its stand-in is
    narrower), the gaps between the letters cut once more. Characters that the network does not know are
    not doubted, unless nothing is there.
    """
    by_boxes = _doubt(ink, characters)
    if not by_boxes:
        return 0.0
    return min(by_boxes, *(_doubt(ink, again) for again in _cut_anew(ink, characters)), 1.0)


def _doubt(ink: Ink, characters: Sequence[Character]) -> float:
    shapes, wanted = [], []
    if _twice_in_a_place(characters):
        return 1.0
    for character in characters:
        shape = features(ink, character.place, baseline=character.baseline, em=character.em)
        if shape is None:
            return 1.0
        if character.text in KNOWN:
            shapes.append(shape)
            wanted.append(character.text)
    if not shapes:
        return 0.0
    like = (letters().chances(shapes) * groups()[[KNOWN.index(text) for text in wanted]]).sum(axis=1)
    least = float(like.min())
    return 1 - least if least < LIKELY else 0.0


def _twice_in_a_place(characters: Sequence[Character]) -> bool:
    """One glyph that says two digits: a ligature of letters is honest, one of digits is not."""
    return any(
        one.place == other.place and (one.text.isdigit() or other.text.isdigit())
        for one, other in pairwise(characters)
    )


def _cut_anew(ink: Ink, characters: Sequence[Character]) -> Iterator[list[Character]]:
    """The same characters at the runs of ink between gaps, for each way in which as many stand in a row."""
    top, bottom = min(c.place.y0 for c in characters), max(c.place.y1 for c in characters)
    band = ink[max(0, int(top)) : max(1, int(bottom) + 1)]
    if not band.size:
        return
    edges = np.flatnonzero(np.diff(np.concatenate([[False], band.max(axis=0) > INKED, [False]])))
    runs = edges.reshape(-1, 2).tolist()
    spare = len(runs) - len(characters)
    for first in range(spare + 1 if spare <= _SPARE_RUNS_MAX else 0):
        yield [
            character._replace(place=Place(start + 0.5, top, end - 0.5, bottom))
            for character, (start, end) in zip(characters, runs[first:], strict=False)
        ]


@cache
def groups() -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
    """``float32[len(KNOWN), len(KNOWN)]``: 1 where two characters count as equal."""
    table = np.zeros((len(KNOWN), len(KNOWN)), np.float32)
    for row, text in enumerate(KNOWN):
        table[row, alike(text)] = 1
    return table


def alike(text: str) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """The outputs of all characters that look like this one in some font, itself included."""
    group = {text}
    for some in ALIKE:
        if text in some:
            group.update(some)
    return np.array([KNOWN.index(each) for each in sorted(group) if each in KNOWN])
