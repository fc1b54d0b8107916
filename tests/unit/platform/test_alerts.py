"""Every alert fires when it should and is quiet when it should; no rule asks for what docmill does not have."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.unit.platform.promql import promtool, unknown

RULES = Path(__file__).parents[3] / "deploy" / "alerts" / "docmill.yml"
Series = dict[str, str]

# (quiet, firing): what is there every minute of two hours, in promtool's notation.
CASES: dict[str, tuple[Series, Series]] = {
    "DocmillDown": ({'docmill_build_info{version="1"}': "1x200"}, {'docmill_build_info{version="1"}': "_x200"}),
    "DocmillQueueOld": (
        {'docmill_backlog_age_seconds{stage="read",tenant="acme"}': "800x200"},
        {'docmill_backlog_age_seconds{stage="read",tenant="acme"}': "0+60x200"},
    ),
    "DocmillNoProgress": (
        {"docmill_backlog": "5x200", "docmill_messages_total": "0+1x200"},
        {"docmill_backlog": "5x200", "docmill_messages_total": "7x200"},
    ),
    "DocmillErrorRate": (
        {'docmill_messages_total{stage="read"}': "0+99x200", 'docmill_errors_total{stage="read"}': "0+1x200"},
        {'docmill_messages_total{stage="read"}': "0+90x200", 'docmill_errors_total{stage="read"}': "0+10x200"},
    ),
    "DocmillDeadLetters": (
        {'docmill_dead_letters{stage="read",tenant=""}': "0x200"},
        {'docmill_dead_letters{stage="read",tenant="acme"}': "1x200"},
    ),
    "DocmillLeasesLost": (
        {'docmill_leases_lost_total{stage="read"}': "0+1x200"},
        {'docmill_leases_lost_total{stage="read"}': "0+2x200"},
    ),
    "DocmillReviewShareHigh": (
        {
            'docmill_decisions_total{tenant="a",type="invoice",decision="review"}': "0+1x700",
            'docmill_decisions_total{tenant="a",type="invoice",decision="accepted"}': "0+1x700",
        },
        {
            'docmill_decisions_total{tenant="a",type="invoice",decision="review"}': "0+3x700",
            'docmill_decisions_total{tenant="a",type="invoice",decision="accepted"}': "0+1x700",
        },
    ),
    "DocmillConfidenceDrop": (
        {
            'docmill_field_confidence_sum{tenant="a",type="invoice"}': "0+9x700",
            'docmill_field_confidence_count{tenant="a",type="invoice"}': "0+10x700",
        },
        {
            'docmill_field_confidence_sum{tenant="a",type="invoice"}': "0+9x560 5046+5x140",
            'docmill_field_confidence_count{tenant="a",type="invoice"}': "0+10x700",
        },
    ),
    "DocmillApiErrors": (
        {'docmill_requests_total{status="2xx"}': "0+999x200", 'docmill_requests_total{status="5xx"}': "0+1x200"},
        {'docmill_requests_total{status="2xx"}': "0+90x200", 'docmill_requests_total{status="5xx"}': "0+10x200"},
    ),
    "DocmillApiSlow": (
        {
            'docmill_request_seconds_bucket{route="/v1/documents",le="0.5"}': "0+100x200",
            'docmill_request_seconds_bucket{route="/v1/documents",le="10"}': "0+100x200",
            'docmill_request_seconds_bucket{route="/v1/documents",le="+Inf"}': "0+100x200",
        },
        {
            'docmill_request_seconds_bucket{route="/v1/documents",le="0.5"}': "0+50x200",
            'docmill_request_seconds_bucket{route="/v1/documents",le="10"}': "0+100x200",
            'docmill_request_seconds_bucket{route="/v1/documents",le="+Inf"}': "0+100x200",
        },
    ),
    "DocmillTurnedAway": (
        {'docmill_problems_total{tenant="acme",code="not_found"}': "0+50x200"},
        {'docmill_problems_total{tenant="acme",code="busy"}': "0+50x200"},
    ),
    "DocmillWebhooksFailing": (
        {
            'docmill_webhook_deliveries_total{tenant="acme",outcome="ok"}': "0+9x200",
            'docmill_webhook_deliveries_total{tenant="acme",outcome="timeout"}': "0+1x200",
        },
        {
            'docmill_webhook_deliveries_total{tenant="acme",outcome="ok"}': "0+1x200",
            'docmill_webhook_deliveries_total{tenant="acme",outcome="timeout"}': "0+9x200",
        },
    ),
    "DocmillWebhooksWaiting": (
        {"docmill_webhooks_age_seconds": "3600x200"},
        {"docmill_webhooks_age_seconds": "30000x200"},
    ),
    "DocmillCredentialsRefused": (
        {'docmill_credentials_refused_total{reason="forbidden"}': "0+100x200"},
        {'docmill_credentials_refused_total{reason="signature"}': "0+100x200"},
    ),
    "DocmillForeignIds": (
        {'docmill_foreign_ids_total{tenant="acme"}': "0x100 1x100"},
        {'docmill_foreign_ids_total{tenant="acme"}': "0+1x200"},
    ),
    "DocmillLockFired": (
        {'docmill_locks_fired_total{lock="death"}': "0+1x30 30x170", 'docmill_locks_fired_total{lock="system_call"}': "0x200"},
        {'docmill_locks_fired_total{lock="system_call"}': "0x115 1x90"},
    ),
    "DocmillFilesStopped": (
        {'docmill_locks_fired_total{lock="death"}': "0+0.5x200"},
        {'docmill_locks_fired_total{lock="death"}': "0+2x200"},
    ),
    "DocmillBlobsRefused": (
        {'docmill_blobs_refused_total{code="file_empty"}': "0+1x200"},
        {'docmill_blobs_refused_total{code="file_empty"}': "0+9x200"},
    ),
    "DocmillSequencerBehind": ({"docmill_journal_lag_seconds": "20x200"}, {"docmill_journal_lag_seconds": "40x200"}),
    "DocmillDiskLow": (
        {"docmill_disk_free_bytes": "20x200", "docmill_disk_size_bytes": "100x200"},
        {"docmill_disk_free_bytes": "9x200", "docmill_disk_size_bytes": "100x200"},
    ),
    "DocmillPoolWaits": (
        {'docmill_pool_wait_seconds_total{process="api"}': "0+6x200"},
        {'docmill_pool_wait_seconds_total{process="api"}': "0+60x200"},
    ),
    "DocmillConnectionsNearLimit": (
        {'docmill_database_connections{state="idle"}': "60x200", 'docmill_database_connections{state="active"}': "20x200"},
        {'docmill_database_connections{state="idle"}': "70x200", 'docmill_database_connections{state="active"}': "20x200"},
    ),
    "DocmillOutages": (
        {'docmill_outages_total{what="store"}': "0+1x200"},
        {'docmill_outages_total{what="store"}': "0+10x200"},
    ),
    "DocmillMemoryHigh": (
        {'docmill_process_resident_bytes{process="worker-1",part="children"}': "3000000000x200"},
        {'docmill_process_resident_bytes{process="worker-1",part="children"}': "7000000000x200"},
    ),
    "DocmillLedgerDrift": (
        {"docmill_cpu_seconds_total": "0+55x200", 'docmill_process_cpu_seconds_total{process="worker-1"}': "0+60x200"},
        {"docmill_cpu_seconds_total": "0+30x200", 'docmill_process_cpu_seconds_total{process="worker-1"}': "0+60x200"},
    ),
}  # fmt: skip
# An alert over hours needs a longer look.
MINUTES = {"DocmillReviewShareHigh": 600, "DocmillConfidenceDrop": 640}


def rules() -> dict[str, dict[str, Any]]:
    groups = yaml.safe_load(RULES.read_text(encoding="utf-8"))["groups"]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def test_every_alert_has_a_case_a_runbook_and_a_severity() -> None:
    assert set(rules()) == set(CASES)
    for name, rule in rules().items():
        assert rule["annotations"]["runbook"], name
        assert rule["labels"]["severity"] in ("page", "ticket"), name


def _case(name: str, series: Series, *, fires: bool) -> dict[str, Any]:
    """A test in promtool's own form."""
    firing = f'count(ALERTS{{alertname="{name}",alertstate="firing"}})'
    return {
        "name": name,
        "interval": "1m",
        "input_series": [{"series": key, "values": values} for key, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"({firing} > bool 0) or vector(0)",
                "eval_time": f"{MINUTES.get(name, 120)}m",
                "exp_samples": [{"labels": "{}", "value": float(fires)}],
            }
        ],
    }


