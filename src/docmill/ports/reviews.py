"""The queue of what waits for a person, and what people said."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from docmill.domain.documents import Change, Pins
from docmill.domain.events import DocumentId, RunId
from docmill.domain.review import Correction, ReviewItem, ReviewKind, ReviewSettings, SavedCorrection
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key


@dataclass(frozen=True, slots=True)
class ReviewFilter:
    """``blocker`` is the name of a rule; ``holder`` a person's subject, "" for what nobody has in hand."""

    type_name: str | None = None
    batch: str | None = None
    blocker: str | None = None
    kind: ReviewKind | None = None
    holder: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """Worst first; ``next`` is an opaque cursor, None on the last page."""

    items: tuple[ReviewItem, ...]
    next: str | None


@dataclass(frozen=True, slots=True)
class NextRun:
    """A further run that begins with a corrected result; the one ``before`` stays as it was."""

    run: RunId
    number: int
    before: RunId
    version: int


@dataclass(frozen=True, slots=True)
class ReviewSave:
    """What one request of a reviewer does.

    ``then`` is where the document's place in the queue goes: ``checking`` while the result is validated
    again, ``open`` when it was put off, ``done``. ``lease`` is the fence, ``version`` the run's that the
    reviewer saw. ``again`` has the file read as another type. ``answer`` is what a repetition with the same
    ``key`` gets; it carries no content.
    """

    tenant: TenantId
    document: DocumentId
    run: RunId
    version: int
    id: UUID
    subject: str
    lease: UUID
    time: datetime
    outcome: str
    then: str
    corrections: tuple[Correction, ...]
    answer: Mapping[str, Any]
    change: Change | None = None
    next: NextRun | None = None
    again: tuple[Pins, NextRun] | None = None
    until: datetime | None = None
    note: str = ""
    key: Key | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """From ``since`` up to, and without, ``until``."""

    since: datetime
    until: datetime
    type_name: str | None = None


@dataclass(frozen=True, slots=True)
class ReviewCounts:
    """Rows as the database adds them up; `engines/review/statistics.py` makes rates of them."""

    saves: Sequence[Mapping[str, Any]]
    waited: Sequence[Mapping[str, Any]]
    fields: Sequence[Mapping[str, Any]]
    waiting: Sequence[Mapping[str, Any]]
    people: Sequence[Mapping[str, Any]]


class Reviews(Protocol):
    """Atomic within one (tenant, document). Leases end by the database's clock.

    Raises Unavailable, and NotFound for an absent document exactly as for another tenant's.
    """

    async def queue(
        self, tenant: TenantId, where: ReviewFilter, *, limit: int, cursor: str | None = None
    ) -> ReviewPage:
        """Return one page. Raises DocmillError(request_invalid) for a cursor of another list."""

    async def item(self, tenant: TenantId, document: DocumentId) -> ReviewItem | None:
        """Return the document's place in the queue; None when nobody is asked about it."""

    async def take(
        self, tenant: TenantId, document: DocumentId | None, *, subject: str, where: ReviewFilter
    ) -> ReviewItem | None:
        """Lease a document, or the worst free one that ``where`` lets through, for REVIEW_LEASE_S.

        Of many who ask at once each gets another one; None when there is none. Whoever asks again for what
        he has gets the same lease. Raises DocmillError: lease_held, state_forbidden when nobody is asked
        about it, erased, forbidden where a second person has to look.
        """

    async def extend(
        self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID
    ) -> ReviewItem:
        """Begin the lease's time anew. Raises DocmillError(lease_held) when it is not the one that holds."""

    async def give_back(self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID) -> None:
        """End the lease. Raises DocmillError(lease_held) when it is not the one that holds."""

    async def save(self, save: ReviewSave) -> Mapping[str, Any]:
        """Save all of it or nothing; return its answer, or the first one's of the same key.

        Raises DocmillError(lease_held) when another lease holds, idempotency_mismatch, state_forbidden, and
        VersionConflict when the run is at another version.
        """

    async def answered(self, tenant: TenantId, key: Key) -> Mapping[str, Any] | None:
        """Return what the save of this key was answered, None when there was none in the last 24 hours.

        Raises DocmillError(idempotency_mismatch).
        """

    async def corrections(self, tenant: TenantId, document: DocumentId) -> Sequence[SavedCorrection]:
        """Return everything that people said of the document, oldest first."""

    async def settings(self, tenant: TenantId, *, fresh: bool = False) -> ReviewSettings:
        """Return how the tenant wants it done; unless ``fresh``, as it was REVIEW_SETTINGS_CACHE_S ago."""

    async def put_settings(
        self, tenant: TenantId, settings: ReviewSettings, *, expected: int | None
    ) -> ReviewSettings:
        """Save a new version. Raises VersionConflict unless the newest is ``expected`` (None: any)."""

    async def counts(self, tenant: TenantId, period: Period) -> ReviewCounts: ...
