"""A small path language over local names: the versions of CII differ in namespaces and in single names.

``A|B/C[@schemeID=VA]/D`` is the first D in a C whose attribute schemeID is VA in an A or a B.
``[X/Y=VAT]`` and ``[X/Y!=VAT]`` compare the text of a descendant. A last step ``@name`` is an attribute.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from docmill.domain.pages import Element

_STEP = re.compile(r"(?P<names>[\w|]+)(?:\[(?P<where>@?[\w/]+)(?P<operator>!?=)(?P<text>[^\]]*)\])?")


@dataclass(frozen=True, slots=True)
class Step:
    """``where``: an attribute (``@name``) or a path below the element; empty for no condition."""

    names: frozenset[str]
    where: str
    negated: bool
    text: str


@lru_cache(maxsize=512)
def compiled(path: str) -> tuple[Step, ...]:
    """Split a path into steps; a condition may have slashes of its own."""
    steps = []
    for part in re.findall(r"(?:[^/\[]|\[[^\]]*\])+", path):
        match = _STEP.fullmatch(part)
        if match is None:
            raise ValueError(f"no path: {path}")
        names = frozenset(match["names"].split("|"))
        steps.append(Step(names, match["where"] or "", match["operator"] == "!=", match["text"] or ""))
    return tuple(steps)


def find_all(element: Element, path: str) -> Iterator[Element]:
    """Yield the elements at ``path`` below ``element``, in document order."""
    return _walk(element, compiled(path), 0)


def find(element: Element, path: str) -> Element | None:
    """Return the first element at ``path`` that has text or children."""
    return next((hit for hit in find_all(element, path) if hit.children or hit.text), None)


def _walk(element: Element, steps: tuple[Step, ...], index: int) -> Iterator[Element]:
    if index == len(steps):
        yield element
        return
    step = steps[index]
    for child in element.children:
        if child.name in step.names and _holds(child, step):
            yield from _walk(child, steps, index + 1)


def _holds(element: Element, step: Step) -> bool:
    if not step.where:
        return True
    if step.where.startswith("@"):
        equal = element.attribute(step.where[1:]) == step.text
    else:
        equal = any(hit.text == step.text for hit in find_all(element, step.where))
    return equal != step.negated
