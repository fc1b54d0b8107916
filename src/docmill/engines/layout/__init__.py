"""From words with boxes to rows, segments and tables. Pure geometry: no language, no document types."""

from docmill.engines.layout.blocks import Block, blocks_of
from docmill.engines.layout.rows import Layout, Row, Segment, lay_out

__all__ = ["Block", "Layout", "Row", "Segment", "blocks_of", "lay_out"]
