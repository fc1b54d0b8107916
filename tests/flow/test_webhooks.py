"""The process that sends webhooks is killed again and again, and its receiver fails: nothing is lost, all in order."""

import asyncio
import os
import random
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from tests.flow.crash import upload_all
from tests.flow.hearing import heard, told
from tests.flow.running import Client, Running, settled
from tests.receiver import Receiver

from docmill import wiring
from docmill.domain.tenants import TenantId

ACME = TenantId("acme")
UPLOADS, SECONDS, KILLS = 40, 10.0, 5


@pytest.fixture(autouse=True)
def loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCMILL_WEBHOOK_ALLOW", "127.0.0.0/8")


@pytest.fixture
def hasty(home: Path) -> Iterator[Running]:
    running = Running(home, module="tests.flow.hasty_sequencer_up")
    try:
        running.start()
        yield running
    finally:
        print(running.said()[-3000:])
        running.end()


async def kill_sequencer(running: Running, receiver: Receiver, times: int, *, sending: bool) -> int:
    """SIGKILL it again and again, while a request of its is on the way or at any time; return how often."""
    killed = 0
    for _ in range(times):
        await asyncio.sleep(SECONDS / times / (2 if sending else 1))
        with suppress(TimeoutError):
            await receiver.until(lambda: receiver.at_once > 0 or not sending, timeout_s=6)
        tree = await asyncio.to_thread(running.tree)
        for pid, role in tree.items():
            if "sequencer" in role:
                os.kill(pid, signal.SIGKILL)
                killed += 1
    return killed


async def run(running: Running, receiver: Receiver, *, sending: bool = True) -> tuple[dict, str]:
    """Upload while the sequencer is killed, erase some; return what the journal says, and the secret."""
    key = await running.key("acme")
    async with Client(running.url, key) as acme, wiring.platform(running.settings) as platform:
        made = await acme.raw("POST", "/v1/webhooks", json={"url": receiver.url})
        assert made.status_code == 201, made.text
        killing = asyncio.create_task(kill_sequencer(running, receiver, KILLS, sending=sending))
        ids = (await upload_all(running.url, {ACME: key}, each=UPLOADS, seconds=SECONDS))[ACME]
        assert await killing >= KILLS
        await settled(platform, [ACME], timeout_s=120)
        for one in list(ids)[:10]:
            assert (await acme.raw("DELETE", f"/v1/documents/{one}")).status_code < 300
        return await told(platform, ACME, ids), made.json()["secret"]


async def test_a_receiver_hears_everything_in_order_although_its_sender_is_killed(running: Running) -> None:
    chance = random.Random(5)

    async with Receiver(lambda _got: chance.choice([204] * 9 + [503]), delay_s=0.3) as receiver:
        order, secret = await run(running, receiver)
        count = sum(map(len, order.values()))
        assert count >= UPLOADS + 10
        await receiver.until(lambda: len({got.id for got in receiver.taken}) >= count, timeout_s=90)
        await asyncio.sleep(1)
    print(f"{count} events, {len(receiver.got)} requests, {len(receiver.taken) - count} taken twice")
    assert heard(receiver.taken) == order
    for got in receiver.got:
        got.verify(secret)


async def test_the_checker_finds_the_loss_when_the_place_is_saved_before_the_deliveries(
    hasty: Running,
) -> None:
    """The negative control. What is saved too early is lost between the two, which is not while it sends."""
    async with Receiver() as receiver:
        order, _ = await run(hasty, receiver, sending=False)
        count = sum(map(len, order.values()))
        with pytest.raises(TimeoutError):
            await receiver.until(lambda: len({got.id for got in receiver.taken}) >= count, timeout_s=15)
    assert heard(receiver.taken) != order
