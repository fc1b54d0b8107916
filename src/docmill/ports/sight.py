"""What whoever looks after the platform sees of all tenants: numbers, ids and codes, nothing of documents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from docmill.domain.events import DocumentId, Event
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class Waiting:
    """Messages of a tenant that a stage has not answered. ``oldest_s``: the age of the oldest in seconds."""

    stage: str
    tenant: TenantId
    messages: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class Holding:
    """A message that a worker has in hand. ``age_s`` counts from the message's beginning, ``lease_s`` is what
    is left of the lease."""

    worker: str
    stage: str
    tenant: TenantId
    document: DocumentId
    attempt: int
    percent: int | None
    age_s: float
    lease_s: float


@dataclass(frozen=True, slots=True)
class View:
    """The platform at one moment. ``dead`` counts dead letters by (stage, tenant); ``unordered`` the events
    that the sequencer has not come to, the oldest of them ``unordered_s`` old; ``webhooks`` those that nobody
    has taken yet.
    """

    waiting: Sequence[Waiting] = ()
    holding: Sequence[Holding] = ()
    dead: Mapping[tuple[str, TenantId], int] = field(default_factory=dict)
    unordered: int = 0
    unordered_s: float = 0.0
    webhooks: int = 0
    webhooks_s: float = 0.0
    connections: Mapping[str, int] = field(default_factory=dict)
    database_size_bytes: int = 0


class Sight(Protocol):
    """Raises Unavailable when the database does not answer."""

    async def look(self) -> View:
        """One look at everything."""

    async def owner(self, document: DocumentId) -> TenantId | None:
        """Whose document that is; None when there is none. Never for an answer to a tenant."""

    async def history(self, document: DocumentId) -> Sequence[Event]:
        """The journal's events of a document, in the order in which they were written."""
