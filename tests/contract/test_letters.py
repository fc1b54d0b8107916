"""ports/letters.Letters."""

from datetime import UTC, datetime, timedelta

import pytest
from tests.contract.documents import NOON, upload
from tests.contract.test_claims import failure, taken

from docmill.adapters.postgres.letters import PostgresLetters
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.states import RunState
from docmill.ports.letters import LetterFilter, LetterId, LetterState


@pytest.fixture
def letters(database, claims) -> PostgresLetters:
    return PostgresLetters(database, claims)


async def given_up(store, claims, tenant, **about) -> LetterId:
    accepted = await store.accept(upload(tenant, **about))
    (claim,) = await taken(claims)
    await claims.retry(claim, delay_s=0, code="unavailable", reason="the disk", lines=("a.py:1 in a",))
    (claim,) = await taken(claims)
    document = await store.load(tenant, accepted.document)
    await claims.give_up(
        claim, failure(claim, document), code="internal_error", reason="unexpected ValueError", lines=("b",)
    )
    return LetterId("read", claim.event.id)


async def test_a_letter_tells_every_try(store, claims, letters, tenant) -> None:
    letter = await letters.load(tenant, await given_up(store, claims, tenant))
    assert (letter.code, letter.reason, letter.attempts) == ("internal_error", "unexpected ValueError", 2)
    told = [(one.attempt, one.code, one.reason, one.lines, one.worker) for one in letter.tries]
    assert told == [
        (1, "unavailable", "the disk", ("a.py:1 in a",), "w"),
        (2, "internal_error", "unexpected ValueError", ("b",), "w"),
    ]


async def test_a_death_is_told_as_a_try(store, claims, letters, tenant) -> None:
    accepted = await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    await claims.forsake("w")
    (claim,) = await taken(claims)
    document = await store.load(tenant, accepted.document)
    await claims.give_up(claim, failure(claim, document), code="internal_error", reason="x")
    letter = await letters.load(tenant, LetterId("read", claim.event.id))
    assert "died" in letter.tries[0].reason


async def test_only_the_newest_ten_tries_are_kept(store, claims, letters, tenant) -> None:
    await store.accept(upload(tenant))
    for number in range(13):
        (claim,) = await taken(claims)
        await claims.retry(claim, delay_s=0, code="unavailable", reason=str(number), counted=False)
    (claim,) = await taken(claims)
    document = await store.load(tenant, claim.event.document)
    await claims.give_up(claim, failure(claim, document), code="internal_error", reason="last")
    letter = await letters.load(tenant, LetterId("read", claim.event.id))
    assert [one.reason for one in letter.tries] == [*map(str, range(4, 13)), "last"]


async def test_letters_are_filtered_and_paged(store, claims, letters, tenant, neighbour) -> None:
    ids = [await given_up(store, claims, tenant, batch=name) for name in ("one", "one", "two")]
    await given_up(store, claims, neighbour)
    first = await letters.find(tenant, LetterFilter(), limit=2)
    rest = await letters.find(tenant, LetterFilter(), limit=2, cursor=first.next)
    assert [letter.id for letter in (*first.letters, *rest.letters)] == ids[::-1]
    assert rest.next is None
    for where, count in (
        (LetterFilter(batch="one"), 2),
        (LetterFilter(stage="index"), 0),
        (LetterFilter(code="internal_error"), 3),
        (LetterFilter(type_name="invoice"), 0),
        (LetterFilter(since=datetime.now(UTC) + timedelta(hours=1)), 0),
        (LetterFilter(code="\0"), 0),
    ):
        assert len((await letters.find(tenant, where, limit=9)).letters) == count, where
        assert len(await letters.matching(tenant, where)) == count
    with pytest.raises(DocmillError, match="request_invalid"):
        await letters.find(tenant, LetterFilter(), limit=2, cursor="x")


async def test_a_letter_is_sent_back_once(store, claims, letters, tenant) -> None:
    letter = await given_up(store, claims, tenant)
    assert [await letters.replay(tenant, letter) for _ in range(3)] == [True, False, False]
    (claim,) = await taken(claims)
    assert (await store.load(tenant, claim.event.document)).run.state is RunState.UPLOADED
    assert await letters.replay(tenant, letter) is False


async def test_what_was_given_up_is_not_sent_back(store, claims, letters, tenant) -> None:
    letter = await given_up(store, claims, tenant)
    closed = await letters.close(tenant, letter, by="key:1", reason="withdrawn")
    again = await letters.close(tenant, letter, by="key:2", reason="no")
    assert closed.closing == again.closing
    assert again.closing is not None
    assert (again.closing.by, again.closing.reason) == ("key:1", "withdrawn")
    with pytest.raises(DocmillError, match="state_forbidden"):
        await letters.replay(tenant, letter)
    assert (await letters.find(tenant, LetterFilter(), limit=9)).letters == ()
    kept = await letters.find(tenant, LetterFilter(state=LetterState.GIVEN_UP), limit=9)
    assert [one.id for one in kept.letters] == [letter]
    await store.forget(tenant, most=100)
    assert (await letters.load(tenant, letter)).state is LetterState.GIVEN_UP


async def test_what_was_sent_back_cannot_be_given_up(store, claims, letters, tenant) -> None:
    letter = await given_up(store, claims, tenant)
    await letters.replay(tenant, letter)
    with pytest.raises(DocmillError, match="state_forbidden"):
        await letters.close(tenant, letter, by="key:1", reason="late")


async def test_a_letter_of_an_erased_document_is_not_sent_back(store, claims, letters, tenant) -> None:
    letter = await given_up(store, claims, tenant)
    document = (await letters.load(tenant, letter)).document
    (before,) = [one for one in await claims.dead_letters(tenant) if one.event == letter.event]
    await store.erase(tenant, document, time=NOON)
    with pytest.raises(DocmillError) as refused:
        await letters.replay(tenant, letter)
    assert refused.value.code is ErrorCode.ERASED
    assert await claims.replay(before) is False


async def test_a_cancelled_run_is_not_replayed(store, claims, letters, tenant, database) -> None:
    letter = await given_up(store, claims, tenant)
    document = (await letters.load(tenant, letter)).document
    async with database.tenant(tenant) as tx:
        await tx.run(b"UPDATE runs SET state = 'cancelled' WHERE document = %s", (document,))
    with pytest.raises(DocmillError, match="state_forbidden"):
        await letters.replay(tenant, letter)
    (before,) = await claims.dead_letters(tenant)
    assert await claims.replay(before) is False
    assert await taken(claims) == []


async def test_another_tenants_letter_is_not_found(store, claims, letters, tenant, neighbour) -> None:
    letter = await given_up(store, claims, tenant)
    for refused in (
        letters.load(neighbour, letter),
        letters.replay(neighbour, letter),
        letters.close(neighbour, letter, by="key:1", reason="x"),
    ):
        with pytest.raises(NotFound):
            await refused
    assert (await letters.load(tenant, letter)).state is LetterState.DEAD


async def test_a_message_that_nobody_gave_up_on_is_no_letter(store, claims, letters, tenant) -> None:
    await store.accept(upload(tenant))
    (claim,) = await taken(claims)
    letter = LetterId("read", claim.event.id)
    for refused in (letters.load(tenant, letter), letters.replay(tenant, letter)):
        with pytest.raises(NotFound):
            await refused
