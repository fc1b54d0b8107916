"""The process that gives the journal its order, tells those who follow it, and collects what is left over."""

import asyncio
import signal
from contextlib import suppress
from dataclasses import asdict

import structlog

from docmill import wiring
from docmill.adapters.telemetry import PrometheusTelemetry, configure_logging
from docmill.domain.errors import DocmillError
from docmill.domain.limits import IDLE_POLL_S
from docmill.entrypoints.processes import arguments
from docmill.settings import Settings, load_settings
from docmill.stages.collect import Collected, Collector, pause_before
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
    telemetry = PrometheusTelemetry()
    async with wiring.platform(settings, connections_max=1) as platform, asyncio.TaskGroup() as beside:
        collecting = beside.create_task(_collect(wiring.collector(platform), telemetry))
        bookmark = wiring.bookmark(settings, "notify")
        fresh = True  # what was sequenced but not told when the last process ended
        while not stop.is_set():
            try:
                fresh = await _once(platform, bookmark, telemetry, fresh=fresh)
            except DocmillError as error:
                telemetry.outage("journal", error)
                fresh = True
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), IDLE_POLL_S)
        collecting.cancel()


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


async def _once(
    platform: wiring.Platform, bookmark: Bookmark, telemetry: PrometheusTelemetry, *, fresh: bool
) -> bool:
    """Order all that is committed and tell it; False, since then nothing is left to tell."""
    while await platform.journal.sequence():
        fresh = True
    if fresh:
        await follow(platform.journal, bookmark, telemetry)
    return False


if __name__ == "__main__":
    main()
