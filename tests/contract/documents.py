"""Uploads and changes for the contract tests."""

import hashlib
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from docmill.domain.documents import Blob, Change, Child, Claim, Document, Upload
from docmill.domain.events import DocumentId, Event, EventId, EventType, child_id, event_id
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

STEPS = {
    "read": (RunState.READ, EventType.DOCUMENT_READ),
    "analyze": (RunState.ANALYZED, EventType.DOCUMENT_ANALYZED),
    "validate": (RunState.VALIDATED, EventType.DOCUMENT_VALIDATED),
    "archive": (RunState.ARCHIVED, EventType.DOCUMENT_ARCHIVED),
    "index": (None, EventType.DOCUMENT_INDEXED),
}


def blob(text: str | None = None) -> Blob:
    data = (text or str(uuid4())).encode()
    return Blob(hashlib.sha256(data).hexdigest(), len(data))


def upload(tenant: TenantId, *, minutes: int = 0, **given: Any) -> Upload:
    defaults = {"document": DocumentId(uuid4()), "name": "invoice.pdf", "blob": blob()}
    return Upload(tenant=tenant, time=NOON + timedelta(minutes=minutes), **(defaults | given))


def invoice(number: str = "INV-7", total: str = "119.00", issued: str = "2026-02-28") -> dict[str, Any]:
    return {
        "value": {
            "invoice_number": number,
            "issue_date": issued,
            "total": {"amount": total, "currency": "EUR"},
            "seller": {"name": "Müller & Söhne"},
            "paid": False,
            "due_date": None,
            "line_items": [{"description": "A", "quantity": "2"}],
        },
        "metadata": {},
    }


def children_of(document: DocumentId, count: int) -> tuple[Child, ...]:
    found = []
    for ordinal in range(count):
        file = blob(f"member {ordinal}")
        found.append(Child(child_id(document, ordinal, file.sha256), ordinal, f"{ordinal}.pdf", file))
    return tuple(found)


def answer(claim: Claim, document: Document, **given: Any) -> Change:
    """The change that the claim's stage makes when all is well, with its event."""
    state, event_type = STEPS[claim.stage]
    said = Event(
        id=event_id(claim.stage, claim.event.id, event_type, 0),
        type=event_type,
        tenant=document.tenant,
        document=document.id,
        run=document.run.id,
        time=NOON,
        cause=claim.event.id,
    )
    made: dict[str, Any] = {"state": state, "events": (said,)}
    if claim.stage == "read":
        made |= {"media_type": "application/pdf", "pages": 1, "reading": blob(f"reading of {document.name}")}
    if claim.stage == "analyze":
        made |= {"type_name": "invoice", "type_version": 1, "result": invoice()}
    if claim.stage == "index":
        made |= {"facts": ("indexed",)}
    return Change(
        tenant=document.tenant,
        document=document.id,
        run=document.run.id,
        expected_version=document.run.version,
        **(made | given),
    )


def made_up_claim(document: Document) -> Claim:
    event = Event(
        id=EventId(uuid4()),
        type=EventType.DOCUMENT_UPLOADED,
        tenant=document.tenant,
        document=document.id,
        run=document.run.id,
        time=NOON,
    )
    return Claim("read", event, 1, 1, "nobody")
