"""Pages drawn with characters: each is 6 wide and 8 high on lines 12 apart, as a typewriter would print them."""

import re

from docmill.domain.pages import Box, Hidden, Page, Provenance, Reading, Word

WIDTH, HEIGHT, LEADING = 6.0, 8.0, 12.0


def word_at(text: str, column: float, line: float, *, hidden: Hidden | None = None) -> Word:
    x0, y0 = 40 + column * WIDTH, 40 + line * LEADING
    return Word(text, Box(x0, y0, x0 + len(text) * WIDTH, y0 + HEIGHT), None, hidden=hidden, line=round(line))


def page_of(text: str, number: int = 1) -> Page:
    words = [
        word_at(match.group(), match.start(), line)
        for line, row in enumerate(text.strip("\n").splitlines())
        for match in re.finditer(r"\S+", row)
    ]
    return Page(number, 595.0, 842.0, "pt", tuple(words), Provenance.TEXT_LAYER)


def reading_of(*pages: str) -> Reading:
    return Reading("application/pdf", tuple(page_of(text, number) for number, text in enumerate(pages, 1)))
