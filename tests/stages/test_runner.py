"""Retries, dead letters, fences, replays: what becomes of a message when things go wrong."""

import asyncio
import itertools
import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.flow import Row
from tests.stages.conftest import ACME, MemoryPlatform

from docmill.domain.documents import Change, Claim
from docmill.domain.errors import DocmillError, ErrorCode, Unavailable
from docmill.domain.events import EventType
from docmill.domain.limits.flow import ATTEMPTS_MAX, BACKOFF_MAX_S
from docmill.domain.limits.processes import OUTAGE_RETRY_S
from docmill.domain.states import RunState
from docmill.stages.runner import backoff_s


def state(platform: MemoryPlatform) -> list[Any]:
    """What a platform has come to; times and usage are left out."""
    rows = []
    for document in platform.db.documents.values():
        run = document.run
        result = {
            key: value for key, value in (run.result or {}).items() if key not in ("usage", "document_id")
        }
        rows.append(
            (document.name, run.state, run.code, run.version, run.reading, bool(run.indexed_at), result)
        )
    events = sorted(event.type for event in platform.db.events)
    return [sorted(rows, key=lambda row: row[0]), events, platform.db.letters]


async def test_an_error_that_may_pass_is_tried_again_with_growing_waits(platform: MemoryPlatform) -> None:
    faults = itertools.chain([OSError("x"), DocmillError(ErrorCode.INTERNAL_ERROR)], itertools.repeat(None))
    platform.reader.fault = lambda _name: next(faults)
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert platform.claims.delays == [backoff_s(1), backoff_s(2)]
    assert backoff_s(1) < backoff_s(2) < backoff_s(30) == BACKOFF_MAX_S


async def test_after_the_last_try_the_message_is_a_dead_letter_and_the_run_failed(
    platform: MemoryPlatform,
) -> None:
    platform.reader.fault = lambda _name: RuntimeError("secret text of the document")
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert len(platform.reader.calls) == ATTEMPTS_MAX
    document = await platform.document(accepted)
    assert (document.run.state, document.run.code) == (RunState.FAILED, ErrorCode.INTERNAL_ERROR)
    (letter,) = platform.db.letters
    assert (letter.stage, letter.attempts) == ("read", ATTEMPTS_MAX)
    assert letter.reason == "unexpected RuntimeError"


async def test_an_error_that_will_not_pass_is_not_tried_again(platform: MemoryPlatform) -> None:
    platform.reader.fault = lambda _name: DocmillError(ErrorCode.TYPE_INVALID, "schema")
    await platform.upload("number 7")
    await platform.settle()
    assert len(platform.reader.calls) == 1
    assert len(platform.db.letters) == 1


async def test_a_replayed_dead_letter_goes_on_from_where_its_stage_starts(platform: MemoryPlatform) -> None:
    platform.reader.fault = lambda _name: RuntimeError()
    accepted = await platform.upload("number 7")
    await platform.settle()
    platform.reader.fault = lambda _name: None
    assert await platform.claims.replay(platform.db.letters[0])
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert not platform.db.letters


async def test_a_second_failure_after_a_replay_is_a_fact_of_its_own_and_a_redelivery_is_not(
    platform: MemoryPlatform,
) -> None:
    def failures() -> list[Any]:
        return [event.id for event in platform.db.events if event.type is EventType.DOCUMENT_FAILED]

    platform.reader.fault = lambda _name: RuntimeError()
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert len(failures()) == 1
    row = platform.db.rows["read", platform.db.events[0].id]
    row.dead = False  # a broker brings the message again
    await platform.settle()
    assert len(failures()) == 1
    assert await platform.claims.replay(platform.db.letters[0])
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.FAILED
    assert len(set(failures())) == 2


async def test_a_message_that_kills_its_workers_is_given_up_on_without_another_try(
    platform: MemoryPlatform,
) -> None:
    accepted = await platform.upload("number 7")
    for attempt in range(1, ATTEMPTS_MAX + 2):
        (claim,) = await platform.take("read", worker=f"w{attempt}")
        assert claim.attempt == attempt
        if attempt <= ATTEMPTS_MAX:
            platform.claims.expire(claim.worker)
    await platform.runner.deliver(claim)
    assert platform.reader.calls == []
    assert (await platform.document(accepted)).run.state is RunState.FAILED


async def test_a_full_disk_is_waited_for_and_is_not_held_against_the_message(
    platform: MemoryPlatform,
) -> None:
    accepted = await platform.upload("number 7")
    platform.blobs.full = True
    for _ in range(3 * ATTEMPTS_MAX):
        platform.claims.pass_time(OUTAGE_RETRY_S)
        (claim,) = await platform.take()
        await platform.runner.deliver(claim)
    platform.blobs.full = False
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert not platform.db.letters


