"""Dotted paths (``seller.name``) in a value tree."""

from collections.abc import Mapping
from typing import Any


def put(tree: dict[str, Any], path: str, value: Any) -> None:
    """Set a value, making the objects above it."""
    *parents, name = path.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    tree[name] = value


def value_at(tree: Mapping[str, Any], path: str) -> Any:
    """Return what stands at the path, None where a parent is missing."""
    node: Any = tree
    for name in path.split("."):
        node = node.get(name) if isinstance(node, Mapping) else None
    return node
