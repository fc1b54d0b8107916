"""The queue of reviewers in memory. Leases never run out; nothing is saved but the answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from tests.fakes.flow import MemoryDatabase

from docmill.domain.errors import DocmillError, ErrorCode, VersionConflict
from docmill.domain.events import DocumentId
from docmill.domain.review import (
    Lease,
    ReviewEntry,
    ReviewItem,
    ReviewKind,
    ReviewSettings,
    SavedCorrection,
)
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key
from docmill.ports.reviews import Period, ReviewCounts, ReviewFilter, ReviewPage, ReviewSave

Place = tuple[TenantId, DocumentId]


@dataclass
class MemoryReviews:
    """`Reviews`."""

    db: MemoryDatabase
    items: dict[Place, ReviewItem] = field(default_factory=dict)
    said: dict[Place, list[SavedCorrection]] = field(default_factory=dict)
    saves: list[ReviewSave] = field(default_factory=list)
    wishes: dict[TenantId, ReviewSettings] = field(default_factory=dict)

    def enter(self, tenant: TenantId, document: DocumentId, entry: ReviewEntry) -> None:
        """As a stage does with its change."""
        found = self.db.document(tenant, document)
        self.items[tenant, document] = ReviewItem(
            document=document,
            run=found.run.id,
            version=found.run.version,
            kind=entry.kind,
            name=found.name,
            type_name=found.run.type_name,
            batch=found.batch,
            loss=entry.loss,
            rank=entry.rank,
            rules=entry.rules,
            entered_at=datetime.now(UTC),
            uploaded_at=found.created_at,
            doubts=entry.doubts,
        )

    async def queue(
        self, tenant: TenantId, where: ReviewFilter, *, limit: int, cursor: str | None = None
    ) -> ReviewPage:
        if cursor is not None:
            raise DocmillError(ErrorCode.REQUEST_INVALID, "cursor")
        own = [item for (owner, _), item in self.items.items() if owner == tenant]
        found = [item for item in own if where.type_name in (None, item.type_name)]
        return ReviewPage(tuple(sorted(found, key=lambda item: -item.rank)[:limit]), None)

    async def item(self, tenant: TenantId, document: DocumentId) -> ReviewItem | None:
        return self.items.get((tenant, document))

    async def take(
        self, tenant: TenantId, document: DocumentId | None, *, subject: str, where: ReviewFilter
    ) -> ReviewItem | None:
        if document is None:
            free = [item for item in (await self.queue(tenant, where, limit=999)).items if not item.lease]
            if not free:
                return None
            document = free[0].document
        item = self._open(tenant, document)
        if item.lease is not None and item.lease.holder != subject:
            raise DocmillError(ErrorCode.LEASE_HELD)
        held = item.lease or Lease(uuid4(), subject, datetime.now(UTC) + timedelta(minutes=15))
        self.items[tenant, document] = replace(item, lease=held)
        return self.items[tenant, document]

    async def extend(
        self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID
    ) -> ReviewItem:
        return self._held(tenant, document, subject, lease)

    async def give_back(self, tenant: TenantId, document: DocumentId, *, subject: str, lease: UUID) -> None:
        self.items[tenant, document] = replace(self._held(tenant, document, subject, lease), lease=None)

    async def save(self, save: ReviewSave) -> Mapping[str, Any]:
        self._held(save.tenant, save.document, save.subject, save.lease)
        if self.db.document(save.tenant, save.document).run.version != save.version:
            raise VersionConflict
        if save.change is not None and save.next is None:
            self.db.save(save.change)
        self.saves.append(save)
        del self.items[save.tenant, save.document]
        for ordinal, one in enumerate(save.corrections):
            kept = SavedCorrection(
                save.id, save.run, 1, ReviewKind.REVIEW, save.subject, save.time, ordinal, one
            )
            self.said.setdefault((save.tenant, save.document), []).append(kept)
        return save.answer

    async def answered(self, tenant: TenantId, key: Key) -> Mapping[str, Any] | None:
        for save in self.saves:
            if save.tenant == tenant and save.key is not None and save.key.text == key.text:
                if save.key.request_hash != key.request_hash:
                    raise DocmillError(ErrorCode.IDEMPOTENCY_MISMATCH)
                return save.answer
        return None

    async def corrections(self, tenant: TenantId, document: DocumentId) -> Sequence[SavedCorrection]:
        self.db.document(tenant, document)
        return self.said.get((tenant, document), [])

    async def settings(self, tenant: TenantId, *, fresh: bool = False) -> ReviewSettings:
        return self.wishes.get(tenant, ReviewSettings())

    async def put_settings(
        self, tenant: TenantId, settings: ReviewSettings, *, expected: int | None
    ) -> ReviewSettings:
        known = self.wishes.get(tenant, ReviewSettings())
        if expected not in (None, known.version):
            raise VersionConflict
        self.wishes[tenant] = replace(settings, version=known.version + 1, secret="s")
        return self.wishes[tenant]

    async def counts(self, tenant: TenantId, period: Period) -> ReviewCounts:
        return ReviewCounts((), (), (), (), ())

    def _open(self, tenant: TenantId, document: DocumentId) -> ReviewItem:
        if self.db.document(tenant, document).erased_at is not None:
            raise DocmillError(ErrorCode.ERASED)
        item = self.items.get((tenant, document))
        if item is None:
            raise DocmillError(ErrorCode.STATE_FORBIDDEN)
        return item

    def _held(self, tenant: TenantId, document: DocumentId, subject: str, lease: UUID) -> ReviewItem:
        item = self._open(tenant, document)
        if item.lease is None or (item.lease.id, item.lease.holder) != (lease, subject):
            raise DocmillError(ErrorCode.LEASE_HELD)
        return item
