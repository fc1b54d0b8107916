"""How long to look: a few examples of each, or what `make fuzz` asks for."""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

EXAMPLES = int(os.environ.get("DOCMILL_FUZZ_EXAMPLES", "40"))
settings.register_profile(
    "fuzz",
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    derandomize="DOCMILL_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(autouse=True, scope="module")
def profile() -> Iterator[None]:
    settings.load_profile("fuzz")
    yield
    settings.load_profile("default")
