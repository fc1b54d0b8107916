"""What every process of a platform tells of itself, and the look-ups that nobody waits for."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from docmill.adapters.telemetry import PrometheusTelemetry
from docmill.domain.errors import DocmillError
from docmill.domain.events import DocumentId
from docmill.domain.limits.seeing import FOREIGN_LOOKUP_PAUSE_S, FOREIGN_LOOKUPS_WAITING_MAX, PULSE_S
from docmill.domain.tenants import TenantId
from docmill.ports.sight import Sight
from docmill.ports.telemetry import Alarms
from docmill.settings import Settings

if TYPE_CHECKING:
    from docmill.adapters.postgres.database import Database
    from docmill.adapters.telemetry.spans import Sink, SpanRecorder


def telemetry_of(settings: Settings, *, process: str) -> PrometheusTelemetry:
    """Numbers always; spans where the settings name somebody who keeps them."""
    folder = settings.metrics_folder
    return PrometheusTelemetry(
        process=process,
        folder=folder if folder.is_dir() else None,
        spans=_spans(settings, process),
    )


def _spans(settings: Settings, process: str) -> "SpanRecorder | None":
    sinks: list[Sink] = []
    if settings.otlp_url:
        from docmill.adapters.telemetry.otlp import OtlpCollector

        sinks.append(OtlpCollector(settings.otlp_url, process=process))
    if settings.traces == "file":
        from docmill.adapters.telemetry.span_files import SpanFile

        sinks.append(SpanFile(settings.traces_folder, process=process))
    if not sinks:
        return None
    from docmill.adapters.telemetry.spans import SpanRecorder

    return SpanRecorder(sinks)


@asynccontextmanager
async def observed(telemetry: PrometheusTelemetry, database: "Database") -> AsyncIterator[None]:
    """Tell now and then what the process waits for; hand over what is left at the end."""
    beating = asyncio.create_task(_beat(telemetry, database))
    try:
        yield
    finally:
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        await asyncio.to_thread(telemetry.close)


async def _beat(telemetry: PrometheusTelemetry, database: "Database") -> None:
    while True:
        await asyncio.sleep(PULSE_S)
        waits, wait_s = database.waits()
        telemetry.pulse(pool_waits=waits, pool_wait_s=wait_s)


def with_metrics_token(settings: Settings) -> Settings:
    """Fill in the token that `/metrics` asks for: the one of the last time, or a new one."""
    if settings.metrics_token:
        return settings
    file = settings.metrics_token_file
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(f"{secrets.token_urlsafe(32)}\n", encoding="ascii")
    return replace(settings, metrics_token=file.read_text(encoding="ascii").strip())


class ForeignIds:
    """Looks up later whose the ids were that somebody was told are absent.

    Whoever asked has his answer by then, and it is done for every such id: neither the answer nor the time
    that it took tells an absent id from another tenant's. When too many wait, further ones are not looked up.
    """

    def __init__(self, sight: Sight, alarms: Alarms) -> None:
        self._sight, self._alarms = sight, alarms
        self._waiting: asyncio.Queue[tuple[TenantId, DocumentId]] = asyncio.Queue(FOREIGN_LOOKUPS_WAITING_MAX)

    def missed(self, tenant: str, document: str) -> None:
        """``tenant`` was answered 404 for ``document``."""
        with suppress(asyncio.QueueFull):
            self._waiting.put_nowait((TenantId(tenant), DocumentId(UUID(document))))

    async def run(self) -> None:
        """Look them up one by one, until cancelled."""
        while True:
            tenant, document = await self._waiting.get()
            await asyncio.sleep(FOREIGN_LOOKUP_PAUSE_S)
            with suppress(DocmillError):  # an outage: it is only counted
                if await self._sight.owner(document) not in (None, tenant):
                    self._alarms.foreign(tenant)
