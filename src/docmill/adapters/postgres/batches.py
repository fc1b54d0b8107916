"""PostgresBatches."""

from collections.abc import Sequence
from datetime import UTC, datetime
from uuid import UUID, uuid4, uuid5

from docmill.adapters.postgres.cursors import cursor_of, moment, place_of
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import stored_text, to_json
from docmill.adapters.postgres.operations import key_parameters
from docmill.adapters.postgres.queries import queries
from docmill.domain.batches import (
    Batch,
    BatchItem,
    BatchItemPage,
    BatchPage,
    Expected,
    Noted,
    Outcome,
)
from docmill.domain.errors import NotFound
from docmill.domain.events import NAMESPACE, DocumentId
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key

_DOCUMENTS, _OTHERS = "documents", "others"
_LAST_TIME = datetime.max.replace(tzinfo=UTC)


class PostgresBatches:
    """ports/batches.Batches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._sql = queries("batches")

    async def create(
        self,
        tenant: TenantId,
        *,
        label: str | None,
        expected: Sequence[Expected],
        time: datetime,
        key: Key | None,
    ) -> str:
        made = uuid4()
        items = [
            {
                "id": uuid5(made, f"expected:{at}"),
                "name": stored_text(item.name),
                "sha256": item.sha256,
                "type": item.requested_type,
                "priority": item.priority,
            }
            for at, item in enumerate(expected)
        ]
        given = {
            "tenant": tenant,
            "batch": made,
            "label": None if label is None else stored_text(label),
            "time": time,
            "items": to_json(items),
        }
        rows = await self._database.call(self._sql["create"], given | key_parameters(key))
        return str(rows[0]["batch"])

    async def load(self, tenant: TenantId, batch: str) -> Batch:
        given = {"batch": batch}
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(self._sql["load"], given)
            states = await tx.all(queries("documents")["counts_of_batch"], given)
            others = await tx.all(self._sql["outcomes"], given)
            if row is None and states:  # it is older than the table of batches
                began = await tx.one(self._sql["began"], given)
                row = began and {"id": batch, **began}
        if row is None:
            raise NotFound(f"batch {batch}")
        return Batch(
            **row,
            states={RunState(one["state"]): one["documents"] for one in states},
            others={Outcome(one["outcome"]): one["items"] for one in others},
        )

    async def find(self, tenant: TenantId, *, limit: int, cursor: str | None = None) -> BatchPage:
        this_list = f"batches:{tenant}"
        time, last = _LAST_TIME, ""
        if cursor is not None:
            time, last = place_of(cursor, lambda a, b: (moment(a), stored_text(b)), of=this_list)
        async with self._database.tenant(tenant) as tx:
            given = {"time": time, "id": last, "limit": limit + 1}
            rows = await tx.all(self._sql["newest"], given)
        batches = tuple(Batch(**row) for row in rows[:limit])
        if len(rows) <= limit:
            return BatchPage(batches, None)
        last_one = batches[-1]
        return BatchPage(batches, cursor_of(last_one.created_at.isoformat(), last_one.id, of=this_list))

    async def items(
        self, tenant: TenantId, batch: str, *, limit: int, cursor: str | None = None
    ) -> BatchItemPage:
        this_list = f"items:{tenant}:{batch}"
        part, after = _DOCUMENTS, None
        if cursor is not None:
            part, after = place_of(cursor, lambda a, b: (a, UUID(b)), of=this_list)
        found: list[tuple[str, Row]] = []
        async with self._database.tenant(tenant) as tx:
            for name in (_DOCUMENTS, _OTHERS) if part == _DOCUMENTS else (_OTHERS,):
                given = {"batch": batch, "after": after, "limit": limit + 1 - len(found)}
                found += [(name, row) for row in await tx.all(self._sql[name], given)]
                after = None
                if len(found) > limit:
                    break
        if not found and cursor is None:
            await self.load(tenant, batch)
        more = len(found) > limit
        items = tuple(_item(row) for _, row in found[:limit])
        if not more:
            return BatchItemPage(items, None)
        name, last = found[limit - 1]
        place = str(last["document" if name == _DOCUMENTS else "id"])
        return BatchItemPage(items, cursor_of(name, place, of=this_list))

    async def note(self, tenant: TenantId, batch: str, items: Sequence[Noted], *, time: datetime) -> None:
        noted = [
            {
                "id": uuid5(NAMESPACE, f"noted:{batch}:{item.outcome}:{item.name}:{item.sha256}:{item.code}"),
                "name": stored_text(item.name),
                "sha256": item.sha256,
                "outcome": item.outcome,
                "document": item.document,
                "code": item.code,
                "detail": stored_text(item.detail) or None,
            }
            for item in items
        ]
        given = {"tenant": tenant, "batch": batch, "time": time, "items": to_json(noted)}
        await self._database.call(self._sql["note"], given)

    async def cancel(self, tenant: TenantId, batch: str, *, time: datetime, key: Key | None) -> None:
        given = {"tenant": tenant, "batch": batch, "time": time}
        await self._database.call(self._sql["cancel"], given | key_parameters(key))


def _item(row: Row) -> BatchItem:
    outcome = None if row.get("outcome") is None else Outcome(row["outcome"])
    return BatchItem(
        name=row["name"],
        outcome=outcome,
        document=None if row["document"] is None else DocumentId(row["document"]),
        state=None if row["state"] is None else RunState(row["state"]),
        code=row["code"] or row.get("run_code"),
        sha256=row["sha256"],
        type_name=row["type_name"],
        parent=row.get("parent"),
        detail=row.get("detail") or "",
    )
