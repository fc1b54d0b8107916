"""A backup that is taken while uploads go on, put back elsewhere, and damaged in every way."""

import asyncio
import json
import random
import shutil
import stat
from pathlib import Path

import pytest
from tests.flow.running import Client, Running, invoice_pdf, invoice_xml, settled
from tests.homes import home_folder

from docmill import wiring
from docmill.adapters.postgres.state_hash import state_hash
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.tenants import TenantId, Tier
from docmill.ports.document_store import DocumentFilter
from docmill.settings import Settings
from docmill.stages.backup import BackupCheck
from docmill.stages.results import result_sha256

TENANTS = {TenantId("acme"): Tier.POOL, TenantId("globex"): Tier.SILO}


async def results(platform: wiring.Platform) -> dict[tuple[str, str], tuple[str, str]]:
    """Hash of result and file by tenant and document; every file is read."""
    found = {}
    for tenant in TENANTS:
        async for document in platform.store.export(tenant, DocumentFilter()):
            data = await platform.blobs.get(tenant, document.blob.sha256)
            digest = result_sha256(document.run.result or {})
            found[tenant, str(document.id)] = (f"{digest} {document.run.state}", str(len(data)))
    return found


async def restored(folder: Path, home: Path) -> None:
    from docmill.entrypoints.cli.restore import _restored

    await _restored(folder, home)


async def examined(settings: Settings) -> list[str]:
    database = wiring.embedded_database(settings)
    assert database is not None
    await asyncio.to_thread(database.start)
    try:
        async with wiring.platform(settings) as platform:
            doctor = wiring.doctor(platform)
            faults = [fault async for fault in platform.upkeep.platform_faults()]
            for tenant in TENANTS:
                faults += [fault async for fault in doctor.tenant(tenant, all_blobs=True)]
            return [f"{fault.check}: {fault.detail}" for fault in faults]
    finally:
        await asyncio.to_thread(database.stop)


async def test_a_backup_under_load_comes_back_whole(running: Running, tmp_path: Path) -> None:
    keys = {tenant: await running.key(tenant, tier) for tenant, tier in TENANTS.items()}
    folder = tmp_path / "backup"
    stop = asyncio.Event()

    async def upload(tenant: TenantId) -> int:
        async with Client(running.url, keys[tenant]) as client:
            for number in range(1_000):
                data = invoice_xml(f"{tenant}-{number}") if number % 3 else invoice_pdf(f"{tenant}-{number}")
                await client.submit(data, f"{number}.{'xml' if number % 3 else 'pdf'}", key=str(number))
                if stop.is_set():
                    return number
        return 1_000

    uploads = [asyncio.create_task(upload(tenant)) for tenant in TENANTS]
    async with wiring.platform(running.settings) as platform:
        while sum([sum((await platform.store.counts(tenant)).values()) for tenant in TENANTS]) < 20:  # noqa: ASYNC110 - another process fills it
            await asyncio.sleep(0.1)
        backup = wiring.backup(running.settings, platform, folder)
        first = await backup.take(time=wiring.now())
        before = await results(platform)
        second = await backup.take(time=wiring.now())
        assert second.blob_bytes < first.blob_bytes + second.blob_bytes  # what was there is not copied again
        stop.set()
        counts = await asyncio.gather(*uploads)
        assert min(counts) >= 10
        await settled(platform, list(TENANTS), timeout_s=120)
        after = await results(platform)
    assert (await wiring.backup_to_check(folder).check()).missing == ()
    _private(folder)
    with home_folder() as home:
        await restored(folder, home)
        settings = Settings(home=home)
        assert await examined(settings) == []
        other = Running(home)
        try:
            await asyncio.to_thread(other.start)
            async with wiring.platform(other.settings) as platform:
                await settled(platform, list(TENANTS), timeout_s=120)  # what was in the middle goes on
                back = await results(platform)
            assert before.keys() <= back.keys() <= after.keys()
            assert back == {key: after[key] for key in back}
            async with Client(other.url, keys[TenantId("acme")]) as client:  # keys and uploads work as before
                await client.submit(invoice_xml("new"), "new.xml", key="new")
        finally:
            print(other.said()[-2000:])
            other.end()
        with pytest.raises(DocmillError) as refused:
            await restored(folder, home)
        assert refused.value.code is ErrorCode.SETTING_INVALID


def _private(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


async def small_backup(running: Running, folder: Path) -> str:
    """A backup of a few documents; return the hash over what they came to."""
    async with wiring.platform(running.settings) as platform:
        key = await running.key("acme")
        async with Client(running.url, key) as client:
            for number in range(3):
                await client.submit(invoice_xml(str(number)), f"{number}.xml", key=str(number))
        await settled(platform, [TenantId("acme")], timeout_s=60)
        await wiring.backup(running.settings, platform, folder).take(time=wiring.now())
        return await state_hash(platform.database, TenantId("acme"))


async def refusal(check: BackupCheck) -> DocmillError | None:
    try:
        await check.check()
    except DocmillError as error:
        return error
    return None


async def test_a_byte_that_changes_anywhere_is_found(running: Running, tmp_path: Path) -> None:
    folder = tmp_path / "backup"
    await small_backup(running, folder)
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    assert len(files) > 12
    check, chance = wiring.backup_to_check(folder), random.Random(5)
    await check.check()
    manifest = json.loads((folder / "manifest.json").read_text())["manifest"]
    used = {packed["file"] for packed in manifest["tables"].values()} | {"manifest.json", "blobs.txt.gz"}
    for path in files:
        name = str(path.relative_to(folder))
        if name not in used and not name.startswith("blobs/"):
            continue  # of a table without rows
        whole = path.read_bytes()
        for change in ("flip", "cut", "gone"):
            if change == "gone":
                path.unlink()
            elif change == "cut":
                path.write_bytes(whole[:-1])
            else:
                at = chance.randrange(len(whole))
                path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
            found = await refusal(check)
            if found is None:
                # White space between the manifest's braces is no part of what it says.
                assert name == "manifest.json", (name, change)
                assert json.loads(path.read_bytes()) == json.loads(whole)
            else:
                assert found.code is ErrorCode.BACKUP_INVALID, name
                assert path.name in found.detail, (name, change)
            path.write_bytes(whole)
    await check.check()


async def test_a_backup_of_another_release_and_one_that_was_cut_off_are_refused(
    running: Running, tmp_path: Path
) -> None:
    folder = tmp_path / "backup"
    await small_backup(running, folder)
    from dataclasses import replace

    from docmill.adapters.backup_folder import BackupFolder

    files = BackupFolder(folder)
    manifest = files.manifest()
    newer = {**manifest.facts.migrations, "shared": {**manifest.facts.migrations["shared"], "999": "x"}}
    older = {
        **manifest.facts.migrations,
        "shared": dict(list(manifest.facts.migrations["shared"].items())[:-1]),
    }
    for migrations, word in ((newer, "newer"), (older, "older")):
        files.finish(replace(manifest, facts=replace(manifest.facts, migrations=migrations)))
        with home_folder() as home, pytest.raises(DocmillError, match=word):
            await restored(folder, home)
    (folder / "manifest.json").unlink()
    with home_folder() as home, pytest.raises(DocmillError, match="cut off"):
        await restored(folder, home)
    shutil.rmtree(folder)
