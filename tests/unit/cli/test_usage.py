"""`docmill tenants quota` and `docmill usage`, with the ports in memory."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from tests.api.memory_platform import Platform
from tests.unit.cli.conftest import Run

from docmill.domain.quotas import Quota
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost
from docmill.entrypoints.cli import tenants

ACME = TenantId("acme")


@pytest.fixture
def administered(platform: Platform, monkeypatch: pytest.MonkeyPatch) -> Platform:
    """The platform's ports without a database."""

    @asynccontextmanager
    async def opened(_home: Path | None) -> AsyncIterator[Platform]:
        yield platform

    monkeypatch.setattr(tenants, "administered", opened)
    return platform


def test_a_quota_is_set_by_option_and_taken_away_by_none(run: Run, administered: Platform) -> None:
    set_ = run(
        "tenants",
        "quota",
        "acme",
        "--documents-per-minute",
        "60",
        "--pages-per-month",
        "1000",
        "--format",
        "json",
    )
    assert set_.exit_code == 0
    told = {line["limit"]: line["value"] for line in set_.lines}
    assert (told["documents_per_minute"], told["pages_per_month"], told["weight"]) == (60, 1000, 1.0)
    run("tenants", "quota", "acme", "--pages-per-month", "none")
    assert administered.quotas.quotas["acme"] == Quota(documents_per_minute=60)


def test_weights_are_changed_one_by_one(run: Run, administered: Platform) -> None:
    run(
        "tenants", "quota", "acme", "--weight", "3", "--stage-weight", "read=2", "--stage-weight", "index=0.5"
    )
    told = run("tenants", "quota", "acme", "--stage-weight", "index=0", "--format", "json")
    limits = {line["limit"]: line["value"] for line in told.lines}
    assert (limits["weight"], limits["weight in read"]) == (3.0, 2.0)
    assert "weight in index" not in limits


@pytest.mark.parametrize(
    "given",
    [
        ("--documents-per-minute", "many"),
        ("--documents-per-minute", "-1"),
        ("--stage-weight", "reed=2"),
        ("--stage-weight", "read"),
    ],
)
def test_what_is_no_quota_is_an_error_of_use(
    run: Run, administered: Platform, given: tuple[str, str]
) -> None:
    outcome = run("tenants", "quota", "acme", *given)
    assert (outcome.exit_code, outcome.out) == (2, "")
    assert administered.quotas.quotas == {}


@pytest.mark.parametrize("given", [("--weight", "0"), ("--weight", "nan")])
def test_a_weight_that_cannot_be_is_refused(run: Run, administered: Platform, given: tuple[str, str]) -> None:
    outcome = run("tenants", "quota", "acme", *given)
    assert (outcome.exit_code, outcome.out) == (1, "")
    assert administered.quotas.shares == {}


@pytest.mark.usefixtures("network")
def test_usage_is_told_by_stage(run: Run, platform: Platform) -> None:
    platform.ledger.spend(ACME, "read", Cost(messages=2, cpu_seconds=1.5, pages=7))
    outcome = run("usage", "--by", "stage", "--format", "json")
    assert outcome.exit_code == 0
    (row,) = [line for line in outcome.lines if line["stage"] == "read"]
    assert (row["cpu_seconds"], row["pages"]) == (1.5, 7)
    table = run("usage", "--by", "stage", "--format", "table")
    assert "cpu_seconds" in table.out


@pytest.mark.usefixtures("network")
def test_usage_of_all_tenants_needs_the_platforms_key(run: Run, platform: Platform) -> None:
    platform.ledger.spend(ACME, "read", Cost(cpu_seconds=1.5))
    platform.ledger.spend(TenantId(""), "worker", Cost(cpu_seconds=0.5))
    assert run("usage", "--platform", "--format", "json").exit_code == 1
    told = run("usage", "--platform", "--key", "dm_platform", "--format", "json")
    used = {line["tenant"]: line["cpu_seconds"] for line in told.lines}
    assert used["acme"] == pytest.approx(1.5, abs=0.2)  # with the request that was refused
    assert "(platform)" in run("usage", "--platform", "--key", "dm_platform", "--format", "table").out
