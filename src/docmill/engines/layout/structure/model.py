"""What a page is made of, beside its words. Words are named by their index in the page."""

from dataclasses import dataclass
from enum import StrEnum

from docmill.domain.pages import Box, Table


class BlockKind(StrEnum):
    """What a block is to a reader."""

    TEXT = "text"
    HEADING = "heading"
    HEADER = "header"  # at the top of the page, outside of its text
    FOOTER = "footer"
    TABLE = "table"
    LIST = "list"  # lines that each begin with a sign or a number


@dataclass(frozen=True, slots=True)
class Block:
    """Words that belong together, in reading order. ``table`` is the index of the table that it is."""

    kind: BlockKind
    box: Box
    words: tuple[int, ...]
    table: int | None = None


@dataclass(frozen=True, slots=True)
class LabelledCheckBox:
    """A box to tick with the words that say what is ticked; ``label`` is empty where none stand by it."""

    box: Box
    checked: bool
    label: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Pair:
    """A label and what stands right of it, below it, or in the rest of its ruled form cell.

    ``value`` is empty for a form cell that nobody has filled. ``form_cell``: both stand in one box of
    drawn lines, ``box``.
    """

    label: tuple[int, ...]
    value: tuple[int, ...]
    box: Box
    form_cell: bool = False


@dataclass(frozen=True, slots=True)
class Structure:
    """One page taken apart.

    ``blocks`` are in reading order, and each word that a person sees is in exactly one of them.
    ``tables`` are those that the file declares, those with drawn lines and those that are only aligned,
    from the top; a word is in one cell at the most. ``check_boxes`` are from the top too.
    """

    blocks: tuple[Block, ...] = ()
    tables: tuple[Table, ...] = ()
    check_boxes: tuple[LabelledCheckBox, ...] = ()
    pairs: tuple[Pair, ...] = ()
