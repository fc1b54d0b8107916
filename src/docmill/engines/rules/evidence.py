"""What blocks before any rule is asked: no value, no evidence to speak of, or a list that has lost rows."""

from collections.abc import Iterator, Mapping
from typing import Any

from docmill.domain.limits.rules import CONFIDENCE_MIN
from docmill.domain.results import Blocker, Extraction, NullReason
from docmill.domain.types import DocumentType, FieldSpec, Kind
from docmill.engines.rules.facts import at

_REASONS = {
    NullReason.NOT_FOUND: "it was not found in the document",
    NullReason.NOT_VISIBLE: "only text that nobody can see on the page names it",
    NullReason.AMBIGUOUS: "the document names more than one",
    NullReason.UNREADABLE: "it stands where the page could not be read",
    NullReason.NOT_IN_XML: "the e-invoice's XML does not have it",
}

Json = Mapping[str, Any]


def blockers_of(extraction: Extraction, document_type: DocumentType) -> list[Blocker]:
    """The extraction's own blockers, then missing required fields, doubtful ones and incomplete lists."""
    metadata = {path: meta.to_json() for path, meta in extraction.metadata.items()}
    completeness = {path: state.to_json() for path, state in extraction.completeness.items()}
    found = blockers_of_metadata(document_type, extraction.value, metadata, completeness)
    return [*extraction.blockers, *found]


def blockers_of_metadata(
    document_type: DocumentType, value: Json, metadata: Json, completeness: Json
) -> list[Blocker]:
    """The same for a result as JSON, whose own blockers the caller has already."""
    return [
        *_field_blockers(document_type, value, metadata),
        *_list_blockers(completeness),
    ]


def _field_blockers(document_type: DocumentType, value: Json, metadata: Json) -> Iterator[Blocker]:
    for spec in document_type.fields:
        if spec.list_path is not None or spec.kind in (Kind.OBJECT, Kind.LIST):
            continue
        note = metadata.get(spec.path) or {}
        if at(value, spec.path) is None:
            if spec.required:
                yield Blocker(spec.path, "required", _missing(spec.path, note.get("reason")))
        elif (confidence := note.get("confidence")) is not None:
            least = _least_confidence(spec)
            if confidence < least:
                message = f"{spec.path} has a confidence of {confidence:.2f}; at least {least:.2f} is wanted"
                yield Blocker(spec.path, "confidence", message)


def _missing(path: str, reason: str | None) -> str:
    known = _REASONS[NullReason(reason)] if reason in set(NullReason) else "there is no value"
    return f"{path} is missing: {known}"


def _least_confidence(spec: FieldSpec) -> float:
    """The annotation ``confidence_min`` of the field; required fields have a default, others none."""
    return float(spec.options.get("confidence_min", CONFIDENCE_MIN if spec.required else 0.0))


def _list_blockers(completeness: Json) -> Iterator[Blocker]:
    for path, state in completeness.items():
        expected, returned = state["expected"], state["returned"]
        why = f" ({state['reason']})" if state.get("reason") else ""
        if expected != returned:
            message = f"{path} shows {expected} rows and {returned} of them were read{why}"
            yield Blocker(path, "completeness", message)
        elif not state["reconciles"]:
            message = f"{path}: all {returned} rows were read, and they do not add up{why}"
            yield Blocker(path, "completeness", message)
