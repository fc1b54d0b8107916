"""The loop around the runner: concurrency, heartbeats, stopping."""

import asyncio
from typing import Any

from tests.fakes.parts import text_reading
from tests.stages.conftest import MemoryPlatform

from docmill.domain.limits.flow import ATTEMPTS_MAX
from docmill.domain.pages import Reading
from docmill.domain.states import RunState
from docmill.stages.worker import Worker


def worker(platform: MemoryPlatform, **options: Any) -> Worker:
    options = {"name": "w", "idle_s": 0.02, "heartbeat_s": 0.02} | options
    return Worker(platform.runner, platform.claims, platform.telemetry, **options)


async def until(condition: Any) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - conditions of several kinds, without an event of their own
            await asyncio.sleep(0.005)


def ended(platform: MemoryPlatform, number: int) -> Any:
    return lambda: [d.run.state for d in platform.db.documents.values()].count(RunState.ARCHIVED) == number


async def test_a_worker_brings_everything_to_its_end_and_stops(platform: MemoryPlatform) -> None:
    stop = asyncio.Event()
    running = asyncio.create_task(worker(platform).run(stop))
    for number in range(20):
        await platform.upload(f"number {number}")
    await until(ended(platform, 20))
    stop.set()
    await running


async def test_what_a_dead_process_of_the_same_name_held_is_taken_up_at_once(
    platform: MemoryPlatform,
) -> None:
    await platform.upload("number 7")
    assert await platform.take("read", worker="w")
    stop = asyncio.Event()
    running = asyncio.create_task(worker(platform).run(stop))
    await until(ended(platform, 1))
    stop.set()
    await running


class Gate:
    """A reader that waits until it is let go, and counts who waits at the same time."""

    def __init__(self, platform: MemoryPlatform, monkeypatch: Any) -> None:
        self.inside, self.most, self.open = 0, 0, asyncio.Event()
        self.cancelled = 0
        monkeypatch.setattr(platform.reader, "read", self.read)

    async def read(self, data: bytes, _name: str, *, allowed: Any = None, progress: Any = None) -> Reading:
        self.inside += 1
        self.most = max(self.most, self.inside)
        progress(1, 2)
        try:
            await self.open.wait()
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        finally:
            self.inside -= 1
        return text_reading(data.decode())


async def test_no_more_messages_are_in_hand_than_allowed(platform: MemoryPlatform, monkeypatch: Any) -> None:
    gate, stop = Gate(platform, monkeypatch), asyncio.Event()
    for number in range(9):
        await platform.upload(f"number {number}")
    running = asyncio.create_task(worker(platform, at_once=3).run(stop))
    await until(lambda: gate.inside == 3)
    gate.open.set()
    await until(ended(platform, 9))
    assert gate.most == 3
    stop.set()
    await running


async def test_leases_are_kept_alive_and_progress_is_told(platform: MemoryPlatform, monkeypatch: Any) -> None:
    beats: list[tuple[int, int | None]] = []
    beat = platform.claims.beat

    async def recorded(claims: Any, *, percent: int | None = None) -> Any:
        beats.append((len(claims), percent))
        return await beat(claims, percent=percent)

    monkeypatch.setattr(platform.claims, "beat", recorded)
    gate, stop = Gate(platform, monkeypatch), asyncio.Event()
    await platform.upload("number 7")
    running = asyncio.create_task(worker(platform).run(stop))
    await until(lambda: (1, 50) in beats and (1, None) in beats)
    gate.open.set()
    stop.set()
    await running


async def test_work_whose_lease_is_lost_is_let_go(platform: MemoryPlatform, monkeypatch: Any) -> None:
    gate, stop = Gate(platform, monkeypatch), asyncio.Event()
    await platform.upload("number 7")
    running = asyncio.create_task(worker(platform).run(stop))
    await until(lambda: gate.inside == 1)
    platform.claims.expire("w")
    (claim,) = await platform.take("read", worker="other")
    await until(lambda: gate.cancelled == 1)
    assert "read" in platform.telemetry.losses
    gate.open.set()
    await platform.runner.deliver(claim)
    await until(ended(platform, 1))
    stop.set()
    await running


async def test_a_worker_that_stops_finishes_what_it_has(platform: MemoryPlatform, monkeypatch: Any) -> None:
    gate, stop = Gate(platform, monkeypatch), asyncio.Event()
    accepted = await platform.upload("number 7")
    running = asyncio.create_task(worker(platform).run(stop))
    await until(lambda: gate.inside == 1)
    stop.set()
    await asyncio.sleep(0.02)
    gate.open.set()
    await running
    assert (await platform.document(accepted)).run.state is RunState.READ


async def test_what_takes_too_long_while_stopping_is_given_back(
    platform: MemoryPlatform, monkeypatch: Any
) -> None:
    gate, stop = Gate(platform, monkeypatch), asyncio.Event()
    await platform.upload("number 7")
    running = asyncio.create_task(worker(platform, drain_s=0.02).run(stop))
    await until(lambda: gate.inside == 1)
    stop.set()
    await running
    assert gate.cancelled == 1
    assert await platform.take("read", worker="next")


async def test_a_document_survives_any_number_of_orderly_stops(
    platform: MemoryPlatform, monkeypatch: Any
) -> None:
    gate = Gate(platform, monkeypatch)
    accepted = await platform.upload("number 7")
    for stops in range(1, ATTEMPTS_MAX + 3):
        stop = asyncio.Event()
        running = asyncio.create_task(worker(platform, drain_s=0.02).run(stop))
        await until(lambda: gate.inside == 1)
        stop.set()
        await running
        assert gate.cancelled == stops
    (claim,) = await platform.take("read", worker="next")
    gate.open.set()
    await platform.runner.deliver(claim)
    assert (await platform.document(accepted)).run.state is RunState.READ
