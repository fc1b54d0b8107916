"""What stands under a box that a reviewer has drawn."""

from collections.abc import Sequence
from math import isfinite
from typing import Any

from docmill.domain.pages import Box, Page
from docmill.domain.results import Citation
from docmill.domain.review import Evidence
from docmill.domain.types import FieldSpec, Kind
from docmill.engines.review.values import WrongForm, normalised
from docmill.engines.values.text import folded

SLACK = 0.5
"""How far, in the page's unit, a box may reach over an edge, or the middle of a word stand outside of it."""


def box_on(page: Page, edges: Any) -> Box:
    """Raises WrongForm for what is no box, or not on the page."""
    numbers = isinstance(edges, Sequence) and not isinstance(edges, str) and len(edges) == 4
    if not numbers or any(isinstance(e, bool) or not isinstance(e, int | float) for e in edges):
        raise WrongForm("box: want [x0, y0, x1, y1] in the page's unit")
    if not all(isfinite(edge) and abs(edge) < 1e9 for edge in edges):
        raise WrongForm("box: want finite numbers")
    box = Box(*(float(edge) for edge in edges))
    if not (box.x0 < box.x1 and box.y0 < box.y1):
        raise WrongForm("box: want x0 < x1 and y0 < y1")
    inside = box.x0 >= -SLACK and box.y0 >= -SLACK
    if not inside or box.x1 > page.width + SLACK or box.y1 > page.height + SLACK:
        raise WrongForm(f"box: page {page.number} is {page.width:g} x {page.height:g} {page.unit}")
    return box


def citation_of(page: Page, box: Box) -> Citation:
    return Citation(page.number, box, page.unit, (page.width, page.height), sheet=page.name)


def text_under(page: Page, box: Box) -> str:
    """The words that a person sees whose middle is in the box, in the page's order."""
    return " ".join(word.text for word in page.visible if _inside((word.box), box))


def compared(spec: FieldSpec, value: Any, page: Page, box: Box, *, order: str) -> tuple[str, Evidence]:
    """The words under the box, and whether they say the value."""
    if spec.kind is Kind.BOOLEAN:
        ticked = [tick.checked for tick in page.check_boxes if _inside(tick.box, box)]
        return text_under(page, box), Evidence.MATCHES if ticked == [value] else Evidence.DIFFERS
    raw = text_under(page, box)
    return raw, Evidence.MATCHES if raw and _says(spec, raw, value, order) else Evidence.DIFFERS


def _says(spec: FieldSpec, raw: str, value: Any, order: str) -> bool:
    usual = value.get("currency") if isinstance(value, dict) else None
    try:
        read = normalised(spec, raw, order=order, usual_currency=usual)
    except WrongForm:
        return False
    if isinstance(read, str) and isinstance(value, str):
        return folded("".join(read.split())) == folded("".join(value.split()))
    return bool(read == value)


def _inside(small: Box, large: Box) -> bool:
    x, y = (small.x0 + small.x1) / 2, (small.y0 + small.y1) / 2
    return large.x0 - SLACK <= x <= large.x1 + SLACK and large.y0 - SLACK <= y <= large.y1 + SLACK
