"""Write the Grafana dashboards of deploy/dashboards/, or with --check say which are stale (exit 1).

Queries are here, in one place; the JSON that Grafana imports is made of them.
"""

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders import dashboard, prometheus, stat, timeseries
from grafana_foundation_sdk.builders.common import VizLegendOptions
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.common import LegendDisplayMode, LegendPlacement
from grafana_foundation_sdk.models.dashboard import DashboardCursorSync, DataSourceRef

FOLDER = Path(__file__).parents[1] / "deploy" / "dashboards"
WIDTH, HEIGHT = 24, 8
SOURCE = DataSourceRef(type_val="prometheus", uid="${source}")


@dataclass(frozen=True)
class Graph:
    """``unit`` is Grafana's name of it; each query has a legend."""

    title: str
    queries: tuple[tuple[str, str], ...]
    unit: str = "short"
    single: bool = False  # one number instead of a line


@dataclass(frozen=True)
class Board:
    name: str
    title: str
    rows: tuple[tuple[str, tuple[Graph, ...]], ...]


def _p95(metric: str, by: str) -> str:
    return f"histogram_quantile(0.95, sum by (le, {by}) (rate({metric}_bucket[5m])))"


def _mean(metric: str, by: str) -> str:
    return f"sum by ({by}) (rate({metric}_sum[30m])) / sum by ({by}) (rate({metric}_count[30m]))"


OVERVIEW = Board(
    "overview",
    "docmill: overview",
    (
        (
            "Now",
            (
                Graph("Waiting", (("sum(docmill_backlog)", ""),), single=True),
                Graph("Oldest", (("max(docmill_backlog_age_seconds)", ""),), "s", single=True),
                Graph("Dead letters", (("sum(docmill_dead_letters)", ""),), single=True),
                Graph("In hand", (("sum(docmill_held)", ""),), single=True),
            ),
        ),
        (
            "Work",
            (
                Graph("Waiting", (("sum by (stage) (docmill_backlog)", "{{stage}}"),)),
                Graph("Oldest", (("max by (stage) (docmill_backlog_age_seconds)", "{{stage}}"),), "s"),
                Graph("Answered", (("sum by (stage) (rate(docmill_messages_total[5m]))", "{{stage}}"),), "ops"),
                Graph("Duration, p95", ((_p95("docmill_stage_seconds", "stage"), "{{stage}}"),), "s"),
                Graph(
                    "Errors", (("sum by (stage, code) (rate(docmill_errors_total[5m]))", "{{stage}} {{code}}"),), "ops"
                ),
                Graph(
                    "Documents that came to an end",
                    (("sum by (event) (rate(docmill_documents_total[5m]))", "{{event}}"),),
                    "ops",
                ),
                Graph("CPU", (("sum by (stage) (rate(docmill_cpu_seconds_total[5m]))", "{{stage}}"),), "none"),
                Graph("Pages read", (("sum(rate(docmill_pages_total[5m]))", "pages"),), "ops"),
            ),
        ),
        (
            "API",
            (
                Graph("Requests", (("sum by (status) (rate(docmill_requests_total[5m]))", "{{status}}"),), "reqps"),
                Graph("Duration, p95", ((_p95("docmill_request_seconds", "route"), "{{route}}"),), "s"),
                Graph("In flight", (("docmill_requests_in_flight", "requests"),)),
                Graph("Errors answered", (("sum by (code) (rate(docmill_problems_total[5m]))", "{{code}}"),), "reqps"),
                Graph(
                    "Webhooks", (("sum by (outcome) (rate(docmill_webhook_deliveries_total[5m]))", "{{outcome}}"),), "ops"
                ),
                Graph("Webhooks not taken: age of the oldest", (("docmill_webhooks_age_seconds", "age"),), "s"),
                Graph("Webhook, p95", (("histogram_quantile(0.95, sum by (le) (rate(docmill_webhook_seconds_bucket[5m])))", "p95"),), "s"),
            ),
        ),
        (
            "Machinery",
            (
                Graph("Sequencer behind by", (("docmill_journal_lag_seconds", "age"),), "s"),
                Graph("Events without position", (("docmill_journal_unordered", "events"),)),
                Graph(
                    "Memory",
                    (("sum by (process, part) (docmill_process_resident_bytes)", "{{process}} {{part}}"),),
                    "bytes",
                ),
                Graph(
                    "CPU of processes",
                    (("sum by (process) (rate(docmill_process_cpu_seconds_total[5m]))", "{{process}}"),),
                    "none",
                ),
                Graph(
                    "Waiting for the database",
                    (("sum by (process) (rate(docmill_pool_wait_seconds_total[5m]))", "{{process}}"),),
                    "none",
                ),
                Graph("Database connections", (("sum by (state) (docmill_database_connections)", "{{state}}"),)),
                Graph(
                    "Disk", (("docmill_disk_free_bytes", "free"), ("docmill_database_size_bytes", "database")), "bytes"
                ),
                Graph(
                    "Lost and away",
                    (
                        ("sum by (stage) (rate(docmill_leases_lost_total[5m]))", "lost in {{stage}}"),
                        ("sum by (what) (rate(docmill_outages_total[5m]))", "{{what}} away"),
                    ),
                    "ops",
                ),
            ),
        ),
    ),
)  # fmt: skip

