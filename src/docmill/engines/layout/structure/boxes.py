"""Check boxes: those that are drawn or are form fields, those that are signs, and what stands by them."""

from collections.abc import Sequence

from docmill.domain.limits import documents as limits
from docmill.domain.pages import Box, CheckBox, Page
from docmill.engines.layout.structure.lines import Line, lines_of
from docmill.engines.layout.structure.model import LabelledCheckBox

EMPTY = frozenset("☐□▢❏❐❑❒⬜◻○⃝\uf06f\uf0a8\uf071\uf072\uf0a3")
TICKED = frozenset("☑☒🗹🗷▣⊠\uf0fe\uf0fd\uf078\uf052\uf054\uf053")
"""Signs for boxes; the last ones are those of Wingdings, which PDFs often leave without a meaning."""
_TYPED = {
    "[]": False,
    "[_]": False,
    "()": False,
    "[x]": True,
    "[X]": True,
    "(x)": True,
    "(X)": True,
    "[✓]": True,
    "[*]": True,
}
_OPEN, _CLOSE = frozenset(("[", "(")), frozenset(("]", ")"))
_FIRST = EMPTY | TICKED | _OPEN
_REACH = 3.0
"""A label begins within so many letter heights of its box."""
_LABEL_WORDS_MAX = 12


def labelled(page: Page, seen: Sequence[int]) -> list[LabelledCheckBox]:
    """Return check boxes from the top, each with the words right of it, or left where there are none.

    The words of a label end at the next box, a wide gap, or the end of the line.
    """
    if not page.check_boxes and not any(page.words[index].text[0] in _FIRST for index in seen):
        return []
    lines = lines_of(page, seen)
    signs: set[int] = set()
    found = [*page.check_boxes]
    for line in lines:
        for box, members in _signs(page, line):
            if not any(_meet(box.box, other.box) for other in page.check_boxes):
                found.append(box)
            signs.update(members)
    found = sorted(found, key=lambda one: (one.box.y0, one.box.x0))[: limits.PAGE_CHECK_BOXES_MAX]
    by_line: dict[int, list[CheckBox]] = {}
    alone = []
    for box in found:
        number = _line_at(lines, box.box)
        if number is None:
            alone.append(LabelledCheckBox(box.box, box.checked, ()))
        else:
            by_line.setdefault(number, []).append(box)
    out = alone
    for number, boxes in by_line.items():
        out += _on_line(page, lines[number], boxes, signs)
    return sorted(out, key=lambda one: (one.box.y0, one.box.x0))


def _signs(page: Page, line: Line) -> list[tuple[CheckBox, tuple[int, ...]]]:
    out: list[tuple[CheckBox, tuple[int, ...]]] = []
    words = line.words
    for place, index in enumerate(words):
        word = page.words[index]
        text, box = word.text, word.box
        if text[0] in EMPTY or text[0] in TICKED:
            share = min(1.0, (box.y1 - box.y0) / (box.x1 - box.x0))
            side = box if len(text) == 1 else Box(box.x0, box.y0, box.x0 + share * (box.x1 - box.x0), box.y1)
            out.append((CheckBox(side, checked=text[0] in TICKED), (index,) if len(text) == 1 else ()))
        elif text in _TYPED:
            out.append((CheckBox(box, checked=_TYPED[text]), (index,)))
        elif text in _OPEN:
            for size in (2, 3):
                end = words[place + size - 1] if place + size <= len(words) else None
                middle = page.words[words[place + 1]].text if size == 3 and end is not None else ""
                if end is not None and page.words[end].text in _CLOSE and middle in ("", "x", "X", "✓", "_"):
                    whole = box.union(page.words[end].box)
                    out.append(
                        (CheckBox(whole, checked=middle not in ("", "_")), words[place : place + size])
                    )
                    break
    return out


def _line_at(lines: Sequence[Line], box: Box) -> int | None:
    """The line that stands beside a box."""
    middle = (box.y0 + box.y1) / 2
    near = [
        (abs((line.y0 + line.y1) / 2 - middle), number)
        for number, line in enumerate(lines)
        if line.y0 - 0.4 * line.height <= middle <= line.y1 + 0.4 * line.height
    ]
    return min(near)[1] if near else None


def _on_line(page: Page, line: Line, boxes: Sequence[CheckBox], signs: set[int]) -> list[LabelledCheckBox]:
    words = [index for index in line.words if index not in signs]
    order = sorted(boxes, key=lambda one: one.box.x0)
    labels: list[list[int]] = []
    for place, box in enumerate(order):
        stop = order[place + 1].box.x0 if place + 1 < len(order) else float("inf")
        labels.append(_right(page, words, box.box, stop, line.height))
    if not any(labels):
        for place, box in enumerate(order):
            start = order[place - 1].box.x1 if place else float("-inf")
            labels[place] = _left(page, words, box.box, start, line.height)
    return [
        LabelledCheckBox(box.box, box.checked, tuple(label)) for box, label in zip(order, labels, strict=True)
    ]


def _right(page: Page, words: Sequence[int], box: Box, stop: float, height: float) -> list[int]:
    label: list[int] = []
    edge = box.x1
    for index in words:
        own = page.words[index].box
        middle = (own.x0 + own.x1) / 2
        if middle <= box.x1 or own.x0 < box.x0:
            continue
        reach = _REACH * height if not label else 1.5 * height
        if middle >= stop or own.x0 - edge > reach or len(label) >= _LABEL_WORDS_MAX:
            break
        label.append(index)
        edge = own.x1
    return label


def _left(page: Page, words: Sequence[int], box: Box, start: float, height: float) -> list[int]:
    label: list[int] = []
    edge = box.x0
    for index in reversed(words):
        own = page.words[index].box
        if (own.x0 + own.x1) / 2 >= box.x0:
            continue
        reach = _REACH * height if not label else 1.5 * height
        if own.x0 < start or edge - own.x1 > reach or len(label) >= _LABEL_WORDS_MAX:
            break
        label.insert(0, index)
        edge = own.x0
    return label


def _meet(one: Box, other: Box) -> bool:
    return one.x0 < other.x1 and other.x0 < one.x1 and one.y0 < other.y1 and other.y0 < one.y1
