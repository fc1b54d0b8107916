"""From the journal to letters: what an endpoint is told, each thing once.

Letters and the place in the journal are saved together: a crash between the two neither loses nor doubles.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from docmill.domain.batches import Batch, Outcome
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId, Event, EventId, EventType, RunId
from docmill.domain.limits.processes import FOLLOW_BATCH_EVENTS
from docmill.domain.limits.webhooks import BATCH_QUIET_S
from docmill.domain.results import Status
from docmill.domain.states import STATUS, RunState
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import Letter, WebhookType, batch_event_id, review_event_id
from docmill.ports.batches import Batches
from docmill.ports.deliveries import BatchWatch, Deliveries, Facts
from docmill.ports.journal import Journal
from docmill.stages.work import Clock

_TELLS: Mapping[EventType, tuple[WebhookType, Status | None]] = {
    EventType.DOCUMENT_ARCHIVED: (WebhookType.DOCUMENT_SUCCEEDED, Status.SUCCEEDED),
    EventType.DOCUMENT_UNPACKED: (WebhookType.DOCUMENT_SUCCEEDED, Status.SUCCEEDED),
    EventType.DOCUMENT_FAILED: (WebhookType.DOCUMENT_FAILED, Status.FAILED),
    EventType.DOCUMENT_REJECTED: (WebhookType.DOCUMENT_REJECTED, Status.REJECTED),
    EventType.REVIEW_REQUESTED: (WebhookType.DOCUMENT_NEEDS_REVIEW, Status.NEEDS_REVIEW),
    EventType.DOCUMENT_CANCELLED: (WebhookType.DOCUMENT_CANCELLED, Status.CANCELLED),
    EventType.DOCUMENT_ERASED: (WebhookType.DOCUMENT_ERASED, None),
}
_COUNTS = ("children", "blockers")
_REVIEW_REJECTED = "review_rejected"
_BATCHES_AT_ONCE = 100
_BATCH_WATCHED_S = 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Postman:
    """``batch_quiet_s``: how long a batch of unknown size must rest before it counts as complete."""

    journal: Journal
    deliveries: Deliveries
    batches: Batches
    clock: Clock
    batch_quiet_s: float = BATCH_QUIET_S

    async def follow(self) -> int:
        """Write letters for all that was committed since the last time; return how many journal rows it was.

        Raises Unavailable; what was written by then stays, and the next call goes on behind it.
        """
        if await self.deliveries.skip():
            return 0
        read, position = 0, await self.deliveries.position()
        while events := await self.journal.read(after=position, limit=FOLLOW_BATCH_EVENTS):
            until = events[-1].position or position
            letters, batches = await self._letters(events)
            if not await self.deliveries.follow(letters, batches, after=position, until=until):
                return read  # another process follows too, and was there first
            read, position = read + len(events), until
        return read

    async def settle_batches(self) -> int:
        """Tell which of the batches of late are complete; return how many."""
        count = 0
        for watch in await self.deliveries.due_batches(most=_BATCHES_AT_ONCE):
            count += await self._settle(watch)
        return count

    async def _letters(self, events: Sequence[Event]) -> tuple[list[Letter], dict[tuple[TenantId, str], int]]:
        told = [event for event in events if event.type in _TELLS or _may_end_review(event)]
        letters: list[Letter] = []
        batches: dict[tuple[TenantId, str], int] = {}
        for tenant in sorted(await self.deliveries.takers({event.tenant for event in told})):
            own = [event for event in told if event.tenant == tenant]
            facts = await self.deliveries.facts(tenant, {event.run for event in own})
            reviewed = await self._reviewed(tenant, own)
            letters += _letters_of(own, facts, reviewed)
            batches |= {
                (tenant, batch): event.position or 0
                for event in own
                if event.type in _TELLS and (batch := _batch_of(event, facts))
            }
        return letters, batches

    async def _reviewed(self, tenant: TenantId, events: Iterable[Event]) -> frozenset[EventId]:
        """Those that a correction by a person led to."""
        causes: dict[EventId, DocumentId] = {
            event.cause: event.document
            for event in events
            if event.type is EventType.DOCUMENT_VALIDATED and event.cause
        }
        return await self.deliveries.corrections(tenant, causes) if causes else frozenset()

    async def _settle(self, watch: BatchWatch) -> bool:
        try:
            batch = await self.batches.load(watch.tenant, watch.batch)
        except NotFound:  # all of it was erased
            await self.deliveries.settle(watch)
            return False
        if any(STATUS[state] is None and count for state, count in (batch.states or {}).items()):
            await self.deliveries.settle(watch)  # the end of what is on its way brings it back
            return False
        if (batch.others or {}).get(Outcome.EXPECTED, 0):
            # Should the last of them be refused in this moment, nothing else would bring it back.
            again_s = watch.quiet_s + self.batch_quiet_s if watch.quiet_s < _BATCH_WATCHED_S else None
            await self.deliveries.settle(watch, due_s=again_s)
            return False
        if not batch.expected and watch.quiet_s < self.batch_quiet_s:
            await self.deliveries.settle(watch, due_s=self.batch_quiet_s)
            return False
        return await self.deliveries.settle(watch, letter=self._batch_letter(watch, batch))

    def _batch_letter(self, watch: BatchWatch, batch: Batch) -> Letter:
        counts: dict[str, int] = {str(status): 0 for status in Status}
        for state, count in (batch.states or {}).items():
            counts[str(STATUS[state])] += count
        counts |= {str(outcome): count for outcome, count in (batch.others or {}).items()}
        event = batch_event_id(watch.tenant, watch.batch)
        data = {
            "batch": watch.batch,
            "total": batch.total,
            "counts": counts,
            "links": {"batch": f"/v1/batches/{watch.batch}"},
        }
        body = _body(WebhookType.BATCH_COMPLETED, self.clock().isoformat(), data)
        return Letter(event, watch.tenant, WebhookType.BATCH_COMPLETED, event, watch.position, body)


def _may_end_review(event: Event) -> bool:
    return event.type is EventType.DOCUMENT_VALIDATED and event.cause is not None


def _letters_of(
    events: Iterable[Event], facts: Mapping[RunId, Facts], reviewed: frozenset[EventId]
) -> Iterable[Letter]:
    for event in events:
        fact = facts.get(event.run)
        rejected_by_person = event.data.get("code") == _REVIEW_REJECTED
        if rejected_by_person or event.cause in reviewed:
            status = Status.REJECTED if rejected_by_person else Status.SUCCEEDED
            yield _letter(event, fact, WebhookType.REVIEW_COMPLETED, status)
        if event.type in _TELLS and not _goes_on(event, fact):
            yield _letter(event, fact, *_TELLS[event.type])


def _goes_on(event: Event, fact: Facts | None) -> bool:
    """A mail with attachments is unpacked and read on; it ends when it is archived."""
    return (
        event.type is EventType.DOCUMENT_UNPACKED and fact is not None and fact.state is not RunState.UNPACKED
    )


def _batch_of(event: Event, facts: Mapping[RunId, Facts]) -> str | None:
    fact = facts.get(event.run)
    return None if fact is None else fact.batch


def _letter(event: Event, fact: Facts | None, kind: WebhookType, status: Status | None) -> Letter:
    """``review.completed`` comes before what else the same event tells."""
    review = kind is WebhookType.REVIEW_COMPLETED
    return Letter(
        event=review_event_id(event.id) if review else event.id,
        tenant=event.tenant,
        type=kind,
        subject=event.document,
        position=event.position or 0,
        body=_body(kind, event.time.isoformat(), _data(event, fact, status)),
        ordinal=0 if review else 1,
        document=event.document,
    )


def _data(event: Event, fact: Facts | None, status: Status | None) -> dict[str, Any]:
    """Ids, codes, counts and links: never a value, and never the name of a file."""
    there = status is not None
    links = {"document": f"/v1/documents/{event.document}"}
    if status in (Status.SUCCEEDED, Status.NEEDS_REVIEW, Status.REJECTED):
        links["result"] = f"/v1/documents/{event.document}/result"
    return {
        "document_id": str(event.document),
        "run_id": str(event.run),
        "run": fact.number if fact else None,
        "status": status or "erased",
        "code": event.data.get("code"),
        "document_type": fact.type_name if fact and there else None,
        "pages": fact.pages if fact and there else None,
        "batch": fact.batch if fact else None,
        "parent": str(fact.parent) if fact and isinstance(fact.parent, UUID) else None,
        "counts": {name: event.data[name] for name in _COUNTS if name in event.data},
        "links": links,
    }


def _body(kind: WebhookType, timestamp: str, data: Mapping[str, Any]) -> str:
    """Text, and saved as such: a signature is of these very bytes, and a repetition sends them again."""
    import orjson

    return orjson.dumps({"type": kind, "timestamp": timestamp, "data": data}).decode()
