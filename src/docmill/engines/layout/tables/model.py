"""What a table is made of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from docmill.domain.pages import Box, Word


class Form(StrEnum):
    """What the cells of a column look like."""

    MONEY = "money"
    NUMBER = "number"
    DATE = "date"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class ColumnWords:
    """A column that is looked for: its ``name`` and the phrases that head it."""

    name: str
    form: Form
    phrases: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TableWords:
    """What a table is known by. ``rows_by`` are the money columns of which every row has one.

    Rows that open with these phrases are no entries: ``ends`` totals below the table, ``carried``
    sums taken over a page's end, ``apart`` values of the document that stand among the entries
    (an opening balance), ``adjusts`` a discount or charge that belongs to the entry above.
    """

    columns: tuple[ColumnWords, ...]
    rows_by: tuple[str, ...]
    ends: tuple[str, ...] = ()
    carried: tuple[str, ...] = ()
    apart: tuple[str, ...] = ()
    adjusts: tuple[str, ...] = ()


@dataclass(slots=True)
class Cell:
    """The words of one cell in reading order, and the page of each: a cell may go on after a page break."""

    words: list[Word] = field(default_factory=list)
    pages: list[int] = field(default_factory=list)

    @property
    def text(self) -> str:
        return " ".join(word.text for word in self.words)

    def add(self, words: Sequence[Word], page: int) -> None:
        self.words.extend(words)
        self.pages.extend([page] * len(words))


@dataclass(slots=True)
class TableRow:
    """One entry of a table.

    ``lines`` are the numbers of the layout's rows that it covers; ``adjustments`` its discounts.
    """

    page: int
    lines: list[int]
    cells: dict[str, Cell] = field(default_factory=dict)
    adjustments: list[Cell] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class HeadCell:
    """A cell of the header. ``name`` is empty where its words say nothing that is looked for."""

    name: str
    form: Form
    box: Box


@dataclass(slots=True)
class Table:
    """``expected`` counts printed rows by alignment alone, apart from how ``rows`` were put together.

    ``lines`` are the layout's rows that the table covers, headers and carried sums included; by the
    number of the row, the (x0, x1) that is the table's: what stands beside it is not. ``guessed``: no header
    names the columns. ``celled``: its cells were known, not put together from rows of print.
    """

    header: tuple[HeadCell, ...]
    rows: list[TableRow]
    expected: int
    lines: Mapping[int, tuple[float, float]]
    guessed: bool = False
    celled: bool = False
