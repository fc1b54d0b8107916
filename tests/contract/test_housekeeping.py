"""What DocumentStore and Journal promise to the housekeeping: tables stay flat, and nothing is forgotten too early."""

import psycopg
from tests.contract.documents import NOON, answer, blob, children_of, upload

from docmill.domain.limits.flow import CLAIMS_KEPT_DAYS, IDEMPOTENCY_KEY_HOURS
from docmill.stages.flow import FLOW

STAGES = [stage.name for stage in FLOW if not stage.follows]


async def work_off(store, claims, *stages: str) -> None:
    while taken := await claims.take(stages or STAGES, worker="w", most=1):
        document = await store.load(taken[0].event.tenant, taken[0].event.document)
        await store.append(answer(taken[0], document), claim=taken[0])


def aged(postgres, *, days: float) -> None:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "UPDATE docmill.claims SET ended_at = now() - make_interval(secs => %s)", (86_400 * days,)
        )


def claims_left(postgres) -> list[str]:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        rows = admin.execute("SELECT stage FROM docmill.claims ORDER BY stage").fetchall()
    return [stage for (stage,) in rows]


async def test_a_blob_is_unreferenced_when_no_document_of_the_tenant_has_it(
    store, claims, tenant, neighbour
) -> None:
    file, foreign, orphan = blob(), blob(), blob()
    accepted = await store.accept(upload(tenant, blob=file))
    await store.accept(upload(neighbour, blob=foreign))
    await work_off(store, claims)
    reading = (await store.load(tenant, accepted.document)).run.reading
    asked = [one.sha256 for one in (file, reading, foreign, orphan)]
    assert await store.unreferenced(tenant, asked) == {foreign.sha256, orphan.sha256}
    twin = await store.accept(upload(tenant, blob=file, allow_duplicate=True))
    await store.erase(tenant, accepted.document, time=NOON)
    assert file.sha256 not in await store.unreferenced(tenant, asked)
    await store.erase(tenant, twin.document, time=NOON)
    assert await store.unreferenced(tenant, asked) == set(asked)
    assert await store.unreferenced(tenant, []) == set()


async def test_the_files_of_members_are_referenced(store, claims, tenant) -> None:
    accepted = await store.accept(upload(tenant))
    (claim,) = await claims.take(["read"], worker="w", most=1)
    document = await store.load(tenant, accepted.document)
    children = children_of(document.id, 3)
    await store.append(answer(claim, document, children=children), claim=claim)
    assert await store.unreferenced(tenant, [child.blob.sha256 for child in children]) == set()


async def test_expired_keys_go_in_batches_and_only_the_tenants_own(
    store, tenant, neighbour, database
) -> None:
    for owner in (tenant, neighbour):
        for number in range(5):
            await store.accept(upload(owner, idempotency_key=f"k{number}", request_hash="one"))
        async with database.tenant(owner) as tx:
            await tx.run(
                b"UPDATE idempotency_keys SET created_at = now() - make_interval(hours => %s) WHERE key <> 'k4'",
                (IDEMPOTENCY_KEY_HOURS + 1,),
            )
    assert [await store.forget(tenant, most=3) for _ in range(3)] == [3, 1, 0]
    again = await store.accept(upload(tenant, idempotency_key="k4", request_hash="one"))
    assert not again.created
    async with database.tenant(neighbour) as tx:
        assert len(await tx.all(b"SELECT key FROM idempotency_keys WHERE tenant = %s", (neighbour,))) == 5


async def test_done_claims_of_an_ended_run_go_after_their_days(store, claims, tenant, postgres) -> None:
    await store.accept(upload(tenant))
    await work_off(store, claims)
    aged(postgres, days=CLAIMS_KEPT_DAYS - 1)
    assert await store.forget(tenant, most=100) == 0
    aged(postgres, days=CLAIMS_KEPT_DAYS + 1)
    assert [await store.forget(tenant, most=3) for _ in range(3)] == [3, 2, 0]
    assert claims_left(postgres) == []


async def test_claims_of_a_run_that_has_not_ended_stay(store, claims, tenant, postgres) -> None:
    await store.accept(upload(tenant))
    await work_off(store, claims, "read", "analyze")
    aged(postgres, days=CLAIMS_KEPT_DAYS + 1)
    assert await store.forget(tenant, most=100) == 0
    assert claims_left(postgres) == ["analyze", "read", "validate"]


async def test_another_tenants_claims_stay(store, claims, tenant, neighbour, postgres) -> None:
    await store.accept(upload(neighbour))
    await work_off(store, claims)
    aged(postgres, days=CLAIMS_KEPT_DAYS + 1)
    assert await store.forget(tenant, most=100) == 0
    assert len(claims_left(postgres)) == 5


async def test_a_message_that_comes_again_is_known_as_long_as_its_claim_is_kept(
    store, claims, tenant, postgres
) -> None:
    accepted = await store.accept(upload(tenant))
    await work_off(store, claims)
    (event, *_) = await store.journal(tenant, accepted.document)
    await store.forget(tenant, most=100)
    assert await claims.redeliver(event) == 0
    aged(postgres, days=CLAIMS_KEPT_DAYS + 1)
    await store.forget(tenant, most=100)
    assert await claims.redeliver(event) == 1


async def test_empty_months_that_are_over_are_given_back_and_written_ones_never(
    store, journal, tenant, postgres
) -> None:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        for year in (2019, 2020):
            admin.execute(
                f"SET ROLE docmill_owner; CREATE TABLE docmill.journal_{year}_05 PARTITION OF docmill.journal"
                f" FOR VALUES FROM ('{year}-05-01') TO ('{year}-06-01'); RESET ROLE"
            )
        admin.execute(
            "INSERT INTO docmill.journal (recorded_at, id, type, tenant, document, run, time, trace, data) VALUES"
            " ('2020-05-07', gen_random_uuid(), 'DocumentRead', %s, gen_random_uuid(), gen_random_uuid(), now(),"
            " '', '{}')",
            (tenant,),
        )
        assert await journal.compact() == 1
        assert await journal.compact() == 0
        rows = admin.execute("SELECT count(*) FROM docmill.journal_2020_05").fetchone()
        assert rows == (1,)
        months = admin.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'docmill.journal'::regclass"
        ).fetchone()
        assert months == (5,)  # this month, the next two, the written one, and the rest
        admin.execute("DROP TABLE docmill.journal_2020_05")
    await store.accept(upload(tenant))
    assert await journal.sequence() == 1


async def test_a_long_reader_is_not_waited_for(journal, postgres) -> None:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(
            "SET ROLE docmill_owner; CREATE TABLE docmill.journal_2019_05 PARTITION OF docmill.journal"
            " FOR VALUES FROM ('2019-05-01') TO ('2019-06-01')"
        )
        with psycopg.connect(postgres.admin_dsn) as reader:
            reader.execute("SELECT count(*) FROM docmill.journal")
            assert await journal.compact() == 0
        assert await journal.compact() == 1
