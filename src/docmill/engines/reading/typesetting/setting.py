"""Paragraphs to lines of words."""

import itertools
import re
from collections.abc import Iterator
from typing import NamedTuple

from docmill.domain.pages import Box, CheckBox, Hidden
from docmill.engines.reading.typesetting.blocks import Paragraph, Run, Stop
from docmill.engines.reading.typesetting.leaf import Leaf, SetWord
from docmill.engines.reading.typesetting.metrics import FIXED, SPACE, clean, width

LEADING = 1.25
"""From one line to the next, in shares of the size."""
_TAB_PT = 36.0
BOXES = {"☐": False, "☑": True, "☒": True, "🗹": True, "🗷": True}
"""Characters that are check boxes."""
_ATOM = re.compile(r"\n|\t|[^\s]+")
_FIXED_COLUMNS_MAX = 250
_PIECE_CHARS = 4_000
_WHOLE_CHARS = 12
_NUMBER_CHARS = 34  # an IBAN, the longest of them
_ATOMS_MEASURED = 100


class _Atom(NamedTuple):
    text: str  # a word, "\n", "\t", or nothing where only a check box stands
    extent: float = 0.0
    hidden: Hidden | None = None
    ticked: bool | None = None
    glued: bool = False  # to what stands before it


def lines(paragraph: Paragraph, room: float, *, address: str | None = None) -> Iterator[Leaf]:
    """Yield the lines, each as high as its leading. ``room`` is how wide they may be, in points."""
    if paragraph.fixed:
        yield from _fixed(paragraph)
        return
    line = _Line(paragraph, room, address)
    for atom in _atoms(paragraph, max(room - paragraph.indent_pt, 1.0)):
        if atom.text == "\n" or (not atom.glued and not line.takes(atom)):
            yield line.leaf()
            line = _Line(paragraph, room, address)
        if atom.text != "\n":
            line.add(atom)
    yield line.leaf()


def natural_width(paragraph: Paragraph) -> tuple[float, float]:
    """Return how wide the longest line and the longest word of its beginning are, in points."""
    if paragraph.fixed:
        return (extent := max((leaf.width for leaf in _fixed(paragraph)), default=0.0)), extent
    longest = most = across = 0.0
    for atom in itertools.islice(_atoms(paragraph, _PIECE_CHARS), _ATOMS_MEASURED):
        if atom.text == "\n":
            longest, across = max(longest, across), 0.0
            continue
        across += _TAB_PT if atom.text == "\t" else atom.extent + SPACE * paragraph.size_pt * (not atom.glued)
        most = max(most, atom.extent)
    indent = paragraph.indent_pt
    return max(longest, across) + indent, most + indent


def _atoms(paragraph: Paragraph, room: float) -> Iterator[_Atom]:
    size, text = paragraph.size_pt, paragraph.text
    runs = (Run(text),) if isinstance(text, str) else text
    blank_before = True
    for run in runs:
        hidden = run.hidden or paragraph.hidden
        if run.ticked is not None:
            yield _Atom("", size, hidden, run.ticked, glued=not blank_before)
            blank_before = True
        bold = run.bold or paragraph.bold
        end = 0
        for match in _ATOM.finditer(clean(run.text)):
            word, start = match[0], match.start()
            glued = start == end and (start > 0 or not blank_before) and word not in "\n\t"
            end = match.end()
            if word in "\n\t":
                yield _Atom(word)
                blank_before, end = True, -1
                continue
            if word in BOXES:
                yield _Atom("", size, hidden, BOXES[word], glued=glued)
                blank_before = False
                continue
            for piece in _pieces(word, room / size, bold=bold):
                extent = width(piece, bold=bold) * size
                # A number that is cut is another number: one that is too wide is set narrower.
                extent = min(extent, room) if len(piece) >= _WHOLE_CHARS else extent
                yield _Atom(piece, extent, hidden, glued=glued)
                glued, blank_before = False, False
        if run.text and run.text[-1].isspace():
            blank_before = True


