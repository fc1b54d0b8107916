"""From an extraction to the result that people read (design: "The result"). Pure."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

import orjson

from docmill.domain.pages import Reading
from docmill.domain.results import Blocker, Extraction, Status, Usage
from docmill.domain.types import DocumentType

Json = dict[str, Any]

Analyst = Callable[[Reading, Sequence[DocumentType], str | None], Extraction]
"""Classify and extract: a reading, the types that the tenant sees, and the one that was asked for."""


def analyzed_result(
    document: UUID, reading: Reading, extraction: Extraction, document_type: DocumentType | None
) -> Json:
    """The result before any rule was asked; its status is not decided yet."""
    return {
        "document_id": str(document),
        "status": None,
        "type": {"name": extraction.type_name, "confidence": round(extraction.type_confidence, 4)},
        "blockers": [blocker.to_json() for blocker in extraction.blockers],
        "value": extraction.value,
        "metadata": {path: meta.to_json() for path, meta in extraction.metadata.items()},
        "completeness": {path: state.to_json() for path, state in extraction.completeness.items()},
        "pins": {
            "reader": reading.reader,
            "model": extraction.model,
            "schema": None if document_type is None else document_type.version,
            "rules": None,
        },
        "usage": Usage(pages=len(reading.pages)).to_json(),
    }


def validated_result(
    result: Mapping[str, Any], blockers: Sequence[Blocker], *, rules_version: int | None, usage: Usage
) -> Json:
    """The result with its verdict. Blockers of the analysis come first; none is told twice."""
    told: list[Json] = list(result["blockers"])
    told += [blocker for blocker in (b.to_json() for b in blockers) if blocker not in told]
    status = Status.NEEDS_REVIEW if told else Status.SUCCEEDED
    return {
        **result,
        "status": status.value,
        "blockers": told,
        "pins": {**result["pins"], "rules": rules_version},
        "usage": usage.to_json(),
    }


def result_sha256(result: Mapping[str, Any]) -> str:
    """The hash that an archived version is known by.

    Usage stays out, since it differs between two runs that came to the same; keys are sorted, since a
    store may reorder them.
    """
    content = {key: value for key, value in result.items() if key != "usage"}
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()
