"""Logs, numbers and traces. No content of documents reaches any of them.

`catalogue.py` names every number, `prometheus.py` counts, `exposition.py` answers `/metrics`, `labels.py`
keeps the number of series small, `tracing.py` makes spans and `otlp.py` and `span_files.py` keep them.
"""

from docmill.adapters.telemetry.exposition import exposition
from docmill.adapters.telemetry.logs import configure_logging
from docmill.adapters.telemetry.prometheus import PrometheusTelemetry

MULTIPROCESS_VARIABLE = "PROMETHEUS_MULTIPROC_DIR"

__all__ = ["MULTIPROCESS_VARIABLE", "PrometheusTelemetry", "configure_logging", "exposition"]
