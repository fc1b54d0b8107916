"""Every process of the platform is killed again and again while uploads come in, and nothing is lost or doubled."""

import asyncio

from tests.flow.crash import Killer, faults, upload_all
from tests.flow.running import Running, settled

from docmill import wiring
from docmill.domain.tenants import TenantId

TENANTS = [TenantId(name) for name in ("acme", "globex", "initech")]
UPLOADS_EACH = 100
SECONDS = 60.0


async def test_every_acknowledged_upload_reaches_one_end_whatever_is_killed(running: Running) -> None:
    keys = {tenant: await running.key(tenant) for tenant in TENANTS}
    killer = Killer(running, SECONDS)
    killing = asyncio.create_task(killer.run())
    acknowledged = await upload_all(running.url, keys, each=UPLOADS_EACH, seconds=SECONDS)
    await killing
    print(f"killed: {dict(killer.killed)}")
    assert killer.killed["database"] == 1
    assert {"up", "api_server", "worker", "sequencer"} <= set(killer.killed)
    async with wiring.platform(running.settings) as platform:
        counts = await settled(platform, TENANTS, timeout_s=180)
        assert sum(counts.values()) == len(TENANTS) * UPLOADS_EACH
        assert await faults(platform, acknowledged) == []
        assert not await platform.claims.dead_letters()


async def test_the_checker_reports_the_loss_when_uploads_are_acknowledged_before_the_commit(home) -> None:
    """The negative control: an API that answers first and commits a moment later."""
    running = Running(home, module="tests.flow.hasty_up")
    try:
        running.start()
        keys = {TENANTS[0]: await running.key(TENANTS[0])}
        killer = Killer(running, 10.0, roles={"tests.flow.hasty_api"})
        killing = asyncio.create_task(killer.run())
        acknowledged = await upload_all(running.url, keys, each=100, seconds=10.0)
        await killing
        async with wiring.platform(running.settings) as platform:
            await settled(platform, TENANTS[:1], timeout_s=120)
            assert any("acknowledged and is lost" in fault for fault in await faults(platform, acknowledged))
    finally:
        print(running.said()[-3000:])
        running.end()
