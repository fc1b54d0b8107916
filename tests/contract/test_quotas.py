"""ports/quotas.Quotas."""

import asyncio
from datetime import UTC, datetime

import psycopg
import pytest
from tests.contract.documents import upload

from docmill.adapters.postgres.ledger import PostgresLedger
from docmill.adapters.postgres.quotas import PostgresQuotas
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.fairness import Share
from docmill.domain.quotas import Quota, TurnedAway
from docmill.domain.tenants import TenantId
from docmill.domain.usage import Cost


@pytest.fixture
def quotas(database) -> PostgresQuotas:
    return PostgresQuotas(database)


async def let_in(quotas: PostgresQuotas, tenant: TenantId, *, tries: int, size_bytes: int = 1) -> int:
    count = 0
    for _ in range(tries):
        try:
            async with quotas.admission(tenant, size_bytes=size_bytes):
                count += 1
        except TurnedAway:
            continue
    return count


async def test_without_a_quota_everything_is_let_in(quotas, tenant) -> None:
    assert (await quotas.quota(tenant)).is_free
    assert await let_in(quotas, tenant, tries=50) == 50
    async with quotas.admission(tenant, size_bytes=1) as admission:
        assert admission.limits is None


async def test_a_limit_is_changed_by_name_and_taken_away_by_none(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 5, "stored_bytes": 100})
    await quotas.change(tenant, quota={"stored_bytes": None, "pages_per_month": 7})
    assert await quotas.quota(tenant) == Quota(documents_per_minute=5, pages_per_month=7)


@pytest.mark.parametrize(
    "quota", [{"documents": 5}, {"pages_per_month": -1}, {"pages_per_month": "5"}, {"stored_bytes": True}]
)
async def test_what_is_no_quota_is_refused_and_changes_nothing(quotas, tenant, quota) -> None:
    with pytest.raises(DocmillError) as refused:
        await quotas.change(tenant, quota=quota)
    assert refused.value.code is ErrorCode.REQUEST_INVALID
    assert (await quotas.quota(tenant)).is_free


async def test_no_tenant_has_no_quota(quotas) -> None:
    for call in (quotas.quota, quotas.share):
        with pytest.raises(NotFound):
            await call(TenantId("absent"))
    with pytest.raises(NotFound):
        await quotas.change(TenantId("absent"), share=Share(2.0))
    with pytest.raises(NotFound):
        async with quotas.admission(TenantId("absent"), size_bytes=1):
            pass


async def test_a_minutes_documents_are_let_in_and_no_more(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 6})
    assert await let_in(quotas, tenant, tries=20) == 6
    with pytest.raises(TurnedAway) as refused:
        async with quotas.admission(tenant, size_bytes=1):
            pass
    assert refused.value.code is ErrorCode.RATE_LIMITED
    assert 1 <= refused.value.retry_after_s <= 10
    limit, left, reset_s = refused.value.limits
    assert (limit, left) == (6, 0)
    assert 50 <= reset_s <= 60


async def test_a_minute_fills_again_although_the_clock_was_set_back(quotas, tenant, postgres) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 6})
    assert await let_in(quotas, tenant, tries=20) == 6
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "UPDATE docmill.allowances SET at = at + interval '1 hour' WHERE tenant = %s", (tenant,)
        )
        assert await let_in(PostgresQuotas(quotas._database), tenant, tries=1) == 0
        admin.execute(
            "UPDATE docmill.allowances SET at = at - interval '1 minute' WHERE tenant = %s", (tenant,)
        )
        assert await let_in(PostgresQuotas(quotas._database), tenant, tries=20) == 6


async def test_several_processes_together_give_away_no_more_than_there_is(database, quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 30})
    replicas = [PostgresQuotas(database) for _ in range(3)]
    counts = await asyncio.gather(*(let_in(each, tenant, tries=40) for each in replicas))
    assert 27 <= sum(counts) <= 31  # one comes back every two seconds


async def test_replicas_that_counted_for_themselves_would_be_caught(database, tenant) -> None:
    """The negative control of the test above."""

    class Alone(PostgresQuotas):
        async def _draw(self, tenant, purse, *, want=None) -> None:
            await super()._draw(tenant, purse, want=0)
            purse.documents = 30.0 if purse.uploads == 0 and not hasattr(self, "given") else 0.0
            self.given = True

    await PostgresQuotas(database).change(tenant, quota={"documents_per_minute": 30})
    counts = await asyncio.gather(*(let_in(Alone(database), tenant, tries=40) for _ in range(3)))
    assert sum(counts) > 31


