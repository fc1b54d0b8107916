"""A tenant's endpoints, and the log of what was delivered to them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import Delivery, DeliveryId, DeliveryStatus, Webhook, WebhookId, WebhookType


@dataclass(frozen=True, slots=True)
class WebhookChange:
    """None leaves a thing as it is."""

    url: str | None = None
    types: tuple[WebhookType, ...] | None = None
    description: str | None = None
    enabled: bool | None = None


@dataclass(frozen=True, slots=True)
class DeliveryPage:
    """Newest first. ``next`` is an opaque cursor, None on the last page."""

    deliveries: tuple[Delivery, ...]
    next: str | None


class Webhooks(Protocol):
    """Raises Unavailable, and NotFound for an absent id exactly as for another tenant's.

    A secret is shown once and kept encrypted. Addresses are checked by who calls, and again by who sends.
    """

    async def create(self, tenant: TenantId, given: WebhookChange) -> tuple[Webhook, str]:
        """Return the endpoint and its secret. Raises DocmillError(request_invalid) for one too many."""

    async def endpoints(self, tenant: TenantId) -> Sequence[Webhook]:
        """Oldest first."""

    async def load(self, tenant: TenantId, webhook: WebhookId) -> Webhook: ...

    async def change(
        self, tenant: TenantId, webhook: WebhookId, given: WebhookChange, *, expected: int | None
    ) -> Webhook:
        """Save a new version. Raises VersionConflict unless it is at ``expected`` (None: do not check).

        Enabling sends what has waited, with all its tries anew.
        """

    async def delete(self, tenant: TenantId, webhook: WebhookId, *, expected: int | None) -> None:
        """Forget the endpoint and its log. Raises VersionConflict."""

    async def rotate(self, tenant: TenantId, webhook: WebhookId) -> str:
        """Return a new secret. The one before it signs beside it for WEBHOOK_SECRET_OVERLAP_HOURS."""

    async def deliveries(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        status: DeliveryStatus | None = None,
        limit: int,
        cursor: str | None = None,
    ) -> DeliveryPage:
        """Return one page of the log. Raises DocmillError(request_invalid) for a foreign cursor."""

    async def delivery(self, tenant: TenantId, webhook: WebhookId, delivery: DeliveryId) -> Delivery: ...

    async def test(self, tenant: TenantId, webhook: WebhookId, *, time: datetime) -> Delivery:
        """Put a `test` event in the queue of this endpoint alone."""

    async def replay(
        self,
        tenant: TenantId,
        webhook: WebhookId,
        *,
        delivery: DeliveryId | None = None,
        since: datetime | None = None,
    ) -> int:
        """Send what has ended once more, with the same ids: one delivery, or those written since then.

        Returns how many, WEBHOOK_REPLAY_MAX at the most. What is pending is left as it is.
        """
