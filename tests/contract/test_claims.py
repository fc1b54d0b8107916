"""ports/claims.Claims."""

import asyncio
from collections import Counter
from dataclasses import replace

import pytest
from tests.contract.documents import NOON, answer, upload

from docmill.adapters.postgres.claims import PostgresClaims
from docmill.domain.documents import Change
from docmill.domain.errors import ErrorCode, StaleClaim
from docmill.domain.events import Event, EventType, event_id
from docmill.domain.limits.flow import ATTEMPTS_MAX
from docmill.domain.states import RunState
from docmill.stages.flow import FLOW, SUBSCRIPTIONS

STARTS_FROM = {stage.name: stage.starts_from for stage in FLOW}


async def taken(claims, *stages: str, most: int = 1, worker: str = "w"):
    return await claims.take(stages or ["read"], worker=worker, most=most)


def failure(claim, document) -> Change:
    said = Event(
        id=event_id(claim.stage, claim.event.id, EventType.DOCUMENT_FAILED, 0),
        type=EventType.DOCUMENT_FAILED,
        tenant=document.tenant,
        document=document.id,
        run=document.run.id,
        time=NOON,
        cause=claim.event.id,
        data={"code": "internal_error"},
    )
    return Change(
        document.tenant,
        document.id,
        document.run.id,
        document.run.version,
        state=RunState.FAILED,
        code=ErrorCode.INTERNAL_ERROR,
        events=(said,),
    )


async def test_a_claim_carries_its_event(store, claims, tenant) -> None:
    accepted = await store.accept(upload(tenant, trace="00-abc"))
    (claim,) = await taken(claims)
    assert (claim.stage, claim.attempt, claim.worker) == ("read", 1, "w")
    assert claim.event.document == accepted.document
    assert claim.event.run == accepted.run
    assert (claim.event.tenant, claim.event.trace, claim.event.time) == (tenant, "00-abc", NOON)
    assert set(claim.event.data) == {"sha256", "size_bytes"}


async def test_parallel_workers_never_hold_the_same_message(store, claims, tenant) -> None:
    for _ in range(30):
        await store.accept(upload(tenant))
    batches = await asyncio.gather(*(taken(claims, most=4, worker=f"w{n}") for n in range(10)))
    held = [claim.event.id for batch in batches for claim in batch]
    assert len(held) == 30
    assert len(set(held)) == 30


async def test_stages_are_served_in_the_order_that_was_asked_for(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    await store.append(answer(claim, await store.load(tenant, claim.event.document)), claim=claim)
    await store.accept(upload(tenant))
    first, second = await claims.take(["analyze", "read"], worker="w", most=5)
    assert (first.stage, second.stage) == ("analyze", "read")


async def test_a_tenants_messages_come_oldest_first(store, claims, tenant) -> None:
    made = [(await store.accept(upload(tenant))).document for _ in range(5)]
    assert [claim.event.document for claim in await taken(claims, most=5)] == made


async def test_a_tenant_with_many_files_does_not_hold_up_the_one_with_one(
    store, claims, tenant, neighbour
) -> None:
    for _ in range(20):
        await store.accept(upload(tenant))
    for claim in await taken(claims, most=6):
        await claims.charge(claim, cpu_seconds=0.05)
    await store.accept(upload(neighbour))
    (claim,) = await taken(claims)
    assert claim.event.tenant == neighbour


async def test_turns_follow_what_the_work_has_cost(store, claims, tenant, neighbour) -> None:
    for _ in range(40):
        await store.accept(upload(tenant))
        await store.accept(upload(neighbour))
    turns: Counter[str] = Counter()
    for _ in range(40):
        (claim,) = await taken(claims)
        turns[claim.event.tenant] += 1
        await claims.charge(claim, cpu_seconds=0.3 if claim.event.tenant == tenant else 0.1)
    assert 25 <= turns[neighbour] <= 34  # three quarters of the turns, for a third of the cost each


async def test_a_tenant_saves_up_nothing_while_it_is_idle(store, claims, tenant, neighbour) -> None:
    await store.accept(upload(neighbour))
    (claim,) = await taken(claims)  # the neighbour is known, and then idle
    for _ in range(30):
        await store.accept(upload(tenant))
    for _ in range(20):
        (claim,) = await taken(claims)
        await claims.charge(claim, cpu_seconds=1.0)
    for _ in range(10):
        await store.accept(upload(neighbour))
    turns = []
    for _ in range(6):
        (claim,) = await taken(claims)
        turns.append(claim.event.tenant)
        await claims.charge(claim, cpu_seconds=1.0)
    assert tenant in turns


async def test_a_lease_that_ends_hands_the_message_to_the_next(store, claims, tenant, database) -> None:
    await store.accept(upload(tenant))
    brief = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM, lease_s=0.0)
    (first,) = await taken(brief)
    (second,) = await taken(claims, worker="other")
    assert (second.fence, second.attempt) == (first.fence + 1, 2)
    assert await claims.beat([first]) == {("read", first.event.id)}
    assert await claims.beat([second]) == frozenset()


