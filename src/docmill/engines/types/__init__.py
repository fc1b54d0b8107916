"""The document types that docmill ships: JSON files beside this one, in the format of ``domain.types``."""

import json
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from docmill.domain.types import DocumentType, parse_document_type

NAMES = ("invoice", "receipt", "bank_statement", "other")
OTHER = "other"
"""The type of everything that no other type describes; it has no fields."""


@cache
def load_shipped() -> Mapping[str, DocumentType]:
    """Return the shipped types by name, in the order of NAMES. Parsed once per process."""
    return MappingProxyType({name: _load(name) for name in NAMES})


def _load(name: str) -> DocumentType:
    text = files(__package__).joinpath(f"{name}.json").read_text(encoding="utf-8")
    return parse_document_type(json.loads(text))
