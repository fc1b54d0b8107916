"""PostgresWebhooks."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from docmill.adapters.postgres.cursors import cursor_of, moment, place_of
from docmill.adapters.postgres.database import Database, Row
from docmill.adapters.postgres.deliveries import letters_json
from docmill.adapters.postgres.encoding import stored_text, to_json
from docmill.adapters.postgres.queries import queries
from docmill.adapters.tokens.seal import Seal
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.events import DocumentId, EventId
from docmill.domain.limits.webhooks import WEBHOOK_REPLAY_MAX, WEBHOOKS_PER_TENANT_MAX
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import (
    Attempt,
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Letter,
    SendCode,
    Webhook,
    WebhookId,
    WebhookType,
    new_secret,
)
from docmill.ports.webhooks import DeliveryPage, WebhookChange


class PostgresWebhooks:
    """Reads as the tenant's own role, writes by functions of the service that are told the tenant."""

    def __init__(self, database: Database, seal: Callable[[], Seal]) -> None:
        self._database = database
        self._seal = seal

    async def create(self, tenant: TenantId, given: WebhookChange) -> tuple[Webhook, str]:
        webhook, secret = WebhookId(uuid4()), new_secret()
        rows = await self._database.call(
            queries("webhooks")["create"],
            {
                "id": webhook,
                "tenant": tenant,
                "url": given.url,
                "types": [kind.value for kind in given.types or ()],
                "description": stored_text(given.description or ""),
                "enabled": given.enabled is not False,
                "most": WEBHOOKS_PER_TENANT_MAX,
                **self._sealed(webhook, secret),
            },
        )
        if not rows[0]["created"]:
            detail = f"There are {WEBHOOKS_PER_TENANT_MAX} endpoints; delete one first."
            raise DocmillError(ErrorCode.REQUEST_INVALID, detail)
        return await self.load(tenant, webhook), secret

    async def endpoints(self, tenant: TenantId) -> Sequence[Webhook]:
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(queries("webhooks")["list"], {"tenant": tenant})
        return [_webhook(row) for row in rows]

    async def load(self, tenant: TenantId, webhook: WebhookId) -> Webhook:
        async with self._database.tenant(tenant) as tx:
            row = await tx.one(queries("webhooks")["show"], {"tenant": tenant, "webhook": webhook})
        if row is None:
            raise NotFound
        return _webhook(row)

    async def change(
        self, tenant: TenantId, webhook: WebhookId, given: WebhookChange, *, expected: int | None
    ) -> Webhook:
        named: dict[str, Any] = {
            "url": given.url,
            "types": None if given.types is None else [kind.value for kind in given.types],
            "description": None if given.description is None else stored_text(given.description),
            "enabled": given.enabled,
        }
        wanted = to_json({name: value for name, value in named.items() if value is not None})
        parameters = {"tenant": tenant, "webhook": webhook, "expected": expected, "change": wanted}
        await self._database.call(queries("webhooks")["change"], parameters)
        return await self.load(tenant, webhook)

    async def delete(self, tenant: TenantId, webhook: WebhookId, *, expected: int | None) -> None:
        parameters = {"tenant": tenant, "webhook": webhook, "expected": expected}
        await self._database.call(queries("webhooks")["delete"], parameters)

    async def rotate(self, tenant: TenantId, webhook: WebhookId) -> str:
        secret = new_secret()
        parameters = {"tenant": tenant, "webhook": webhook, **self._sealed(webhook, secret)}
        if not await self._database.call(queries("webhooks")["rotate"], parameters):
            raise NotFound
        return secret

    async def deliveries(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        status: DeliveryStatus | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> DeliveryPage:
        before, before_id, this_list = None, None, f"deliveries:{tenant}:{webhook}:{status}"
        if cursor is not None:
            before, before_id = place_of(cursor, lambda a, b: (moment(a), UUID(b)), of=this_list)
        await self.load(tenant, webhook)
        found = await self._log(
            tenant, webhook, status=status, before=before, before_id=before_id, limit=limit + 1
        )
        more = len(found) > limit
        if not more:
            return DeliveryPage(tuple(found), None)
        last = found[limit - 1]
        return DeliveryPage(
            tuple(found[:limit]), cursor_of(last.created_at.isoformat(), str(last.id), of=this_list)
        )

    async def delivery(self, tenant: TenantId, webhook: WebhookId, delivery: DeliveryId) -> Delivery:
        found = await self._log(tenant, webhook, delivery=delivery, limit=1)
        if not found:
            raise NotFound
        return found[0]

    async def test(self, tenant: TenantId, webhook: WebhookId, *, time: datetime) -> Delivery:
        event = EventId(uuid4())
        body = to_json({"type": WebhookType.TEST, "timestamp": time, "data": {"webhook_id": webhook}})
        letter = Letter(event, tenant, WebhookType.TEST, event, 0, body, only=webhook)
        await self.load(tenant, webhook)
        await self._database.call(queries("webhooks")["put"], {"letters": letters_json([letter])})
        given = {"webhook": webhook, "event": event}
        rows = await self._database.call(queries("webhooks")["delivery_of"], given)
        if not rows:
            raise NotFound
        return await self.delivery(tenant, webhook, DeliveryId(rows[0]["id"]))

    async def replay(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        delivery: DeliveryId | None = None,
        since: datetime | None = None,
    ) -> int:
        given = {"tenant": tenant, "webhook": webhook, "delivery": delivery, "since": since}
        rows = await self._database.call(queries("webhooks")["replay"], given | {"most": WEBHOOK_REPLAY_MAX})
        return int(rows[0]["replayed"])

    async def _log(self, tenant: TenantId, webhook: WebhookId, **given: Any) -> list[Delivery]:
        nothing = dict.fromkeys(("status", "before", "before_id", "delivery"))
        async with self._database.tenant(tenant) as tx:
            rows = await tx.all(
                queries("webhooks")["log"], nothing | given | {"tenant": tenant, "webhook": webhook}
            )
        return [_delivery(row) for row in rows]

    def _sealed(self, webhook: WebhookId, secret: str) -> dict[str, Any]:
        seal = self._seal()
        return {"seal": seal.name, "sealed": seal.close(secret.encode(), about=f"webhook {webhook}")}


def _webhook(row: Row) -> Webhook:
    return Webhook(**row | {"types": tuple(WebhookType(kind) for kind in row["types"])})


def _delivery(row: Row) -> Delivery:
    return Delivery(
        id=DeliveryId(row["id"]),
        webhook=WebhookId(row["webhook"]),
        event=EventId(row["event"]),
        type=WebhookType(row["type"]),
        document=None if row["document"] is None else DocumentId(row["document"]),
        status=DeliveryStatus(row["status"]),
        created_at=row["created_at"],
        due_at=row["due_at"],
        ended_at=row["ended_at"],
        attempts=tuple(_attempt(attempt) for attempt in row["attempts"] or ()),
    )


def _attempt(given: dict[str, Any]) -> Attempt:
    code = given["code"]
    return Attempt(
        number=given["number"],
        at=datetime.fromisoformat(given["at"]),
        duration_ms=given["duration_ms"],
        http_status=given["http_status"],
        code=None if code is None else SendCode(code),
    )
