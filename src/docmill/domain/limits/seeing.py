"""Metrics, traces and what is shown of them."""

from docmill.domain.limits.units import MIB

METRIC_TENANTS_MAX = 20
"""Tenants that numbers at `/metrics` are told of by name, the busiest; the others are `_other` together."""
METRIC_TENANTS_EVER_MAX = 500
"""Names that may come and go there until the platform is started again: each leaves series behind."""
METRIC_TENANTS_WINDOW_S = 60.0
"""Time over which a process counts who is busiest."""
PULSE_S = 10.0
"""Interval at which a process tells what it waits for and costs by itself."""
FOREIGN_LOOKUPS_WAITING_MAX = 100
"""Ids answered with 404 that wait to be looked up; more of them are not looked up."""
FOREIGN_LOOKUP_PAUSE_S = 0.1
"""Pause between two such look-ups, so that asking for many ids at once costs the database nothing."""
SPANS_WAITING_MAX = 10_000
"""Spans that a process keeps for a collector that is away; the oldest are dropped."""
SPANS_PER_EXPORT_MAX = 500
"""Spans in one request to the collector."""
SPANS_PAUSE_S = 1.0
"""How long spans are gathered before they are sent."""
SPAN_FILE_BYTES_MAX = 10 * MIB
"""Size at which a process puts its file of spans aside and begins a new one."""
SPAN_FILES_KEPT = 3
"""Files of spans of one process that are kept."""
TOP_PAUSE_S = 2.0
"""Pause between two looks of `docmill top`."""
