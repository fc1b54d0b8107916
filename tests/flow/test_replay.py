"""Every message delivered twice, and in another order across documents: the same state, on the real thing."""

import asyncio
import io
import random
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import uuid5

import psycopg
from tests.fakes import QuietTelemetry
from tests.flow.running import invoice_pdf, invoice_xml, settled
from tests.homes import home_folder

from docmill import wiring
from docmill.adapters.postgres.state_hash import state_hash
from docmill.domain.documents import Upload
from docmill.domain.events import NAMESPACE, DocumentId
from docmill.domain.tenants import TenantId, Tier
from docmill.settings import Settings
from docmill.stages.runner import Runner
from docmill.stages.worker import claiming_stages

ACME = TenantId("acme")


@asynccontextmanager
async def fresh_platform() -> AsyncIterator[wiring.Platform]:
    """All ports on a new home, without processes: the test itself is the worker."""
    with home_folder() as home:
        settings = Settings(home=home)
        database = wiring.embedded_database(settings)
        assert database is not None
        try:
            await asyncio.to_thread(database.start)
            await asyncio.to_thread(wiring.migrate, settings)
            async with wiring.platform(settings) as platform:
                await platform.tenancy.create(ACME, tier=Tier.SILO)
                yield platform
        finally:
            await asyncio.to_thread(database.stop)


def files() -> dict[str, bytes]:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for number in range(3):
            archive.writestr(zipfile.ZipInfo(f"{number}.xml"), invoice_xml(f"Z-{number}"))
    return {
        **{f"{n}.pdf": invoice_pdf(f"P-{n}") for n in range(3)},
        **{f"{n}.xml": invoice_xml(f"X-{n}") for n in range(3)},
        "all.zip": packed.getvalue(),
        "cut.pdf": invoice_pdf("T-1")[:400],
        "not.pdf": b"MZ" + bytes(200),
    }


async def come_to(platform: wiring.Platform, *, seed: int, twice: bool) -> tuple[str, list[str]]:
    """Upload everything, deliver everything, return the state hash and what else happened."""
    chance, telemetry = random.Random(seed), QuietTelemetry()
    wired = wiring.runner(platform, telemetry)
    runner = Runner(wired.handlers, platform.store, platform.claims, telemetry, wiring.now)
    names = sorted(files())
    chance.shuffle(names)
    for name in names:
        blob = await platform.blobs.put(ACME, files()[name])
        document = DocumentId(uuid5(NAMESPACE, name))
        await platform.store.accept(Upload(ACME, document, name, blob, wiring.now()))
    again: set[tuple[str, object]] = set()
    while True:
        claims = list(await platform.claims.take(claiming_stages(), worker="w", most=50))
        if not claims:
            break
        chance.shuffle(claims)
        for claim in claims:
            await runner.deliver(claim)
            if twice and (claim.stage, claim.event.id) not in again:
                again.add((claim.stage, claim.event.id))
                await reopen(platform, claim.stage, str(claim.event.id))
    await settled(platform, [ACME], timeout_s=5)
    letters = [f"{letter.stage} {letter.code}" for letter in await platform.claims.dead_letters()]
    return await state_hash(platform.database, ACME), letters


async def reopen(platform: wiring.Platform, stage: str, event: str) -> None:
    """Forget that the message was answered."""
    admin = platform.database.dsn.replace("user=docmill_service", "user=postgres")
    async with await psycopg.AsyncConnection.connect(admin, autocommit=True) as connection:
        await connection.execute(
            "UPDATE docmill.claims SET status = 'open', worker = NULL, available_at = now(), attempts = 0 "
            "WHERE stage = %s AND event = %s",
            (stage, event),
        )


async def test_every_message_twice_and_in_another_order_gives_the_same_state_hash() -> None:
    hashes = []
    for seed, twice in ((1, False), (2, True)):
        async with fresh_platform() as platform:
            found, letters = await come_to(platform, seed=seed, twice=twice)
            assert letters == []
            hashes.append(found)
    assert hashes[0] == hashes[1]
