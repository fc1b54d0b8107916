"""PostgresReviews."""

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from functools import cache
from time import monotonic
from typing import Any
from uuid import UUID, uuid4

from psycopg import sql
from psycopg.types.json import Json

from docmill.adapters.postgres.changes import append_parameters
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import Subscriptions, events_json, stored_text, to_json
from docmill.adapters.postgres.queries import queries
from docmill.adapters.postgres.review_rows import (
    conditions,
    cursor_after,
    item_from,
    period_conditions,
    policies_from,
    policies_json,
    saved_from,
)
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId, Event, EventType, uploaded_event_id
from docmill.domain.limits.database import KEY_CACHE_ENTRIES_MAX
from docmill.domain.limits.flow import IDEMPOTENCY_KEY_HOURS
from docmill.domain.limits.review import REVIEW_LEASE_S, REVIEW_SETTINGS_CACHE_S
from docmill.domain.review import Correction, ReviewItem, ReviewSettings, SavedCorrection
from docmill.domain.states import ENDS, RunState
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key
from docmill.ports.reviews import Period, ReviewCounts, ReviewFilter, ReviewPage, ReviewSave

_ENDED = sorted(ENDS | {RunState.IN_REVIEW})


class PostgresReviews:
    """ports/reviews.Reviews. ``subscriptions`` as for the store."""

    def __init__(
        self, database: Database, *, subscriptions: Subscriptions, lease_s: int = REVIEW_LEASE_S
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._lease_s = lease_s
        self._sql = queries("reviews")
        self._known: dict[TenantId, tuple[float, ReviewSettings]] = {}

    async def queue(
        self, tenant: TenantId, where: ReviewFilter, *, limit: int, cursor: str | None = None
    ) -> ReviewPage:
        query = _composed("queue", conditions=conditions(tenant, where, cursor), limit=sql.Literal(limit + 1))
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(query)
        items = tuple(map(item_from, rows))
        if len(items) <= limit:
            return ReviewPage(items, None)
        return ReviewPage(items[:limit], cursor_after(items[limit - 1], tenant, where))

    async def item(self, tenant: TenantId, document: DocumentId) -> ReviewItem | None:
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(_statement("item"), {"document": document})
        return None if row is None else item_from(row)

    async def take(
        self, tenant: TenantId, document: DocumentId | None, *, subject: str, where: ReviewFilter
    ) -> ReviewItem | None:
        wanted = {"type": where.type_name, "batch": where.batch, "blocker": where.blocker, "kind": where.kind}
        given = {
            "tenant": tenant,
            "document": document,
            "subject": subject,
            "lease": uuid4(),
            "lease_s": self._lease_s,
            "where": Json(wanted),
        }
        found = (await self._database.call(self._sql["take"], given))[0]["document"]
        return None if found is None else await self.item(tenant, DocumentId(found))

    async def extend(
        self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID
    ) -> ReviewItem:
        await self._keep(tenant, document, subject, lease, lease_s=self._lease_s)
        found = await self.item(tenant, document)
        if found is None:
            raise NotFound(f"document {document}")
        return found

    async def give_back(self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID) -> None:
        await self._keep(tenant, document, subject, lease, lease_s=None)

    async def _keep(
        self, tenant: TenantId, document: DocumentId, subject: str, lease: UUID, *, lease_s: int | None
    ) -> None:
        given = {
            "tenant": tenant, "document": document, "subject": subject, "lease": lease, "lease_s": lease_s,
        }  # fmt: skip
        await self._database.call(self._sql["keep"], given)

    async def save(self, save: ReviewSave) -> Mapping[str, Any]:
        change: dict[str, Any] = {"change": None, "result": None, "values": None, "events": "[]"}
        if save.change is not None:
            made = append_parameters(save.change, None, self._subscriptions)
            change = {name: made[name] for name in change} | {"events": made["events"] or "[]"}
        again = None
        if save.again is not None:
            again, change["events"] = self._again(save)
        given = {
            "tenant": save.tenant,
            "save": to_json(_save_json(save)),
            "next": None if save.next is None else to_json(asdict(save.next)),
            "again": again,
            "corrections": to_json([_correction(n, one) for n, one in enumerate(save.corrections)]),
            "key_hours": IDEMPOTENCY_KEY_HOURS,
        }
        rows = await self._database.call(self._sql["save"], given | change)
        answer: Mapping[str, Any] = rows[0]["answer"]
        return answer

    def _again(self, save: ReviewSave) -> tuple[str, str]:
        """The further run that reads the file as another type, and the event that it begins with."""
        assert save.again is not None
        pins, begun = save.again
        pinned = {name: value for name, value in asdict(pins).items() if value not in (None, "")}
        run = {"id": begun.run, "number": begun.number, "time": save.time, "pins": pinned}
        event = Event(
            id=uploaded_event_id(begun.run),
            type=EventType.DOCUMENT_UPLOADED,
            tenant=save.tenant,
            document=save.document,
            run=begun.run,
            time=save.time,
            data={"run": begun.number},
        )
        return to_json({"run": run, "ended": _ENDED}), events_json([event], self._subscriptions)

    async def answered(self, tenant: TenantId, key: Key) -> Mapping[str, Any] | None:
        given = {"key": key.text, "key_hours": IDEMPOTENCY_KEY_HOURS}
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["answered"], given)
        if row is None:
            return None
        if row["request_hash"] != key.request_hash:
            raise DocmillError(ErrorCode.IDEMPOTENCY_MISMATCH)
        answer: Mapping[str, Any] = row["answer"]
        return answer

    async def corrections(self, tenant: TenantId, document: DocumentId) -> Sequence[SavedCorrection]:
        async with self._database.tenant(tenant) as tx:
            if await tx.one(queries("documents")["exists"], {"document": document}) is None:
                raise NotFound(f"document {document}")
            rows = await tx.all(self._sql["corrections"], {"document": document})
        return [saved_from(row) for row in rows]

    async def settings(self, tenant: TenantId, *, fresh: bool = False) -> ReviewSettings:
        known = self._known.get(tenant)
        if known is not None and monotonic() < known[0] and not fresh:
            return known[1]
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["settings"])
        found = ReviewSettings()
        if row is not None:
            found = ReviewSettings(row["version"], policies_from(row["types"]), row["secret"])
        if len(self._known) >= KEY_CACHE_ENTRIES_MAX:
            self._known.clear()
        self._known[tenant] = (monotonic() + REVIEW_SETTINGS_CACHE_S, found)
        return found

    async def put_settings(
        self, tenant: TenantId, settings: ReviewSettings, *, expected: int | None
    ) -> ReviewSettings:
        given = {
            "tenant": tenant,
            "types": Json(policies_json(settings)),
            "secret": secrets.token_hex(32),  # of the first version; it stays
            "expected": expected,
        }
        version = (await self._database.call(self._sql["put_settings"], given))[0]["version"]
        if version is None:
            raise VersionConflict("the newest version is another one")
        return await self.settings(tenant, fresh=True)

    async def counts(self, tenant: TenantId, period: Period) -> ReviewCounts:
        async with self._database.tenant(tenant) as tx:
            found = {
                name: await tx.all(_composed(name, conditions=period_conditions(period, column)))
                for name, column in _COUNTED.items()
            }
            waiting = await tx.all(self._sql["waiting"])
        return ReviewCounts(found["totals"], found["waited"], found["fields"], waiting, found["people"])


_COUNTED = {"totals": ("time",), "waited": ("ended_at",), "fields": ("s", "time"), "people": ("time",)}


def _save_json(save: ReviewSave) -> dict[str, Any]:
    return {
        "id": save.id,
        "document": save.document,
        "run": save.run,
        "version": save.version,
        "subject": save.subject,
        "lease": save.lease,
        "time": save.time,
        "outcome": save.outcome,
        "then": save.then,
        "until": save.until,
        "note": stored_text(save.note) or None,
        "answer": dict(save.answer),
        "key": save.key and save.key.text,
        "request_hash": save.key.request_hash if save.key else "",
    }


def _correction(ordinal: int, correction: Correction) -> Row:
    texts = ("path", "field", "reason", "raw_text")
    made = asdict(correction) | {"ordinal": ordinal}
    for name in texts:
        made[name] = None if made[name] is None else stored_text(made[name])
    return made


@cache
def _statement(name: str) -> bytes:
    return _composed(name).as_bytes()


def _composed(name: str, **parts: sql.Composable) -> sql.Composed:
    texts = queries("reviews")
    columns = sql.SQL(texts["columns"].decode())
    return sql.SQL(texts[name].decode()).format(columns=columns, **parts)
