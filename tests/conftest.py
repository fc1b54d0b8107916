"""What every test may ask for."""

import os
from pathlib import Path

import pytest


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """`make test-long` runs what is marked as long too."""
    if os.environ.get("DOCMILL_TEST_LONG"):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


@pytest.fixture(scope="session")
def eval_dir() -> Path:
    """The labelled documents beside the checkout (`DOCMILL_EVAL`, else `../shared/eval`); in CI they must be there."""
    path = Path(os.environ.get("DOCMILL_EVAL", Path(__file__).parents[2] / "shared" / "eval"))
    if not path.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the labelled documents at {path}")
        pytest.skip(f"no labelled documents at {path}: set DOCMILL_EVAL to their folder")
    return path


@pytest.fixture(scope="session")
def hostile_dir() -> Path:
    """The corpus beside the checkout (`DOCMILL_HOSTILE`, else `../shared/hostile`); in CI it must be there."""
    path = Path(os.environ.get("DOCMILL_HOSTILE", Path(__file__).parents[2] / "shared" / "hostile"))
    if not path.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the hostile files at {path}")
        pytest.skip(f"no hostile files at {path}: set DOCMILL_HOSTILE to their folder")
    return path


@pytest.fixture(scope="session")
def vectors_dir() -> Path:
    """The test vectors beside the checkout (`DOCMILL_VECTORS`, else `../shared/vectors`); in CI they must be there."""
    path = Path(os.environ.get("DOCMILL_VECTORS", Path(__file__).parents[2] / "shared" / "vectors"))
    if not path.is_dir():
        if os.environ.get("CI"):
            pytest.fail(f"CI needs the test vectors at {path}")
        pytest.skip(f"no test vectors at {path}: set DOCMILL_VECTORS to their folder")
    return path
