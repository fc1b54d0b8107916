"""JSON logs by structlog and numbers for Prometheus. No content of documents reaches either.

The processes of one platform share their numbers through prometheus-client's multiprocess files
(`PROMETHEUS_MULTIPROC_DIR`, set by whoever starts the processes): an update is a write to mapped
memory, and the API process adds them up when `/metrics` is asked for.
"""

import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

import structlog

from docmill.domain.documents import Claim
from docmill.domain.errors import DocmillError
from docmill.domain.events import Event
from docmill.domain.limits import OUTAGE_TOLD_S
from docmill.domain.tenants import TenantId
from docmill.ports.claims import Claims

if TYPE_CHECKING:
    from prometheus_client.core import GaugeMetricFamily

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

_BUCKETS_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


def configure_logging(level: str, *, process: str) -> None:
    """Write JSON lines to stderr from here on; what libraries log goes the same way from WARNING up."""
    least = logging.getLevelNamesMapping()[level.upper()]
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(least),
        logger_factory=structlog.WriteLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    logging.basicConfig(level=max(least, logging.WARNING), handlers=[_Forwarding()], force=True)
    # It warns at every try to connect, several times a second; an outage of the database is told once.
    logging.getLogger("psycopg.pool").setLevel(logging.ERROR)


class _Forwarding(logging.Handler):
    """Hands on which library logged where, without its text, which might quote a document."""

    def emit(self, record: logging.LogRecord) -> None:
        structlog.get_logger().log(record.levelno, "library", logger=record.name, line=record.lineno)


class PrometheusTelemetry:
    """``Telemetry`` for the runner, ``Listener`` for the journal."""

    def __init__(self) -> None:
        from prometheus_client import CollectorRegistry, Counter, Histogram

        registry = CollectorRegistry()
        labels = ("stage", "tenant")
        self._log = structlog.get_logger()
        self._outages_told: dict[str, float] = {}  # what does not answer, and when that was logged
        self._messages = Counter("docmill_messages", "Messages answered.", labels, registry=registry)
        self._seconds = Histogram(
            "docmill_stage_seconds",
            "Wall seconds of a message.",
            labels,
            registry=registry,
            buckets=_BUCKETS_S,
        )
        self._cpu = Counter(
            "docmill_cpu_seconds", "CPU seconds of messages, children included.", labels, registry=registry
        )
        self._errors = Counter("docmill_errors", "Tries that failed.", (*labels, "code"), registry=registry)
        self._ends = Counter(
            "docmill_documents",
            "Documents by what became of them.",
            ("tenant", "event", "code"),
            registry=registry,
        )
        self._outages = Counter(
            "docmill_outages", "Calls that a server did not answer.", ("what",), registry=registry
        )

    def answered(self, claim: Claim, *, wall_s: float, cpu_seconds: float) -> None:
        tenant = claim.event.tenant
        self._messages.labels(claim.stage, tenant).inc()
        self._seconds.labels(claim.stage, tenant).observe(wall_s)
        self._cpu.labels(claim.stage, tenant).inc(cpu_seconds)
        self._log.info("answered", **_ids(claim), wall_s=round(wall_s, 4), cpu_s=round(cpu_seconds, 4))

    def failed(self, claim: Claim, *, code: str, final: bool, error: BaseException | None) -> None:
        self._errors.labels(claim.stage, claim.event.tenant, code).inc()
        told = {**_ids(claim), "code": str(code), "attempt": claim.attempt, **_frames(error)}
        if final:
            self._log.error("dead_letter", **told)
        else:
            self._log.warning("failed", **told)

    def lost(self, claim: Claim) -> None:
        self._log.info("lost", **_ids(claim))

    def outage(self, what: str, error: BaseException) -> None:
        self._outages.labels(what).inc()
        told, now = self._outages_told.get(what), monotonic()
        if told is None or now - told >= OUTAGE_TOLD_S:
            self._outages_told[what] = now
            self._log.warning("outage", what=what, error=type(error).__name__)

    def told(self, event: Event) -> None:
        code = event.data.get("code")
        self._ends.labels(event.tenant, event.type.value, "" if code is None else str(code)).inc()


def _ids(claim: Claim) -> dict[str, Any]:
    event = claim.event
    return {
        "stage": claim.stage,
        "tenant": event.tenant,
        "document": str(event.document),
        "message": str(event.id),
        "trace": event.trace,
    }


def _frames(error: BaseException | None) -> dict[str, Any]:
    """Where an unexpected error came from; its text may quote a document and stays out."""
    if error is None or isinstance(error, DocmillError):
        return {}
    frames = traceback.extract_tb(error.__traceback__)[-6:]
    return {
        "error": type(error).__name__,
        "frames": [f"{Path(frame.filename).name}:{frame.lineno}:{frame.name}" for frame in frames],
    }


async def exposition(claims: Claims, *, folder: Path | None, stages: Sequence[str] = ()) -> bytes:
    """Return what `/metrics` answers: the numbers of all processes, and the backlog as it is now.

    ``folder`` is where the processes put their numbers; it exists. Each of ``stages`` has a sample of 0
    of no tenant, so that an alert over its sum has something to look at while nothing waits. Raises
    Unavailable.
    """
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.multiprocess import MultiProcessCollector

    registry = CollectorRegistry()
    if folder is not None:
        MultiProcessCollector(registry, path=str(folder))  # type: ignore[no-untyped-call]
    registry.register(_Fixed(await _backlog(claims, stages)))
    return generate_latest(registry)


class _Fixed:
    """A collector of numbers that are known already."""

    def __init__(self, families: "list[GaugeMetricFamily]") -> None:
        self._families = families

    def collect(self) -> "list[GaugeMetricFamily]":
        return self._families


async def _backlog(claims: Claims, stages: Sequence[str]) -> "list[GaugeMetricFamily]":
    from prometheus_client.core import GaugeMetricFamily

    labels = ("stage", "tenant")
    waiting = GaugeMetricFamily("docmill_backlog", "Messages waiting or worked on.", labels=labels)
    oldest = GaugeMetricFamily("docmill_backlog_age_seconds", "Age of the oldest of them.", labels=labels)
    for (stage, tenant), (count, age_s) in (await claims.backlog()).items():
        waiting.add_metric((stage, tenant), count)
        oldest.add_metric((stage, tenant), age_s)
    dead = GaugeMetricFamily("docmill_dead_letters", "Messages that were given up on.", labels=labels)
    counts: dict[tuple[str, TenantId], int] = {}
    for letter in await claims.dead_letters():
        counts[letter.stage, letter.tenant] = counts.get((letter.stage, letter.tenant), 0) + 1
    for labelled, count in counts.items():
        dead.add_metric(labelled, count)
    for family in (waiting, oldest, dead):
        for stage in stages:
            family.add_metric((stage, ""), 0)
    return [waiting, oldest, dead]
