"""What a reviewer's request becomes: one save, made of his operations and the run as he saw it. Pure."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from docmill.domain.documents import Change, Document, Pins
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import (
    NAMESPACE,
    Data,
    DocumentId,
    Event,
    EventId,
    EventType,
    RunId,
    event_id,
    run_id,
)
from docmill.domain.limits.review import REVIEW_POSTPONE_DAYS_MAX, REVIEW_RETURN_MINUTES
from docmill.domain.review import Correction, ReviewItem, ReviewKind
from docmill.domain.states import RunState
from docmill.domain.types import DocumentType, parse_document_type
from docmill.engines.review.draft import PageOf
from docmill.engines.review.operations import apply
from docmill.engines.review.requests import Op, Operation, wrong
from docmill.ports.operations import Key
from docmill.ports.reviews import NextRun, ReviewSave
from docmill.stages.results import Json, result_sha256

_AGREES = frozenset(("confirmed", "overridden", "row_moved"))
UNTYPED = parse_document_type({"name": "untyped", "schema": {"type": "object"}})
"""Stands for the type of a document that has none: there is no field to correct, only a type to give."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request of the reviewer ``subject`` about ``item``, whose run he saw at ``version``.

    ``latest`` is the number of the document's latest run; ``key`` makes a repetition the same save.
    """

    document: Document
    item: ReviewItem
    version: int
    subject: str
    lease: UUID
    id: UUID
    time: datetime
    latest: int
    trace: str = ""
    key: Key | None = None


def save_of(
    asked: Asked, operations: Sequence[Operation], used: DocumentType | None, page_of: PageOf
) -> ReviewSave:
    """Raises DocmillError: request_invalid naming the operation, state_forbidden for what an audit cannot."""
    first = operations[0]
    if first.op is Op.POSTPONE:
        return _postponed(asked, first)
    if first.op is Op.REJECT:
        return _rejected(asked, first)
    if first.op is Op.TYPE:
        return _typed(asked, first)
    result = asked.document.run.result
    if result is None:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "The run has no result.")
    corrected, corrections = apply(
        operations,
        result,
        used or UNTYPED,
        doubts=asked.item.doubts,
        page_of=page_of,
        subject=asked.subject,
        time=asked.time,
    )
    if asked.item.kind is ReviewKind.AUDIT:
        return _audited(asked, corrected, corrections)
    return _corrected(asked, corrected, corrections)


def _corrected(asked: Asked, result: Json, corrections: tuple[Correction, ...]) -> ReviewSave:
    run = asked.document.run
    event = _event(asked, run.id, EventType.DOCUMENT_CORRECTED, _counts(corrections, result))
    change = _change(asked, run.id, asked.version, state=RunState.IN_REVIEW, result=result, events=(event,))
    return _save(asked, _outcome(corrections), "checking", corrections, change=change)


def _audited(asked: Asked, result: Json, corrections: tuple[Correction, ...]) -> ReviewSave:
    """What was accepted by itself and is right stays as it is; else a further run begins, corrected."""
    outcome = _outcome(corrections)
    if outcome == "confirmed":
        return _save(asked, outcome, "done", corrections)
    begun = _next(asked)
    event = _event(asked, begun.run, EventType.DOCUMENT_CORRECTED, _counts(corrections, result))
    change = _change(asked, begun.run, 1, state=RunState.IN_REVIEW, result=result, events=(event,))
    return _save(asked, outcome, "done", corrections, change=change, next=begun)


def _postponed(asked: Asked, operation: Operation) -> ReviewSave:
    until = operation.until
    latest = asked.time + timedelta(days=REVIEW_POSTPONE_DAYS_MAX)
    if until is None or not asked.time < until <= latest:
        raise wrong(operation, f"until: want a time to come, within {REVIEW_POSTPONE_DAYS_MAX} days")
    said = (Correction(operation.op, "", "", "postponed", reason=operation.value),)
    return _save(asked, "postponed", "open", said, until=until, note=operation.value)


def _rejected(asked: Asked, operation: Operation) -> ReviewSave:
    if asked.item.kind is ReviewKind.AUDIT:
        raise DocmillError(ErrorCode.STATE_FORBIDDEN, "The document is archived; correct or delete it.")
    run, code = asked.document.run, ErrorCode.REVIEW_REJECTED
    event = _event(asked, run.id, EventType.DOCUMENT_REJECTED, {"code": code.value})
    change = _change(
        asked,
        run.id,
        asked.version,
        state=RunState.REJECTED,
        code=code.value,
        detail=f"A reviewer has rejected the document: {operation.reason}.",
        events=(event,),
    )
    said = (
        Correction(operation.op, "", "", "rejected", after=operation.reason, reason=operation.value),
    )  # the note stays out of the run, which outlives the document's content
    return _save(asked, "rejected", "done", said, change=change)


def _typed(asked: Asked, operation: Operation) -> ReviewSave:
    """Read again as another type. Should that fail, the document comes back after a while as it was."""
    before = asked.document.run.type_name
    said = (Correction(operation.op, "", "", "type_changed", before, operation.type_name),)
    again = Pins(type_name=operation.type_name, reason="a reviewer changed the type"), _next(asked)
    back = asked.time + timedelta(minutes=REVIEW_RETURN_MINUTES)
    return _save(asked, "type_changed", "open", said, again=again, until=back)


def _save(
    asked: Asked, outcome: str, then: str, corrections: tuple[Correction, ...], **given: Any
) -> ReviewSave:
    begun: NextRun | None = given.get("next")
    answer = {
        "save": str(asked.id),
        "document_id": str(asked.document.id),
        "outcome": outcome,
        "state": then,
        "corrections": len(corrections),
        "run": (asked.document.run.number if begun is None else begun.number),
        "evidence": [
            {"path": one.path, "evidence": one.evidence} for one in corrections if one.evidence is not None
        ],
        "operation": f"/v1/operations/{asked.document.id}",
    }
    return ReviewSave(
        tenant=asked.document.tenant,
        document=asked.document.id,
        run=asked.item.run,
        version=asked.version,
        id=asked.id,
        subject=asked.subject,
        lease=asked.lease,
        time=asked.time,
        outcome=outcome,
        then=then,
        corrections=corrections,
        answer=answer,
        key=asked.key,
        **given,
    )


def _outcome(corrections: Sequence[Correction]) -> str:
    return "confirmed" if all(one.outcome in _AGREES for one in corrections) else "changed"


def _counts(corrections: Sequence[Correction], result: Json) -> Data:
    """What the journal is told: numbers and a hash, never a value."""
    changed = sum(one.outcome not in _AGREES for one in corrections)
    return {"corrections": len(corrections), "changed": changed, "sha256": result_sha256(result)}


def _change(asked: Asked, run: RunId, version: int, **given: Any) -> Change:
    document = asked.document
    return Change(
        tenant=document.tenant, document=document.id, run=run, expected_version=version, **given
    )  # fmt: skip


def _next(asked: Asked) -> NextRun:
    number = asked.latest + 1
    return NextRun(run_id(asked.document.id, number), number, asked.item.run, asked.version)


def _event(asked: Asked, run: RunId, event_type: EventType, data: Data) -> Event:
    return Event(
        id=event_id("review", EventId(asked.id), event_type, 0),
        type=event_type,
        tenant=asked.document.tenant,
        document=asked.document.id,
        run=run,
        time=asked.time,
        trace=asked.trace,
        data=data,
    )


def save_id(document: DocumentId, run: RunId, version: int, lease: UUID) -> UUID:
    """One save of a run's version under a lease: a repetition without a key is the same one, and refused."""
    seen = hashlib.sha256(f"{document}:{run}:{version}:{lease}".encode()).hexdigest()
    return uuid5(NAMESPACE, f"review:{seen}")
