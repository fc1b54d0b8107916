"""ports/event_history.EventHistory, and the feed over it, on a real database."""

import asyncio
from uuid import uuid4

import pytest
from tests.contract.documents import upload

from docmill.adapters.postgres.event_history import PostgresEventHistory
from docmill.domain.events import EventId
from docmill.stages.event_feed import EventFeed


@pytest.fixture
def history(database) -> PostgresEventHistory:
    return PostgresEventHistory(database)


async def made(store, tenant, count: int = 1, **given) -> list:
    return [(await store.accept(upload(tenant, **given))).document for _ in range(count)]


async def test_only_the_tenants_own_events_are_told(store, journal, history, tenant, neighbour) -> None:
    own, other = [], []
    for _ in range(4):
        own += await made(store, tenant)
        other += await made(store, neighbour)
    await journal.sequence()
    last = await history.last()
    assert [event.document for event in await history.between(tenant, after=0, until=last)] == own
    assert [event.document for event in await history.between(neighbour, after=0, until=last)] == other
    some = await history.between(tenant, after=2, until=5)
    assert [event.position for event in some] == [3, 5]


async def test_a_foreign_event_has_no_position(store, journal, history, tenant, neighbour) -> None:
    (document,) = await made(store, tenant)
    (event,) = await store.journal(tenant, document)
    assert await history.position_of(tenant, document, event.id) is None  # not in order yet
    await journal.sequence()
    assert await history.position_of(tenant, document, event.id) == 1
    assert await history.position_of(neighbour, document, event.id) is None
    assert await history.position_of(tenant, document, EventId(uuid4())) is None


async def test_batches_are_those_of_the_tenants_own_documents(store, history, tenant, neighbour) -> None:
    (one,) = await made(store, tenant, batch="may")
    (two,) = await made(store, tenant)
    assert await history.batches(tenant, [one, two]) == {one: "may", two: None}
    assert await history.batches(neighbour, [one, two]) == {}


async def test_two_processes_tell_the_same_in_the_same_order(
    store, journal, history, tenant, neighbour
) -> None:
    feeds = [EventFeed(journal, history, poll_s=0.01) for _ in range(2)]
    streams = [await feed.open(tenant) for feed in feeds]
    own = await made(store, tenant, 3)
    await made(store, neighbour, 2)
    await asyncio.gather(journal.sequence(), journal.sequence())
    heard = []
    for stream in streams:
        events = []
        async with asyncio.timeout(5):
            while len(events) < 3:
                events += await stream.more(timeout_s=1)
        heard.append(events)
    assert heard[0] == heard[1]
    assert [event.document for event in heard[0]] == own
    # Who has heard the first from the one goes on with the other.
    again = await feeds[1].open(tenant)
    missed = await feeds[1].missed(again, (heard[0][0].document, heard[0][0].id))
    assert missed is not None
    assert [event async for some in missed for event in some] == heard[0][1:]
    for feed in feeds:
        feed.end()
