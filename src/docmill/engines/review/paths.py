"""Paths of a value tree: ``seller.name``, ``line_items[0].amount``, ``line_items[0]``."""

import re
from collections.abc import Mapping
from typing import Any

Step = str | int

# One way of writing each index: no leading zero, and no digits of other scripts, which Python reads as well.
_ROW = r"\[(?:0|[1-9][0-9]{0,5})\]"
_PATH = re.compile(rf"[A-Za-z0-9_]+(?:{_ROW})*(?:\.[A-Za-z0-9_]+(?:{_ROW})*)*")
_STEP = re.compile(r"\[([0-9]+)\]|([A-Za-z0-9_]+)")
_INDEX = re.compile(r"\[[0-9]+\]")


def steps_of(path: str) -> list[Step] | None:
    """None for what is no path."""
    if not _PATH.fullmatch(path):
        return None
    return [int(index) if index else name for index, name in _STEP.findall(path)]


def column_path(path: str) -> str:
    """``line_items[3].amount`` as the type writes it: ``line_items[].amount``."""
    return _INDEX.sub("[]", path)


def row_of(path: str) -> tuple[str, int] | None:
    """The list and the index of ``line_items[3]``; None for what is no row."""
    head, bracket, index = path.rpartition("[")
    if not bracket or not index.endswith("]") or not _PATH.fullmatch(path):
        return None
    return head, int(index[:-1])


def value_at(tree: Any, path: str) -> Any:
    """None when anything on the way is missing."""
    node = tree
    for step in steps_of(path) or ():
        if isinstance(step, int):
            node = node[step] if isinstance(node, list) and step < len(node) else None
        else:
            node = node.get(step) if isinstance(node, Mapping) else None
    return node


def put_at(tree: dict[str, Any], path: str, value: Any) -> bool:
    """Set a leaf, making objects on the way; False when a row on the way does not exist."""
    *way, leaf = steps_of(path) or [""]
    node: Any = tree
    for step in way:
        if isinstance(step, int):
            if not isinstance(node, list) or step >= len(node):
                return False
            node = node[step]
        else:
            if not isinstance(node, dict):
                return False
            below = node.get(step)
            if below is None:
                below = node[step] = {}
            node = below
    if not isinstance(node, dict) or not isinstance(leaf, str):
        return False
    node[leaf] = value
    return True


def moved(path: str, rows: str, to: Mapping[int, int]) -> str | None:
    """The path after rows of the list ``rows`` have moved; None when its row is gone."""
    if not path.startswith(f"{rows}["):
        return path
    index, _, rest = path[len(rows) + 1 :].partition("]")
    new = to.get(int(index)) if index.isascii() and index.isdigit() else None
    return None if new is None else f"{rows}[{new}]{rest}"
