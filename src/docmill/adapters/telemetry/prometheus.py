"""Numbers for Prometheus, and one line of the log for what somebody may want to look up.

The processes of one platform share their numbers through prometheus-client's multiprocess files
(`PROMETHEUS_MULTIPROC_DIR`, set by whoever starts the processes): an update is a write to mapped
memory, and an API process adds them up when `/metrics` is asked for.
"""

from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from docmill.adapters.telemetry import catalogue as metric
from docmill.adapters.telemetry.labels import (
    OTHER,
    TenantNames,
    code_label,
    method_label,
    outcome_label,
    type_label,
)
from docmill.adapters.telemetry.lean_structlog import structlog
from docmill.adapters.telemetry.logs import frames, ids
from docmill.adapters.telemetry.spans import SpanRecorder
from docmill.adapters.telemetry.tracing import Tracing
from docmill.domain.access import Refusal
from docmill.domain.documents import Claim
from docmill.domain.events import Event
from docmill.domain.limits.machine import OUTAGE_TOLD_S
from docmill.domain.tenants import TenantId
from docmill.engines.types import NAMES
from docmill.ports.telemetry import NOTHING, Attributes, Done, Exchange, Lock

if TYPE_CHECKING:
    from prometheus_client import Counter, Gauge, Histogram

    from docmill.adapters.telemetry.catalogue import Metric

_SHIPPED = frozenset(NAMES)