async def test_an_answer_is_kept_while_the_database_is_away(
    platform: MemoryPlatform, monkeypatch: Any
) -> None:
    append, away = platform.store.append, itertools.chain([True, True], itertools.repeat(False))

    async def append_or_not(change: Change, *, claim: Claim | None) -> None:
        if next(away):
            raise Unavailable
        await append(change, claim=claim)

    monkeypatch.setattr(platform.store, "append", append_or_not)
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert platform.reader.calls == ["a.txt"]
    assert platform.telemetry.outages == ["store", "store"]


async def test_a_late_holder_writes_nothing(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    (late,) = await platform.take("read", worker="slow")
    platform.claims.expire("slow")
    (newer,) = await platform.take("read", worker="quick")
    await platform.runner.deliver(late)
    assert (await platform.document(accepted)).run.state is RunState.UPLOADED
    await platform.runner.deliver(newer)
    assert (await platform.document(accepted)).run.state is RunState.READ
    assert platform.telemetry.losses == ["read"]


async def test_every_message_twice_and_in_another_order_comes_to_the_same_state(
    platform: MemoryPlatform,
) -> None:
    async def run(target: MemoryPlatform, seed: int, *, twice: bool) -> list[Any]:
        chance = random.Random(seed)
        texts = [f"number {n}" if n % 3 else f"none {n}" for n in range(9)]
        chance.shuffle(texts)
        for text in texts:
            await target.upload(text, f"{text}.txt")
        delivered: list[Row] = []
        while open_rows := [row for row in target.db.rows.values() if not (row.done or row.dead)]:
            row = chance.choice(open_rows)
            for _ in range(1 + twice):
                await target.runner.deliver(target.claims.hand_out(row))
            delivered.append(row)
        if twice:
            for row in delivered:  # and all of them once more when everything has long been done
                await target.runner.deliver(target.claims.hand_out(row))
        return state(target)

    once = await run(platform, 1, twice=False)
    for seed in range(2, 7):
        assert await run(MemoryPlatform(), seed, twice=True) == once


async def test_archive_and_index_of_one_event_both_happen_whatever_the_order(
    platform: MemoryPlatform,
) -> None:
    for order in (("archive", "index"), ("index", "archive"), None):
        accepted = await platform.upload(f"number {order}")
        for name in ("read", "analyze", "validate"):
            (claim,) = await platform.take(name)
            await platform.runner.deliver(claim)
        if order is None:
            both = await platform.take("archive", "index", most=2)
            await asyncio.gather(*(platform.runner.deliver(claim) for claim in both))
        for name in order or ():
            (claim,) = await platform.take(name)
            await platform.runner.deliver(claim)
        run = (await platform.document(accepted)).run
        assert run.state is RunState.ARCHIVED
        assert run.indexed_at is not None


async def test_a_run_that_changed_under_a_stages_hands_is_looked_at_again(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    key = (ACME, accepted.document)

    def somebody_else(_name: str) -> None:
        if len(platform.reader.calls) == 1:
            document = platform.db.documents[key]
            run = replace(document.run, version=document.run.version + 1)
            platform.db.documents[key] = replace(document, run=run)

    platform.reader.fault = somebody_else
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert platform.reader.calls == ["a.txt", "a.txt"]
    assert platform.claims.delays == []


async def test_a_message_about_an_erased_document_is_closed_without_work(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    await platform.store.erase(ACME, accepted.document, time=datetime.now(UTC))
    platform.claims.again("read", platform.db.events[0].id)
    await platform.settle()
    assert platform.reader.calls == []
    assert not platform.db.letters


async def test_a_side_fact_that_fails_leaves_the_run_alone(
    platform: MemoryPlatform, monkeypatch: Any
) -> None:
    async def broken(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(platform.index, "put", broken)
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert (await platform.document(accepted)).run.state is RunState.ARCHIVED
    assert [letter.stage for letter in platform.db.letters] == ["index"]


async def test_what_a_message_cost_is_charged_and_kept_with_the_run(platform: MemoryPlatform) -> None:
    accepted = await platform.upload("number 7")
    await platform.settle()
    assert (await platform.document(accepted)).run.usage.cpu_seconds > 0
    assert {name for name, _ in platform.claims.charged} == {
        "read",
        "analyze",
        "validate",
        "archive",
        "index",
    }
    assert all(timedelta(0) < timedelta(seconds=cost) for _, cost in platform.claims.charged)
