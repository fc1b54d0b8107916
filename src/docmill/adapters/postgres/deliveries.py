"""PostgresDeliveries."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any

from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.encoding import to_json
from docmill.adapters.postgres.queries import queries
from docmill.adapters.tokens.seal import Seal
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId, EventId, EventType, RunId
from docmill.domain.limits.webhooks import (
    BATCH_CHECK_S,
    DELIVERIES_KEPT_DAYS,
    WEBHOOK_FAILING_DAYS_MAX,
    WEBHOOK_LEASE_S,
    WEBHOOK_SECRET_OVERLAP_HOURS,
    WEBHOOK_SENDS_PER_ENDPOINT,
    WEBHOOK_SENDS_PER_TENANT,
    WEBHOOK_SENDS_TO_FAILING,
)
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import Attempt, DeliveryId, DeliveryStatus, Leased, Letter, WebhookId
from docmill.ports.deliveries import BatchWatch, Facts


class PostgresDeliveries:
    """``overlap_s``: how long a secret that was rotated out still signs."""

    def __init__(
        self,
        database: Database,
        seal: Callable[[], Seal],
        *,
        lease_s: float = WEBHOOK_LEASE_S,
        overlap_s: float = WEBHOOK_SECRET_OVERLAP_HOURS * 3600.0,
    ) -> None:
        self._database = database
        self._seal = seal
        self._lease_s = lease_s
        self._overlap_s = overlap_s

    async def position(self) -> int:
        return int((await self._database.call(queries("deliveries")["position"]))[0]["position"])

    async def skip(self) -> bool:
        return bool(await self._database.call(queries("deliveries")["skip"]))

    async def takers(self, tenants: Collection[TenantId]) -> frozenset[TenantId]:
        rows = await self._database.call(queries("deliveries")["takers"], {"tenants": sorted(tenants)})
        return frozenset(TenantId(row["tenant"]) for row in rows)

    async def facts(self, tenant: TenantId, runs: Collection[RunId]) -> Mapping[RunId, Facts]:
        try:
            async with self._database.tenant(tenant) as tx:
                given = {"tenant": tenant, "runs": list(runs)}
                rows = await tx.all(queries("deliveries")["facts"], given)
        except NotFound:  # the tenant is gone, and what it did is still in the journal
            return {}
        return {RunId(row.pop("run")): Facts(**row | {"state": RunState(row["state"])}) for row in rows}

    async def corrections(self, tenant: TenantId, causes: Mapping[EventId, DocumentId]) -> frozenset[EventId]:
        given = {"documents": list(set(causes.values())), "events": list(causes), "tenant": tenant}
        rows = await self._database.call(
            queries("deliveries")["corrections"], given | {"type": EventType.DOCUMENT_CORRECTED.value}
        )
        return frozenset(EventId(row["id"]) for row in rows)

    async def follow(
        self,
        letters: Sequence[Letter],
        batches: Mapping[tuple[TenantId, str], int],
        *,
        after: int,
        until: int,
    ) -> bool:
        watched = [
            {"tenant": tenant, "batch": batch, "position": position}
            for (tenant, batch), position in batches.items()
        ]
        given = {"after": after, "until": until, "letters": letters_json(letters)}
        rows = await self._database.call(
            queries("deliveries")["follow"], given | {"batches": to_json(watched), "check_s": BATCH_CHECK_S}
        )
        return bool(rows[0]["moved"])

    async def due_batches(self, *, most: int) -> Sequence[BatchWatch]:
        rows = await self._database.call(queries("deliveries")["due_batches"], {"most": most})
        return [BatchWatch(**row) for row in rows]

    async def settle(
        self, watch: BatchWatch, *, letter: Letter | None = None, due_s: float | None = None
    ) -> bool:
        given = {"tenant": watch.tenant, "batch": watch.batch, "position": watch.position, "due_s": due_s}
        told = None if letter is None else letters_json([letter])
        rows = await self._database.call(queries("deliveries")["settle_batch"], given | {"letter": told})
        return bool(rows[0]["settled"])

    async def lease(self, worker: str, *, most: int, busy: Mapping[WebhookId, int]) -> Sequence[Leased]:
        rows = await self._database.call(
            queries("deliveries")["lease"],
            {
                "worker": worker,
                "most": most,
                "each": WEBHOOK_SENDS_PER_ENDPOINT,
                "tenant_most": WEBHOOK_SENDS_PER_TENANT,
                "failing": WEBHOOK_SENDS_TO_FAILING,
                "busy": to_json({str(webhook): sends for webhook, sends in busy.items()}),
                "lease_s": self._lease_s,
                "overlap_s": self._overlap_s,
            },
        )
        return [self._leased(row) for row in rows]

    async def finish(
        self,
        leased: Leased,
        attempt: Attempt,
        *,
        status: DeliveryStatus,
        wait_s: float | None = None,
        note: str = "",
    ) -> bool:
        rows = await self._database.call(
            queries("deliveries")["finish"],
            {
                "id": leased.id,
                "fence": leased.fence,
                "status": status.value,
                "wait_s": wait_s,
                "attempt": to_json(
                    {
                        "at": attempt.at,
                        "duration_ms": attempt.duration_ms,
                        "http_status": attempt.http_status,
                        "code": attempt.code,
                    }
                ),
                "note": note,
                "failing_days": WEBHOOK_FAILING_DAYS_MAX,
            },
        )
        return bool(rows[0]["finished"])

    async def forsake(self, worker: str) -> int:
        return len(await self._database.call(queries("deliveries")["forsake"], {"worker": worker}))

    async def forget(self, *, most: int) -> int:
        given = {"days": DELIVERIES_KEPT_DAYS, "most": most}
        return int((await self._database.call(queries("deliveries")["forget"], given))[0]["forgotten"])

    def _leased(self, row: Row) -> Leased:
        about = f"webhook {row['webhook']}"
        seal = self._seal()
        opened = (seal.open(sealed, about=about) for sealed in row["secrets"] or ())
        return Leased(
            id=DeliveryId(row["id"]),
            tenant=TenantId(row["tenant"]),
            webhook=WebhookId(row["webhook"]),
            event=EventId(row["event"]),
            url=row["url"],
            body=row["body"],
            secrets=tuple(secret.decode() for secret in opened if secret is not None),
            fence=row["fence"],
            tries=row["tries"],
            first_tried_at=row["first_tried_at"],
        )


def letters_json(letters: Iterable[Letter]) -> str:
    return to_json([_letter(letter) for letter in letters])


def _letter(letter: Letter) -> dict[str, Any]:
    return {
        "event": letter.event,
        "tenant": letter.tenant,
        "type": letter.type,
        "subject": letter.subject,
        "document": letter.document,
        "position": letter.position,
        "ordinal": letter.ordinal,
        "body": letter.body,
        "endpoint": letter.only,
    }
