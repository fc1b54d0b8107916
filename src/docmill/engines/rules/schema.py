"""A value against its type's JSON Schema (draft 2020-12), told to people who have never seen one."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.rules import SCHEMA_PARTS_MAX
from docmill.domain.results import Blocker
from docmill.domain.types import DocumentType, Kind, parse_document_type
from docmill.engines.rules.facts import decimal_of
from docmill.engines.rules.patterns import matches
from docmill.engines.rules.references import require_references

if TYPE_CHECKING:
    from jsonschema.exceptions import ValidationError
    from jsonschema.protocols import Validator

RULE = "schema"
_NUMBERS = {Kind.AMOUNT: "an amount", Kind.NUMBER: "a number", Kind.INTEGER: "a whole number"}


def validator_of(schema: Mapping[str, Any]) -> "Validator":
    """Compile the schema. Its references are resolved within itself: nothing is ever fetched."""
    from jsonschema import FormatChecker
    from referencing import Registry

    checker = FormatChecker(formats=("date", "time", "email"))
    validator: Validator = _validator_class()(
        without_references(schema), registry=Registry(), format_checker=checker
    )
    return validator


def without_references(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with what its references name in their place: looking them up costs as much as the rest.

    One that names itself stays a reference. So do all where a part has an ``$id`` of its own, which moves
    the root of references, and where writing them out would make the schema too large.
    """
    whole = dict(schema)
    left = SCHEMA_PARTS_MAX

    def written_out(node: Any, within: tuple[str, ...]) -> Any:
        nonlocal left
        left -= 1
        if left < 0:
            raise OverflowError
        if isinstance(node, list):
            return [written_out(below, within) for below in node]
        if not isinstance(node, Mapping):
            return node
        name = node.get("$ref")
        if isinstance(name, str) and name not in within and all(map(_says_nothing, node)):
            named = _named(whole, name)
            return node if named is None else written_out(named, (*within, name))
        return {key: written_out(below, within) for key, below in node.items()}

    if any("$id" in node or "$anchor" in node for node in _nodes(whole)):
        return whole
    try:
        return {key: below if key == "$defs" else written_out(below, ()) for key, below in whole.items()}
    except OverflowError:
        return whole


def _named(whole: Mapping[str, Any], reference: str) -> Mapping[str, Any] | None:
    node: Any = whole
    if not reference.startswith("#/") or "~" in reference or "%" in reference:
        return None
    for step in reference[2:].split("/"):
        node = node.get(step) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else None


def _says_nothing(keyword: str) -> bool:
    """Whether it is the reference itself, or no validator looks at it."""
    return keyword in ("$ref", "title", "description", "examples", "default") or keyword.startswith("x-")


def _nodes(node: Any) -> Iterator[Mapping[str, Any]]:
    if isinstance(node, Mapping):
        yield node
    for below in node.values() if isinstance(node, Mapping) else node if isinstance(node, list) else ():
        yield from _nodes(below)


@cache
def _validator_class() -> Any:
    from jsonschema.validators import Draft202012Validator, extend

    return extend(Draft202012Validator, {"pattern": _pattern})  # type: ignore[no-untyped-call]


def _pattern(_validator: Any, pattern: str, instance: Any, _schema: Any) -> Iterator["ValidationError"]:
    from jsonschema.exceptions import ValidationError

    if isinstance(instance, str) and not matches(instance, pattern):
        yield ValidationError("does not have the form that the schema asks for")


def parse_uploaded_type(source: Mapping[str, Any], *, version: int = 1) -> DocumentType:
    """Parse a definition of unknown origin. Raises DocmillError(type_invalid) that names the place.

    Beyond what ``parse_document_type`` asks for, its schema is one, and can be run safely and alone.
    """
    schema = source.get("schema")
    if isinstance(schema, Mapping):
        _require_usable(schema)
    try:
        return parse_document_type(source, version=version)
    except (AttributeError, TypeError, ValueError) as error:
        detail = "labels, rules, aliases or classify are not of the form that the documentation shows"
        raise DocmillError(ErrorCode.TYPE_INVALID, detail) from error


def _require_usable(schema: Mapping[str, Any]) -> None:
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import Draft202012Validator

    try:
        Draft202012Validator.check_schema(dict(schema))
    except SchemaError as error:
        place = "/".join(str(step) for step in error.absolute_path)
        raise DocmillError(ErrorCode.TYPE_INVALID, f"schema/{place}: {error.message[:200]}") from error
    references: dict[str, str] = {}
    for place, keyword, value in _keywords(schema, "schema"):
        moved = keyword == "$id" and place != "schema"  # from there on references mean something else
        if moved or keyword in ("patternProperties", "$dynamicRef"):
            raise DocmillError(ErrorCode.TYPE_INVALID, f"{place}: {keyword} is not supported")
        if keyword == "$ref" and isinstance(value, str) and not value.startswith("#"):
            raise DocmillError(ErrorCode.TYPE_INVALID, f"{place}: $ref must stay within the schema (#/…)")
        if keyword == "$ref" and isinstance(value, str):
            references.setdefault(value, place)
        if keyword == "pattern" and isinstance(value, str):
            _require_pattern(place, value)
    require_references(schema, references)


