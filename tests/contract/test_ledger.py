"""ports/ledger.Ledger."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.documents import answer, upload

from docmill.adapters.postgres.ledger import PostgresLedger
from docmill.domain.errors import Unavailable
from docmill.domain.results import Usage
from docmill.domain.usage import Cost, Period, UsageBy

TODAY = datetime.now(UTC).date()
NOW = Period(TODAY - timedelta(days=1), TODAY)


class Clock:
    used = 0.0

    def __call__(self) -> float:
        return self.used


@pytest.fixture
def used() -> Clock:
    return Clock()


@pytest.fixture
def ledger(database, used) -> PostgresLedger:
    return PostgresLedger(database, role="worker", used=used)


async def cpu_by_tenant(ledger) -> dict[str, float]:
    return {row.key: round(row.cost.cpu_seconds, 6) for row in await ledger.totals(NOW)}


async def test_what_nobody_is_charged_with_is_the_platforms(ledger, used, tenant, neighbour) -> None:
    used.used = 10.0
    ledger.spend(tenant, "read", Cost(messages=1, cpu_seconds=4.0, pages=2))
    ledger.spend(neighbour, "read", Cost(messages=1, cpu_seconds=1.0))
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 5.0, tenant: 4.0, neighbour: 1.0}
    used.used = 12.5
    ledger.spend(tenant, "index", Cost(messages=1, cpu_seconds=2.0))
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 5.5, tenant: 6.0, neighbour: 1.0}


async def test_a_childs_time_that_is_charged_before_the_kernel_counts_it_is_made_up_for(
    ledger, used, tenant
) -> None:
    used.used = 1.0
    ledger.spend(tenant, "read", Cost(cpu_seconds=3.0))
    await ledger.flush()
    used.used = 4.0
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 1.0, tenant: 3.0}


async def test_what_was_used_before_a_message_ended_is_not_booked_twice(ledger, used, tenant) -> None:
    """A page that is read for seconds is used already, and charged to nobody yet."""
    used.used = 5.0
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 5.0}
    used.used = 5.5
    ledger.spend(tenant, "read", Cost(cpu_seconds=4.0))
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 1.5, tenant: 4.0}


async def test_a_database_that_is_away_loses_nothing(ledger, used, tenant, monkeypatch) -> None:
    async def away(*_args):
        raise Unavailable

    used.used = 2.0
    ledger.spend(tenant, "read", Cost(cpu_seconds=1.5, pages=1))
    with monkeypatch.context() as outage:
        outage.setattr(ledger._database, "call", away)
        with pytest.raises(Unavailable):
            await ledger.flush()
    ledger.spend(tenant, "read", Cost(cpu_seconds=0.25, pages=1))
    await ledger.flush()
    assert await cpu_by_tenant(ledger) == {"": 0.25, tenant: 1.75}


async def test_a_tenant_sees_its_own_by_day_and_stage(ledger, tenant, neighbour) -> None:
    ledger.spend(tenant, "read", Cost(messages=2, cpu_seconds=0.5, pages=3, stored_bytes=10))
    ledger.spend(tenant, "api", Cost(messages=1, cpu_seconds=0.25, received_bytes=7, sent_bytes=5))
    ledger.spend(neighbour, "read", Cost(messages=9, cpu_seconds=9.0, pages=9))
    await ledger.flush()
    (day,) = await ledger.usage(tenant, NOW, by=UsageBy.DAY)
    assert (day.key, day.cost) == (TODAY.isoformat(), Cost(3, 0.75, 3, 7, 5, 10, 0))
    stages = await ledger.usage(tenant, NOW, by=UsageBy.STAGE)
    assert [(row.key, row.cost.pages) for row in stages] == [("api", 0), ("read", 3)]
    assert (
        await ledger.usage(tenant, Period(TODAY.replace(year=2020), TODAY.replace(year=2020)), by=UsageBy.DAY)
        == []
    )


async def test_a_document_has_what_its_runs_and_its_upload_cost(
    store, claims, ledger, tenant, neighbour
) -> None:
    today = datetime.now(UTC)
    kept = upload(tenant, cpu_seconds=0.5)
    await store.accept(_dated(kept, today))
    await store.accept(_dated(upload(neighbour), today))
    for claim in await claims.take(["read"], worker="w", most=2):
        if claim.event.tenant == tenant:
            change = answer(claim, claim.held, usage=Usage(pages=3, cpu_seconds=2.0))
            await store.append(change, claim=claim)
    (row,) = await ledger.usage(tenant, NOW, by=UsageBy.DOCUMENT)
    assert row.key == str(kept.document)
    assert (row.cost.cpu_seconds, row.cost.pages, row.cost.received_bytes) == (2.5, 3, kept.blob.size_bytes)


def _dated(one, time):
    from dataclasses import replace

    return replace(one, time=time)


async def test_a_process_without_a_role_keeps_no_books(database, tenant) -> None:
    ledger = PostgresLedger(database, used=lambda: 5.0)
    ledger.spend(tenant, "read", Cost(cpu_seconds=1.0))
    await ledger.flush()
    assert await ledger.totals(NOW) == []
