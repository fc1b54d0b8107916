"""A document type is data: a JSON Schema with annotations, and rules.

This module turns it into what engines use.

The file is a JSON object::

    {"name": "invoice", "title": "…", "date_order": "dmy",
     "schema": {"type": "object", "properties": {
        "total": {"$ref": "#/$defs/money",
                  "x-docmill": {"kind": "amount", "labels": {"en": ["total"], "de": ["gesamtbetrag"]}}},
        "line_items": {"type": "array", "items": {"type": "object", "properties": {…}},
                       "x-docmill": {"kind": "list", "reconciles_with": "net_total", "sum_of": "amount"}}}},
     "rules": […], "aliases": {"line_item_count": "line_items.length"},
     "classify": {"words": {"en": {"invoice": 3, "bill to": 1}}}}

Paths are written ``seller.name`` and, for a column of a list, ``line_items[].quantity``.

A field that is a boolean in the schema is a box to tick, and needs no kind. ``"weight"`` (0 to 100) says what
a wrong value costs: reviewers get what is expected to cost most first (`engines/review/loss.py`).

An alias may name several paths: the first that has a value counts. A field with ``"from_layout": false``
comes from e-invoices alone and is never looked for on a page.

``classify`` has points for phrases that speak for the type, by language, may have points for phrases
that speak against it (``not``) and for the width of the printed text (``"layout": {"narrow": 6,
"wide": -4}``). The scale: 1 a hint that other types share, 2 usual, 4 a name that other kinds mention
as well, 6 what stands on no other kind. A phrase counts once, and twice in a headline; the language
with the most points counts, up to 16. The type `other` starts with 4, and a lead of about 4 makes sure:
8 points do where nothing else speaks. A tenant's type has 12 points when its ``title``, its ``name`` or a
phrase of 6 heads the first page (9 where the heading is no larger than the text). For `other` a phrase
counts less by what a tenant's type gives it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from docmill.domain.errors import DocmillError, ErrorCode


class Kind(StrEnum):
    """How a value is read, compared and normalised."""

    TEXT = "text"
    NAME = "name"  # of a company or person
    ADDRESS = "address"
    DATE = "date"  # ISO 8601 in the value
    AMOUNT = "amount"  # {"amount": "119.00", "currency": "EUR"}
    NUMBER = "number"  # decimal string
    INTEGER = "integer"
    CURRENCY = "currency"  # ISO 4217
    IDENTIFIER = "identifier"
    IBAN = "iban"
    TAX_ID = "tax_id"
    BOOLEAN = "boolean"  # a box to tick
    LIST = "list"
    OBJECT = "object"


@dataclass(frozen=True, slots=True)
class FieldSpec:
    """One annotated property of the schema. ``labels`` are lower-case label phrases by language."""

    path: str
    kind: Kind
    labels: Mapping[str, tuple[str, ...]]
    required: bool
    options: Mapping[str, Any]  # the rest of the annotation

    @property
    def list_path(self) -> str | None:
        """The list that this is a column of, or None for a field of the document."""
        head, bracket, _ = self.path.partition("[]")
        return head if bracket else None


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A parsed type. ``version`` counts a tenant's uploads of it; shipped types carry the package's."""

    name: str
    title: str
    version: int
    date_order: str  # "dmy" or "mdy": how an ambiguous numeric date is read
    schema: Mapping[str, Any]
    fields: tuple[FieldSpec, ...]
    rules: tuple[Mapping[str, Any], ...]
    aliases: Mapping[str, str | Sequence[str]]  # of several paths the first that has a value
    classify: Mapping[str, Any]
    source: Mapping[str, Any]

    def field(self, path: str) -> FieldSpec | None:
        return next((spec for spec in self.fields if spec.path == path), None)

    def columns(self, list_path: str) -> tuple[FieldSpec, ...]:
        return tuple(spec for spec in self.fields if spec.list_path == list_path)


def parse_document_type(source: Mapping[str, Any], *, version: int = 1) -> DocumentType:
    """Raise DocmillError(type_invalid), naming the place, when the definition cannot be used."""
    name = source.get("name")
    if not isinstance(name, str) or not name.replace("_", "").isalnum() or not name[0].isalpha():
        raise DocmillError(ErrorCode.TYPE_INVALID, "name: want letters, digits and underscores")
    schema = source.get("schema")
    if not isinstance(schema, Mapping) or schema.get("type") != "object":
        raise DocmillError(ErrorCode.TYPE_INVALID, 'schema: want a JSON Schema with "type": "object"')
    order = source.get("date_order", "dmy")
    if order not in ("dmy", "mdy"):
        raise DocmillError(ErrorCode.TYPE_INVALID, 'date_order: want "dmy" or "mdy"')
    return DocumentType(
        name=name,
        title=str(source.get("title", name)),
        version=version,
        date_order=order,
        schema=schema,
        fields=tuple(_fields(schema, "")),
        rules=tuple(source.get("rules", ())),
        aliases=dict(source.get("aliases", {})),
        classify=dict(source.get("classify", {})),
        source=source,
    )


def _fields(schema: Mapping[str, Any], prefix: str) -> Iterator[FieldSpec]:
    required = set(schema.get("required", ()))
    for name, prop in schema.get("properties", {}).items():
        path = f"{prefix}{name}"
        note = prop.get("x-docmill")
        if note is not None:
            yield _field(path, _with_kind(prop, note), required=name in required)
        if "items" in prop or prop.get("type") == "array":
            yield from _fields(prop.get("items", {}), f"{path}[].")
        elif "properties" in prop and (note is None or note.get("kind") == Kind.OBJECT):
            yield from _fields(prop, f"{path}.")


def _with_kind(prop: Mapping[str, Any], note: Mapping[str, Any]) -> Mapping[str, Any]:
    """A boolean of the schema can only be a box to tick; every other kind has to be named."""
    types = prop.get("type")
    boolean = "boolean" in types if isinstance(types, list) else types == "boolean"
    return {"kind": Kind.BOOLEAN, **note} if boolean else note


def _field(path: str, note: Mapping[str, Any], *, required: bool) -> FieldSpec:
    try:
        kind = Kind(note["kind"])
    except (KeyError, ValueError) as error:
        kinds = ", ".join(Kind)
        raise DocmillError(
            ErrorCode.TYPE_INVALID, f"{path}: x-docmill.kind must be one of {kinds}"
        ) from error
    labels = {
        language: tuple(phrase.lower() for phrase in phrases)
        for language, phrases in note.get("labels", {}).items()
    }
    options = {key: value for key, value in note.items() if key not in ("kind", "labels")}
    weight = options.get("weight", 0)
    if isinstance(weight, bool) or not isinstance(weight, int | float) or not 0 <= weight <= 100:
        raise DocmillError(ErrorCode.TYPE_INVALID, f"{path}: x-docmill.weight: want a number from 0 to 100")
    return FieldSpec(path, kind, labels, required, options)
