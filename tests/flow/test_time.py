"""Workers that are stopped beyond their lease, and clocks that jump by an hour: nothing is lost or doubled."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.brisk_worker import LEASE_S
from tests.flow.running import Running
from tests.flow.test_crash import TENANTS, chaos, replicas, started
from tests.flow.time_faults import Clock, Jumper, Stopper

__all__ = ["replicas"]

STOPS = 20


@pytest.fixture
def brisk(home: Path) -> Iterator[Running]:
    with started(home, "tests.flow.brisk_up") as running:
        yield running


@pytest.fixture
def clock(home: Path) -> Clock:
    return Clock(home)


@pytest.fixture
def shifted(home: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> Iterator[Running]:
    for name, value in clock.environment.items():
        monkeypatch.setenv(name, value)
    with started(home, "tests.flow.shifted_up") as running:
        yield running


async def test_workers_that_are_stopped_beyond_their_lease_lose_and_double_nothing(brisk: Running) -> None:
    stopper = Stopper(brisk, STOPS, for_s=LEASE_S + 0.5, seconds=STOPS * (LEASE_S + 1.0))
    assert await chaos(brisk, stopper, each=100, tenants=TENANTS) == []
    lost = brisk.said().count('"event": "lost"')
    print(f"{lost} answers came too late and were refused")
    assert lost >= STOPS / 2


async def test_a_clock_that_jumps_by_an_hour_loses_and_doubles_nothing(
    shifted: Running, clock: Clock
) -> None:
    jumper = Jumper(clock, every_s=5.0)
    assert await chaos(shifted, jumper, each=50, tenants=TENANTS) == []