TENANTS = Board(
    "tenants",
    "docmill: tenants and types",
    (
        (
            "Share",
            (
                Graph("Waiting", (("sum by (tenant) (docmill_backlog)", "{{tenant}}"),)),
                Graph("Oldest", (("max by (tenant) (docmill_backlog_age_seconds)", "{{tenant}}"),), "s"),
                Graph("CPU", (("sum by (tenant) (rate(docmill_cpu_seconds_total[5m]))", "{{tenant}}"),), "none"),
                Graph("Pages", (("sum by (tenant) (rate(docmill_pages_total[5m]))", "{{tenant}}"),), "ops"),
                Graph(
                    "Turned away",
                    (
                        (
                            'sum by (tenant, code) (rate(docmill_problems_total{code=~"busy|rate_limited|budget_spent"}[5m]))',
                            "{{tenant}} {{code}}",
                        ),
                    ),
                    "reqps",
                ),
                Graph("Dead letters", (("sum by (tenant) (docmill_dead_letters)", "{{tenant}}"),)),
            ),
        ),
        (
            "Quality",
            (
                Graph(
                    "Share that waits for a person",
                    (
                        (
                            (
                                'sum by (tenant, type) (rate(docmill_decisions_total{decision="review"}[1h])) '
                                "/ sum by (tenant, type) (rate(docmill_decisions_total[1h]))"
                            ),
                            "{{tenant}} {{type}}",
                        ),
                    ),
                    "percentunit",
                ),
                Graph(
                    "Confidence of fields",
                    ((_mean("docmill_field_confidence", "tenant, type"), "{{tenant}} {{type}}"),),
                    "percentunit",
                ),
                Graph(
                    "Confidence of the type",
                    ((_mean("docmill_type_confidence", "tenant, type"), "{{tenant}} {{type}}"),),
                    "percentunit",
                ),
                Graph("CPU by type", (("sum by (type) (rate(docmill_cpu_seconds_total[5m]))", "{{type}}"),), "none"),
            ),
        ),
    ),
)  # fmt: skip

SECURITY = Board(
    "security",
    "docmill: security",
    (
        (
            "Who tries what",
            (
                Graph(
                    "Credentials refused",
                    (("sum by (reason) (rate(docmill_credentials_refused_total[5m]))", "{{reason}}"),),
                    "reqps",
                ),
                Graph(
                    "Foreign ids asked for", (("sum by (tenant) (increase(docmill_foreign_ids_total[15m]))", "{{tenant}}"),)
                ),
                Graph("Locks that fired", (("sum by (lock) (increase(docmill_locks_fired_total[15m]))", "{{lock}}"),)),
                Graph("Files refused", (("sum by (code) (increase(docmill_blobs_refused_total[15m]))", "{{code}}"),)),
                Graph(
                    "Refusals by route",
                    (('sum by (route) (rate(docmill_requests_total{status="4xx"}[5m]))', "{{route}}"),),
                    "reqps",
                ),
                Graph(
                    "Forbidden, not found",
                    (
                        (
                            'sum by (tenant, code) (rate(docmill_problems_total{code=~"forbidden|not_found"}[5m]))',
                            "{{tenant}} {{code}}",
                        ),
                    ),
                    "reqps",
                ),
            ),
        ),
    ),
)  # fmt: skip

BOARDS = (OVERVIEW, TENANTS, SECURITY)


def queries() -> dict[str, str]:
    """Every query by a name of its own."""
    found = {}
    for board in BOARDS:
        graphs = [graph for _, row in board.rows for graph in row]
        for number, graph in enumerate(graphs):
            for which, (query, _) in enumerate(graph.queries):
                found[f"{board.name}:panel{number}:query{which}"] = query
    return found


def built(board: Board) -> str:
    """What Grafana imports."""
    made = (
        dashboard.Dashboard(board.title)
        .uid(f"docmill-{board.name}")
        .tags(["docmill"])
        .refresh("30s")
        .time("now-3h", "now")
        .tooltip(DashboardCursorSync.CROSSHAIR)
        .with_variable(dashboard.DatasourceVariable("source").label("Prometheus").type("prometheus"))
    )
    for title, graphs in board.rows:
        made = made.with_row(dashboard.Row(title))
        across = 4 if graphs[0].single else 2
        for graph in graphs:
            made = made.with_panel(_panel(graph, WIDTH // across))
    return JSONEncoder(sort_keys=True, indent=1).encode(made.build()) + "\n"


def _panel(graph: Graph, width: int) -> Any:
    panel = stat.Panel() if graph.single else timeseries.Panel()
    panel = panel.title(graph.title).unit(graph.unit).datasource(SOURCE)
    panel = panel.span(width).height(HEIGHT // 2 if graph.single else HEIGHT)
    if isinstance(panel, timeseries.Panel):
        legend = VizLegendOptions().display_mode(LegendDisplayMode.LIST).placement(LegendPlacement.BOTTOM)
        panel = panel.fill_opacity(10).min(0).legend(legend.show_legend(True))
    for number, (query, legend) in enumerate(graph.queries):
        panel = panel.with_target(
            prometheus.Dataquery()
            .expr(query)
            .legend_format(legend)
            .ref_id(chr(ord("A") + number))
            .datasource(SOURCE)
        )
    return panel


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--check", action="store_true", help="write nothing, exit 1 when a dashboard is stale"
    )
    options = parser.parse_args()
    stale = []
    for board in BOARDS:
        file, text = FOLDER / f"{board.name}.json", built(board)
        if file.is_file() and file.read_text(encoding="utf-8") == text:
            continue
        stale.append(file.name)
        if not options.check:
            file.write_text(text, encoding="utf-8")
    if stale:
        print(("stale: " if options.check else "written: ") + ", ".join(stale))
    return 1 if stale and options.check else 0


if __name__ == "__main__":
    sys.exit(main())
