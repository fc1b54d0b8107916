"""ports/journal.Journal."""

import asyncio

import psycopg
from tests.contract.documents import upload


async def sequenced(journal) -> list[int]:
    while await journal.sequence():
        pass
    return [event.position for event in await journal.read(after=0, limit=1_000)]


async def test_events_get_positions_without_gaps_in_the_order_of_reading(store, journal, tenant) -> None:
    made = [await store.accept(upload(tenant)) for _ in range(7)]
    assert await journal.read(after=0, limit=100) == []
    assert await sequenced(journal) == list(range(1, 8))
    events = await journal.read(after=2, limit=3)
    assert [event.position for event in events] == [3, 4, 5]
    assert {event.document for event in await journal.read(after=0, limit=100)} == {
        one.document for one in made
    }


async def test_an_event_that_commits_late_is_read_all_the_same(store, journal, tenant, postgres) -> None:
    await store.accept(upload(tenant))
    with psycopg.connect(postgres.admin_dsn) as late:
        late.execute(  # it has its number in the order of writing, and commits after the next one
            "INSERT INTO docmill.journal (id, type, tenant, document, run, time, trace, data)"
            " VALUES (gen_random_uuid(), 'DocumentRead', %s, gen_random_uuid(), gen_random_uuid(), now(), '', '{}')",
            (tenant,),
        )
        await store.accept(upload(tenant))
        assert await sequenced(journal) == [1, 2]
        late.commit()
    assert await sequenced(journal) == [1, 2, 3]
    (event,) = await journal.read(after=2, limit=10)
    assert event.type == "DocumentRead"


async def test_parallel_sequencers_leave_no_gap_and_no_double(store, journal, tenant) -> None:
    for _ in range(5):
        await asyncio.gather(*(store.accept(upload(tenant)) for _ in range(6)))
        await asyncio.gather(*(journal.sequence() for _ in range(6)))
    assert await sequenced(journal) == list(range(1, 31))


async def test_events_lie_in_the_partition_of_their_month(store, journal, tenant, postgres) -> None:
    await journal.sequence()
    await store.accept(upload(tenant))
    with psycopg.connect(postgres.admin_dsn) as admin:
        places = admin.execute("SELECT DISTINCT tableoid::regclass::text FROM docmill.journal").fetchall()
        months = admin.execute(
            "SELECT count(*) FROM pg_inherits WHERE inhparent = 'docmill.journal'::regclass"
        ).fetchone()
    assert all(name.startswith("docmill.journal_2") for (name,) in places)
    assert months is not None
    assert months[0] == 4  # three months, and the rest
