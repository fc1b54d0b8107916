"""Endpoints, their log, and the history of events, in memory."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from uuid import uuid4

from tests.fakes.flow import MemoryDatabase

from docmill.adapters.httpcore_sender import HttpcoreSender
from docmill.domain.addresses import OwnNetworks
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId, Event, EventId
from docmill.domain.limits.webhooks import WEBHOOKS_PER_TENANT_MAX
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import (
    Delivery,
    DeliveryId,
    DeliveryStatus,
    Webhook,
    WebhookId,
    WebhookType,
    new_secret,
)
from docmill.ports.webhooks import DeliveryPage, WebhookChange


async def _resolve(name: str, _port: int) -> Sequence[str]:
    """Every name is on the internet, but those that begin with `intern`."""
    if name.startswith("absent"):
        raise OSError(name)
    return ["10.0.0.7"] if name.startswith("intern") else ["93.184.216.34"]


def memory_sender() -> HttpcoreSender:
    return HttpcoreSender(OwnNetworks(), resolve=_resolve)


@dataclass
class MemoryWebhooks:
    rows: dict[WebhookId, Webhook] = field(default_factory=dict)
    log: dict[WebhookId, list[Delivery]] = field(default_factory=dict)
    secrets: dict[WebhookId, str] = field(default_factory=dict)

    async def create(self, tenant: TenantId, given: WebhookChange) -> tuple[Webhook, str]:
        if len(await self.endpoints(tenant)) >= WEBHOOKS_PER_TENANT_MAX:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "one too many")
        now = datetime.now(UTC)
        made = Webhook(
            WebhookId(uuid4()),
            tenant,
            given.url or "",
            given.types or (),
            given.description or "",
            given.enabled is not False,
            "",
            1,
            now,
            now,
        )
        self.rows[made.id], self.log[made.id], self.secrets[made.id] = made, [], new_secret()
        return made, self.secrets[made.id]

    async def endpoints(self, tenant: TenantId) -> Sequence[Webhook]:
        return [one for one in self.rows.values() if one.tenant == tenant]

    async def load(self, tenant: TenantId, webhook: WebhookId) -> Webhook:
        found = self.rows.get(webhook)
        if found is None or found.tenant != tenant:
            raise NotFound
        return found

    async def change(
        self, tenant: TenantId, webhook: WebhookId, given: WebhookChange, *, expected: int | None
    ) -> Webhook:
        found = await self._at(tenant, webhook, expected)
        named = {name: getattr(given, name) for name in ("url", "types", "description", "enabled")}
        changed = {name: value for name, value in named.items() if value is not None}
        self.rows[webhook] = replace(found, **changed, version=found.version + 1)
        return self.rows[webhook]

    async def delete(self, tenant: TenantId, webhook: WebhookId, *, expected: int | None) -> None:
        await self._at(tenant, webhook, expected)
        del self.rows[webhook]

    async def rotate(self, tenant: TenantId, webhook: WebhookId) -> str:
        await self.load(tenant, webhook)
        self.secrets[webhook] = new_secret()
        return self.secrets[webhook]

    async def deliveries(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        status: DeliveryStatus | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> DeliveryPage:
        await self.load(tenant, webhook)
        if cursor is not None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "the cursor is not one of this list")
        found = [one for one in self.log[webhook] if status in (None, one.status)]
        return DeliveryPage(tuple(reversed(found[:limit])), None)

    async def delivery(self, tenant: TenantId, webhook: WebhookId, delivery: DeliveryId) -> Delivery:
        await self.load(tenant, webhook)
        found = [one for one in self.log[webhook] if one.id == delivery]
        if not found:
            raise NotFound
        return found[0]

    async def test(self, tenant: TenantId, webhook: WebhookId, *, time: datetime) -> Delivery:
        await self.load(tenant, webhook)
        made = Delivery(
            DeliveryId(uuid4()),
            webhook,
            EventId(uuid4()),
            WebhookType.TEST,
            None,
            DeliveryStatus.PENDING,
            time,
            time,
            None,
        )
        self.log[webhook].append(made)
        return made

    async def replay(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        delivery: DeliveryId | None = None,
        since: datetime | None = None,
    ) -> int:
        await self.load(tenant, webhook)
        if delivery is not None:
            await self.delivery(tenant, webhook, delivery)
        return 0

    async def _at(self, tenant: TenantId, webhook: WebhookId, expected: int | None) -> Webhook:
        found = await self.load(tenant, webhook)
        if expected not in (None, found.version):
            raise VersionConflict
        return found


@dataclass
class MemoryEventHistory:
    db: MemoryDatabase

    async def last(self) -> int:
        return self.db.positions

    async def position_of(self, tenant: TenantId, document: DocumentId, event: EventId) -> int | None:
        for one in self.db.events:
            if (one.id, one.document, one.tenant) == (event, document, tenant):
                return one.position
        return None

    async def between(self, tenant: TenantId, *, after: int, until: int) -> Sequence[Event]:
        return [one for one in self.db.events[after:until] if one.tenant == tenant]

    async def batches(
        self, tenant: TenantId, documents: Collection[DocumentId]
    ) -> Mapping[DocumentId, str | None]:
        there = {document: self.db.documents.get((tenant, document)) for document in documents}
        return {document: found.batch for document, found in there.items() if found is not None}
