"""Where documents and runs live, and the journal with them."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from docmill.domain.documents import Accepted, Change, Claim, Document, Operation, Run, Upload
from docmill.domain.events import DocumentId, Event
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class ValueFilter:
    """``value.total_gte=100`` is ``ValueFilter(path=("total",), operator="gte", operand="100")``.

    Operators: ``eq ne gte gt lte lt contains``. Amounts compare as decimals, dates as dates.
    """

    path: tuple[str, ...]
    operator: str
    operand: str


@dataclass(frozen=True, slots=True)
class DocumentFilter:
    states: tuple[RunState, ...] = ()
    type_name: str | None = None
    batch: str | None = None
    parent: DocumentId | None = None
    created_gte: datetime | None = None
    created_lt: datetime | None = None
    values: tuple[ValueFilter, ...] = field(default=())


@dataclass(frozen=True, slots=True)
class DocumentPage:
    """``next`` is an opaque cursor, None on the last page. Newest first."""

    documents: tuple[Document, ...]
    next: str | None


class DocumentStore(Protocol):
    """Atomic within one (tenant, document) and no further.

    Tenant rows are reached only under the tenant's own role. Every method raises Unavailable when the
    database does not answer, and NotFound for an absent id exactly as for another tenant's.
    """

    async def accept(self, upload: Upload) -> Accepted:
        """Save document, first run, blob reference, idempotency key and DocumentUploaded in one transaction.

        Of parallel uploads with one idempotency key exactly one creates; the others get what it
        made. Raises DocmillError(idempotency_mismatch) for the same key with another request hash.
        """

    async def load(self, tenant: TenantId, document: DocumentId) -> Document:
        """Return the last saved state with the newest run. Erased documents have ``erased_at``."""

    async def operation(self, tenant: TenantId, document: DocumentId) -> Operation:
        """Return how far the newest run is."""

    async def runs(self, tenant: TenantId, document: DocumentId) -> Sequence[Run]:
        """Return all runs, oldest first."""

    async def append(self, change: Change, *, claim: Claim | None) -> None:
        """Save the run's state, result, children and events in one transaction; close the claim.

        Raises StaleClaim when another worker holds a newer fence, VersionConflict when the stored
        version is not the one that `change` started from, and DocmillError(state_forbidden) for an
        edge that the chart does not have; nothing is written then.
        """

    async def find(
        self, tenant: TenantId, where: DocumentFilter, *, limit: int, cursor: str | None = None
    ) -> DocumentPage:
        """Return one page of documents, without their results.

        Raises DocmillError(request_invalid) for a foreign cursor, an unknown operator, or a bound that is no
        number and no date.
        """

    def export(self, tenant: TenantId, where: DocumentFilter) -> AsyncIterator[Document]:
        """Stream documents, newest first, in constant memory."""

    async def children(self, tenant: TenantId, document: DocumentId) -> Sequence[Document]:
        """Return the documents that were found inside this one, by ordinal, without their results."""

    async def twin(
        self, tenant: TenantId, document: DocumentId, *, type_name: str, values: dict[str, str]
    ) -> DocumentId | None:
        """Return an earlier document of the type whose values equal these (dotted path to text), or None."""

    async def erase(
        self, tenant: TenantId, document: DocumentId, *, time: datetime, by: str = ""
    ) -> Sequence[str]:
        """Delete results, chunks, archive versions and blob references; keep a tombstone, say DocumentErased.

        Returns the SHA-256 of the blobs that nothing refers to any more; `stages/collect.py` deletes
        them in its time. Idempotent. A claim on the document that is still open loses its fence.
        ``by`` goes into the receipt. Raises DocmillError(legal_hold) for a document that is held.
        """

    async def counts(self, tenant: TenantId, *, batch: str | None = None) -> dict[str, int]:
        """Return how many documents are in each run state."""

    async def journal(self, tenant: TenantId, document: DocumentId) -> Sequence[Event]:
        """Return the document's events in the order in which they were committed."""

    async def unreferenced(self, tenant: TenantId, blobs: Sequence[str]) -> frozenset[str]:
        """Return those of these SHA-256 that no document of the tenant needs, as far as is committed."""

    async def forget(self, tenant: TenantId, *, most: int) -> int:
        """Delete what nobody asks for any more; return how many rows.

        Idempotency keys older than IDEMPOTENCY_KEY_HOURS, and the done claims, older than CLAIMS_KEPT_DAYS,
        of runs that have ended for good. At most ``most`` rows of each, in one transaction.
        """
