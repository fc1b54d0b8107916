"""What nobody needs any more is deleted, and nothing else: documents whose time is over, blobs,
idempotency keys,
claims, empty months."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.limits.flow import (
    BLOB_GRACE_HOURS,
    COLLECT_ASKED_BLOBS,
    COLLECT_BLOBS_MAX,
    COLLECT_FIRST_S,
    COLLECT_INTERVAL_S,
    COLLECT_RECHECK_S,
    FORGET_ROWS_MAX,
)
from docmill.domain.limits.repair import RETENTION_ERASED_MAX
from docmill.domain.tenants import TenantId
from docmill.ports.blob_store import BlobStore
from docmill.ports.document_store import DocumentStore
from docmill.ports.journal import Journal
from docmill.ports.retention import Retention
from docmill.ports.tenancy import Tenancy
from docmill.ports.upkeep import Upkeep
from docmill.stages.work import Clock

BY_RETENTION = "retention"


@dataclass(frozen=True, slots=True)
class Collected:
    """What one round deleted. ``full``: it stopped at COLLECT_BLOBS_MAX or RETENTION_ERASED_MAX and there
    may be more."""

    blobs: int = 0
    rows: int = 0
    partitions: int = 0
    full: bool = False
    documents: int = 0

    def __bool__(self) -> bool:
        return bool(self.blobs or self.rows or self.partitions or self.documents)


@dataclass(frozen=True, slots=True)
class Collector:
    """Blobs come before the rows that refer to them, so a blob without a row may be one that waits for it.

    A blob is deleted when its time is older than BLOB_GRACE_HOURS and nothing refers to it, twice, with
    ``recheck_s`` between. Nobody who is about to refer to it can lose it:

    - Who puts it after the first look gives it a new time, and deleting looks at the time once more
      while nobody can put.
    - Who put it before has committed its row by the second look. The grace alone sees to that, but on a
      machine that slept, or whose clock was set, between the two; there it is the pause, which counts
      only the time awake and is longer than an answer is kept for a database that is away.
    """

    tenancy: Tenancy
    store: DocumentStore
    journal: Journal
    blobs: BlobStore
    clock: Clock
    recheck_s: float = COLLECT_RECHECK_S
    retention: Retention | None = None
    upkeep: Upkeep | None = None

    async def collect(self) -> Collected:
        """Go through all tenants once. Raises Unavailable; what was deleted by then stays deleted."""
        tenants = [tenant.id for tenant in await self.tenancy.tenants()]
        over = [await self._erase_due(tenant) for tenant in tenants]
        rows = sum([await self._forget(tenant) for tenant in tenants])
        partitions = await self.journal.compact()
        blobs, full = await self._collect_blobs(tenants)
        return Collected(blobs, rows, partitions, full or RETENTION_ERASED_MAX in over, sum(over))

    async def _erase_due(self, tenant: TenantId) -> int:
        """Erase the documents whose retention is over. One that was put under hold meanwhile stays."""
        if self.retention is None:
            return 0
        count = 0
        for document in await self.retention.due(tenant, now=self.clock(), most=RETENTION_ERASED_MAX):
            try:
                await self.store.erase(tenant, document, time=self.clock(), by=BY_RETENTION)
            except DocmillError as error:
                if error.code is not ErrorCode.LEGAL_HOLD:
                    raise
            else:
                count += 1
        return count

    async def _backup_running(self) -> bool:
        """A backup copies the files that its snapshot names: until it ends, all of them stay."""
        return self.upkeep is not None and await self.upkeep.backup_running()

    async def _forget(self, tenant: TenantId) -> int:
        count = 0
        while some := await self.store.forget(tenant, most=FORGET_ROWS_MAX):
            count += some
        return count

    async def _collect_blobs(self, tenants: list[TenantId]) -> tuple[int, bool]:
        before = self.clock() - timedelta(hours=BLOB_GRACE_HOURS)
        suspects = await self._suspects(tenants, before)
        if not suspects:
            return 0, False
        await asyncio.sleep(self.recheck_s)
        count = 0
        for tenant, names in suspects.items():
            for at in range(0, len(names), COLLECT_ASKED_BLOBS):
                if await self._backup_running():
                    return count, False
                for name in await self.store.unreferenced(tenant, names[at : at + COLLECT_ASKED_BLOBS]):
                    count += await self.blobs.discard(tenant, name, unless_since=before)
        return count, sum(map(len, suspects.values())) == COLLECT_BLOBS_MAX

    async def _suspects(self, tenants: list[TenantId], before: datetime) -> dict[TenantId, list[str]]:
        """The first look: old blobs that nothing refers to, COLLECT_BLOBS_MAX at the most."""
        suspects: dict[TenantId, list[str]] = {}
        left = COLLECT_BLOBS_MAX
        for tenant in tenants:
            async for names in _batches(self.blobs.older_than(tenant, before)):
                found = sorted(await self.store.unreferenced(tenant, names))[:left]
                if found:
                    suspects.setdefault(tenant, []).extend(found)
                    left -= len(found)
                if not left:
                    return suspects
        return suspects


async def pause_before(previous: Collected | None) -> None:
    """Wait for the time of the next round; ``previous`` is None before the first one."""
    if previous is None:
        await asyncio.sleep(COLLECT_FIRST_S)
    elif not previous.full:
        await asyncio.sleep(COLLECT_INTERVAL_S)


async def _batches(names: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    batch: list[str] = []
    async for name in names:
        batch.append(name)
        if len(batch) == COLLECT_ASKED_BLOBS:
            yield batch
            batch = []
    if batch:
        yield batch
