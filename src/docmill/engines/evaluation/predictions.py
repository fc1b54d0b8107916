"""From a result to one prediction line in the form of the evaluation kit."""

from collections.abc import Mapping, Sequence
from typing import Any

from docmill.domain.types import DocumentType, Kind
from docmill.engines.evaluation.matching import Match

LENGTH = "length"  # the alias `line_items.length` counts rows
# A list that does not account for itself may lack rows, so its length is worth half.
INCOMPLETE_FACTOR = 0.5

_MATCHES = {Kind.DATE: Match.DATE, Kind.AMOUNT: Match.AMOUNT, Kind.INTEGER: Match.COUNT}


def match_kinds(document_type: DocumentType, names: Sequence[str]) -> dict[str, Match]:
    """How each label is compared: by the kind of the field that it stands for."""
    kinds = {}
    for name in names:
        for path in _paths(document_type, name):
            spec = document_type.field(path)
            if path.endswith(f".{LENGTH}"):
                kinds[name] = Match.COUNT
            elif spec is not None:
                kinds[name] = _MATCHES.get(spec.kind, Match.TEXT)
    return kinds


def prediction(
    document_type: DocumentType, names: Sequence[str], result: Mapping[str, Any]
) -> dict[str, Any]:
    """``{name: text or None, …, "confidence": {name: p}}`` for the labels ``names`` of one result."""
    line: dict[str, Any] = {}
    confidence: dict[str, float] = {}
    for name in names:
        line[name] = None
        for path in _paths(document_type, name):
            text = _text(_lookup(result.get("value", {}), path))
            if text is None:
                continue
            line[name] = text
            measured = _confidence(result, path)
            if measured is not None:
                confidence[name] = round(measured, 4)
            break
    return line | {"confidence": confidence}


def _paths(document_type: DocumentType, name: str) -> Sequence[str]:
    target: Any = document_type.aliases.get(name, name)
    return [target] if isinstance(target, str) else list(target)


def _lookup(value: Any, path: str) -> Any:
    for part in path.split("."):
        if part == LENGTH and isinstance(value, list):
            return len(value) or None
        if not isinstance(value, Mapping):
            return None
        value = value.get(part)
    return value


def _text(value: Any) -> str | None:
    if isinstance(value, Mapping):
        value = value.get("amount")
    return None if value is None else str(value)


def _confidence(result: Mapping[str, Any], path: str) -> float | None:
    metadata = result.get("metadata", {})
    if not path.endswith(f".{LENGTH}"):
        measured = metadata.get(path, {}).get("confidence")
        return None if measured is None else float(measured)
    head = path.removesuffix(f".{LENGTH}")
    cells = [
        float(entry["confidence"])
        for key, entry in metadata.items()
        if key.startswith(f"{head}[") and entry.get("confidence") is not None
    ]
    if not cells:
        return None
    accounted = result.get("completeness", {}).get(head, {})
    complete = accounted.get("reconciles", False) and accounted.get("expected") == accounted.get("returned")
    return sum(cells) / len(cells) * (1.0 if complete else INCOMPLETE_FACTOR)
