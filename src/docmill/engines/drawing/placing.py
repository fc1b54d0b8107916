"""Where a label can stand beside what it names."""

from collections.abc import Sequence

Edges = tuple[float, float, float, float]
MARGIN_PX = 2


def places(edges: Edges, label: tuple[float, float], *, above: bool) -> list[tuple[float, float]]:
    """Left and top of the places around a value, the nearest first; ``above`` for what heads a column."""
    wide, high = label
    x0, y0, x1, y1 = edges
    gap = 2.0
    tries: list[tuple[float, float]] = []
    for step in range(6):
        up, down = y0 - gap - high * (step + 1), y1 + gap + high * step
        if above:
            tries += [(x0, up), (x1 - wide, up), ((x0 + x1 - wide) / 2, up)]
            continue
        tries += [(x0, up), (x1 - wide, up), (x1 + gap * (step + 1), y0), (x0, down), (x1 - wide, down)]
        tries += [(x0 - wide - gap * (step + 1), y0), (x1 + gap, up), (x0 - wide, up), (x1 + gap, down)]
    return tries


def best_place(
    tries: Sequence[tuple[float, float]],
    label: tuple[float, float],
    size: tuple[int, int],
    *,
    forbidden: list[Edges],
    disliked: list[Edges],
) -> Edges:
    """The place, moved onto the page, with the least under it: no value and no other label if possible."""
    wide, high = label
    best, least = None, float("inf")
    for order, (x, y) in enumerate(tries):
        left = min(max(MARGIN_PX, x), max(0, size[0] - wide - MARGIN_PX))
        top = min(max(MARGIN_PX, y), max(0, size[1] - high - MARGIN_PX))
        spot = (left, top, left + wide, top + high)
        cost = 1000 * sum(overlap(spot, other) for other in forbidden)
        cost += 3 * sum(overlap(spot, other) for other in disliked) + order * wide * high / 20
        if cost < least:
            best, least = spot, cost
    assert best is not None
    return best


def overlap(one: Edges, other: Edges) -> float:
    width = min(one[2], other[2]) - max(one[0], other[0])
    height = min(one[3], other[3]) - max(one[1], other[1])
    return width * height if width > 0 and height > 0 else 0.0


def grown(edges: Edges, by_px: float) -> Edges:
    return edges[0] - by_px, edges[1] - by_px, edges[2] + by_px, edges[3] + by_px
