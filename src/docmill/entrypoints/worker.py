"""A worker process: all stages that claim messages, the most urgent first."""

import asyncio
import signal
import socket

from docmill import wiring
from docmill.adapters.telemetry import configure_logging
from docmill.entrypoints.observing import observed, telemetry_of
from docmill.entrypoints.processes import arguments
from docmill.settings import Settings, load_settings
from docmill.stages.worker import Worker


def main() -> None:
    given = arguments("name")
    settings = load_settings()
    configure_logging(settings.log_level, process=given.name)
    asyncio.run(work(settings, name=given.name))


async def work(settings: Settings, *, name: str) -> None:
    """Work until SIGTERM."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    telemetry = telemetry_of(settings, process=name)
    async with (
        wiring.platform(settings, parts=telemetry, role="worker") as platform,
        observed(telemetry, platform.database),
    ):
        runner = wiring.runner(platform, telemetry)
        await Worker(runner, platform.claims, telemetry, holder(settings, name)).run(stop)


def holder(settings: Settings, name: str) -> str:
    """Who holds a claim: the same after a restart, and another one in a platform that shares the database."""
    return f"{name}@{socket.gethostname()}:{settings.home}"


if __name__ == "__main__":
    main()
