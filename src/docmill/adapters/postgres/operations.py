"""PostgresOperations."""

from collections.abc import Collection, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any
from uuid import uuid5

from docmill.adapters.postgres.changes import sources
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.encoding import Subscriptions, events_json, stored_text, to_json
from docmill.adapters.postgres.field_values import field_values
from docmill.adapters.postgres.queries import queries
from docmill.domain.documents import Pins, Run
from docmill.domain.errors import DocmillError, ErrorCode, VersionConflict
from docmill.domain.events import (
    NAMESPACE,
    DocumentId,
    Event,
    EventId,
    EventType,
    RunId,
    run_id,
    uploaded_event_id,
)
from docmill.domain.limits.flow import IDEMPOTENCY_KEY_HOURS
from docmill.domain.limits.processes import CONFLICT_RETRIES_MAX
from docmill.domain.states import ENDS, STATUS, RunState
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentStore
from docmill.ports.operations import Key

_ENDED = sorted(ENDS | {RunState.IN_REVIEW})
# What a document can show: a run that came to nothing is shown only where there is no other.
_CAME_TO_SOMETHING = frozenset(
    (RunState.IN_REVIEW, RunState.VALIDATED, RunState.ARCHIVED, RunState.UNPACKED, RunState.REJECTED)
)
_END_EVENTS = [
    EventType.DOCUMENT_UNPACKED.value,
    EventType.DOCUMENT_VALIDATED.value,
    EventType.REVIEW_REQUESTED.value,
    EventType.DOCUMENT_REJECTED.value,
    EventType.DOCUMENT_FAILED.value,
    EventType.DOCUMENT_CANCELLED.value,
]


class PostgresOperations:
    """ports/operations.Operations. ``subscriptions`` as for the store."""

    def __init__(self, database: Database, store: DocumentStore, *, subscriptions: Subscriptions) -> None:
        self._database = database
        self._store = store
        self._subscriptions = subscriptions
        self._sql = queries("operations")

    async def cancel(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, key: Key | None = None
    ) -> bool:
        for _ in range(CONFLICT_RETRIES_MAX):
            runs = await self._store.runs(tenant, document)
            event = _event(EventType.DOCUMENT_CANCELLED, tenant, runs[-1], time, "")
            given = {
                "tenant": tenant,
                "document": document,
                "run": runs[-1].id,
                "sources": list(sources(RunState.CANCELLED)),
                "time": time,
                "back": _back(runs),
                "events": events_json([event], self._subscriptions),
            }
            try:
                rows = await self._database.call(self._sql["cancel"], given | key_parameters(key))
            except VersionConflict:  # a further run was begun meanwhile
                continue
            return bool(rows[0]["cancelled"])
        raise _under_way()

    async def reprocess(
        self,
        tenant: TenantId,
        document: DocumentId,
        pins: Pins,
        *,
        time: datetime,
        trace: str = "",
        key: Key | None = None,
    ) -> Run:
        for _ in range(CONFLICT_RETRIES_MAX):
            runs = await self._store.runs(tenant, document)
            number = runs[-1].number + 1
            run = Run(
                run_id(document, number), document, number, RunState.UPLOADED, 1, None, time, time, pins=pins
            )
            event = _event(EventType.DOCUMENT_UPLOADED, tenant, run, time, trace)
            given = {
                "tenant": tenant,
                "document": document,
                "run": to_json({"id": run.id, "number": number, "time": time, "pins": _pins(pins)}),
                "ended": _ENDED,
                "events": events_json([event], self._subscriptions),
            }
            try:
                rows = await self._database.call(self._sql["reprocess"], given | key_parameters(key))
            except VersionConflict:
                continue
            return run if rows[0]["run"] == run.id else await self._known(tenant, document, rows[0]["run"])
        raise _under_way()

    async def ended(self, waiting: Collection[tuple[TenantId, DocumentId, RunId]]) -> frozenset[DocumentId]:
        asked = [{"tenant": tenant, "document": document, "run": run} for tenant, document, run in waiting]
        rows = await self._database.call(
            self._sql["ended"], {"waiting": to_json(asked), "types": _END_EVENTS}
        )
        return frozenset(DocumentId(row["document"]) for row in rows)

    async def _known(self, tenant: TenantId, document: DocumentId, run: RunId) -> Run:
        for known in await self._store.runs(tenant, document):
            if known.id == run:
                return known
        raise _under_way()  # pragma: no cover - runs are never taken away


def key_parameters(key: Key | None) -> dict[str, Any]:
    return {
        "key": key and key.text,
        "request_hash": key.request_hash if key else "",
        "key_hours": IDEMPOTENCY_KEY_HOURS,
    }


def _event(event_type: EventType, tenant: TenantId, run: Run, time: datetime, trace: str) -> Event:
    first = event_type is EventType.DOCUMENT_UPLOADED
    data: dict[str, str | int | bool | None] = {"run": run.number}
    return Event(
        id=uploaded_event_id(run.id) if first else EventId(uuid5(NAMESPACE, f"cancelled:{run.id}")),
        type=event_type,
        tenant=tenant,
        document=run.document,
        run=run.id,
        time=time,
        trace=trace,
        data=data,
    )


def _pins(pins: Pins) -> Mapping[str, Any]:
    return {name: value for name, value in asdict(pins).items() if value not in (None, "")} | (
        {"reason": stored_text(pins.reason)} if pins.reason else {}
    )


def _back(runs: Any) -> str | None:
    """The run that the document shows again when the newest one goes, with its values."""
    for run in reversed(runs[:-1]):
        if run.state in _CAME_TO_SOMETHING and STATUS[run.state] is not None:
            values = [] if run.result is None else field_values(run.result)
            return to_json({"run": run.id, "state": run.state, "values": values})
    return None


def _under_way() -> DocmillError:
    return DocmillError(ErrorCode.STATE_FORBIDDEN, "Another run of the document is under way.")
