"""Many seeds in a process of its own. In a module of its own, since pytest imports test modules by other names."""

import asyncio
from collections.abc import Callable

import pytest
from tests.simulation.world import World

AT_ONCE = 100  # seeds that a process takes in hand


def without_a_clock(set_attribute: Callable[..., None]) -> None:
    def loop_time() -> float:
        return asyncio.get_running_loop().time()

    for module in ("runner", "worker"):
        set_attribute(f"docmill.stages.{module}.monotonic", loop_time)


def histories(first: int) -> list[str]:
    """Say of AT_ONCE seeds from ``first`` what was wrong."""
    patch = pytest.MonkeyPatch()
    without_a_clock(patch.setattr)
    try:
        return [
            f"seed {seed}: {wrong}" for seed in range(first, first + AT_ONCE) if (wrong := World(seed).run())
        ]
    finally:
        patch.undo()