class PrometheusTelemetry:
    """``Telemetry`` for the runner, ``Listener`` for the journal, ``Parts`` for the reader, ``Alarms``,
    ``Traffic`` and ``WebhookTelling``. ``folder`` is where the processes of the platform share names."""

    def __init__(
        self, *, process: str = "", folder: Path | None = None, spans: SpanRecorder | None = None
    ) -> None:
        from prometheus_client import CollectorRegistry

        self._registry = CollectorRegistry()
        self._made: dict[str, Any] = {}
        self._log = structlog.get_logger()
        self._process = process
        self._outages_told: dict[str, float] = {}  # what does not answer, and when that was logged
        self._tenants = TenantNames(folder)
        self._tracing = Tracing(spans)
        self._pool_told = (0, 0)
        for known in metric.METRICS:
            if known.origin is metric.Origin.COUNTED:
                self._made[known.name] = self._make(known)

    def close(self) -> None:
        """Hand over the spans that wait."""
        self._tracing.close()

    # Telemetry

    def began(self, claim: Claim) -> None:
        self._tracing.began(claim)

    def answered(self, claim: Claim, *, wall_s: float, cpu_seconds: float, done: Done = NOTHING) -> None:
        tenant, kind = self._tenants.label(claim.event.tenant), type_label(done.type_name, _SHIPPED)
        self._counter(metric.MESSAGES, claim.stage, tenant, kind).inc()
        self._histogram(metric.STAGE_SECONDS, claim.stage, tenant).observe(wall_s)
        self._counter(metric.CPU_SECONDS, claim.stage, tenant, kind).inc(cpu_seconds)
        if done.pages:
            self._counter(metric.PAGES, tenant).inc(done.pages)
        if done.accepted is not None:
            decision = "accepted" if done.accepted else "review"
            self._counter(metric.DECISIONS, tenant, kind, decision).inc()
        if done.type_confidence is not None:
            self._histogram(metric.TYPE_CONFIDENCE, tenant, kind).observe(done.type_confidence)
        if done.confidences:
            of_fields = self._histogram(metric.FIELD_CONFIDENCE, tenant, kind)
            for confidence in done.confidences:
                of_fields.observe(confidence)
        self._log.info("answered", **ids(claim), wall_s=round(wall_s, 4), cpu_s=round(cpu_seconds, 4))
        spent: Attributes = {"docmill.cpu_seconds": round(cpu_seconds, 4)}
        self._tracing.stage(claim, wall_s=wall_s, attributes=spent)

    def failed(self, claim: Claim, *, code: str, final: bool, error: BaseException | None) -> None:
        tenant = self._tenants.label(claim.event.tenant)
        self._counter(metric.ERRORS, claim.stage, tenant, code_label(str(code))).inc()
        told = {**ids(claim), "code": str(code), "attempt": claim.attempt, **frames(error)}
        if final:
            self._log.error("dead_letter", **told)
        else:
            self._log.warning("failed", **told)
        self._tracing.stage(claim, wall_s=0.0, attributes={"docmill.final": final}, code=str(code))

    def lost(self, claim: Claim) -> None:
        self._counter(metric.LEASES_LOST, claim.stage).inc()
        self._log.info("lost", **ids(claim))

    def outage(self, what: str, error: BaseException) -> None:
        self._counter(metric.OUTAGES, what).inc()
        told, now = self._outages_told.get(what), monotonic()
        if told is None or now - told >= OUTAGE_TOLD_S:
            self._outages_told[what] = now
            self._log.warning("outage", what=what, error=type(error).__name__)

    # Listener

    def told(self, event: Event) -> None:
        code = event.data.get("code")
        label = "" if code is None else code_label(str(code))
        self._counter(metric.DOCUMENTS, self._tenants.label(event.tenant), event.type.value, label).inc()
        self._tracing.told(event)

    # Parts

    def part(self, name: str, *, wall_s: float, attributes: Attributes) -> None:
        self._tracing.part(name, wall_s=wall_s, attributes=attributes)

    def lock_fired(self, lock: Lock) -> None:
        self._counter(metric.LOCKS_FIRED, lock.value).inc()
        self._log.warning("lock_fired", lock=lock.value)

    # Alarms

    def refused(self, reason: Refusal) -> None:
        self._counter(metric.REFUSED, reason.value).inc()

    def foreign(self, tenant: TenantId) -> None:
        self._counter(metric.FOREIGN_IDS, self._tenants.label(tenant)).inc()
        self._log.warning("foreign_id", tenant=tenant)

    def blob_refused(self, code: str) -> None:
        self._counter(metric.BLOBS_REFUSED, code_label(str(code))).inc()

    # Traffic

    def request_began(self) -> None:
        self._gauge(metric.REQUESTS_IN_FLIGHT).inc()

    def request_ended(self, exchange: Exchange) -> None:
        self._gauge(metric.REQUESTS_IN_FLIGHT).dec()
        route, status = exchange.route or OTHER, f"{exchange.status // 100}xx"
        self._counter(metric.REQUESTS, method_label(exchange.method), route, status).inc()
        self._histogram(metric.REQUEST_SECONDS, route).observe(exchange.wall_s)
        if exchange.code:
            tenant = self._tenants.label(exchange.tenant)
            self._counter(metric.PROBLEMS, tenant, code_label(exchange.code)).inc()
        self._tracing.request(exchange)

    # WebhookTelling

    def delivered(self, tenant: TenantId, *, outcome: str, wall_s: float) -> None:
        label = self._tenants.label(tenant)
        self._counter(metric.WEBHOOKS, label, outcome_label(str(outcome))).inc()
        self._histogram(metric.WEBHOOK_SECONDS).observe(wall_s)

    # The process itself

    def pulse(self, *, pool_waits: int, pool_wait_s: float) -> None:
        """Tell what this process has waited for since it began; called now and then."""
        waits, wait_ms = self._pool_told
        self._pool_told = (pool_waits, round(pool_wait_s * 1000))
        self._counter(metric.POOL_WAITS, self._process).inc(max(pool_waits - waits, 0))
        waited_s = max(pool_wait_s - wait_ms / 1000, 0.0)
        self._counter(metric.POOL_WAIT_SECONDS, self._process).inc(waited_s)

    def _make(self, known: "Metric") -> Any:
        from prometheus_client import Counter, Gauge, Histogram

        match known.kind:
            case metric.Kind.COUNTER:
                return Counter(known.name, known.says, known.labels, registry=self._registry)
            case metric.Kind.HISTOGRAM:
                return Histogram(
                    known.name, known.says, known.labels, registry=self._registry, buckets=known.buckets
                )
            case _:
                return Gauge(
                    known.name,
                    known.says,
                    known.labels,
                    registry=self._registry,
                    multiprocess_mode="livesum",
                )

    def _counter(self, known: "Metric", *labels: str) -> "Counter":
        made: Counter = self._made[known.name]
        return made.labels(*labels) if labels else made

    def _histogram(self, known: "Metric", *labels: str) -> "Histogram":
        made: Histogram = self._made[known.name]
        return made.labels(*labels) if labels else made

    def _gauge(self, known: "Metric") -> "Gauge":
        made: Gauge = self._made[known.name]
        return made