async def test_who_is_refused_costs_the_database_nothing(database, quotas, tenant, monkeypatch) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 6})
    await let_in(quotas, tenant, tries=8)
    calls = 0
    call = database.call

    async def counted(*args):
        nonlocal calls
        calls += 1
        return await call(*args)

    monkeypatch.setattr(database, "call", counted)
    assert await let_in(quotas, tenant, tries=200) == 0
    assert calls == 0


async def test_many_files_of_one_request_are_let_in_one_by_one(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 600})
    async with quotas.admission(tenant, size_bytes=1) as admission:
        assert [await admission.another(0) for _ in range(99)] == [None] * 99


async def test_what_made_no_document_is_given_back(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_minute": 2})
    for _ in range(10):
        async with quotas.admission(tenant, size_bytes=1) as admission:
            admission.give_back()


async def test_a_months_budget_is_spent_once(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"documents_per_month": 4})
    assert await let_in(quotas, tenant, tries=9) == 4
    with pytest.raises(TurnedAway) as refused:
        async with quotas.admission(tenant, size_bytes=1):
            pass
    assert refused.value.code is ErrorCode.BUDGET_SPENT


async def test_a_new_month_begins_anew(quotas, tenant, postgres) -> None:
    await quotas.change(tenant, quota={"documents_per_month": 4})
    await let_in(quotas, tenant, tries=9)
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute("UPDATE docmill.allowances SET month = month - interval '1 month'")
    fresh = PostgresQuotas(quotas._database)
    assert await let_in(fresh, tenant, tries=9) == 4


@pytest.mark.parametrize(
    ("limit", "code"),
    [
        ({"pages_per_month": 10}, ErrorCode.BUDGET_SPENT),
        ({"cpu_seconds_per_month": 5}, ErrorCode.BUDGET_SPENT),
        ({"pages_per_minute": 10}, ErrorCode.RATE_LIMITED),
        ({"cpu_seconds_per_minute": 5}, ErrorCode.RATE_LIMITED),
    ],
)
async def test_pages_and_cpu_count_when_they_are_known(
    database, quotas, tenant, neighbour, limit, code
) -> None:
    for one in (tenant, neighbour):
        await quotas.change(one, quota=limit)
        assert await let_in(quotas, one, tries=1) == 1
    ledger = PostgresLedger(database, role="worker", used=lambda: 100.0)
    ledger.spend(tenant, "read", Cost(pages=12, cpu_seconds=7.0))
    await ledger.flush()
    fresh = PostgresQuotas(database)
    with pytest.raises(TurnedAway) as refused:
        async with fresh.admission(tenant, size_bytes=1):
            pass
    assert refused.value.code is code
    assert await let_in(fresh, neighbour, tries=1) == 1


async def test_what_is_stored_counts_and_deleting_makes_room(store, quotas, tenant, neighbour) -> None:
    for one in (tenant, neighbour):
        await quotas.change(one, quota={"stored_bytes": 100})
    kept = upload(tenant)
    await store.accept(kept)
    room = 100 - kept.blob.size_bytes
    assert await let_in(PostgresQuotas(quotas._database), tenant, tries=1, size_bytes=room + 1) == 0
    assert await let_in(PostgresQuotas(quotas._database), tenant, tries=1, size_bytes=room) == 1
    assert await let_in(quotas, neighbour, tries=1, size_bytes=100) == 1
    await store.erase(tenant, kept.document, time=datetime.now(UTC))
    assert await let_in(PostgresQuotas(quotas._database), tenant, tries=1, size_bytes=100) == 1


async def test_uploads_at_once_are_counted_while_they_last(quotas, tenant) -> None:
    await quotas.change(tenant, quota={"uploads_at_once": 2})
    async with quotas.admission(tenant, size_bytes=1), quotas.admission(tenant, size_bytes=1):
        assert await let_in(quotas, tenant, tries=1) == 0
    assert await let_in(quotas, tenant, tries=1) == 1


async def test_what_waits_is_told_by_tenant(store, claims, quotas, tenant, neighbour) -> None:
    await quotas.change(tenant, share=Share(2.0))
    for _ in range(3):
        await store.accept(upload(tenant))
    await store.accept(upload(neighbour))
    waiting = await quotas.waiting()
    assert {name: (each.documents, each.weight) for name, each in waiting.items()} == {
        tenant: (3, 2.0),
        neighbour: (1, 1.0),
    }
