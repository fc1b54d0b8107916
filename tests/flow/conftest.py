"""A platform on a home of its own."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.flow.running import Running
from tests.homes import home_folder


@pytest.fixture
def home() -> Iterator[Path]:
    with home_folder() as folder:
        yield folder


@pytest.fixture
def running(home: Path) -> Iterator[Running]:
    """A platform that is up; what it said is shown when the test fails."""
    platform = Running(home)
    try:
        platform.start()
        yield platform
    finally:
        print(platform.said()[-4000:])
        platform.end()