async def test_a_heartbeat_keeps_the_message(store, claims, tenant, database) -> None:
    await store.accept(upload(tenant))
    brief = PostgresClaims(database, subscriptions=SUBSCRIPTIONS, starts_from=STARTS_FROM, lease_s=0.0)
    (first,) = await taken(brief)
    assert await claims.beat([first]) == frozenset()
    assert await taken(claims, worker="other") == []


async def test_a_message_whose_last_attempt_died_comes_back_once_more(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    for attempt in range(1, ATTEMPTS_MAX + 2):
        (claim,) = await taken(claims)
        assert claim.attempt == attempt
        assert await claims.forsake("w") == 1


async def test_a_retry_waits_and_counts(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    await claims.retry(claim, delay_s=3600, code="unavailable", reason="the disk")
    assert await taken(claims) == []
    with pytest.raises(StaleClaim):
        await claims.retry(claim, delay_s=0, code="unavailable", reason="again")


async def test_a_try_that_was_not_the_messages_fault_is_not_counted(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    for _ in range(ATTEMPTS_MAX + 3):
        (claim,) = await taken(claims)
        assert claim.attempt == 1
        await claims.retry(claim, delay_s=0, code="storage_full", reason="full", counted=False)


async def test_what_a_worker_gives_back_when_it_stops_in_order_is_not_counted(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    for _ in range(ATTEMPTS_MAX + 3):
        (claim,) = await taken(claims)
        assert claim.attempt == 1
        assert await claims.forsake("w", counted=False) == 1


async def test_giving_up_makes_a_dead_letter_and_fails_the_run_together(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    document = await store.load(tenant, claim.event.document)
    await claims.give_up(claim, failure(claim, document), code="internal_error", reason="it broke")
    run = (await store.load(tenant, document.id)).run
    assert (run.state, run.code) == (RunState.FAILED, "internal_error")
    (letter,) = await claims.dead_letters(tenant)
    assert (letter.stage, letter.event, letter.document) == ("read", claim.event.id, document.id)
    assert (letter.code, letter.reason, letter.attempts) == ("internal_error", "it broke", 1)
    assert [event.type for event in await store.journal(tenant, document.id)][-1] == EventType.DOCUMENT_FAILED
    assert (await store.operation(tenant, document.id)).stage == "read"
    assert await taken(claims) == []


async def test_a_late_holder_cannot_give_up(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    (late,) = await taken(claims)
    document = await store.load(tenant, late.event.document)
    await claims.forsake("w")
    await taken(claims)
    with pytest.raises(StaleClaim):
        await claims.give_up(late, failure(late, document), code="internal_error", reason="late")
    assert await claims.dead_letters(tenant) == []
    assert (await store.load(tenant, document.id)).run.state == RunState.UPLOADED


async def test_replay_sends_a_dead_letter_back_once(store, claims, tenant, neighbour) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    document = await store.load(tenant, claim.event.document)
    await claims.give_up(claim, failure(claim, document), code="internal_error", reason="it broke")
    assert await claims.dead_letters(neighbour) == []
    (letter,) = await claims.dead_letters()
    assert await asyncio.gather(*(claims.replay(letter) for _ in range(5))) != [False] * 5
    assert not await claims.replay(letter)
    assert await claims.dead_letters() == []
    again = await store.load(tenant, document.id)
    assert (again.run.state, again.run.code) == (RunState.UPLOADED, None)
    (retaken,) = await taken(claims)
    assert (retaken.event.id, retaken.attempt) == (claim.event.id, 1)
    await store.append(answer(retaken, again), claim=retaken)


async def test_a_claim_tells_how_often_its_message_was_sent_back(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    for replays in range(3):
        (claim,) = await taken(claims)
        assert claim.replays == replays
        document = await store.load(tenant, claim.event.document)
        change = failure(claim, document)
        (said,) = change.events
        number = event_id(claim.stage, claim.event.id, EventType.DOCUMENT_FAILED, claim.replays)
        change = replace(change, events=(replace(said, id=number),))
        await claims.give_up(claim, change, code="internal_error", reason="it broke")
        (letter,) = await claims.dead_letters(tenant)
        told = [event.type for event in await store.journal(tenant, document.id)]
        assert told.count(EventType.DOCUMENT_FAILED) == replays + 1
        assert await claims.replay(letter)


async def test_waiting_ends_when_there_is_work(store, claims, tenant) -> None:
    await claims.wait(timeout_s=0.3)  # the listener has come up
    waiting = asyncio.create_task(claims.wait(timeout_s=30))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await store.accept(upload(tenant))
    await asyncio.wait_for(waiting, 10)


async def test_waiting_ends_without_work_too(claims) -> None:
    await claims.wait(timeout_s=0.01)
    await claims.wait(timeout_s=0.01)


async def test_the_backlog_is_counted_by_stage_and_tenant(store, claims, tenant, neighbour) -> None:
    for _ in range(3):
        await store.accept(upload(tenant))
    await store.accept(upload(neighbour))
    await taken(claims, most=2)
    backlog = await claims.backlog()
    assert {key: messages for key, (messages, _) in backlog.items()} == {
        ("read", tenant): 3,
        ("read", neighbour): 1,
    }
    assert all(age_s >= 0 for _, age_s in backlog.values())


async def test_a_claim_brings_its_document_as_it_is_saved(store, claims, tenant) -> None:
    await store.accept(upload(tenant))
    for stage in ("read", "analyze", "validate", "archive"):
        (claim,) = await taken(claims, stage)
        assert claim.held == await store.load(tenant, claim.event.document)
        await store.append(answer(claim, claim.held), claim=claim)


async def test_two_workers_that_tell_their_costs_do_not_wait_for_each_other(store, claims, tenant) -> None:
    """It was seen: each held what the other wanted, until the database broke one off after a second."""
    for _ in range(40):
        await store.accept(upload(tenant))
    stages = ["archive", "validate", "analyze", "read"]

    async def work(worker: str) -> None:
        while messages := await claims.take(stages, worker=worker, most=3):
            for claim in messages:
                await store.append(answer(claim, claim.held), claim=claim)
                await claims.charge(claim, cpu_seconds=0.1)

    await asyncio.wait_for(asyncio.gather(*(work(f"w{n}") for n in range(6))), 60)
    assert await store.counts(tenant) == {"archived": 40}


async def test_who_answers_a_message_looks_for_the_next_itself_and_wakes_others_for_more(
    store, claims, tenant
) -> None:
    await store.accept(upload(tenant))
    await claims.wait(timeout_s=0.3)  # the listener has come up
    woken = {}
    for stage in ("read", "analyze", "validate"):
        (claim,) = await taken(claims, stage)
        waiting = asyncio.create_task(claims.wait(timeout_s=30))
        await store.append(answer(claim, claim.held), claim=claim)
        await asyncio.sleep(0.3)
        woken[stage] = waiting.done()
        waiting.cancel()
    assert woken == {"read": False, "analyze": False, "validate": True}  # what is validated has two takers
