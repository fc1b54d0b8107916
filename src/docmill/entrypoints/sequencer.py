"""The process that gives the journal its order, tells those who follow it, and collects what is left over.

It sends the webhooks too: a process of its own would cost 45 MB, and has nothing to do on most platforms.
"""

import asyncio
import signal
from contextlib import suppress
from dataclasses import asdict

from docmill import wiring
from docmill.adapters.telemetry import PrometheusTelemetry, configure_logging
from docmill.adapters.telemetry.lean_structlog import structlog
from docmill.domain.errors import DocmillError
from docmill.domain.limits.processes import DRAIN_WALL_S_MAX, IDLE_POLL_S
from docmill.domain.limits.repair import UNSTICK_INTERVAL_S
from docmill.domain.limits.webhooks import SEQUENCER_CONNECTIONS_MAX
from docmill.entrypoints.observing import observed, telemetry_of
from docmill.entrypoints.processes import arguments
from docmill.entrypoints.worker import holder
from docmill.ports.upkeep import Upkeep
from docmill.settings import Settings, load_settings
from docmill.stages.collect import Collected, Collector, pause_before
from docmill.stages.delivering import Deliverer
from docmill.stages.notify import Bookmark, follow


def main() -> None:
    arguments()
    settings = load_settings()
    configure_logging(settings.log_level, process="sequencer")
    asyncio.run(sequence(settings))


async def sequence(settings: Settings) -> None:
    """Order and tell until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    telemetry = telemetry_of(settings, process="sequencer")
    async with (
        wiring.platform(settings, connections_max=SEQUENCER_CONNECTIONS_MAX, role="sequencer") as platform,
        observed(telemetry, platform.database),
        asyncio.TaskGroup() as beside,
    ):
        collecting = beside.create_task(_collect(wiring.collector(platform), telemetry))
        unsticking = beside.create_task(_unstick(platform.upkeep, telemetry))
        bookmark, postman = wiring.bookmark(settings, "notify"), wiring.postman(platform)
        deliverer = wiring.deliverer(
            platform, worker=holder(settings, "sequencer"), outage=telemetry.outage, told=telemetry
        )
        sending = beside.create_task(deliverer.run(stop))
        fresh = True  # what was sequenced but not told when the last process ended
        while not stop.is_set():
            try:
                if await _once(platform, bookmark, telemetry, fresh=fresh):
                    await postman.follow()
                    deliverer.wake()
                if await postman.settle_batches():
                    deliverer.wake()
                fresh = False
            except DocmillError as error:
                telemetry.outage("journal", error)
                fresh = True
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE_POLL_S):
                    await stop.wait()
        collecting.cancel()
        unsticking.cancel()
        await _drained(sending, deliverer)


async def _collect(collector: Collector, telemetry: PrometheusTelemetry) -> None:
    """Delete what nobody needs any more, now and then, until cancelled."""
    collected: Collected | None = None
    while True:
        await pause_before(collected)
        try:
            collected = await collector.collect()
        except DocmillError as error:
            telemetry.outage("collecting", error)
            collected = Collected()
        if collected:
            structlog.get_logger().info("collected", **asdict(collected))


async def _unstick(upkeep: Upkeep, telemetry: PrometheusTelemetry) -> None:
    """Make due what waits for a clock that was set back, until cancelled."""
    while True:
        await asyncio.sleep(UNSTICK_INTERVAL_S)
        try:
            late = await upkeep.unstick()
        except DocmillError as error:
            telemetry.outage("waiting messages", error)
            continue
        if late:
            structlog.get_logger().warning("clock_set_back", messages=late)


async def _once(
    platform: wiring.Platform, bookmark: Bookmark, telemetry: PrometheusTelemetry, *, fresh: bool
) -> bool:
    """Order all that is committed and tell it; return whether there was anything."""
    while await platform.journal.sequence():
        fresh = True
    if fresh:
        await follow(platform.journal, bookmark, telemetry)
    return fresh


async def _drained(sending: asyncio.Task[None], deliverer: Deliverer) -> None:
    """What a receiver has not answered by then is sent again by the next process, with the same id."""
    deliverer.wake()
    await asyncio.wait([sending], timeout=DRAIN_WALL_S_MAX)
    sending.cancel()


if __name__ == "__main__":
    main()
