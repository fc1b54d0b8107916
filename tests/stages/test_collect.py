"""What nobody needs is deleted after its time, and never what somebody needs or is about to need."""

import asyncio
import os
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.fakes.flow import MemoryDatabase, MemoryJournal, MemoryStore

from docmill.adapters.objectstore import ObstoreBlobs
from docmill.domain.documents import Accepted, Blob, Upload
from docmill.domain.errors import NotFound
from docmill.domain.events import DocumentId
from docmill.domain.limits.flow import BLOB_GRACE_HOURS
from docmill.domain.tenants import TenantId, Tier
from docmill.ports.tenancy import Tenant
from docmill.stages import collect
from docmill.stages.collect import Collected, Collector

ACME, GLOBEX = TenantId("acme"), TenantId("globex")
NOW = datetime.now(UTC)


@dataclass
class WatchedStore(MemoryStore):
    """Does ``then`` after each answer to the question which blobs nobody refers to."""

    then: Callable[[int], Awaitable[object]] | None = None
    asked: int = 0

    async def unreferenced(self, tenant: TenantId, blobs: Sequence[str]) -> frozenset[str]:
        found = await super().unreferenced(tenant, blobs)
        self.asked += 1
        if self.then is not None:
            await self.then(self.asked)
        return found


class TwoTenants:
    async def tenants(self) -> list[Tenant]:
        return [Tenant(name, Tier.POOL, NOW) for name in (ACME, GLOBEX)]


class House:
    """A collector on a real folder of blobs, with a store in memory."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.blobs = ObstoreBlobs(folder.as_uri())
        self.db = MemoryDatabase()
        self.store = WatchedStore(self.db)
        tenancy: Any = TwoTenants()
        self.collector = Collector(
            tenancy, self.store, MemoryJournal(self.db), self.blobs, lambda: datetime.now(UTC), recheck_s=0
        )

    async def orphan(self, data: bytes, *, hours: float, tenant: TenantId = ACME) -> Blob:
        """Bytes that were put so long ago, and whose row never came."""
        blob = await self.blobs.put(tenant, data)
        self.age(blob, hours=hours, tenant=tenant)
        return blob

    async def accept(self, blob: Blob, tenant: TenantId = ACME) -> Accepted:
        return await self.store.accept(
            Upload(tenant, DocumentId(uuid4()), "a.txt", blob, datetime.now(UTC), allow_duplicate=True)
        )

    def age(self, blob: Blob, *, hours: float, tenant: TenantId = ACME) -> None:
        then = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
        os.utime(self.folder / tenant / blob.sha256[:2] / blob.sha256, (then, then))

    async def has(self, blob: Blob, tenant: TenantId = ACME) -> bool:
        try:
            await self.blobs.get(tenant, blob.sha256)
        except NotFound:
            return False
        return True


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


async def test_orphans_go_when_their_grace_is_over_and_not_before(house: House) -> None:
    old = await house.orphan(b"old", hours=BLOB_GRACE_HOURS + 1)
    fresh = await house.orphan(b"fresh", hours=BLOB_GRACE_HOURS - 1)
    assert await house.collector.collect() == Collected(blobs=1)
    assert (await house.has(old), await house.has(fresh)) == (False, True)
    assert not await house.collector.collect()


async def test_what_a_document_needs_stays_however_old_it_is(house: House) -> None:
    blob = await house.orphan(b"needed", hours=10_000)
    accepted = await house.accept(blob)
    assert not await house.collector.collect()
    assert await house.has(blob)
    await house.store.erase(ACME, accepted.document, time=datetime.now(UTC))
    assert (await house.collector.collect()).blobs == 1
    assert not await house.has(blob)


async def test_one_tenants_need_does_not_keep_anothers_file(house: House) -> None:
    blob = await house.orphan(b"same", hours=48)
    await house.orphan(b"same", hours=48, tenant=GLOBEX)
    await house.accept(blob)
    assert (await house.collector.collect()).blobs == 1
    assert (await house.has(blob), await house.has(blob, GLOBEX)) == (True, False)


@pytest.mark.parametrize("look", [1, 2])
async def test_the_same_bytes_uploaded_after_either_look_are_kept(house: House, look: int) -> None:
    """The race: an orphan has been found, and before it goes somebody puts its bytes and only later commits."""
    orphan = await house.orphan(b"bytes", hours=48)

    async def upload_begins(asked: int) -> None:
        if asked == look:
            assert await house.blobs.put(ACME, b"bytes") == orphan

    house.store.then = upload_begins
    assert not await house.collector.collect()
    house.store.then = None
    await house.accept(orphan)
    assert await house.has(orphan)


async def test_a_row_that_comes_late_is_seen_by_the_second_look(house: House) -> None:
    """A machine that slept for days between the bytes and their row: the time alone says nothing."""
    blob = await house.orphan(b"bytes", hours=48)

    async def wake_up(asked: int) -> None:
        if asked == 1:
            await house.accept(blob)

    house.store.then = wake_up
    assert not await house.collector.collect()
    assert await house.has(blob)


async def test_a_round_is_bounded_and_says_that_there_is_more(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collect, "COLLECT_BLOBS_MAX", 5)
    monkeypatch.setattr(collect, "COLLECT_ASKED_BLOBS", 2)
    for number in range(7):
        await house.orphan(b"%d" % number, hours=48)
    assert await house.collector.collect() == Collected(blobs=5, full=True)
    assert await house.collector.collect() == Collected(blobs=2)


async def test_the_pause_is_left_out_when_there_is_nothing_to_delete(house: House) -> None:
    await house.accept(await house.orphan(b"needed", hours=48))
    async with asyncio.timeout(60):
        assert not await replace(house.collector, recheck_s=3_600).collect()
