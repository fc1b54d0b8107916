"""PostgresEventHistory."""

from collections.abc import Collection, Mapping, Sequence

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.encoding import event_from
from docmill.adapters.postgres.queries import queries
from docmill.domain.events import DocumentId, Event, EventId
from docmill.domain.tenants import TenantId


class PostgresEventHistory:
    """Everything but ``last`` is read as the tenant's own role."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def last(self) -> int:
        return int((await self._database.call(queries("event_history")["last"]))[0]["last"])

    async def position_of(self, tenant: TenantId, document: DocumentId, event: EventId) -> int | None:
        async with self._database.tenant(tenant) as tx:
            given = {"document": document, "event": event}
            row = await tx.one(queries("event_history")["position_of"], given)
        return None if row is None else int(row["position"])

    async def between(self, tenant: TenantId, *, after: int, until: int) -> Sequence[Event]:
        async with self._database.tenant(tenant) as tx:
            given = {"tenant": tenant, "after": after, "until": until}
            return [event_from(row) for row in await tx.all(queries("event_history")["between"], given)]

    async def batches(
        self, tenant: TenantId, documents: Collection[DocumentId]
    ) -> Mapping[DocumentId, str | None]:
        async with self._database.tenant(tenant) as tx:
            given = {"tenant": tenant, "documents": list(documents)}
            rows = await tx.all(queries("event_history")["batches"], given)
        return {DocumentId(row["id"]): row["batch"] for row in rows}
