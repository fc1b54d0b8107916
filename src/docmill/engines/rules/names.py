"""The names that an expression uses, so that a slip of the pen is refused when a rule is saved.

zen-engine takes an unknown name for null: without this check a rule with a typing error would
compile, never fire, and let everything through.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from docmill.domain.limits.rules import RULE_LOOPS_MAX

_TOKEN = re.compile(
    r"""'[^']*' | "[^"]*" | \d[\w.]*    # strings and numbers have no names
      | (?P<member>\#\.? | \.)?   # the row of a loop, or a member of what stands before
        (?P<name>[A-Za-z_][A-Za-z_0-9]*(?:\.[A-Za-z_][A-Za-z_0-9]*)*)
        (?P<call>\s*\()?""",
    re.VERBOSE,
)
_KEYWORDS = frozenset(("and", "or", "not", "in", "as", "true", "false", "null"))
_LOOPS = frozenset(("all", "none", "some", "one", "filter", "map", "flatMap", "count"))


@dataclass(frozen=True, slots=True)
class Names:
    """``paths`` are dotted paths as written; a loop's own row (``#.amount``) is not among them."""

    paths: tuple[str, ...]
    loops: int

    @property
    def roots(self) -> frozenset[str]:
        return frozenset(path.partition(".")[0] for path in self.paths)


def names_in(expression: str) -> Names:
    """Raise ValueError for what rules must not use."""
    if "`" in expression:
        raise ValueError("template strings are not available; put {paths} into the rule's message")
    paths: dict[str, None] = {}
    aliases: set[str] = set()
    loops = 0
    after_as = False
    for token in _TOKEN.finditer(expression):
        name = token["name"]
        if name is None or token["member"]:
            continue
        if after_as:
            aliases.add(name)
        elif token["call"]:
            loops += name in _LOOPS
        elif name not in _KEYWORDS:
            paths[name] = None
        after_as = name == "as"
    if loops > RULE_LOOPS_MAX:
        raise ValueError(f"{loops} loops over lists in one expression; at most {RULE_LOOPS_MAX} are allowed")
    return Names(tuple(path for path in paths if path.partition(".")[0] not in aliases), loops)


def unknown_path(paths: tuple[str, ...], scope: Mapping[str, Any]) -> str | None:
    """Return the first path that the scope does not have.

    ``scope`` maps a name to the scope below it, to None where anything may follow, or to an empty
    mapping where nothing may.
    """
    for path in paths:
        level: Mapping[str, Any] | None = scope
        for step in path.split("."):
            if level is None:
                break
            if step not in level:
                return path
            level = level[step]
    return None


def scope_of(schema: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    """The names that a value of this JSON Schema has; ``root`` resolves ``#/…`` references."""
    return {name: _below(prop, root) for name, prop in schema.get("properties", {}).items()}


def _below(prop: Mapping[str, Any], root: Mapping[str, Any]) -> dict[str, Any]:
    if prop.get("x-docmill", {}).get("kind") == "amount":
        return {}  # an amount is a number in a rule
    prop = resolve(prop, root)
    return scope_of(prop, root) if "properties" in prop else {}


def resolve(prop: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    """Follow ``$ref`` within the schema; what cannot be followed is returned as it is."""
    target = prop
    for _ in range(8):
        reference = target.get("$ref")
        if not isinstance(reference, str) or not reference.startswith("#/"):
            return target
        found: Any = root
        for step in _steps(reference):
            found = found.get(step, {}) if isinstance(found, Mapping) else {}
        target = found
    return target


def _steps(reference: str) -> Iterator[str]:
    return iter(reference.removeprefix("#/").split("/"))


def columns_scope(schema: Mapping[str, Any], list_name: str) -> dict[str, Any]:
    """The names that a row of the list has."""
    prop = resolve(schema.get("properties", {}).get(list_name, {}), schema)
    return scope_of(resolve(prop.get("items", {}), schema), schema)