def _keywords(schema: Any, place: str, *, fields: bool = False) -> Iterator[tuple[str, str, Any]]:
    """``fields``: the names here are those of fields, any of which may be called like a keyword."""
    if isinstance(schema, Mapping):
        for name, below in schema.items():
            if not fields:
                yield place, name, below
            yield from _keywords(below, f"{place}/{name}", fields=name == "properties" and not fields)
    elif isinstance(schema, list):
        for index, below in enumerate(schema):
            yield from _keywords(below, f"{place}/{index}")


def _require_pattern(place: str, pattern: str) -> None:
    try:
        matches("", pattern)
    except ValueError as error:
        raise DocmillError(ErrorCode.TYPE_INVALID, f"{place}: pattern: {error}") from error


def schema_blockers(validator: "Validator", document_type: DocumentType, value: Any) -> Iterator[Blocker]:
    """One blocker for each place that is wrong: by the schema first, then by what its kind needs."""
    told: set[str] = set()
    for error in validator.iter_errors(value):
        path, message = _told(error)
        if path not in told:
            told.add(path)
            yield Blocker(path, RULE, message)
    for path, message in _kind_errors(document_type, value):
        if path not in told and not any(path.startswith(f"{before}.") for before in told):
            told.add(path)
            yield Blocker(path, RULE, message)


def path_of(steps: Sequence[str | int]) -> str:
    """``["line_items", 0, "amount"]`` is ``line_items[0].amount``."""
    out = ""
    for step in steps:
        out += f"[{step}]" if isinstance(step, int) else f".{step}" if out else step
    return out


def _told(error: "ValidationError") -> tuple[str, str]:
    path = path_of(list(error.absolute_path))
    name = path or "the result"
    if error.validator == "required":
        wanted: Any = error.validator_value
        found: Any = error.instance
        missing = next((name for name in wanted if name not in found), "")
        below = f"{path}.{missing}".lstrip(".")
        return below, f"{below} is missing"
    if error.instance is None:
        return path, f"{name} is missing"
    sentences: dict[Any, Callable[[Any], str]] = {
        "type": lambda want: f"{name} is not of the right kind: {_listed(want)} is wanted",
        "format": lambda want: f"{name} is not a valid {want}",
        "anyOf": lambda _: f"{name} is not of the right kind",
        "enum": lambda want: f"{name} is none of: {_listed(want)}",
        "const": lambda want: f"{name} is not {want}",
        "pattern": lambda _: f"{name} does not have the form that is asked for",
        "minimum": lambda want: f"{name} is below {want}",
        "maximum": lambda want: f"{name} is above {want}",
        "minItems": lambda want: f"{name} has fewer than {want} rows",
        "maxItems": lambda want: f"{name} has more than {want} rows",
        "minLength": lambda want: f"{name} is shorter than {want} characters",
        "maxLength": lambda want: f"{name} is longer than {want} characters",
        "additionalProperties": lambda _: f"{name} has fields that the type does not know",
    }
    say = sentences.get(error.validator)
    return path, say(error.validator_value) if say else f"{name} breaks the schema's {error.validator!r}"


def _listed(want: Any) -> str:
    return ", ".join(str(item) for item in want) if isinstance(want, list) else str(want)


def _kind_errors(document_type: DocumentType, value: Any) -> Iterator[tuple[str, str]]:
    """What a tenant's schema may leave open: rules must never take a malformed number for an absent one."""
    for spec in document_type.fields:
        if spec.kind not in _NUMBERS and spec.kind not in (Kind.DATE, Kind.BOOLEAN):
            continue
        for path, leaf in leaves(value, spec.path):
            if leaf is None:
                continue
            if spec.kind is Kind.DATE and not _is_date(leaf):
                yield path, f"{path} is not a valid date"
            elif spec.kind is Kind.BOOLEAN and not isinstance(leaf, bool):
                yield path, f"{path} is neither true nor false"
            elif spec.kind in _NUMBERS and decimal_of(leaf) is None:
                yield path, f"{path} is not {_NUMBERS[spec.kind]}"


def leaves(value: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every value that a path such as ``line_items[].amount`` stands for, with its own path."""
    head, bracket, tail = path.partition("[].")
    found = value
    for step in head.split("."):
        found = found.get(step) if isinstance(found, Mapping) else None
    if not bracket:
        yield path, found
        return
    for index, row in enumerate(found if isinstance(found, list) else ()):
        for below, leaf in leaves(row, tail):
            yield f"{head}[{index}].{below}", leaf


def _is_date(leaf: Any) -> bool:
    if not isinstance(leaf, str) or not re.fullmatch(r"\d{4}-\d\d-\d\d", leaf):
        return False
    try:
        date.fromisoformat(leaf)
    except ValueError:
        return False
    return True
