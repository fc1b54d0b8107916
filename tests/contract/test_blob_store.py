"""What every blob store promises, on the real one and on the fake."""

import asyncio
import errno
import hashlib
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.fakes import MemoryBlobs

from docmill.adapters import objectstore
from docmill.adapters.objectstore import ObstoreBlobs
from docmill.domain.documents import Blob
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, Unavailable
from docmill.domain.tenants import TenantId
from docmill.ports.blob_store import BlobStore

ACME, GLOBEX = TenantId("acme"), TenantId("globex")


@pytest.fixture(params=["file", "remote", "memory"])
def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> BlobStore:
    if request.param == "memory":
        return MemoryBlobs()
    if request.param == "remote":  # obstore's own store in memory takes the way of S3, Azure and Google
        return ObstoreBlobs("memory:///")
    return ObstoreBlobs((tmp_path / "with blank and ü").as_uri())


async def test_what_was_put_is_got_by_its_hash(blobs: BlobStore) -> None:
    blob = await blobs.put(ACME, b"data")
    assert blob == Blob(hashlib.sha256(b"data").hexdigest(), 4)
    assert await blobs.get(ACME, blob.sha256) == b"data"


async def test_the_same_bytes_may_come_twenty_times_at_once(blobs: BlobStore) -> None:
    made = await asyncio.gather(*(blobs.put(ACME, b"data") for _ in range(20)))
    assert len(set(made)) == 1
    assert await blobs.get(ACME, made[0].sha256) == b"data"


async def test_an_empty_file_is_a_file(blobs: BlobStore) -> None:
    assert await blobs.get(ACME, (await blobs.put(ACME, b"")).sha256) == b""


async def test_checking_leaves_nothing_behind(blobs: BlobStore, tmp_path: Path) -> None:
    await blobs.check()
    assert [name for _, _, names in os.walk(tmp_path) for name in names] == []


async def test_checking_tells_of_a_store_that_is_away(tmp_path: Path) -> None:
    blobs = ObstoreBlobs((tmp_path / "blobs").as_uri())
    (tmp_path / "blobs").rmdir()
    with pytest.raises(Unavailable):
        await blobs.check()


async def test_another_tenants_file_is_not_found(blobs: BlobStore) -> None:
    blob = await blobs.put(ACME, b"data")
    with pytest.raises(NotFound):
        await blobs.get(GLOBEX, blob.sha256)
    await blobs.delete(GLOBEX, blob.sha256)
    assert await blobs.get(ACME, blob.sha256) == b"data"


async def test_deleting_is_for_good_and_may_be_repeated(blobs: BlobStore) -> None:
    blob = await blobs.put(ACME, b"data")
    await blobs.delete(ACME, blob.sha256)
    await blobs.delete(ACME, blob.sha256)
    with pytest.raises(NotFound):
        await blobs.get(ACME, blob.sha256)


HOUR = timedelta(hours=1)


async def old(blobs: BlobStore, tenant: TenantId, time: datetime) -> list[str]:
    return [name async for name in blobs.older_than(tenant, time)]


async def test_old_files_are_those_that_nobody_has_put_since(blobs: BlobStore) -> None:
    now = datetime.now(UTC)
    made = [await blobs.put(ACME, data) for data in (b"one", b"two", b"")]
    await blobs.put(GLOBEX, b"one")
    assert await old(blobs, ACME, now - HOUR) == []
    assert sorted(await old(blobs, ACME, now + HOUR)) == sorted(blob.sha256 for blob in made)
    assert await old(blobs, TenantId("nobody"), now + HOUR) == []


async def test_discarding_spares_what_was_put_since(blobs: BlobStore) -> None:
    now = datetime.now(UTC)
    blob = await blobs.put(ACME, b"data")
    assert not await blobs.discard(ACME, blob.sha256, unless_since=now - HOUR)
    assert not await blobs.discard(GLOBEX, blob.sha256, unless_since=now + HOUR)
    assert await blobs.get(ACME, blob.sha256) == b"data"
    assert await blobs.discard(ACME, blob.sha256, unless_since=now + HOUR)
    assert not await blobs.discard(ACME, blob.sha256, unless_since=now + HOUR)
    with pytest.raises(NotFound):
        await blobs.get(ACME, blob.sha256)
    assert await blobs.put(ACME, b"data") == blob
    assert await blobs.get(ACME, blob.sha256) == b"data"


def aged(folder: Path, blob: Blob, hours: float = 48) -> Path:
    """Make the file look as if it had been put so long ago."""
    path = folder / "acme" / blob.sha256[:2] / blob.sha256
    then = (datetime.now(UTC) - timedelta(hours=hours)).timestamp()
    os.utime(path, (then, then))
    return path


async def test_the_same_bytes_again_make_an_old_file_a_new_one(tmp_path: Path) -> None:
    blobs, yesterday = ObstoreBlobs(tmp_path.as_uri()), datetime.now(UTC) - 24 * HOUR
    aged(tmp_path, await blobs.put(ACME, b"data"))
    (name,) = await old(blobs, ACME, yesterday)
    await blobs.put(ACME, b"data")
    assert await old(blobs, ACME, yesterday) == []
    assert not await blobs.discard(ACME, name, unless_since=yesterday)