def _tested(cases: list[dict[str, Any]], folder: Path) -> str:
    """What Prometheus' own tester finds wrong."""
    file = folder / "cases.yml"
    told = {"rule_files": [str(RULES)], "evaluation_interval": "5m", "tests": cases}
    file.write_text(json.dumps(told), encoding="utf-8")
    done = promtool("test", "rules", str(file))
    return "" if done.returncode == 0 else done.stdout + done.stderr


def test_every_alert_fires_when_it_should(tmp_path: Path) -> None:
    cases = [_case(name, firing, fires=True) for name, (_, firing) in CASES.items()]
    assert not _tested(cases, tmp_path)


def test_every_alert_is_quiet_when_it_should_be(tmp_path: Path) -> None:
    cases = [_case(name, quiet, fires=False) for name, (quiet, _) in CASES.items()]
    assert not _tested(cases, tmp_path)


@pytest.mark.parametrize("name", ["DocmillQueueOld", "DocmillErrorRate"])
def test_the_tester_tells_an_alert_that_does_the_opposite(name: str, tmp_path: Path) -> None:
    quiet, firing = CASES[name]
    assert name in _tested([_case(name, quiet, fires=True)], tmp_path)
    assert name in _tested([_case(name, firing, fires=False)], tmp_path)


def test_no_alert_asks_for_what_docmill_does_not_have() -> None:
    wrong = {name: missing for name, rule in rules().items() if (missing := unknown(rule["expr"]))}
    assert not wrong
    done = promtool("check", "rules", str(RULES))
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    "query",
    [
        "sum(docmill_backlogs) > 0",
        "rate(docmill_messages[5m])",  # without _total
        'docmill_backlog{stages="read"}',
        "sum by (route) (docmill_backlog)",
    ],
)
def test_a_planted_wrong_name_is_found(query: str) -> None:
    assert unknown(query)
