"""Every process of the platform is killed again and again while uploads come in, and nothing is lost or doubled.

Three API processes; webhooks and listeners for each tenant, who hear everything, once and in order.
"""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

import pytest
from tests.flow.crash import Killer, faults, upload_all
from tests.flow.hearing import Audience
from tests.flow.running import Running, settled

from docmill import wiring
from docmill.domain.tenants import TenantId

TENANTS = [TenantId(name) for name in ("acme", "globex", "initech")]
UPLOADS_EACH = 100
SECONDS = 60.0
SECONDS_LONG = 600.0


class Trouble(Protocol):
    """What happens to the platform for so many seconds; ``killed`` counts it."""

    seconds: float
    killed: Counter[str]

    async def run(self) -> None: ...


@pytest.fixture(autouse=True)
def replicas(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCMILL_API_PROCESSES", "3")
    monkeypatch.setenv("DOCMILL_WEBHOOK_ALLOW", "127.0.0.0/8")


@contextmanager
def started(home: Path, module: str) -> Iterator[Running]:
    running = Running(home, module=module)
    try:
        running.start()
        yield running
    finally:
        print(running.said()[-3000:])
        running.end()


async def chaos(running: Running, trouble: Trouble, *, each: int, tenants: list[TenantId]) -> list[str]:
    """Upload while it goes on, let everything come to its end, and say what is wrong."""
    keys = {tenant: await running.key(tenant) for tenant in tenants}
    async with Audience(running.url, keys) as audience:
        first = await upload_all(running.url, keys, each=1, seconds=0.0, name="first")
        await audience.until_all_listen()
        killing = asyncio.create_task(trouble.run())
        acknowledged = await upload_all(running.url, keys, each=each, seconds=trouble.seconds)
        await killing
        documents = {tenant: first[tenant] | acknowledged[tenant] for tenant in tenants}
        async with wiring.platform(running.settings) as platform:
            counts = await settled(platform, tenants, timeout_s=240)
            wrong = await faults(platform, documents)
            if sum(counts.values()) != len(tenants) * (each + 1):
                wrong.append(f"there are {counts}")
            wrong += [f"dead letter: {letter.reason}" for letter in await platform.claims.dead_letters()]
            wrong += await audience.faults(platform, documents)
        print(f"{dict(trouble.killed)}; {audience}")
    return wrong


async def crash(running: Running, *, seconds: float, each: int) -> None:
    killer = Killer(running, seconds)
    assert await chaos(running, killer, each=each, tenants=TENANTS) == []
    assert killer.killed["database"] == 1
    assert {"up", "api_server", "worker", "sequencer"} <= set(killer.killed)


async def test_every_acknowledged_upload_reaches_one_end_whatever_is_killed(running: Running) -> None:
    await crash(running, seconds=SECONDS, each=UPLOADS_EACH)


@pytest.mark.long
async def test_ten_minutes_of_it(running: Running) -> None:
    await crash(running, seconds=SECONDS_LONG, each=10 * UPLOADS_EACH)


async def test_the_checker_reports_the_loss_when_uploads_are_acknowledged_before_the_commit(home) -> None:
    """The negative control: an API that answers first and commits a moment later."""
    with started(home, "tests.flow.hasty_up") as running:
        keys = {TENANTS[0]: await running.key(TENANTS[0])}
        killer = Killer(running, 10.0, roles={"tests.flow.hasty_api"})
        killing = asyncio.create_task(killer.run())
        acknowledged = await upload_all(running.url, keys, each=100, seconds=10.0)
        await killing
        async with wiring.platform(running.settings) as platform:
            await settled(platform, TENANTS[:1], timeout_s=120)
            assert any("acknowledged and is lost" in fault for fault in await faults(platform, acknowledged))


async def test_the_checker_reports_what_listeners_miss_when_their_last_event_is_not_looked_at(home) -> None:
    """The negative control of the listeners."""
    with started(home, "tests.flow.forgetful_up") as running:
        keys = {TENANTS[0]: await running.key(TENANTS[0])}
        killer = Killer(running, 10.0, roles={"tests.flow.forgetful_api"})
        async with Audience(running.url, keys, listeners_each=3) as audience:
            await upload_all(running.url, keys, each=1, seconds=0.0, name="first")
            await audience.until_all_listen()
            killing = asyncio.create_task(killer.run())
            acknowledged = await upload_all(running.url, keys, each=60, seconds=10.0)
            await killing
            async with wiring.platform(running.settings) as platform:
                await settled(platform, TENANTS[:1], timeout_s=120)
                wrong = await audience.faults(platform, acknowledged, patience_s=5.0)
            print(audience)
        assert any("were missed" in fault for fault in wrong), wrong
