"""The API process: uvicorn on a socket that the supervisor keeps open while this process restarts."""

import asyncio
import socket
from collections.abc import Mapping
from datetime import UTC, datetime

from docmill import wiring
from docmill.adapters.telemetry import configure_logging, exposition
from docmill.domain.limits import API_CONNECTIONS_MAX, REQUESTS_DRAIN_WALL_S_MAX
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.processes import arguments
from docmill.settings import Settings, load_settings
from docmill.stages.flow import FLOW

_CLAIMING = tuple(stage.name for stage in FLOW if not stage.follows)


def main() -> None:
    given = arguments("socket")
    settings = load_settings()
    configure_logging(settings.log_level, process="api")
    asyncio.run(serve(settings, listener=socket.socket(fileno=int(given.socket))))


async def serve(settings: Settings, *, listener: socket.socket) -> None:
    """Answer requests until SIGTERM, then finish those that are begun."""
    import uvicorn

    async with wiring.platform(settings, connections_max=API_CONNECTIONS_MAX, embed_niceness=0) as platform:
        config = uvicorn.Config(
            create_app(services(platform, settings)),
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=REQUESTS_DRAIN_WALL_S_MAX,
        )
        await uvicorn.Server(config).serve(sockets=[listener])


def services(platform: wiring.Platform, settings: Settings) -> Services:
    async def metrics() -> str:
        folder = settings.metrics_folder
        there = folder if folder.is_dir() else None
        return (await exposition(platform.claims, folder=there, stages=_CLAIMING)).decode()

    async def health() -> Mapping[str, str]:
        return await wiring.health(platform)

    async def locks() -> Mapping[str, bool]:
        return await asyncio.to_thread(wiring.locks_on)

    return Services(
        store=platform.store,
        claims=platform.claims,
        blobs=platform.blobs,
        reader=platform.reader,
        catalog=platform.catalog,
        archive=platform.archive,
        index=platform.index,
        embedder=platform.embedder,
        tenancy=platform.tenancy,
        now=lambda: datetime.now(UTC),
        metrics=metrics,
        health=health,
        locks=locks,
    )


if __name__ == "__main__":
    main()
