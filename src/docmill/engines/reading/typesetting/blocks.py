"""What can be laid out on pages: paragraphs, tables, breaks and slides."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

from docmill.domain.pages import Hidden

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Run:
    """Text that is all alike. ``ticked`` draws a check box before it, with a tick when true."""

    text: str
    bold: bool = False
    hidden: Hidden | None = None
    ticked: bool | None = None


class Stop(NamedTuple):
    """Where a tab ends, from the paragraph's left edge; text up to the next tab ends there if ``right``."""

    at_pt: float
    right: bool = False


@dataclass(frozen=True, slots=True)
class Paragraph:
    """Text with line breaks (``\\n``) and tabs (``\\t``); words that do not fit go to the next line.

    ``fixed`` keeps every blank, as in text that was written for a typewriter.
    """

    text: str | tuple[Run, ...]
    size_pt: float = 10.0
    bold: bool = False
    indent_pt: float = 0.0
    align: Align = "left"
    fixed: bool = False
    hidden: Hidden | None = None
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class CellText:
    """One cell. Places under another cell's spans are left out, as in HTML; what is missing is empty.

    ``blocks`` stand in the place of ``text`` when there are any. ``address`` becomes ``Word.cell``.
    """

    text: str = ""
    row_span: int = 1
    column_span: int = 1
    header: bool = False
    address: str | None = None
    hidden: Hidden | None = None
    align: Align = "left"
    bold: bool = False
    blocks: "tuple[Paragraph | Grid, ...]" = ()


@dataclass(frozen=True, slots=True)
class Grid:
    """A table. ``rows`` may be a generator: pages come out while it goes on.

    ``ruled`` draws lines around the cells. ``widths_pt`` are the columns' own, where the file says so.
    """

    rows: Iterable[Sequence[CellText]]
    ruled: bool = True
    widths_pt: tuple[float, ...] = ()
    size_pt: float = 9.0


@dataclass(frozen=True, slots=True)
class PageBreak:
    """What follows begins a page; it and those after it have this name."""

    name: str = ""


@dataclass(frozen=True, slots=True)
class Frame:
    """Blocks at a place of their own, from the top-left corner of the slide."""

    x_pt: float
    y_pt: float
    width_pt: float
    blocks: tuple[Paragraph | Grid, ...]


@dataclass(frozen=True, slots=True)
class Slide:
    """A page of a given size whose contents stand where they say."""

    name: str
    width_pt: float
    height_pt: float
    frames: tuple[Frame, ...]


Block = Paragraph | Grid | PageBreak | Slide


def column_letters(column: int) -> str:
    """The name of a sheet's column, from 0: A to Z, AA, AB ..."""
    letters = ""
    column += 1
    while column > 0:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters
