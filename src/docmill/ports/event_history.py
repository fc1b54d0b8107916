"""What has happened to one tenant's documents, for who was away for a while."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from docmill.domain.events import DocumentId, Event, EventId
from docmill.domain.tenants import TenantId


class EventHistory(Protocol):
    """Positions are the whole platform's: they tell of other tenants, so nobody outside is ever shown one.

    Raises Unavailable.
    """

    async def last(self) -> int:
        """Return the newest position. Whatever commits later gets a higher one."""

    async def position_of(self, tenant: TenantId, document: DocumentId, event: EventId) -> int | None:
        """Return an event's position; None for one that is absent, another tenant's, or not in order yet."""

    async def between(self, tenant: TenantId, *, after: int, until: int) -> Sequence[Event]:
        """Return the tenant's events of these positions, in order: ``after`` left out, ``until`` included."""

    async def batches(
        self, tenant: TenantId, documents: Collection[DocumentId]
    ) -> Mapping[DocumentId, str | None]: ...