async def test_nothing_is_discarded_while_the_same_bytes_are_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The planted moment: the file was seen to be there, and has not been made new yet."""
    blobs = ObstoreBlobs(tmp_path.as_uri())
    path = aged(tmp_path, await blobs.put(ACME, b"data"))
    seen = objectstore._holds
    outcomes: list[bool] = []

    def seen_and_attacked(held: Path, data: bytes) -> bool:
        found = seen(held, data)
        outcomes.append(objectstore._discarded(held, datetime.now(UTC) - HOUR))
        return found

    monkeypatch.setattr(objectstore, "_holds", seen_and_attacked)
    blob = await blobs.put(ACME, b"data")
    assert outcomes == [False]
    assert path.exists()
    assert await blobs.get(ACME, blob.sha256) == b"data"


async def test_what_a_crash_left_of_a_write_is_found_and_goes(tmp_path: Path) -> None:
    blobs = ObstoreBlobs(tmp_path.as_uri())
    blob = await blobs.put(ACME, b"data")
    rest = tmp_path / "acme" / blob.sha256[:2] / f"{blob.sha256}#1"
    rest.write_bytes(b"da")
    later = datetime.now(UTC) + HOUR
    assert set(await old(blobs, ACME, later)) == {blob.sha256, rest.name}
    assert await blobs.discard(ACME, rest.name, unless_since=later)
    assert not rest.exists()
    assert await blobs.get(ACME, blob.sha256) == b"data"


async def test_file_and_folders_are_synced_before_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    sync = os.fsync

    def recorded(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        sync(handle)

    monkeypatch.setattr(os, "fsync", recorded)
    blob = await ObstoreBlobs(tmp_path.as_uri()).put(ACME, b"data")
    folder = tmp_path / "acme" / blob.sha256[:2]
    assert synced == [folder / blob.sha256, folder, folder.parent, tmp_path]


async def test_a_folder_whose_sync_failed_is_synced_by_the_next_put(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: list[Path] = []
    failing = [tmp_path]

    def recorded(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path in failing:
            failing.remove(path)
            raise OSError(errno.EIO, "planted")
        synced.append(path)

    monkeypatch.setattr(os, "fsync", recorded)
    blobs = ObstoreBlobs(tmp_path.as_uri())
    with pytest.raises(Unavailable):
        await blobs.put(ACME, b"data")
    synced.clear()
    await blobs.put(ACME, b"data")
    assert tmp_path in synced


async def test_a_put_does_not_rely_on_a_sync_that_another_has_only_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on = threading.Event(), threading.Event()
    synced: list[Path] = []

    def slow(handle: int) -> None:
        path = Path(f"/proc/self/fd/{handle}").readlink()
        if path == tmp_path and not begun.is_set():
            begun.set()
            go_on.wait(20)
        synced.append(path)

    monkeypatch.setattr(os, "fsync", slow)
    blobs = ObstoreBlobs(tmp_path.as_uri())
    first = asyncio.create_task(blobs.put(ACME, b"data"))
    await asyncio.to_thread(begun.wait, 20)
    await blobs.put(ACME, b"data")
    assert tmp_path in synced
    go_on.set()
    await first


async def test_a_file_that_a_power_cut_left_short_is_written_again(tmp_path: Path) -> None:
    blobs = ObstoreBlobs(tmp_path.as_uri())
    blob = await blobs.put(ACME, b"data")
    (tmp_path / "acme" / blob.sha256[:2] / blob.sha256).write_bytes(b"")
    await blobs.put(ACME, b"data")
    assert await blobs.get(ACME, blob.sha256) == b"data"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 64 KiB; only root can mount one."""
    command = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(tmp_path)]
    if os.geteuid() != 0 or subprocess.run(command, check=False, capture_output=True).returncode:
        pytest.skip("mounting a small disk is not allowed here")
    yield tmp_path
    subprocess.run(["umount", str(tmp_path)], check=True)


async def test_a_full_disk_has_its_own_code_and_work_goes_on_when_there_is_room(small_disk: Path) -> None:
    blobs = ObstoreBlobs(small_disk.as_uri())
    first = await blobs.put(ACME, b"1" * 40_000)
    with pytest.raises(DocmillError) as caught:
        await blobs.put(ACME, b"2" * 40_000)
    assert caught.value.code == ErrorCode.STORAGE_FULL
    with pytest.raises(DocmillError) as checked:
        await blobs.check()
    assert checked.value.code == ErrorCode.STORAGE_FULL
    await blobs.delete(ACME, first.sha256)
    second = await blobs.put(ACME, b"2" * 40_000)
    assert await blobs.get(ACME, second.sha256) == b"2" * 40_000


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(DocmillError) as caught:
        ObstoreBlobs((tmp_path / "file" / "blobs").as_uri())
    assert caught.value.code == ErrorCode.HOME_UNREACHABLE
    assert str(tmp_path / "file" / "blobs") in caught.value.detail
