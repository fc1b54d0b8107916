"""What kind of block some lines are, and what is header or footer because it comes again and again."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from docmill.domain.pages import Page
from docmill.engines.layout.structure.lines import Line, text_of
from docmill.engines.layout.structure.model import Block, BlockKind, Structure

HEADING_SIZE = 1.2
"""Letters so much higher than the page's usual ones make a heading."""
HEADING_LINES_MAX, HEADING_WORDS_MAX = 3, 16
EDGE_SHARE = 0.15
"""The part of a page at its top and bottom in which what is repeated is header or footer."""
MARGIN_SHARE = 0.06
"""The part in which a short line by itself is one without being repeated."""
_SAME_PLACE = 0.012
_ITEM = re.compile(r"^(?:[•‣▪●◦·*–—‐-]|\(?(?:\d{1,3}|[a-zA-Z]|[ivx]{1,4})[.)])$")
_NUMBERS = re.compile(r"\d+")


def kind_of(page: Page, lines: Sequence[Line], size: float) -> BlockKind:
    """``size`` is the usual height of the page's letters."""
    words = sum(len(line.words) for line in lines)
    top, bottom = min(line.y0 for line in lines), max(line.y1 for line in lines)
    if len(lines) == 1 and bottom < MARGIN_SHARE * page.height:
        return BlockKind.HEADER
    if len(lines) == 1 and top > (1 - MARGIN_SHARE) * page.height:
        return BlockKind.FOOTER
    if (
        len(lines) <= HEADING_LINES_MAX
        and words <= HEADING_WORDS_MAX
        and min(line.height for line in lines) >= HEADING_SIZE * size
    ):
        return BlockKind.HEADING
    starts = sum(_ITEM.match(page.words[line.words[0]].text) is not None for line in lines)
    return BlockKind.LIST if starts >= 2 and starts * 3 >= len(lines) else BlockKind.TEXT


def with_repeated(pages: Sequence[Page], found: Sequence[Structure]) -> list[Structure]:
    """Call blocks at the edges header or footer that stand on several pages at the same place.

    Numbers in them may differ. On two pages both must have them, on more at least half.
    """
    counts: Counter[tuple[str, int]] = Counter()
    for page, one in zip(pages, found, strict=True):
        counts.update({key for block in one.blocks for key in _keys(page, block)[:1]})
    least = max(2, len(pages) // 2)
    out = []
    for page, one in zip(pages, found, strict=True):
        blocks = tuple(
            replace(block, kind=kind)
            if (kind := _edge(page, block)) and any(counts[key] >= least for key in _keys(page, block))
            else block
            for block in one.blocks
        )
        out.append(replace(one, blocks=blocks))
    return out


def _edge(page: Page, block: Block) -> BlockKind | None:
    if block.kind is BlockKind.TABLE:
        return None
    if block.box.y1 < EDGE_SHARE * page.height:
        return BlockKind.HEADER
    return BlockKind.FOOTER if block.box.y0 > (1 - EDGE_SHARE) * page.height else None


def _keys(page: Page, block: Block) -> list[tuple[str, int]]:
    """Text and place; the second one is for a place that falls just beside a step."""
    if _edge(page, block) is None:
        return []
    text = _NUMBERS.sub("#", text_of(page.words, block.words))
    step = block.box.y0 / max(page.height, 1.0) / _SAME_PLACE
    near = int(step) + (1 if step % 1 > 0.5 else -1)
    return [(text, int(step)), (text, near)]
