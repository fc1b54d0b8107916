"""The words of a document as classification sees them: where a phrase stands tells how much it says."""

import re
from dataclasses import dataclass
from statistics import median
from typing import Literal

from docmill.domain.pages import Page, Reading
from docmill.engines.values.text import folded

PAGES_MAX = 3
"""Pages from the start that are looked at: what a document is, it says early."""
HEADLINE_HEIGHT = 1.35
"""Words so much higher than the usual word are a headline."""
NARROW_WIDTH = 40.0
"""Text narrower than so many heights of its words is from a till (receipts: 13 to 28, pages: 55 to 140)."""
WORDS_MIN = 15
"""Fewer words say nothing about the paper's width."""
GLUED_LETTERS_MIN = 9
"""OCR may swallow blanks ("TAXINVOICE"): phrases from this length on are looked for without them too."""

HEADING_LINES = 12
"""Lines from the top of the first page among which one may be a heading by standing alone."""

AMOUNTS_MIN = 2
"""Amounts that make a document one about money."""

_TOKEN = re.compile(r"[^\W_]+")
_AMOUNT = re.compile(r"\d[.,]\d\d(?!\d)")


@dataclass(frozen=True, slots=True)
class Evidence:
    """Token strings with a blank before and after each token; ``glued`` has no blanks at all.

    ``lines`` are the first lines of the first page, without what has a digit ("Delivery note 4417").
    ``width`` is that of the text against its letters; ``money``: there are amounts on the pages.
    """

    text: str
    headline: str
    glued: str
    lines: frozenset[str]
    width: Literal["narrow", "wide", ""]
    money: bool


def evidence_of(reading: Reading) -> Evidence:
    """Gather the visible words of the first pages."""
    tokens: list[str] = []
    headline: list[str] = []
    for page in reading.pages[:PAGES_MAX]:
        usual = median(word.box.height for word in page.visible) if page.visible else 0.0
        for word in page.visible:
            parts = _TOKEN.findall(folded(word.text))
            tokens += parts
            if page.number == 1 and word.box.height > HEADLINE_HEIGHT * usual:
                headline += parts
    text = f" {' '.join(tokens)} "
    width = _width(reading.pages[0]) if reading.pages else ""
    lines = _first_lines(reading.pages[0]) if reading.pages else frozenset()
    return Evidence(text, f" {' '.join(headline)} ", "".join(tokens), lines, width, _money(reading))


def heading_weight_of(phrase: str, evidence: Evidence) -> float:
    """Return how far a phrase heads the document: 2 in large letters, 1.5 alone on a line at the top."""
    joined = " ".join(_TOKEN.findall(folded(phrase)))
    if not joined:
        return 0.0
    if f" {joined} " in evidence.headline:
        return 2.0
    return 1.5 if joined in evidence.lines else 0.0


def weight_of(phrase: str, evidence: Evidence) -> float:
    """Return how strongly a phrase stands in the document: 0 not at all, 1 in the text, 2 in a headline.

    A phrase of one word also counts as the end of a longer one (German: Schlussrechnung), in headlines only.
    """
    tokens = _TOKEN.findall(folded(phrase))
    if not tokens:
        return 0.0
    joined = " ".join(tokens)
    if f" {joined} " in evidence.headline:
        return 2.0
    if len(tokens) == 1 and len(joined) >= 7 and f"{joined} " in evidence.headline:
        return 1.5
    if f" {joined} " in evidence.text:
        return 1.0
    glued = "".join(tokens)
    return 0.8 if len(tokens) > 1 and len(glued) >= GLUED_LETTERS_MIN and glued in evidence.glued else 0.0


def _first_lines(page: Page) -> frozenset[str]:
    lines: dict[int, list[str]] = {}
    for word in page.visible:
        if len(lines) == HEADING_LINES and word.line not in lines:
            break
        lines.setdefault(word.line, []).extend(_TOKEN.findall(folded(word.text)))
    return frozenset(" ".join(token for token in line if token.isalpha()) for line in lines.values())


def _width(page: Page) -> Literal["narrow", "wide", ""]:
    words = page.visible
    if len(words) < WORDS_MIN:
        return ""
    width = max(word.box.x1 for word in words) - min(word.box.x0 for word in words)
    return "narrow" if width < NARROW_WIDTH * median(word.box.height for word in words) else "wide"


def _money(reading: Reading) -> bool:
    tokens = (word.text for page in reading.pages[:PAGES_MAX] for word in page.visible)
    return sum(1 for token in tokens if _AMOUNT.search(token)) >= AMOUNTS_MIN
