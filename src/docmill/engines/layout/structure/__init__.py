"""Structure: blocks in reading order, tables, check boxes and pairs of a page, from its words and lines."""

from docmill.engines.layout.structure.model import Block, BlockKind, LabelledCheckBox, Pair, Structure
from docmill.engines.layout.structure.page import check_boxes, forms, ruled_tables, structure, structures

__all__ = [
    "Block",
    "BlockKind",
    "LabelledCheckBox",
    "Pair",
    "Structure",
    "check_boxes",
    "forms",
    "ruled_tables",
    "structure",
    "structures",
]
