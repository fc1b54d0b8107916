"""What `/metrics` answers: what the processes have counted, and what is asked at each scrape."""

import shutil
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docmill
from docmill.adapters.telemetry import catalogue as metric
from docmill.adapters.telemetry.catalogue import Kind, Metric
from docmill.adapters.telemetry.labels import OTHER, TenantNames
from docmill.adapters.telemetry.processes import Process, dead_writers, platform_processes
from docmill.domain.limits.seeing import METRIC_TENANTS_MAX
from docmill.ports.sight import Sight, View

if TYPE_CHECKING:
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    Family = CounterMetricFamily | GaugeMetricFamily

_Labelled = dict[tuple[str, ...], float]
_Samples = dict[Metric, _Labelled]


async def exposition(
    sight: Sight, *, folder: Path | None, stages: Sequence[str] = (), home: Path | None = None
) -> bytes:
    """Return the numbers of all processes, and the backlog as it is now, as Prometheus' text.

    ``folder`` is where the processes put their numbers; it exists. Each of ``stages`` has a sample of 0
    of no tenant, so that an alert over its sum has something to look at while nothing waits. ``home`` is
    the folder whose disk is looked at. Raises Unavailable.
    """
    from prometheus_client import CollectorRegistry, generate_latest

    asked = _asked(await sight.look(), stages)
    asked |= _of_this_machine(folder, home)
    registry = CollectorRegistry()
    if folder is not None:
        registry.register(_Counted(folder))
    registry.register(_Fixed([_family(known, samples) for known, samples in asked.items()]))
    return generate_latest(registry)


class _Fixed:
    """A collector of numbers that are known already."""

    def __init__(self, families: "list[Family]") -> None:
        self._families = families

    def collect(self) -> "list[Family]":
        return self._families


class _Counted:
    """What the processes have counted, without the tenants that have made room for busier ones: those would
    be counted on from where they were, should they come back."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def collect(self) -> Iterable[Any]:
        from prometheus_client import CollectorRegistry
        from prometheus_client.multiprocess import MultiProcessCollector

        for path in dead_writers(self._folder):
            path.unlink(missing_ok=True)
        told = {*TenantNames(self._folder).named(), OTHER, ""}
        collector = MultiProcessCollector(CollectorRegistry(), path=str(self._folder))  # type: ignore[no-untyped-call]
        for family in collector.collect():  # type: ignore[no-untyped-call]
            family.samples = [each for each in family.samples if each.labels.get("tenant", "") in told]
            yield family


def _family(known: Metric, samples: _Labelled) -> "Family":
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily

    kind = CounterMetricFamily if known.kind is Kind.COUNTER else GaugeMetricFamily
    family = kind(known.name, known.says, labels=known.labels)
    for labels, value in samples.items():
        family.add_metric(labels, value)
    return family


def _asked(view: View, stages: Sequence[str]) -> _Samples:
    none: _Labelled = {(stage, ""): 0.0 for stage in stages}
    waiting: _Labelled = {(each.stage, each.tenant): float(each.messages) for each in view.waiting}
    oldest: _Labelled = {(each.stage, each.tenant): each.oldest_s for each in view.waiting}
    dead: _Labelled = {key: float(count) for key, count in view.dead.items()}
    busiest = _busiest([waiting, dead])
    held: _Labelled = {(stage,): 0.0 for stage in stages}
    for each in view.holding:
        held[each.stage,] = held.get((each.stage,), 0.0) + 1
    return {
        metric.BACKLOG: none | _folded(waiting, busiest, sum),
        metric.BACKLOG_AGE: none | _folded(oldest, busiest, max),
        metric.DEAD_LETTERS: none | _folded(dead, busiest, sum),
        metric.HELD: held,
        metric.JOURNAL_UNORDERED: {(): float(view.unordered)},
        metric.JOURNAL_LAG: {(): view.unordered_s},
        metric.WEBHOOKS_WAITING: {(): float(view.webhooks)},
        metric.WEBHOOKS_AGE: {(): view.webhooks_s},
        metric.CONNECTIONS: {(state,): float(count) for state, count in view.connections.items()},
        metric.DATABASE_SIZE: {(): float(view.database_size_bytes)},
        metric.BUILD: {(docmill.__version__,): 1.0},
    }


def _of_this_machine(folder: Path | None, home: Path | None) -> _Samples:
    processes = [] if folder is None else platform_processes(folder)
    told: _Samples = {
        metric.PROCESS_CPU: {(each.name,): each.cpu_seconds for each in processes},
        metric.RESIDENT: _resident(processes),
    }
    if home is not None and home.is_dir():
        usage = shutil.disk_usage(home)
        told |= {metric.DISK_FREE: {(): float(usage.free)}, metric.DISK_SIZE: {(): float(usage.total)}}
    return told


def _resident(processes: Iterable[Process]) -> _Labelled:
    told: _Labelled = {}
    for each in processes:
        told[each.name, "self"] = float(each.resident_bytes)
        told[each.name, "children"] = float(each.children_resident_bytes)
    return told


def _busiest(counts: Iterable[_Labelled]) -> frozenset[str]:
    """Of numbers that are asked anew each time, the busiest of the moment are told by name."""
    totals: dict[str, float] = {}
    for each in counts:
        for (*_, tenant), count in each.items():
            totals[tenant] = totals.get(tenant, 0.0) + count
    return frozenset(nlargest(METRIC_TENANTS_MAX, totals, key=lambda tenant: (totals[tenant], tenant)))


def _folded(
    samples: _Labelled,
    named: frozenset[str],
    together: Callable[[list[float]], float],
) -> _Labelled:
    found: dict[tuple[str, ...], list[float]] = {}
    for (stage, tenant), value in samples.items():
        found.setdefault((stage, tenant if tenant in named else OTHER), []).append(value)
    return {key: together(values) for key, values in found.items()}
