"""Running heads and feet.

What every page repeats at its top or bottom is no part of a table that runs over pages.
"""

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from docmill.domain.pages import Page
from docmill.engines.layout.numbers import has_money
from docmill.engines.layout.rows import Row

MARGIN = 0.14
"""The share of a page's height at either end where running heads and feet stand."""
_DIGITS = re.compile(r"\d+")


def furniture(rows: Sequence[Row], pages: Mapping[int, Page]) -> frozenset[int]:
    """Return the numbers of rows that most pages repeat.

    They stand at the same height with the same words, numbers apart.
    """
    if len(pages) < 2:
        return frozenset()
    places: Counter[tuple[str, int]] = Counter()
    keys: dict[int, tuple[str, int]] = {}
    for row in rows:
        height = pages[row.page].height
        if MARGIN * height < row.centre < (1 - MARGIN) * height or has_money(row.text):
            continue
        keys[row.number] = (_DIGITS.sub("0", row.text), round(row.centre / 3))
        places[keys[row.number]] += 1
    enough = max(2, round(0.5 * len({row.page for row in rows})))
    return frozenset(number for number, key in keys.items() if places[key] >= enough)
