"""What becomes of messages whose worker has died: the guilty one is found, the innocent do not pay for it."""

from collections import Counter

import psycopg
import pytest
from tests.contract.documents import upload

from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.upkeep import PostgresUpkeep
from docmill.domain.limits.flow import ATTEMPTS_MAX
from docmill.domain.limits.repair import SUSPECT_PATIENCE_S, WAIT_S_LONGEST
from docmill.stages.flow import FLOW, SUBSCRIPTIONS

STARTS_FROM = {stage.name: stage.starts_from for stage in FLOW}


@pytest.fixture
def moved(postgres):
    """Moves the time at which open messages are due, as a clock that jumps does."""

    def move(seconds: float) -> None:
        with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
            admin.execute(
                "UPDATE docmill.claims SET available_at = available_at + make_interval(secs => %s)"
                " WHERE status = 'open'",
                (seconds,),
            )

    return move


@pytest.fixture
def upkeep(database) -> PostgresUpkeep:
    return PostgresUpkeep(database, subscriptions=SUBSCRIPTIONS, stage_of={}, admin_dsn=None)


async def taken(claims, *, most: int = 4, worker: str = "w"):
    return await claims.take(["read"], worker=worker, most=most)


async def work_off(store, claims, *, guilty: set, most: int) -> tuple[Counter, list]:
    """Be a worker that dies of the guilty, whatever else it has in hand, until nothing is left but they."""
    tries: Counter = Counter()
    answered = []
    for _ in range(200):
        batch = await taken(claims, most=most)
        if not batch:
            break
        for claim in batch:
            tries[claim.event.document] = claim.attempt
        if any(c.event.document in guilty and c.attempt <= ATTEMPTS_MAX for c in batch):
            await claims.forsake("w")
            continue
        for claim in batch:
            answered.append(claim.event.document)
            await claims.give_up(claim, change_of(claim), code="internal_error", reason="x")
    return tries, answered


def change_of(claim):
    from docmill.domain.documents import Change

    event = claim.event
    return Change(event.tenant, event.document, event.run, claim.held.run.version)


async def test_the_guilty_message_alone_runs_up_its_tries(store, claims, tenant) -> None:
    documents = [(await store.accept(upload(tenant))).document for _ in range(20)]
    guilty = {documents[3], documents[11]}
    tries, answered = await work_off(store, claims, guilty=guilty, most=4)
    assert sorted(answered) == sorted(documents)
    assert {tries[one] for one in guilty} == {ATTEMPTS_MAX + 1}
    assert max(count for document, count in tries.items() if document not in guilty) <= 2


async def test_a_suspect_waits_until_there_is_nothing_else_to_do(store, claims, tenant) -> None:
    for _ in range(2):
        await store.accept(upload(tenant))
    suspects = {claim.event.id for claim in await taken(claims, most=2)}
    assert await claims.forsake("w") == 2
    for _ in range(3):
        await store.accept(upload(tenant))
    fresh = await taken(claims, worker="other", most=3)
    assert len(fresh) == 3
    assert suspects.isdisjoint(claim.event.id for claim in fresh)
    assert await taken(claims, worker="other") == []  # it has others in hand
    (alone,) = await taken(claims, worker="idle")
    assert alone.event.id in suspects
    await store.accept(upload(tenant))
    assert await taken(claims, worker="idle") == []  # and takes nothing beside it
    assert len(await taken(claims, worker="other")) == 1


async def test_a_suspect_that_has_waited_for_long_goes_first(store, claims, tenant, moved) -> None:
    await store.accept(upload(tenant))
    (suspect,) = await taken(claims, most=1)
    await claims.forsake("w")
    moved(-SUSPECT_PATIENCE_S - 1)
    for _ in range(3):
        await store.accept(upload(tenant))
    (first,) = await taken(claims)
    assert first.event.id == suspect.event.id


async def test_each_further_death_lets_a_suspect_wait_three_times_as_long(
    store, claims, tenant, moved
) -> None:
    await store.accept(upload(tenant))
    for _ in range(2):
        (suspect,) = await taken(claims, most=1)
        await claims.forsake("w")
    await store.accept(upload(tenant))
    moved(-2 * SUSPECT_PATIENCE_S)
    (first,) = await taken(claims, most=1, worker="busy")
    assert first.event.id != suspect.event.id
    await store.accept(upload(tenant))
    moved(-2 * SUSPECT_PATIENCE_S)
    (second,) = await taken(claims, most=1, worker="other")
    assert second.event.id == suspect.event.id


async def test_a_lease_that_ends_without_a_word_makes_a_suspect_too(store, claims, tenant, database) -> None:
    for _ in range(2):
        await store.accept(upload(tenant))
    brief = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM, lease_s=0.0)
    late = await brief.take(["read"], worker="stopped", most=2)
    (first,) = await taken(claims, worker="other")
    assert first.attempt == 2
    assert await taken(claims, worker="other") == []
    assert await claims.beat(late) == {("read", claim.event.id) for claim in late}


async def test_a_worker_that_was_never_told_of_its_suspect_gets_it_when_its_lease_has_ended(
    store, claims, tenant, database
) -> None:
    """Its answer was lost on its way. Two such workers would wait for each other for ever."""
    for _ in range(2):
        await store.accept(upload(tenant))
    await taken(claims, most=2)
    await claims.forsake("w")
    brief = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM, lease_s=0.0)
    lost = [(await brief.take(["read"], worker=worker, most=1))[0] for worker in ("one", "two")]
    again = [(await taken(claims, worker=worker))[0] for worker in ("one", "two")]
    assert {claim.event.id for claim in again} == {claim.event.id for claim in lost}


async def test_what_is_told_to_stop_makes_no_suspects(store, claims, tenant) -> None:
    for _ in range(2):
        await store.accept(upload(tenant))
    await taken(claims, most=2)
    await claims.forsake("w", counted=False)
    assert [claim.attempt for claim in await taken(claims, most=2)] == [1, 1]


async def test_a_clock_that_is_set_back_an_hour_makes_nobody_wait_an_hour(
    store, claims, tenant, moved, upkeep
) -> None:
    for _ in range(3):
        await store.accept(upload(tenant))
    (held,) = await taken(claims, most=1)
    (again,) = await taken(claims, most=1)
    await claims.retry(again, delay_s=10, code="unavailable", reason="x")
    moved(3_600)
    assert await taken(claims) == []
    assert await upkeep.unstick() == 3
    assert len(await taken(claims, worker="other")) == 2  # what waited, and what was backing off
    assert await claims.beat([held]) == frozenset()  # its holder lives
    assert await upkeep.unstick() == 0


async def test_no_wait_that_is_meant_is_cut_short(store, claims, tenant, upkeep) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    await claims.retry(claim, delay_s=WAIT_S_LONGEST - 5, code="unavailable", reason="x")
    assert await upkeep.unstick() == 0


async def test_a_clock_that_is_set_forward_ends_leases_and_loses_nothing(
    store, claims, tenant, moved
) -> None:
    await store.accept(upload(tenant))
    (early,) = await taken(claims)
    moved(-3_600)
    (late,) = await taken(claims, worker="other")
    assert late.fence > early.fence
    assert await claims.beat([early]) == {("read", early.event.id)}
    assert await claims.beat([late]) == frozenset()
