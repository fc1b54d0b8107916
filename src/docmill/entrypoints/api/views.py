"""Domain objects as JSON."""

from typing import Any

from docmill.domain.documents import ArchiveRecord, Document, Operation, Pins, Run
from docmill.domain.errors import CODES, ErrorCode
from docmill.domain.events import Event
from docmill.domain.search import Hit
from docmill.domain.states import STATUS
from docmill.domain.types import DocumentType

RUNNING = "running"


def status_of(run: Run) -> str:
    """What a caller is told: a Status, or "running"."""
    return STATUS[run.state] or RUNNING


def why_not(run: Run) -> dict[str, Any]:
    """What was wrong and what to do about it; nothing for a run without a code."""
    if run.code is None:
        return {}
    info = CODES[ErrorCode(run.code)]
    return {"detail": run.detail or info.sentence, "action": run.action or info.action}


def document_view(document: Document, *, whole: bool = False) -> dict[str, Any]:
    """``whole`` adds what blocks it, which a list does not load."""
    run = document.run
    out: dict[str, Any] = {
        "id": str(document.id),
        "name": document.name,
        "state": "erased" if document.erased_at else run.state,
        "status": status_of(run),
        "code": run.code,
        "type": run.type_name,
        "requested_type": document.requested_type,
        "batch": document.batch,
        "parent": str(document.parent) if document.parent else None,
        "ordinal": document.ordinal,
        "media_type": document.media_type,
        "size_bytes": document.blob.size_bytes,
        "sha256": document.blob.sha256,
        "pages": run.pages,
        "created_at": document.created_at.isoformat(),
        "updated_at": run.updated_at.isoformat(),
    }
    if not whole:
        return out
    return out | why_not(run) | {"blockers": list((run.result or {}).get("blockers", ()))}


def run_view(run: Run) -> dict[str, Any]:
    return {
        "id": str(run.id),
        "number": run.number,
        "state": run.state,
        "status": status_of(run),
        "code": run.code,
        "type": run.type_name,
        "type_version": run.type_version,
        "pages": run.pages,
        "version": run.version,
        "usage": run.usage.to_json(),
        "created_at": run.created_at.isoformat(),
        "updated_at": run.updated_at.isoformat(),
        "pins": pins_view(run.pins),
        "archived_at": run.archived_at.isoformat() if run.archived_at else None,
        "indexed_at": run.indexed_at.isoformat() if run.indexed_at else None,
        **why_not(run),
    }


def pins_view(pins: Pins) -> dict[str, Any]:
    """What a further run was asked to be made with; {} for a first one."""
    asked = {
        "type": pins.type_name,
        "type_version": pins.type_version,
        "rules_version": pins.rules_version,
        "reason": pins.reason or None,
    }
    return {name: value for name, value in asked.items() if value is not None}


def operation_view(operation: Operation) -> dict[str, Any]:
    """Ended operations link what they made; `attempt` tells a slow run from one that is being retried."""
    document = operation.document
    status = status_of(document.run)
    out: dict[str, Any] = {
        "id": str(document.id),
        "document_id": str(document.id),
        "run": document.run.number,
        "status": status,
        "stage": operation.stage if status == RUNNING else None,
        "percent": operation.percent if status == RUNNING else 100,
        "attempt": operation.attempt,
        "code": document.run.code,
        **why_not(document.run),
        "state": document.run.state,
        "updated_at": document.run.updated_at.isoformat(),
    }
    if status != RUNNING and not document.erased_at:
        out["result"] = f"/v1/documents/{document.id}/result"
    return out


def result_view(document: Document, run: Run) -> dict[str, Any]:
    """The run's result under its document's id; a rejected or unpacked run has little but its status."""
    own = {
        "document_id": str(document.id),
        "name": document.name,
        "status": STATUS[run.state],
        "code": run.code,
        **why_not(run),
        "run": run.number,
    }
    if run.result is not None:
        return {**run.result, **own}
    return {
        **own,
        "type": None,
        "blockers": [],
        "value": None,
        "metadata": {},
        "completeness": {},
        "usage": run.usage.to_json(),
    }


def version_view(record: ArchiveRecord, *, whole: bool = False) -> dict[str, Any]:
    out: dict[str, Any] = {
        "version": record.version,
        "run": str(record.run),
        "sha256": record.sha256,
        "time": record.time.isoformat(),
    }
    return out | {"result": record.result} if whole else out


def event_view(event: Event) -> dict[str, Any]:
    return {
        "id": str(event.id),
        "type": event.type,
        "run": str(event.run),
        "time": event.time.isoformat(),
        "cause": str(event.cause) if event.cause else None,
        "data": dict(event.data),
    }


def hit_view(hit: Hit) -> dict[str, Any]:
    chunk = hit.chunk
    return {
        "document_id": str(hit.document),
        "name": hit.document_name,
        "type": hit.type_name,
        "page": chunk.page,
        "box": [round(edge, 2) for edge in chunk.box] if chunk.box else None,
        "unit": chunk.unit,
        "page_size": list(chunk.page_size) if chunk.page_size else None,
        "text": chunk.text,
        "score": round(hit.score, 6),
        "found_by": list(hit.found_by),
    }


def type_view(document_type: DocumentType) -> dict[str, Any]:
    return {
        "name": document_type.name,
        "title": document_type.title,
        "version": document_type.version,
        "fields": [
            {"path": spec.path, "kind": spec.kind, "required": spec.required} for spec in document_type.fields
        ],
    }
