"""The API process: uvicorn on a socket that the supervisor keeps open while this process restarts."""

import asyncio
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import FrameType

import uvicorn
from fastapi import FastAPI

from docmill import wiring
from docmill.adapters.telemetry import configure_logging, exposition
from docmill.domain.limits.api import CONNECTION_IDLE_S_MAX, HEAD_BYTES_MAX
from docmill.domain.limits.machine import API_CONNECTIONS_MAX, API_CONNECTIONS_MIN, REQUESTS_DRAIN_WALL_S_MAX
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.admission import Disk
from docmill.entrypoints.api.services import Services
from docmill.entrypoints.guarded import Guarded
from docmill.entrypoints.observing import ForeignIds, observed, telemetry_of
from docmill.entrypoints.processes import arguments
from docmill.settings import Settings, load_settings
from docmill.stages.event_feed import EventFeed
from docmill.stages.flow import FLOW

_CLAIMING = tuple(stage.name for stage in FLOW if not stage.follows)


def main() -> None:
    given = arguments("socket", "name")
    settings = load_settings()
    configure_logging(settings.log_level, process=given.name)
    asyncio.run(serve(settings, listener=socket.socket(fileno=int(given.socket)), name=given.name))


async def serve(settings: Settings, *, listener: socket.socket, name: str = "api-1") -> None:
    """Answer requests until SIGTERM, then finish those that are begun."""
    telemetry = telemetry_of(settings, process=name)
    async with (
        wiring.platform(
            settings,
            connections_max=_connections_max(settings),
            embed_niceness=0,
            parts=telemetry,
            role="api",
        ) as platform,
        observed(telemetry, platform.database),
        _beside(ForeignIds(platform.sight, telemetry)) as foreign,
    ):
        given = services(platform, settings)
        seen = replace(given, traffic=telemetry, alarms=telemetry, missed=foreign.missed)
        await _Server(config_of(create_app(seen), name=name), given.feed).serve(sockets=[listener])


class _Server(uvicorn.Server):
    """Ends the event streams when it is told to stop: they would not end by themselves."""

    def __init__(self, config: uvicorn.Config, feed: EventFeed) -> None:
        super().__init__(config)
        self._feed = feed

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._feed.end()
        super().handle_exit(sig, frame)


def config_of(app: FastAPI, *, name: str) -> uvicorn.Config:
    """``name`` is told with every answer: which of several processes it was."""
    return uvicorn.Config(
        app,
        http=Guarded,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        headers=[("X-Served-By", name)],
        h11_max_incomplete_event_size=HEAD_BYTES_MAX,
        timeout_keep_alive=CONNECTION_IDLE_S_MAX,
        timeout_graceful_shutdown=REQUESTS_DRAIN_WALL_S_MAX,
    )


def _connections_max(settings: Settings) -> int:
    """Many processes share what the database has for all of them."""
    return max(
        API_CONNECTIONS_MIN, min(API_CONNECTIONS_MAX, 2 * API_CONNECTIONS_MAX // settings.api_processes)
    )


@asynccontextmanager
async def _beside(foreign: ForeignIds) -> AsyncIterator[ForeignIds]:
    """Look up beside the requests."""
    running = asyncio.create_task(foreign.run())
    try:
        yield foreign
    finally:
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def services(platform: wiring.Platform, settings: Settings) -> Services:
    async def metrics() -> str:
        folder = settings.metrics_folder
        there = folder if folder.is_dir() else None
        told = await exposition(platform.sight, folder=there, stages=_CLAIMING, home=settings.home)
        return told.decode()

    async def health() -> Mapping[str, str]:
        return await wiring.health(platform)

    async def locks() -> Mapping[str, bool]:
        return await asyncio.to_thread(wiring.locks_on)

    return Services(
        store=platform.store,
        operations=platform.operations,
        batches=platform.batches,
        claims=platform.claims,
        blobs=platform.blobs,
        reader=platform.reader,
        reviews=platform.reviews,
        catalog=platform.catalog,
        archive=platform.archive,
        index=platform.index,
        embedder=platform.embedder,
        tenancy=platform.tenancy,
        identity=platform.identity,
        letters=platform.letters,
        retention=platform.retention,
        webhooks=platform.webhooks,
        sender=platform.sender,
        feed=EventFeed(platform.journal, platform.history),
        now=lambda: datetime.now(UTC),
        metrics=metrics,
        health=health,
        locks=locks,
        metrics_token=settings.metrics_token,
        quotas=platform.quotas,
        ledger=platform.ledger,
        spend=platform.ledger.spend,
        queue_wait_s=settings.queue_wait_s,
        disk_is_low=Disk(wiring.blob_folder(settings)).is_low,
    )


if __name__ == "__main__":
    main()
