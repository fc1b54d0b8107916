"""PostgresDocumentStore."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from psycopg import sql

from docmill.adapters.postgres.changes import append_parameters, closing
from docmill.adapters.postgres.database import Database, Transaction
from docmill.adapters.postgres.encoding import (
    Subscriptions,
    document_from,
    event_from,
    events_json,
    held_from,
    run_from,
    stored_text,
    to_json,
)
from docmill.adapters.postgres.field_values import decimal_from, indexed_text
from docmill.adapters.postgres.filters import (
    all_of,
    before_cursor,
    conditions,
    cursor_after,
)
from docmill.adapters.postgres.progress import operation_from
from docmill.adapters.postgres.queries import queries
from docmill.domain.documents import Accepted, Change, Claim, Document, Operation, Run, Upload
from docmill.domain.errors import NotFound
from docmill.domain.events import (
    NAMESPACE,
    DocumentId,
    Event,
    EventId,
    EventType,
    RunId,
    first_run_id,
    uploaded_event_id,
)
from docmill.domain.fairness import RANKS, kind_of_file
from docmill.domain.limits.api import EXPORT_ROWS_MAX, FILE_NAME_CHARS_MAX
from docmill.domain.limits.database import EXPORT_PAGE_DOCUMENTS
from docmill.domain.limits.flow import CLAIMS_KEPT_DAYS, IDEMPOTENCY_KEY_HOURS
from docmill.domain.states import ENDS, RunState
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter, DocumentPage


class PostgresDocumentStore:
    """``subscriptions``: which stages get a claim on an event; ``starts_from``: which state they work on."""

    def __init__(
        self, database: Database, *, subscriptions: Subscriptions, starts_from: Mapping[str, RunState | None]
    ) -> None:
        self._database = database
        self._subscriptions = subscriptions
        self._starts_from = starts_from

    async def accept(self, upload: Upload) -> Accepted:
        run = first_run_id(upload.document)
        event = Event(
            id=uploaded_event_id(run),
            type=EventType.DOCUMENT_UPLOADED,
            tenant=upload.tenant,
            document=upload.document,
            run=run,
            time=upload.time,
            trace=upload.trace,
            data={"sha256": upload.blob.sha256, "size_bytes": upload.blob.size_bytes},
        )
        rows = await self._database.call(
            queries("documents")["accept"],
            {
                "tenant": upload.tenant,
                "document": to_json(_uploaded_document(upload, run)),
                "events": events_json(
                    [event],
                    self._subscriptions,
                    priority=upload.priority or upload.usual_priority,
                    kinds={event.id: kind_of_file(upload.name, upload.blob.size_bytes)},
                ),
                "key": upload.idempotency_key,
                "request_hash": upload.request_hash,
                "key_hours": IDEMPOTENCY_KEY_HOURS,
                "allow_duplicate": upload.allow_duplicate,
            },
        )
        return Accepted(**rows[0])

    async def load(self, tenant: TenantId, document: DocumentId) -> Document:
        given = {"tenant": tenant, "document": document}
        held = (await self._database.call(queries("documents")["load"], given))[0]["held"]
        if held is None:
            raise NotFound(f"document {document}")
        return held_from(held)

    async def operation(self, tenant: TenantId, document: DocumentId) -> Operation:
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(_statement("operation"), {"document": document})
        if not rows:
            raise NotFound(f"document {document}")
        return operation_from(rows, self._starts_from)

    async def runs(self, tenant: TenantId, document: DocumentId) -> Sequence[Run]:
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(_statement("runs"), {"document": document})
        if not rows:
            raise NotFound(f"document {document}")
        return [run_from(row) for row in rows]

    async def append(self, change: Change, *, claim: Claim | None) -> None:
        ended = None if claim is None else closing(claim, "done")
        await self._database.call(
            queries("documents")["append"], append_parameters(change, ended, self._subscriptions)
        )

    async def find(
        self, tenant: TenantId, where: DocumentFilter, *, limit: int, cursor: str | None = None
    ) -> DocumentPage:
        documents = await self._page(tenant, where, limit=limit + 1, cursor=cursor, result=sql.SQL("NULL"))
        if len(documents) <= limit:
            return DocumentPage(tuple(documents), None)
        return DocumentPage(tuple(documents[:limit]), cursor_after(documents[limit - 1], tenant, where))

    async def export(self, tenant: TenantId, where: DocumentFilter) -> AsyncIterator[Document]:
        # Page by page and not through a cursor of the server: no transaction stays open for as long as
        # somebody takes to download.
        # One more than allowed, so that who asks can tell a whole export from one that was cut.
        cursor, left = None, EXPORT_ROWS_MAX + 1
        while left > 0:
            most = min(EXPORT_PAGE_DOCUMENTS, left)
            documents = await self._page(tenant, where, limit=most, cursor=cursor, result=sql.SQL("r.result"))
            for document in documents:
                yield document
            if len(documents) < most:
                return
            cursor, left = cursor_after(documents[-1], tenant, where), left - most

    async def children(self, tenant: TenantId, document: DocumentId) -> Sequence[Document]:
        async with self._database.tenant(tenant) as tx:
            await _require(tx, document)
            rows = await tx.all(_statement("children"), {"document": document})
        return [document_from(row) for row in rows]

    async def twin(
        self, tenant: TenantId, document: DocumentId, *, type_name: str, values: dict[str, str]
    ) -> DocumentId | None:
        if not values:
            return None
        numbers = [decimal_from(text) for text in values.values()]
        given = {
            "tenant": tenant,
            "document": document,
            "type_name": type_name,
            "paths": list(values),
            "texts": [indexed_text(text) for text in values.values()],
            "numbers": [None if number is None else str(number) for number in numbers],
        }
        twin = (await self._database.call(queries("documents")["twin"], given))[0]["twin"]
        return None if twin is None else DocumentId(twin)

    async def erase(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, by: str = ""
    ) -> Sequence[str]:
        run = (await self.load(tenant, document)).run.id
        event = Event(
            id=EventId(_erased_id(document)),
            type=EventType.DOCUMENT_ERASED,
            tenant=tenant,
            document=document,
            run=run,
            time=time,
        )
        rows = await self._database.call(
            queries("documents")["erase"],
            {
                "tenant": tenant,
                "document": document,
                "time": time,
                "by": by,
                "events": events_json([event], self._subscriptions),
            },
        )
        return [row["sha256"] for row in rows]

    async def counts(self, tenant: TenantId, *, batch: str | None = None) -> dict[str, int]:
        name = "counts" if batch is None else "counts_of_batch"
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(queries("documents")[name], {"batch": batch})
        return {row["state"]: row["documents"] for row in rows}

    async def journal(self, tenant: TenantId, document: DocumentId) -> Sequence[Event]:
        async with self._database.tenant(tenant) as tx:
            await _require(tx, document)
            rows = await tx.all(queries("documents")["journal"], {"document": document})
        return [event_from(row) for row in rows]

    async def unreferenced(self, tenant: TenantId, blobs: Sequence[str]) -> frozenset[str]:
        async with self._database.tenant(tenant) as tx:
            given = {"tenant": tenant, "blobs": list(blobs)}
            rows = await tx.all(queries("documents")["unreferenced"], given)
        return frozenset(row["sha256"] for row in rows)

    async def forget(self, tenant: TenantId, *, most: int) -> int:
        rows = await self._database.call(
            queries("documents")["forget"],
            {
                "tenant": tenant,
                "key_hours": IDEMPOTENCY_KEY_HOURS,
                "claim_days": CLAIMS_KEPT_DAYS,
                "ends": sorted(ENDS - {RunState.FAILED}),
                "most": most,
            },
        )
        return int(rows[0]["forgotten"])

    async def _page(
        self,
        tenant: TenantId,
        where: DocumentFilter,
        *,
        limit: int,
        cursor: str | None,
        result: sql.SQL,
    ) -> list[Document]:
        parts = conditions(where)
        if cursor is not None:
            parts.append(before_cursor(cursor, tenant, where))
        query = _composed("find", conditions=all_of(parts), result=result)
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(query, {"limit": limit})
        return [document_from(row) for row in rows]


def _uploaded_document(upload: Upload, run: RunId) -> dict[str, Any]:
    return {
        "id": upload.document,
        "run": run,
        "name": stored_text(upload.name)[:FILE_NAME_CHARS_MAX],
        "sha256": upload.blob.sha256,
        "size_bytes": upload.blob.size_bytes,
        "requested_type": upload.requested_type,
        "batch": upload.batch,
        "priority": None if upload.priority is None else RANKS[upload.priority],
        "time": upload.time,
        "cpu_seconds": upload.cpu_seconds,
    }


def _erased_id(document: DocumentId) -> Any:
    from uuid import uuid5

    return uuid5(NAMESPACE, f"erased:{document}")


async def _require(tx: Transaction, document: DocumentId) -> None:
    if await tx.one(queries("documents")["exists"], {"document": document}) is None:
        raise NotFound(f"document {document}")


@cache
def _statement(name: str) -> bytes:
    return _composed(name).as_bytes()


def _composed(name: str, **parts: sql.Composable) -> sql.Composed:
    texts = queries("documents")
    columns = sql.SQL(texts["columns"].decode())
    return sql.SQL(texts[name].decode()).format(columns=columns, **parts)
