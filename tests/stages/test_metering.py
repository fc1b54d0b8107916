"""CPU seconds of one message among several on one thread."""

import asyncio
from time import thread_time

import pytest

from docmill.stages.metering import CpuMeter, charge, in_thread, metered


def burn(seconds: float) -> None:
    end = thread_time() + seconds
    while thread_time() < end:
        pass


async def test_what_others_burn_meanwhile_is_not_charged() -> None:
    async def work(seconds: float) -> None:
        for _ in range(5):
            burn(seconds / 5)
            await asyncio.sleep(0)

    one, other = CpuMeter(), CpuMeter()
    await asyncio.gather(metered(work(0.05), one), metered(work(0.2), other))
    assert 0.05 <= one.cpu_seconds < 0.2
    assert other.cpu_seconds >= 0.2


async def test_threads_and_children_are_charged_to_the_message_they_work_for() -> None:
    async def work() -> None:
        await in_thread(burn, 0.05)
        charge(7.0)

    meter, idle = CpuMeter(), CpuMeter()
    await asyncio.gather(metered(work(), meter), metered(asyncio.sleep(0), idle))
    assert meter.cpu_seconds >= 7.05
    assert idle.cpu_seconds < 0.05


async def test_errors_and_cancellation_go_through() -> None:
    async def fails() -> None:
        await asyncio.sleep(0)
        raise KeyError

    with pytest.raises(KeyError):
        await metered(fails(), CpuMeter())

    async def waits() -> str:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            return "cleaned up"
        return "slept"

    task = asyncio.create_task(metered(waits(), CpuMeter()))
    await asyncio.sleep(0)
    task.cancel()
    assert await task == "cleaned up"
