"""However many tenants, types and codes there are, the numbers stay few."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from docmill.adapters.telemetry.labels import OTHER, TenantNames
from docmill.domain.limits.seeing import METRIC_TENANTS_MAX, METRIC_TENANTS_WINDOW_S

SERIES_MAX = 3_000
CROWD = """
import asyncio, sys
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID
sys.path.insert(0, ".")
from tests.fakes import MemorySight
from docmill.adapters.telemetry import PrometheusTelemetry, catalogue, configure_logging, exposition
from docmill.domain.access import Refusal
from docmill.domain.documents import Claim
from docmill.domain.events import Event, EventType
from docmill.ports.sight import View, Waiting
from docmill.ports.telemetry import Done, Exchange, Lock

configure_logging("error", process="worker-1")
folder = Path(sys.argv[1])
if sys.argv[2:] == ["unbounded"]:
    from docmill.adapters.telemetry import labels, prometheus
    labels.TenantNames.label = lambda self, tenant: tenant
    labels.TenantNames.named = lambda self: frozenset(f"t{n}" for n in range(5000))
telemetry = PrometheusTelemetry(process="worker-1", folder=folder)
stages = ("read", "analyze", "validate", "archive", "index")
for number in range(5000):
    tenant = f"t{number}"
    stage = stages[number % 5]
    event = Event(UUID(int=number), EventType.DOCUMENT_REJECTED, tenant, UUID(int=2), UUID(int=3),
                  datetime.now(UTC), data={"code": f"made_up_{number}"})
    claim = Claim(stage, event, 1, 2, "w")
    done = Done(f"type_{number}", 1, 0.5, (0.5, 0.9), bool(number % 2))
    telemetry.answered(claim, wall_s=0.5, cpu_seconds=0.25, done=done)
    telemetry.failed(claim, code=f"made_up_{number}", final=True, error=None)
    telemetry.lost(claim)
    telemetry.told(event)
    telemetry.foreign(tenant)
    telemetry.delivered(tenant, outcome=f"made_up_{number}", wall_s=1)
    telemetry.blob_refused(f"made_up_{number}")
    telemetry.request_began()
    telemetry.request_ended(Exchange(f"M{number}", "", 404, 0.1, tenant=tenant, code=f"made_up_{number}"))
for reason in Refusal:
    telemetry.refused(reason)
for lock in Lock:
    telemetry.lock_fired(lock)
view = View([Waiting(stage, f"t{n}", n, float(n)) for n in range(5000) for stage in stages],
            dead={("read", f"t{n}"): 1 for n in range(5000)})
print(asyncio.run(exposition(MemorySight(view), folder=folder, stages=stages)).decode())
"""


def _crowd(folder: Path, *options: str) -> str:
    environment = {"PROMETHEUS_MULTIPROC_DIR": str(folder), "PYTHONPATH": "src:."}
    root = Path(__file__).parents[3]
    command = [sys.executable, "-c", CROWD, str(folder), *options]
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, check=True
    ).stdout


def _series(text: str) -> int:
    return sum(1 for line in text.splitlines() if line and not line.startswith("#"))


def test_five_thousand_tenants_with_types_and_codes_of_their_own_are_few_series(tmp_path: Path) -> None:
    text = _crowd(tmp_path)
    assert _series(text) <= SERIES_MAX
    assert "made_up" not in text
    assert "type_4" not in text
    assert 'docmill_backlog{stage="read",tenant="t4999"} 4999.0' in text
    assert f'docmill_backlog{{stage="read",tenant="{OTHER}"}}' in text
    assert f'docmill_backlog_age_seconds{{stage="read",tenant="{OTHER}"}} 4979.0' in text
    messages = sum(
        float(line.rpartition(" ")[2])
        for line in text.splitlines()
        if line.startswith("docmill_messages_total{")
    )
    assert messages == 5000  # the sum over all of them is still right


@pytest.mark.slow
def test_without_the_bound_there_are_more_series_than_anybody_would_keep(tmp_path: Path) -> None:
    assert _series(_crowd(tmp_path, "unbounded")) > 5 * SERIES_MAX


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_clearly_busier_tenant_takes_the_place_of_the_least_busy() -> None:
    clock = Clock()
    names = TenantNames(most=2, clock=clock)
    for tenant, times in (("idle", 1), ("steady", 10), ("busy", 30)):
        labels = Counter(names.label(tenant) for _ in range(times))
        assert labels == {OTHER if tenant == "busy" else tenant: times}
    clock.now += METRIC_TENANTS_WINDOW_S
    names.label("steady")
    assert names.named() == {"steady", "busy"}
    assert names.label("busy") == "busy"
    assert names.label("idle") == OTHER


def test_two_that_are_alike_do_not_change_places() -> None:
    clock = Clock()
    names = TenantNames(most=1, clock=clock)
    for _ in range(5):
        for tenant in ("one", "two"):
            for _ in range(10):
                names.label(tenant)
        clock.now += METRIC_TENANTS_WINDOW_S
    assert names.named() == {"one"}


def test_all_processes_of_a_platform_name_the_same_tenants(tmp_path: Path) -> None:
    one, two = TenantNames(tmp_path, most=3), TenantNames(tmp_path, most=3)
    for number in range(10):
        one.label(f"a{number}")
        two.label(f"b{number}")
    assert one.named() == two.named() == {"a0", "b0", "a1"}
    assert METRIC_TENANTS_MAX >= 10
