"""Rows to domain objects, and domain objects to the JSON that the functions of the schema take."""

import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from docmill.adapters.postgres.database import Row
from docmill.domain.documents import Blob, DeadLetter, Document, Pins, Run
from docmill.domain.events import DocumentId, Event, EventId, EventType, RunId
from docmill.domain.fairness import RANKS, Priority
from docmill.domain.results import Usage
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId

Subscriptions = Mapping[EventType, tuple[str, ...]]
_NO_KINDS: Mapping[EventId, str] = MappingProxyType({})


def to_json(value: Any) -> str:
    """Text for a ``json`` parameter. Halves of characters, as broken fonts give, become question marks."""
    import orjson

    try:
        return orjson.dumps(value).decode()
    except TypeError:
        return json.dumps(value, ensure_ascii=False, default=str).encode("utf-8", "replace").decode()


def stored_text(text: str) -> str:
    """What PostgreSQL can keep of a text: everything but NUL and halves of characters."""
    return text.replace("\0", "").encode("utf-8", "replace").decode()


def events_json(
    events: Iterable[Event],
    subscriptions: Subscriptions,
    *,
    priority: Priority | None = None,
    kinds: Mapping[EventId, str] = _NO_KINDS,
) -> str:
    """``priority`` and ``kinds`` are for the claims on the events, where they are not those of their
    cause."""
    return to_json(
        [
            {
                "id": event.id,
                "type": event.type.value,
                "tenant": event.tenant,
                "document": event.document,
                "run": event.run,
                "time": event.time,
                "cause": event.cause,
                "trace": event.trace,
                "data": dict(event.data),
                "stages": subscriptions.get(event.type, ()),
                "priority": None if priority is None else RANKS[priority],
                "kind": kinds.get(event.id),
            }
            for event in events
        ]
    )


def event_from(row: Row) -> Event:
    return Event(
        id=EventId(row["id"]),
        type=EventType(row["type"]),
        tenant=TenantId(row["tenant"]),
        document=DocumentId(row["document"]),
        run=RunId(row["run"]),
        time=row["time"],
        cause=None if row["cause"] is None else EventId(row["cause"]),
        trace=row["trace"],
        data=row["data"],
        position=row["position"],
    )


def held_from(held: dict[str, Any]) -> Document:
    """A document from the JSON of ``docmill.held``."""
    for name in ("id", "run", "parent"):
        held[name] = held[name] and UUID(held[name])
    for name in ("created_at", "erased_at", "run_created_at", "updated_at", "archived_at", "indexed_at"):
        held[name] = held[name] and datetime.fromisoformat(held[name])
    return document_from(held)


def document_from(row: Row) -> Document:
    return Document(
        id=DocumentId(row["id"]),
        tenant=TenantId(row["tenant"]),
        name=row["name"],
        blob=Blob(row["blob_sha256"], row["blob_size_bytes"]),
        created_at=row["created_at"],
        run=run_from(row),
        media_type=row["media_type"],
        requested_type=row["requested_type"],
        batch=row["batch"],
        parent=None if row["parent"] is None else DocumentId(row["parent"]),
        ordinal=row["ordinal"],
        erased_at=row["erased_at"],
    )


def dead_letter_from(row: Row) -> DeadLetter:
    return DeadLetter(
        stage=row["stage"],
        event=EventId(row["event"]),
        tenant=TenantId(row["tenant"]),
        document=DocumentId(row["document"]),
        code=row["code"],
        reason=row["reason"],
        attempts=row["attempts"],
        time=row["ended_at"],
    )


def run_from(row: Row) -> Run:
    reading = row["reading_sha256"]
    return Run(
        id=RunId(row["run"]),
        document=DocumentId(row["id"]),
        number=row["number"],
        state=RunState(row["state"]),
        version=row["version"],
        code=row["code"],
        created_at=row["run_created_at"],
        updated_at=row["updated_at"],
        type_name=row["type_name"],
        type_version=row["type_version"],
        pages=row["pages"],
        reading=None if reading is None else Blob(reading, row["reading_size_bytes"]),
        result=row["result"],
        usage=Usage(row["usage_pages"], row["usage_cpu_seconds"], row["usage_llm_tokens"]),
        archived_at=row["archived_at"],
        indexed_at=row["indexed_at"],
        detail=row["detail"] or "",
        action=row["action"] or "",
        pins=Pins(**(row.get("pins") or {})),
    )
