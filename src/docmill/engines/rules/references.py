"""References within a schema of unknown origin: each names something, and none is followed without end."""

from collections.abc import Iterator, Mapping
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.rules import SCHEMA_PARTS_MAX

_SAME_VALUE = ("allOf", "anyOf", "oneOf", "not", "if", "then", "else", "dependentSchemas")
"""Keywords whose schemas look at the same value again; all others go into it, and a value has an end."""


def require_references(schema: Mapping[str, Any], named: Mapping[str, str]) -> None:
    """Raise DocmillError(type_invalid): what cannot be followed would stop every document of the type.

    ``named``: each reference of the schema, with the place where it stands.
    """
    from referencing import Registry
    from referencing.exceptions import Unresolvable
    from referencing.jsonschema import DRAFT202012

    resolver = Registry().resolver_with_root(DRAFT202012.create_resource(dict(schema)))
    leads_to: dict[str, list[str]] = {}
    for name, place in named.items():
        try:
            leads_to[name] = list(_followed(resolver.lookup(name).contents))
        except Unresolvable:
            raise DocmillError(ErrorCode.TYPE_INVALID, f"{place}: $ref names nothing in the schema") from None
    _require_an_end(leads_to, named)


def _require_an_end(leads_to: dict[str, list[str]], named: Mapping[str, str]) -> None:
    """References that lead to none that is left are taken away until none is left, or only circles."""
    parts: dict[str, int] = {}
    while leads_to:
        ended = [name for name, below in leads_to.items() if not any(one in leads_to for one in below)]
        if not ended:
            place = named[next(iter(leads_to))]
            raise DocmillError(ErrorCode.TYPE_INVALID, f"{place}: $ref leads back to itself without end")
        for name in ended:
            parts[name] = 1 + sum(parts[one] for one in leads_to.pop(name))
            if parts[name] > SCHEMA_PARTS_MAX:
                detail = f"{named[name]}: $ref stands for more than {SCHEMA_PARTS_MAX} parts"
                raise DocmillError(ErrorCode.TYPE_INVALID, detail)


def _followed(node: Any) -> Iterator[str]:
    """The references that are followed for the same value as ``node``, each as often as it is there."""
    if not isinstance(node, Mapping):
        return
    if isinstance(node.get("$ref"), str):
        yield node["$ref"]
    for keyword in _SAME_VALUE:
        below = node.get(keyword)
        if keyword == "dependentSchemas" and isinstance(below, Mapping):
            below = list(below.values())
        for one in below if isinstance(below, list) else [below]:
            yield from _followed(one)
