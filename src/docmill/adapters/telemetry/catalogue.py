"""Every number that docmill gives to Prometheus: docs/metrics.md is made from this, the alert rules and
dashboards are checked against it."""

from dataclasses import dataclass
from enum import StrEnum

_WORK_S = (0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)
_REQUEST_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10, 60)
_SHARES = (0.1, 0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99, 1.0)


class Kind(StrEnum):
    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


class Origin(StrEnum):
    """Counted by the processes as things happen, or asked of database and machine at each scrape."""

    COUNTED = "counted"
    ASKED = "asked"


@dataclass(frozen=True, slots=True)
class Metric:
    """``name`` is without the ``_total`` that Prometheus sees of a counter."""

    name: str
    kind: Kind
    says: str
    labels: tuple[str, ...] = ()
    buckets: tuple[float, ...] = ()
    origin: Origin = Origin.COUNTED

    @property
    def series(self) -> tuple[str, ...]:
        """The names that a query may use."""
        if self.kind is Kind.COUNTER:
            return (f"{self.name}_total",)
        if self.kind is Kind.HISTOGRAM:
            return (f"{self.name}_bucket", f"{self.name}_sum", f"{self.name}_count")
        return (self.name,)


def _counter(name: str, says: str, *labels: str) -> Metric:
    return Metric(f"docmill_{name}", Kind.COUNTER, says, labels)


def _histogram(name: str, says: str, buckets: tuple[float, ...], *labels: str) -> Metric:
    return Metric(f"docmill_{name}", Kind.HISTOGRAM, says, labels, buckets)


def _asked(name: str, says: str, *labels: str) -> Metric:
    return Metric(f"docmill_{name}", Kind.GAUGE, says, labels, origin=Origin.ASKED)


# The work
MESSAGES = _counter("messages", "Messages answered.", "stage", "tenant", "type")
STAGE_SECONDS = _histogram("stage_seconds", "Wall seconds of a message.", _WORK_S, "stage", "tenant")
CPU_SECONDS = _counter(
    "cpu_seconds", "CPU seconds of messages, children included.", "stage", "tenant", "type"
)
PAGES = _counter("pages", "Pages read.", "tenant")
ERRORS = _counter("errors", "Tries that failed.", "stage", "tenant", "code")
LEASES_LOST = _counter("leases_lost", "Messages that another worker took over.", "stage")
DOCUMENTS = _counter("documents", "Documents by what became of them.", "tenant", "event", "code")
DECISIONS = _counter(
    "decisions", "Results that were accepted, or wait for a person.", "tenant", "type", "decision"
)
TYPE_CONFIDENCE = _histogram("type_confidence", "How sure the classification was.", _SHARES, "tenant", "type")
FIELD_CONFIDENCE = _histogram(
    "field_confidence", "How sure the value of a field was.", _SHARES, "tenant", "type"
)
OUTAGES = _counter("outages", "Calls that a server did not answer.", "what")

# The API
REQUESTS = _counter(
    "requests", "Requests by route template and class of status.", "method", "route", "status"
)
REQUEST_SECONDS = _histogram("request_seconds", "Until the answer had been sent.", _REQUEST_S, "route")
REQUESTS_IN_FLIGHT = Metric("docmill_requests_in_flight", Kind.GAUGE, "Requests that are not answered yet.")
PROBLEMS = _counter(
    "problems", "Requests answered with an error: rate_limited, busy and the others.", "tenant", "code"
)
WEBHOOKS = _counter("webhook_deliveries", "Webhooks by what became of the try.", "tenant", "outcome")
WEBHOOK_SECONDS = _histogram("webhook_seconds", "How long a try took.", _REQUEST_S)

# What an attack would look like
REFUSED = _counter("credentials_refused", "Keys and tokens that were refused.", "reason")
FOREIGN_IDS = _counter(
    "foreign_ids", "Ids asked for that are another tenant's, as far as they were looked up.", "tenant"
)
LOCKS_FIRED = _counter("locks_fired", "Files that were stopped by a lock or limit of their reader.", "lock")
BLOBS_REFUSED = _counter("blobs_refused", "Files that were not taken, or are not what they were.", "code")

# The machinery
POOL_WAITS = _counter("pool_waits", "Times that somebody waited for a database connection.", "process")
POOL_WAIT_SECONDS = _counter("pool_wait_seconds", "How long, in all.", "process")

BACKLOG = _asked("backlog", "Messages waiting or worked on.", "stage", "tenant")
BACKLOG_AGE = _asked("backlog_age_seconds", "Age of the oldest of them.", "stage", "tenant")
DEAD_LETTERS = _asked("dead_letters", "Messages that were given up on.", "stage", "tenant")
HELD = _asked("held", "Messages that a worker has in hand.", "stage")
JOURNAL_UNORDERED = _asked("journal_unordered", "Events that have no position yet.")
JOURNAL_LAG = _asked("journal_lag_seconds", "Age of the oldest of them.")
WEBHOOKS_WAITING = _asked("webhooks_waiting", "Webhooks that their receivers have not taken yet.")
WEBHOOKS_AGE = _asked("webhooks_age_seconds", "Age of the oldest of them.")
CONNECTIONS = _asked("database_connections", "Connections to the database.", "state")
DATABASE_SIZE = _asked("database_size_bytes", "Size of the database.")
DISK_FREE = _asked("disk_free_bytes", "Free room where docmill keeps its data.")
DISK_SIZE = _asked("disk_size_bytes", "Room there in all.")
PROCESS_CPU = Metric(
    "docmill_process_cpu_seconds",
    Kind.COUNTER,
    "CPU seconds of a process and all that it has started.",
    ("process",),
    origin=Origin.ASKED,
)
RESIDENT = _asked(
    "process_resident_bytes", "Resident memory of a process, and of its children together.", "process", "part"
)
BUILD = _asked("build_info", "Always 1.", "version")

METRICS: tuple[Metric, ...] = tuple(each for each in tuple(globals().values()) if isinstance(each, Metric))
"""All of them, in the order of this page."""
