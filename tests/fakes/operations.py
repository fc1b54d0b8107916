"""Further runs and batches in memory."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import uuid4, uuid5

from tests.fakes.flow import MemoryDatabase

from docmill.domain.batches import Batch, BatchItem, BatchItemPage, BatchPage, Expected, Noted, Outcome
from docmill.domain.documents import Pins, Run
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
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
from docmill.domain.states import STATUS, RunState, require_edge
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key


@dataclass
class MemoryOperations:
    """`Operations`. A further run takes the place of the one before at once; keys are not kept."""

    db: MemoryDatabase

    async def cancel(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, key: Key | None = None
    ) -> bool:
        found = self.db.document(tenant, document)
        run = found.run
        if run.state is RunState.CANCELLED:
            return False
        require_edge(run.state, RunState.CANCELLED)
        ended = replace(run, state=RunState.CANCELLED, result=None, reading=None, version=run.version + 1)
        self.db.documents[tenant, document] = replace(found, run=ended)
        for row in self.db.rows.values():
            if row.event.run == run.id and not row.done:
                row.done, row.fence = True, row.fence + 1
        event_id = EventId(uuid5(NAMESPACE, f"cancelled:{run.id}"))
        self.db.publish(Event(event_id, EventType.DOCUMENT_CANCELLED, tenant, document, run.id, time))
        return True

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
        found = self.db.document(tenant, document)
        if found.erased_at is not None:
            raise DocmillError(ErrorCode.ERASED)
        if STATUS[found.run.state] is None:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN)
        number = found.run.number + 1
        run = Run(
            run_id(document, number), document, number, RunState.UPLOADED, 1, None, time, time, pins=pins
        )
        self.db.older[found.run.id] = found.run
        self.db.documents[tenant, document] = replace(found, run=run)
        event_id = uploaded_event_id(run.id)
        self.db.publish(Event(event_id, EventType.DOCUMENT_UPLOADED, tenant, document, run.id, time))
        return run

    async def ended(self, waiting: Collection[tuple[TenantId, DocumentId, RunId]]) -> frozenset[DocumentId]:
        return frozenset(
            document
            for tenant, document, _ in waiting
            if STATUS[self.db.document(tenant, document).run.state] is not None
        )


@dataclass
class MemoryBatches:
    """`Batches`. An upload is counted by the batch that its document names; manifests are not matched."""

    db: MemoryDatabase
    made: dict[tuple[TenantId, str], Batch] = field(default_factory=dict)
    noted: dict[tuple[TenantId, str], list[Noted]] = field(default_factory=dict)

    async def create(
        self,
        tenant: TenantId,
        *,
        label: str | None,
        expected: Sequence[Expected],
        time: datetime,
        key: Key | None,
    ) -> str:
        name = str(uuid4())
        self.made[tenant, name] = Batch(name, time, label, len(expected))
        self.noted[tenant, name] = [Noted(one.name, Outcome.EXPECTED, one.sha256) for one in expected]
        return name

    async def load(self, tenant: TenantId, batch: str) -> Batch:
        items = (await self.items(tenant, batch, limit=10**9)).items
        known = self.made.get((tenant, batch))
        if known is None and not items:
            raise NotFound
        states: dict[RunState, int] = {}
        others: dict[Outcome, int] = {}
        for item in items:
            if item.outcome is not None:
                others[item.outcome] = others.get(item.outcome, 0) + 1
            elif item.state is not None:
                states[item.state] = states.get(item.state, 0) + 1
        began = min((d.created_at for d in self.db.documents.values() if d.batch == batch), default=None)
        base = known or Batch(batch, began or datetime.now().astimezone())
        return replace(base, states=states, others=others)

    async def find(self, tenant: TenantId, *, limit: int, cursor: str | None = None) -> BatchPage:
        if cursor is not None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "cursor")
        return BatchPage(tuple(batch for (owner, _), batch in self.made.items() if owner == tenant), None)

    async def items(
        self, tenant: TenantId, batch: str, *, limit: int, cursor: str | None = None
    ) -> BatchItemPage:
        if cursor is not None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "cursor")
        found = [
            BatchItem(d.name, None, d.id, d.run.state, d.run.code, d.blob.sha256, d.run.type_name, d.parent)
            for d in self.db.documents.values()
            if d.tenant == tenant and d.batch == batch and d.erased_at is None
        ]
        found += [
            BatchItem(n.name, n.outcome, n.document, None, n.code, n.sha256, detail=n.detail)
            for n in self.noted.get((tenant, batch), [])
        ]
        if not found and (tenant, batch) not in self.made:
            raise NotFound
        return BatchItemPage(tuple(found[:limit]), None)

    async def note(self, tenant: TenantId, batch: str, items: Sequence[Noted], *, time: datetime) -> None:
        known = self.noted.setdefault((tenant, batch), [])
        known += [item for item in items if item not in known]

    async def cancel(self, tenant: TenantId, batch: str, *, time: datetime, key: Key | None) -> None:
        found = await self.load(tenant, batch)
        self.made[tenant, batch] = replace(found, cancelled_at=found.cancelled_at or time)
