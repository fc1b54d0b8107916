"""The real stages, runner, worker, follower and collector through thousands of seeded histories of faults.

Clients cancel, erase, correct and process again; the database's clock jumps by an hour, and some documents
kill the worker that reads them. Nothing of it touches a clock: a seed that fails fails again, step for
step. `SEEDS` below are everyday's; `DOCMILL_TEST_LONG=1` runs ten times as many.
"""

import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import pytest
from tests.simulation.histories import AT_ONCE, histories, without_a_clock
from tests.simulation.planted import PLANTED
from tests.simulation.world import World

SEEDS = 20_000 if os.environ.get("DOCMILL_TEST_LONG") else 2_000
PLANTED_SEEDS = 400


@pytest.fixture(autouse=True)
def virtual_time(monkeypatch: pytest.MonkeyPatch) -> None:
    without_a_clock(monkeypatch.setattr)


@pytest.mark.slow
def test_no_history_of_crashes_stops_and_lost_replies_loses_or_doubles_anything() -> None:
    with ProcessPoolExecutor(2, mp_context=get_context("spawn")) as processes:
        wrong = [line for lines in processes.map(histories, range(0, SEEDS, AT_ONCE)) for line in lines]
    assert not wrong, "\n".join(wrong[:10])


def test_a_seed_repeats_its_history_step_by_step() -> None:
    told = set()
    for seed in range(20):
        first, second = World(seed), World(seed)
        assert first.run() == second.run()
        assert first.fingerprint == second.fingerprint
        told.add(first.fingerprint)
    assert len(told) == 20


def test_histories_are_full_of_faults() -> None:
    worlds = [World(seed) for seed in range(60)]
    for world in worlds:
        world.run()
    told = "\n".join(line for world in worlds for line in world.trace)
    faults = (" kill worker", " kill api", " stop worker", " deadly worker", " clock ", "lost on its way")
    assert all(told.count(what) >= 10 for what in faults), {what: told.count(what) for what in faults}
    assert all(len(world.wanted) >= 3 for world in worlds)


@pytest.mark.parametrize("plant", PLANTED, ids=lambda plant: plant.__name__)
def test_a_planted_bug_is_found_and_its_seed_finds_it_again(plant: Callable[[World], None]) -> None:
    for seed in range(PLANTED_SEEDS):
        wrong = World(seed, plant).run()
        if wrong:
            assert World(seed, plant).run() == wrong
            assert World(seed).run() == []
            return
    raise AssertionError(f"{plant.__name__} was not found in {PLANTED_SEEDS} histories")
