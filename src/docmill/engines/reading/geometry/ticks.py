"""Small squares and the marks in them: which are boxes to tick, and which of those are ticked."""

from collections.abc import Sequence

import numpy as np

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, CheckBox, Word
from docmill.engines.reading.geometry.ruling import Floats

MARKS = frozenset("xX×✓✔✕✖✗✘●•■⬛◆❌✅√")
"""What people and programs put into a box to tick it."""
DINGBATS = frozenset("4568ln")
"""The same as a program sees it that takes ZapfDingbats for letters."""
_MARK_SHARE_MIN = 0.3
_TOUCH = 0.35  # of a side: squares nearer than this are the cells of one field
_INDEX_CELL = 24.0


def ticks(squares: Floats, marks: Floats, words: Sequence[Word]) -> tuple[CheckBox, ...]:
    """Return the squares that may be ticked, from the top.

    A square with other text in it is a cell, and squares in touch are a field for letters one by one.
    """
    if not len(squares):
        return ()
    squares = _alone(squares[: limits.PAGE_CHECK_BOXES_MAX])
    wanted = {cell for square in squares.tolist() for cell in _cells(square)}
    texts = [word for word in words if word.hidden is None and _cell(*_middle(word.box)) in wanted]
    sides = marks[:, 2:] - marks[:, :2]
    middles = (marks[:, 2:] + marks[:, :2]) / 2
    out = []
    for x0, y0, x1, y1 in squares.tolist():
        inside = [
            word.text
            for word in texts
            if x0 - 1 < _middle(word.box)[0] < x1 + 1 and y0 - 1 < _middle(word.box)[1] < y1 + 1
        ]
        if any(text not in MARKS and text not in DINGBATS for text in inside):
            continue
        side = min(x1 - x0, y1 - y0)
        drawn = (middles > (x0, y0)).all(axis=1) & (middles < (x1, y1)).all(axis=1)
        drawn &= (sides >= _MARK_SHARE_MIN * side).all(axis=1) & (sides <= 2 * side).all(axis=1)
        box = Box(round(x0, 2), round(y0, 2), round(x1, 2), round(y1, 2))
        out.append(CheckBox(box, checked=bool(inside) or bool(drawn.any())))
    return tuple(sorted(out, key=lambda one: (one.box.y0, one.box.x0)))


def joined(form: Sequence[CheckBox], drawn: Sequence[CheckBox]) -> tuple[CheckBox, ...]:
    """Boxes of form fields, and those that are drawn somewhere else: a field says best what it holds."""
    if not form:
        return tuple(drawn)
    apart = [one for one in drawn if not any(_meet(one.box, other.box) for other in form)]
    together = sorted([*form, *apart], key=lambda one: (one.box.y0, one.box.x0))
    return tuple(together[: limits.PAGE_CHECK_BOXES_MAX])


def _alone(squares: Floats) -> Floats:
    """One of those drawn over each other, and none that two others touch."""
    if len(squares) < 2:
        return squares
    _, first = np.unique(np.round(squares / 2), axis=0, return_index=True)
    squares = squares[np.sort(first)]
    middles, side = (squares[:, 2:] + squares[:, :2]) / 2, (squares[:, 2:] - squares[:, :2]).mean(axis=1)
    apart = np.abs(middles[:, None] - middles[None]).max(axis=2) - (side[:, None] + side[None]) / 2
    within = apart < -0.5 * np.minimum(side[:, None], side[None])
    twin = np.tril(within & (side[:, None] >= side[None]), -1).any(axis=1)
    touching = ((apart < _TOUCH * side[:, None] * 0.5) & ~within).sum(axis=1)
    return np.asarray(squares[(touching < 2) & ~twin])


def _middle(box: Box) -> tuple[float, float]:
    return (box.x0 + box.x1) / 2, (box.y0 + box.y1) / 2


def _cell(x: float, y: float) -> tuple[int, int]:
    return int(x // _INDEX_CELL), int(y // _INDEX_CELL)


def _cells(square: Sequence[float]) -> set[tuple[int, int]]:
    x0, y0, x1, y1 = square
    return {_cell(x, y) for x in (x0 - 1, x1 + 1) for y in (y0 - 1, y1 + 1)}


def _meet(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