def _pieces(word: str, room: float, *, bold: bool) -> Iterator[str]:
    """The word, in pieces if it is wider than the line; in shares of the size."""
    number = len(word) <= _NUMBER_CHARS and any(char.isdigit() for char in word)
    if len(word) < _WHOLE_CHARS or number or (len(word) < _PIECE_CHARS and width(word, bold=bold) <= room):
        yield word
        return
    start, across = 0, 0.0
    for index, character in enumerate(word):
        across += width(character, bold=bold)
        if index > start and (across > room or index - start >= _PIECE_CHARS):
            yield word[start:index]
            start, across = index, width(character, bold=bold)
    yield word[start:]


class _Line:
    """One line as it fills."""

    def __init__(self, paragraph: Paragraph, room: float, address: str | None) -> None:
        self._paragraph, self._room, self._address = paragraph, room, address
        self._words: list[SetWord] = []
        self._ticks: list[CheckBox] = []
        self._x = self._end = paragraph.indent_pt
        self._tab: tuple[int, float, float] | None = None  # the words since a right tab, where from and to

    def takes(self, atom: _Atom) -> bool:
        return not self._words or atom.text == "\t" or self._x + atom.extent <= self._room + 0.01

    def add(self, atom: _Atom) -> None:
        size = self._paragraph.size_pt
        top = size * (LEADING - 1) / 2
        if atom.text == "\t":
            self._settle()
            stop = self._stop()
            if stop.right:
                self._tab = len(self._words), self._end, stop.at_pt
            else:
                self._x = stop.at_pt
            return
        x = self._end if atom.glued else self._x
        if atom.ticked is not None:
            self._ticks.append(CheckBox(Box(x, top, x + size, top + size), atom.ticked))
        elif atom.glued and self._words and self._words[-1].hidden == atom.hidden:
            last = self._words[-1]
            self._words[-1] = last._replace(text=last.text + atom.text, x1=last.x1 + atom.extent)
        else:
            box = x, top, x + atom.extent, top + size
            self._words.append(SetWord(atom.text, *box, atom.hidden, self._address))
        self._end = x + atom.extent
        self._x = self._end + SPACE * size

    def _stop(self) -> Stop:
        for stop in self._paragraph.stops:
            if stop.at_pt > self._end + 0.5:
                return stop
        return Stop((int(self._end / _TAB_PT) + 1) * _TAB_PT)

    def _settle(self) -> None:
        """Move what follows a right tab to end there."""
        if self._tab is None:
            return
        first, start, at = self._tab
        self._tab = None
        shift = at - self._end if first < len(self._words) else at - start
        if shift <= 0:
            return
        moved = [word._replace(x0=word.x0 + shift, x1=word.x1 + shift) for word in self._words[first:]]
        self._words[first:] = moved
        self._end += shift
        self._x += shift

    def leaf(self) -> Leaf:
        self._settle()
        paragraph = self._paragraph
        leaf = Leaf(self._end, paragraph.size_pt * LEADING, self._words, ticks=self._ticks)
        spare = self._room - self._end
        if paragraph.align == "left" or spare <= 0:
            return leaf
        moved = Leaf()
        moved.put(leaf, spare if paragraph.align == "right" else spare / 2, 0.0)
        return moved


def _fixed(paragraph: Paragraph) -> Iterator[Leaf]:
    size = paragraph.size_pt
    step, top = size * FIXED, size * (LEADING - 1) / 2
    text = paragraph.text
    written = text if isinstance(text, str) else "".join(run.text for run in text)
    for written_row in clean(written).expandtabs(8).split("\n"):
        row = written_row.replace("\r", "").rstrip()
        for start in range(0, max(len(row), 1), _FIXED_COLUMNS_MAX):
            part = row[start : start + _FIXED_COLUMNS_MAX]
            words = [
                SetWord(
                    match[0],
                    paragraph.indent_pt + step * match.start(),
                    top,
                    paragraph.indent_pt + step * match.end(),
                    top + size,
                    paragraph.hidden,
                )
                for match in re.finditer(r"\S+", part)
            ]
            yield Leaf(words[-1].x1 if words else 0.0, size * LEADING, words)
