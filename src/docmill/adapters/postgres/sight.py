"""PostgresSight."""

from collections.abc import Sequence

from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.encoding import event_from
from docmill.adapters.postgres.queries import queries
from docmill.domain.events import DocumentId, Event
from docmill.domain.tenants import TenantId
from docmill.ports.sight import Holding, View, Waiting


class PostgresSight:
    """Asks what belongs to the platform; a tenant's own tables are closed to it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def look(self) -> View:
        async with self._database.service() as transaction:
            waiting = await transaction.all(queries("claims")["backlog"])
            dead = await transaction.all(queries("sight")["dead"])
            holding = await transaction.all(queries("sight")["holding"])
            unordered = (await transaction.all(queries("sight")["unordered"]))[0]
            webhooks = (await transaction.all(queries("sight")["deliveries"]))[0]
            connections = await transaction.all(queries("sight")["connections"])
            size = (await transaction.all(queries("sight")["size"]))[0]
        return View(
            waiting=[
                Waiting(row["stage"], TenantId(row["tenant"]), row["messages"], row["age_s"])
                for row in waiting
            ],
            holding=[
                Holding(
                    worker=row["worker"],
                    stage=row["stage"],
                    tenant=TenantId(row["tenant"]),
                    document=DocumentId(row["document"]),
                    attempt=row["attempts"],
                    percent=row["percent"],
                    age_s=row["age_s"],
                    lease_s=row["lease_s"],
                )
                for row in holding
            ],
            dead={(row["stage"], TenantId(row["tenant"])): row["letters"] for row in dead},
            unordered=unordered["events"],
            unordered_s=unordered["age_s"],
            webhooks=webhooks["deliveries"],
            webhooks_s=webhooks["age_s"],
            connections={row["state"]: row["connections"] for row in connections},
            database_size_bytes=size["size_bytes"],
        )

    async def owner(self, document: DocumentId) -> TenantId | None:
        rows = await self._database.call(queries("sight")["owner"], {"document": document})
        return TenantId(rows[0]["tenant"]) if rows else None

    async def history(self, document: DocumentId) -> Sequence[Event]:
        rows = await self._database.call(queries("sight")["history"], {"document": document})
        return [event_from(row) for row in rows]
