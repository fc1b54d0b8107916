"""How long documents are kept, what may not be deleted, and what deleting came to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from docmill.domain.events import DocumentId
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class RetentionRules:
    """Days after the upload; None keeps for ever. ``types`` stand in the place of ``default_days``.

    ``version`` counts from 1; 0 is a tenant that never said anything.
    """

    default_days: int | None = None
    types: Mapping[str, int] = field(default_factory=dict)
    version: int = 0
    changed_by: str | None = None
    changed_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Hold:
    reason: str
    placed_by: str
    placed_at: datetime


@dataclass(frozen=True, slots=True)
class ErasedBlob:
    """``shared``: another document had the same bytes when this one was erased, and kept them."""

    sha256: str
    shared: bool


@dataclass(frozen=True, slots=True)
class Receipt:
    """``deleted`` counts what was deleted, by kind; ``left`` what is found now, and should be all zero.

    ``needed`` are those of the blobs that another document needs now. ``deleted`` and ``erased_by`` are
    None for what was erased before there were receipts.
    """

    document: DocumentId
    erased_at: datetime
    erased_by: str | None
    deleted: Mapping[str, int] | None
    left: Mapping[str, int]
    blobs: tuple[ErasedBlob, ...]
    needed: frozenset[str]


class Retention(Protocol):
    """Raises Unavailable; NotFound for an absent document exactly as for another tenant's."""

    async def rules(self, tenant: TenantId) -> RetentionRules: ...

    async def put_rules(
        self, tenant: TenantId, rules: RetentionRules, *, expected: int | None, by: str
    ) -> RetentionRules:
        """Raises VersionConflict unless the stored version is ``expected``; None writes over any."""

    async def due(self, tenant: TenantId, *, now: datetime, most: int) -> Sequence[DocumentId]:
        """Return documents whose time is over and that nobody holds, oldest first."""

    async def hold(self, tenant: TenantId, document: DocumentId) -> Hold | None:
        """Raises DocmillError(erased)."""

    async def place_hold(self, tenant: TenantId, document: DocumentId, *, reason: str, by: str) -> Hold:
        """From then on the document is not deleted, by nobody. A second hold takes the place of the first.

        Raises DocmillError(erased).
        """

    async def lift_hold(self, tenant: TenantId, document: DocumentId) -> None:
        """Lifting what is not held is fine."""

    async def receipt(self, tenant: TenantId, document: DocumentId) -> Receipt:
        """Look again, and return what was deleted and what is left.

        Raises DocmillError(not_ready) for a document that is not erased.
        """
