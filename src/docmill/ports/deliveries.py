"""The platform's side of webhooks: from the journal to deliveries, and from these to those who send them."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from docmill.domain.events import DocumentId, EventId, RunId
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import Attempt, DeliveryStatus, Leased, Letter, WebhookId


@dataclass(frozen=True, slots=True)
class Facts:
    """What a letter may say of a run."""

    number: int
    state: RunState
    type_name: str | None
    pages: int | None
    batch: str | None
    parent: UUID | None


@dataclass(frozen=True, slots=True)
class BatchWatch:
    """A document of the batch has ended ``quiet_s`` ago, at ``position`` of the journal."""

    tenant: TenantId
    batch: str
    position: int
    quiet_s: float


class Deliveries(Protocol):
    """At-least-once, and per endpoint and subject in order: of what is pending only the first is handed out.

    Raises Unavailable.
    """

    async def position(self) -> int:
        """Return how far the journal was read."""

    async def skip(self) -> bool:
        """Where nobody has an endpoint, take all that is committed as read; tell whether it was so."""

    async def takers(self, tenants: Collection[TenantId]) -> frozenset[TenantId]:
        """Return those who have an endpoint."""

    async def facts(self, tenant: TenantId, runs: Collection[RunId]) -> Mapping[RunId, Facts]: ...

    async def corrections(self, tenant: TenantId, causes: Mapping[EventId, DocumentId]) -> frozenset[EventId]:
        """Return which of these events are corrections by a person."""

    async def follow(
        self,
        letters: Sequence[Letter],
        batches: Mapping[tuple[TenantId, str], int],
        *,
        after: int,
        until: int,
    ) -> bool:
        """Write the letters to every endpoint that takes them, watch the batches, and move the bookmark.

        One transaction. False, and nothing is written, unless the bookmark is at ``after``. A letter that
        is there is left alone.
        """

    async def due_batches(self, *, most: int) -> Sequence[BatchWatch]: ...

    async def settle(
        self, watch: BatchWatch, *, letter: Letter | None = None, due_s: float | None = None
    ) -> bool:
        """End a watch, with the letter that it is complete; or look again ``due_s`` after its last end.

        False, and nothing is done, when another document has ended meanwhile.
        """

    async def lease(self, worker: str, *, most: int, busy: Mapping[WebhookId, int]) -> Sequence[Leased]:
        """Return up to ``most`` deliveries that are due, tenant by tenant in turn, oldest first.

        ``busy`` counts what this process has in hand: it bounds what one endpoint and one tenant get. A lease
        ends after WEBHOOK_LEASE_S, and the delivery is handed out again with a newer fence.
        """

    async def finish(
        self,
        leased: Leased,
        attempt: Attempt,
        *,
        status: DeliveryStatus,
        wait_s: float | None = None,
        note: str = "",
    ) -> bool:
        """Write down how a try went; PENDING is tried again after ``wait_s``. False for a late holder.

        A ``note`` disables the endpoint, as do WEBHOOK_FAILING_DAYS_MAX without a success. After a success
        what waits for its next try is due at once.
        """

    async def forsake(self, worker: str) -> int:
        """End the leases of a process that is known to be dead; return how many."""

    async def forget(self, *, most: int) -> int:
        """Delete what is older than DELIVERIES_KEPT_DAYS; return how many."""
