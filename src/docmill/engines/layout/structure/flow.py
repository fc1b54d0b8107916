"""Reading order: columns side by side, what stands over several of them, and blocks of lines in each."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from docmill.domain.pages import Box, Page
from docmill.engines.layout.structure.kinds import kind_of
from docmill.engines.layout.structure.lines import Line, box_of, lines_of
from docmill.engines.layout.structure.model import Block, BlockKind

DEPTH_MAX = 3
"""Columns within columns: two levels make four columns."""
GUTTER = 1.0
"""White between two columns of text, in letter heights."""
CROSSING_MAX = 0.25
"""Share of the runs that may stand across the white: headings over both columns."""
COLUMN_RUNS_MIN = 3
COLUMN_WORDS_MIN = 2.6
"""Mean words of a run in a column of text; labels and values side by side have fewer."""
LEADING = 1.6
"""Lines of a block follow each other within so many letter heights, or 1.3 times what is usual in it."""
_SAME_SIZE = 1.25
_TALL = 6.0


@dataclass(frozen=True, slots=True)
class _Thing:
    """A run of words, or a table (its index, without words)."""

    words: tuple[int, ...]
    box: Box
    table: int | None = None

    @property
    def centre(self) -> float:
        return (self.box.y0 + self.box.y1) / 2


def blocks_of(page: Page, rest: Sequence[int], tables: Sequence[tuple[Box, tuple[int, ...]]]) -> list[Block]:
    """Return blocks in reading order. ``rest`` are the words that stand in none of the tables."""
    upright = [index for index in rest if _is_upright(page, index)]
    level = [index for index in rest if not _is_upright(page, index)]
    lines = lines_of(page, level)
    size = median(line.height for line in lines) if lines else 1.0
    things = [_Thing(run.words, box_of(page.words, run.words)) for line in lines for run in line.runs]
    things += [_Thing(words, box, number) for number, (box, words) in enumerate(tables)]
    out: list[Block] = []
    for zone in _zones(things, size, DEPTH_MAX):
        out += _zone_blocks(page, zone, size)
    out += [Block(BlockKind.TEXT, box_of(page.words, [index]), (index,)) for index in upright]
    return out


def _is_upright(page: Page, index: int) -> bool:
    box = page.words[index].box
    return len(page.words[index].text) > 3 and box.y1 - box.y0 > _TALL * (box.x1 - box.x0)


def _zones(things: Sequence[_Thing], size: float, depth: int) -> Iterator[list[_Thing]]:
    """Yield what is read from the top to the bottom, zone by zone."""
    cut = _gutter(things, size) if depth and len(things) >= 2 * COLUMN_RUNS_MIN else None
    if cut is None:
        yield list(things)
        return
    waiting: list[_Thing] = []
    for thing in sorted(things, key=lambda one: (one.centre, one.box.x0)):
        if thing.box.x0 < cut < thing.box.x1:
            yield from _sides(waiting, cut, size, depth)
            waiting = []
            yield [thing]
        else:
            waiting.append(thing)
    yield from _sides(waiting, cut, size, depth)


def _sides(things: Sequence[_Thing], cut: float, size: float, depth: int) -> Iterator[list[_Thing]]:
    left = [thing for thing in things if thing.box.x1 <= cut]
    right = [thing for thing in things if thing.box.x1 > cut]
    if left and right and _is_text(left) and _is_text(right):
        yield from _zones(left, size, depth - 1)
        yield from _zones(right, size, depth - 1)
    elif things:
        yield list(things)


def _is_text(things: Sequence[_Thing]) -> bool:
    """Whether these runs fill a column as sentences do."""
    runs = [thing for thing in things if thing.table is None]
    if not runs:
        return True
    words = sum(len(thing.words) for thing in runs) / len(runs)
    x0, x1 = min(thing.box.x0 for thing in runs), max(thing.box.x1 for thing in runs)
    wide = sum(thing.box.x1 - thing.box.x0 for thing in runs) / len(runs)
    return words >= COLUMN_WORDS_MIN and wide >= 0.5 * (x1 - x0)


def _gutter(things: Sequence[_Thing], size: float) -> float | None:
    """Return the middle of the white that the fewest runs stand across, with several runs on each side."""
    events = sorted([(thing.box.x0, 1) for thing in things] + [(thing.box.x1, -1) for thing in things])
    best: tuple[int, float, float] | None = None
    depth = ended = 0
    for (x, change), (following, _) in pairwise(events):
        depth += change
        ended += change < 0
        begun_after = len(things) - ended - depth
        if following - x < GUTTER * size or min(ended, begun_after) < COLUMN_RUNS_MIN:
            continue
        if depth <= CROSSING_MAX * len(things) and (best is None or (depth, x - following) < best[:2]):
            best = (depth, x - following, (x + following) / 2)
    return best[2] if best else None


def _zone_blocks(page: Page, zone: Sequence[_Thing], size: float) -> list[Block]:
    """Blocks of one zone, from the top; tables are blocks of their own."""
    loose = [index for thing in zone if thing.table is None for index in thing.words]
    items: list[tuple[float, Line | _Thing]] = [(line.centre, line) for line in lines_of(page, loose)]
    items += [(thing.box.y0, thing) for thing in zone if thing.table is not None]
    items.sort(key=lambda item: item[0])
    out: list[Block] = []
    current: list[Line] = []
    for _, item in items:
        if isinstance(item, Line):
            if current and not _goes_on(current, item):
                out.append(_block(page, current, size))
                current = []
            current.append(item)
            continue
        if current:
            out.append(_block(page, current, size))
            current = []
        out.append(Block(BlockKind.TABLE, item.box, item.words, item.table))
    if current:
        out.append(_block(page, current, size))
    return out


def _goes_on(lines: Sequence[Line], line: Line) -> bool:
    before = lines[-1]
    gap = line.centre - before.centre
    usual = lines[1].centre - lines[0].centre if len(lines) > 1 else 0.0
    small, large = sorted((before.height, line.height))
    if large > _SAME_SIZE * max(small, 0.75 * large) or gap > max(LEADING * large, 1.3 * usual):
        return False
    return min(before.x1, line.x1) > max(before.x0, line.x0) - large


def _block(page: Page, lines: Sequence[Line], size: float) -> Block:
    words = tuple(index for line in lines for index in line.words)
    return Block(kind_of(page, lines, size), box_of(page.words, words), words)
