"""Blocks: lines under each other that begin, end or centre at the same place, such as an address."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from docmill.domain.pages import Box
from docmill.engines.layout.rows import Row, Segment

ALIGNED = 1.2
"""Lines of a block are aligned within this many letter heights."""
LEADING = 2.1
"""Lines of a block follow each other within this many letter heights."""


@dataclass(slots=True)
class Block:
    """Segments from top to bottom, at least one."""

    segments: list[Segment] = field(default_factory=list)

    @property
    def box(self) -> Box:
        box = self.segments[0].box
        for segment in self.segments[1:]:
            box = box.union(segment.box)
        return box

    @property
    def text(self) -> str:
        return "\n".join(segment.text for segment in self.segments)


def blocks_of(rows: Iterable[Row]) -> list[Block]:
    """Group the segments of rows that are given from top to bottom.

    Blocks come in the order of their first line.
    """
    done: list[Block] = []
    still_open: list[tuple[Block, float, float]] = []
    for row in rows:
        still_open = [one for one in still_open if row.centre - one[1] < LEADING * max(one[2], row.height)]
        for segment in row.segments:
            home = next(
                (i for i, one in enumerate(still_open) if one[1] < row.centre and _aligned(one[0], segment)),
                None,
            )
            if home is None:
                block = Block([segment])
                done.append(block)
                still_open.append((block, row.centre, row.height))
            else:
                block = still_open[home][0]
                block.segments.append(segment)
                still_open[home] = (block, row.centre, row.height)
    return done


def _aligned(block: Block, segment: Segment) -> bool:
    last = block.segments[-1]
    if last.page != segment.page:
        return False
    one, other = last.box, segment.box
    reach = ALIGNED * max(one.height, other.height)
    same_edge = abs(one.x0 - other.x0) < reach or abs(one.x1 - other.x1) < reach
    same_centre = abs(one.x0 + one.x1 - other.x0 - other.x1) < reach
    return same_edge or (same_centre and min(one.x1, other.x1) > max(one.x0, other.x0))
