"""What `docmill top` knows: one look at the database and two at the numbers, compared."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from docmill.ports.sight import Holding, View

Labels = tuple[tuple[str, str], ...]
Numbers = Mapping[tuple[str, Labels], float]
"""Prometheus' samples: (name, sorted labels) → value."""


@dataclass(slots=True)
class Line:
    """A tenant in a stage. Rates are per second; ``cpu`` is CPU seconds per second."""

    tenant: str
    stage: str
    waiting: int = 0
    oldest_s: float = 0.0
    in_hand: int = 0
    dead: int = 0
    answered: float = 0.0
    errors: float = 0.0
    cpu: float = 0.0


@dataclass(slots=True)
class ProcessLine:
    name: str
    cpu: float = 0.0
    resident_bytes: float = 0.0
    children_bytes: float = 0.0


@dataclass(slots=True)
class Look:
    """Everything on the screen."""

    lines: list[Line]
    holding: list[Holding]
    processes: list[ProcessLine]
    requests: dict[str, float] = field(default_factory=dict)  # per second, by class of status
    in_flight: int = 0
    alarms: dict[str, float] = field(default_factory=dict)  # since the start, what an attack would look like
    unordered: int = 0
    unordered_s: float = 0.0
    connections: dict[str, int] = field(default_factory=dict)
    database_size_bytes: int = 0
    disk_free_bytes: int = 0


def measured(text: str) -> Numbers:
    """Read what `/metrics` answers."""
    from prometheus_client.parser import text_string_to_metric_families

    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def compared(view: View, before: Numbers, after: Numbers, *, elapsed_s: float) -> Look:
    """``before`` and ``after`` are ``elapsed_s`` apart."""
    rates = {key: max(value - before.get(key, 0.0), 0.0) / elapsed_s for key, value in after.items()}
    look = Look(
        lines=_lines(view, rates),
        holding=list(view.holding),
        processes=_processes(after, rates),
        in_flight=round(_total(after, "docmill_requests_in_flight")),
        unordered=view.unordered,
        unordered_s=view.unordered_s,
        connections=dict(view.connections),
        database_size_bytes=view.database_size_bytes,
        disk_free_bytes=round(_total(after, "docmill_disk_free_bytes")),
    )
    for (name, labels), rate in rates.items():
        if name == "docmill_requests_total":
            status = dict(labels)["status"]
            look.requests[status] = look.requests.get(status, 0.0) + rate
    look.alarms = {
        "credentials refused": _total(after, "docmill_credentials_refused_total"),
        "foreign ids": _total(after, "docmill_foreign_ids_total"),
        "locks fired": _total(after, "docmill_locks_fired_total"),
        "files refused": _total(after, "docmill_blobs_refused_total"),
        "leases lost": _total(after, "docmill_leases_lost_total"),
        "outages": _total(after, "docmill_outages_total"),
    }
    return look


def to_json(look: Look) -> dict[str, Any]:
    told = asdict(look)
    told["holding"] = [{**each, "document": str(each["document"])} for each in told["holding"]]
    return told


def _lines(view: View, rates: Numbers) -> list[Line]:
    lines: dict[tuple[str, str], Line] = {}

    def line(tenant: str, stage: str) -> Line:
        return lines.setdefault((tenant, stage), Line(tenant, stage))

    for each in view.waiting:
        found = line(each.tenant, each.stage)
        found.waiting, found.oldest_s = each.messages, each.oldest_s
    for held in view.holding:
        line(held.tenant, held.stage).in_hand += 1
    for (stage, tenant), count in view.dead.items():
        line(tenant, stage).dead = count
    for (name, labels), rate in rates.items():
        told = dict(labels)
        if not rate or "stage" not in told or "tenant" not in told:
            continue
        if name == "docmill_messages_total":
            line(told["tenant"], told["stage"]).answered += rate
        elif name == "docmill_errors_total":
            line(told["tenant"], told["stage"]).errors += rate
        elif name == "docmill_cpu_seconds_total":
            line(told["tenant"], told["stage"]).cpu += rate
    return sorted(lines.values(), key=lambda each: (-each.oldest_s, -each.cpu, each.tenant, each.stage))


def _processes(after: Numbers, rates: Numbers) -> list[ProcessLine]:
    lines: dict[str, ProcessLine] = {}
    for (name, labels), value in after.items():
        told = dict(labels)
        if name == "docmill_process_resident_bytes":
            line = lines.setdefault(told["process"], ProcessLine(told["process"]))
            if told["part"] == "self":
                line.resident_bytes += value
            else:
                line.children_bytes += value
        elif name == "docmill_process_cpu_seconds_total":
            line = lines.setdefault(told["process"], ProcessLine(told["process"]))
            line.cpu += rates[name, labels]
    return [lines[name] for name in sorted(lines)]


def _total(numbers: Numbers, wanted: str) -> float:
    return sum(value for (name, _), value in numbers.items() if name == wanted)
