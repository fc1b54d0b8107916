"""How long to look: a few examples of each, the same ones each time, or what `make fuzz` asks for."""

import os

from hypothesis import HealthCheck, settings

FUZZED = settings(
    max_examples=int(os.environ.get("DOCMILL_FUZZ_EXAMPLES", "40")),
    deadline=None,
    database=None,
    derandomize="DOCMILL_FUZZ_EXAMPLES" not in os.environ,
    suppress_health_check=list(HealthCheck),
)
