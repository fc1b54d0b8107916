"""ports/webhooks.Webhooks and ports/deliveries.Deliveries: from the journal to a receiver, on a real database."""

import asyncio
import base64
import random
from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import psycopg
import pytest
from standardwebhooks import WebhookVerificationError
from tests.contract.documents import NOON, upload
from tests.receiver import Got, Receiver, until

from docmill.adapters.httpcore_sender import HttpcoreSender
from docmill.adapters.postgres.batches import PostgresBatches
from docmill.adapters.postgres.deliveries import PostgresDeliveries
from docmill.adapters.postgres.upkeep import PostgresUpkeep
from docmill.adapters.postgres.webhooks import PostgresWebhooks
from docmill.adapters.tokens.seal import Seal
from docmill.domain.addresses import own_networks
from docmill.domain.batches import Expected, Noted, Outcome
from docmill.domain.documents import Change
from docmill.domain.errors import DocmillError, NotFound, VersionConflict
from docmill.domain.events import DocumentId, Event, EventId, EventType, first_run_id
from docmill.domain.limits.webhooks import WEBHOOKS_PER_TENANT_MAX
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.domain.webhooks import DeliveryStatus, Schedule, SendCode, Webhook, WebhookId, WebhookType
from docmill.ports.webhooks import WebhookChange
from docmill.stages.delivering import Deliverer
from docmill.stages.flow import SUBSCRIPTIONS
from docmill.stages.webhooks import Postman

SOON = Schedule(waits_s=(0.02, 0.05), jitter=0.5)
SEAL = Seal(b"s" * 32)
LOOPBACK = own_networks("127.0.0.0/8")


def now() -> datetime:
    return datetime.now(UTC)


@dataclass
class Post:
    """Everything between the journal and a receiver."""

    store: object
    journal: object
    webhooks: PostgresWebhooks
    deliveries: PostgresDeliveries
    postman: Postman
    admin_dsn: str

    async def endpoint(self, tenant: TenantId, url: str, **given: object) -> tuple[Webhook, str]:
        return await self.webhooks.create(tenant, WebhookChange(url=url, **given))

    async def follow(self) -> int:
        while await self.journal.sequence():
            pass
        return await self.postman.follow()

    @asynccontextmanager
    async def sending(self, worker: str = "one", **given: object) -> AsyncIterator[Deliverer]:
        sender = given.pop("sender", HttpcoreSender(LOOPBACK))
        deliverer = Deliverer(
            self.deliveries,
            sender,
            now,
            worker,
            lambda *_: None,
            **({"schedule": SOON, "poll_s": 0.02} | given),
        )
        stop = asyncio.Event()
        running = asyncio.create_task(deliverer.run(stop))
        try:
            yield deliverer
        finally:
            stop.set()
            deliverer.wake()
            async with asyncio.timeout(20):
                await running

    def ask(self, statement: str, *parameters: object) -> list[tuple]:
        with psycopg.connect(self.admin_dsn, autocommit=True) as admin:
            done = admin.execute(statement, parameters or None)
            return done.fetchall() if done.description else []


@pytest.fixture
def post(database, store, journal, postgres) -> Post:
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute("DELETE FROM docmill.webhooks; DELETE FROM docmill.batch_watches")
        admin.execute("UPDATE docmill.followers SET position = 0")
    deliveries = PostgresDeliveries(database, lambda: SEAL)
    batches = PostgresBatches(database)
    postman = Postman(journal, deliveries, batches, now)
    return Post(
        store, journal, PostgresWebhooks(database, lambda: SEAL), deliveries, postman, postgres.admin_dsn
    )


async def document(post: Post, tenant: TenantId, **given: object) -> DocumentId:
    return (await post.store.accept(upload(tenant, **given))).document


async def say(
    post: Post,
    tenant: TenantId,
    document: DocumentId,
    event: EventType,
    *,
    state: RunState | None = None,
    cause: EventId | None = None,
    **data: object,
) -> EventId:
    """Append an event to a document's run, with its state where one is given."""
    run = (await post.store.load(tenant, document)).run
    said = Event(EventId(uuid4()), event, tenant, document, first_run_id(document), NOON, cause, data=data)
    code = data.get("code")
    change = Change(
        tenant, document, run.id, run.version, state=state, code=str(code) if code else None, events=(said,)
    )
    await post.store.append(change, claim=None)
    return said.id


async def rejected(post: Post, tenant: TenantId, **given: object) -> DocumentId:
    made = await document(post, tenant, **given)
    await say(post, tenant, made, EventType.DOCUMENT_REJECTED, state=RunState.REJECTED, code="file_corrupt")
    return made


async def storm(post: Post, tenant: TenantId, *, documents: int, each: int) -> dict[str, list[str]]:
    """Documents that fail again and again: ``each`` events of every one of them, in an order."""
    order: dict[str, list[str]] = defaultdict(list)
    ids = [await document(post, tenant) for _ in range(documents)]
    for _ in range(each):
        for one in ids:
            order[str(one)].append(
                str(await say(post, tenant, one, EventType.DOCUMENT_FAILED, code="page_failed"))
            )
    return order


def firsts(got: list[Got]) -> dict[str, list[str]]:
    """Per document, the ids in the order in which each came first."""
    seen: dict[str, list[str]] = defaultdict(list)
    for one in got:
        if str(one.id) not in seen[one.document]:
            seen[one.document].append(str(one.id))
    return seen


def faults(order: dict[str, list[str]], got: list[Got]) -> list[str]:
    """What a receiver was not told, was told out of order, or was told that nobody knows of. Empty is good."""
    came = firsts(got)
    wrong = [
        f"{doc}: {len(set(ids) - set(came[doc]))} lost"
        for doc, ids in order.items()
        if set(ids) - set(came[doc])
    ]
    wrong += [
        f"{doc}: out of order"
        for doc, ids in order.items()
        if set(ids) == set(came[doc]) and ids != came[doc]
    ]
    return wrong + [f"{doc}: unknown" for doc in came.keys() - order.keys()]


async def test_an_endpoint_is_told_exactly_what_the_journal_says(post, tenant, neighbour) -> None:
    async with Receiver() as receiver, Receiver() as other:
        await post.endpoint(tenant, receiver.url)
        await post.endpoint(neighbour, other.url)
        ended = await rejected(post, tenant, batch="may")
        unpacked = await document(post, tenant)
        await say(post, tenant, unpacked, EventType.DOCUMENT_UNPACKED, state=RunState.UNPACKED, children=3)
        mail = await document(post, tenant)  # goes on being read: it has not ended by being unpacked
        await say(post, tenant, mail, EventType.DOCUMENT_READ, state=RunState.READ)
        await say(post, tenant, mail, EventType.DOCUMENT_UNPACKED, children=2)
        await post.store.erase(tenant, ended, time=NOON)
        await post.follow()
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 3)
        told = {(got.document, got.type) for got in receiver.taken}
        assert told == {
            (str(ended), "document.rejected"),
            (str(ended), "document.erased"),
            (str(unpacked), "document.succeeded"),
        }
        body = next(got.json for got in receiver.taken if got.type == "document.rejected")
        assert body["data"]["code"] == "file_corrupt"
        assert body["data"]["batch"] == "may"
        assert body["data"]["links"]["document"] == f"/v1/documents/{ended}"
        assert "invoice.pdf" not in str(receiver.got)
        assert other.got == []


async def test_reading_the_journal_twice_writes_nothing_twice(post, tenant) -> None:
    await post.endpoint(tenant, "https://example.com/")
    order = await storm(post, tenant, documents=3, each=4)
    assert await post.follow() > 0
    assert await post.follow() == 0
    count = sum(map(len, order.values()))
    assert post.ask("SELECT count(*) FROM docmill.deliveries") == [(count,)]
    post.ask("UPDATE docmill.followers SET position = 0")
    await post.follow()
    assert post.ask("SELECT count(*) FROM docmill.deliveries") == [(count,)]


async def test_of_two_who_follow_at_the_same_time_one_writes(post, tenant) -> None:
    await post.endpoint(tenant, "https://example.com/")
    order = await storm(post, tenant, documents=4, each=4)
    while await post.journal.sequence():
        pass
    await asyncio.gather(*(post.postman.follow() for _ in range(5)))
    assert post.ask("SELECT count(*) FROM docmill.deliveries") == [(sum(map(len, order.values())),)]


async def test_nobody_who_wants_to_be_told_costs_no_reading(post, tenant) -> None:
    await storm(post, tenant, documents=1, each=2)
    assert await post.follow() == 0
    assert await post.deliveries.position() == 3
    await post.endpoint(tenant, "https://example.com/")
    later = await rejected(post, tenant)
    await post.follow()
    assert post.ask("SELECT document FROM docmill.deliveries") == [(later,)]


class Killed(Exception):
    """Here the process died."""


class HastyDeliveries(PostgresDeliveries):
    """Saves the bookmark first, and the rows after it: what a follower must not do."""

    dies = True

    async def follow(self, letters, batches, *, after, until) -> bool:
        moved = await super().follow([], {}, after=after, until=until)
        if self.dies:
            raise Killed
        return moved


async def test_a_kill_before_the_letters_are_saved_loses_nothing(post, tenant, monkeypatch) -> None:
    await post.endpoint(tenant, "https://example.com/")
    order = await storm(post, tenant, documents=2, each=3)

    async def dies(*_args, **_given) -> bool:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(post.deliveries, "follow", dies)
        with pytest.raises(Killed):
            await post.follow()
    await post.follow()
    assert post.ask("SELECT count(*) FROM docmill.deliveries") == [(sum(map(len, order.values())),)]


async def test_a_bookmark_that_is_saved_before_the_letters_is_found_to_lose_them(
    post, tenant, database
) -> None:
    """The negative control."""
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=2, each=3)
        hasty = replace(post.postman, deliveries=HastyDeliveries(database, lambda: SEAL))
        while await post.journal.sequence():
            pass
        with pytest.raises(Killed):
            await hasty.follow()
        await post.follow()
        async with post.sending():
            await asyncio.sleep(0.2)
        assert [fault.split(": ")[1] for fault in faults(order, receiver.taken)] == ["3 lost", "3 lost"]


@pytest.mark.parametrize("seed", range(3))
async def test_order_per_document_holds_under_a_receiver_that_fails_at_random(post, tenant, seed) -> None:
    chance = random.Random(seed)

    def answering(_got: Got) -> int | None:
        return chance.choice([204, 200, 500, 503, None])

    async with Receiver(answering) as receiver:
        _, secret = await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=6, each=5)
        await post.follow()
        async with post.sending(chance=chance.random):
            await receiver.until(lambda: len({got.id for got in receiver.taken}) == 30)
    assert faults(order, receiver.taken) == []
    assert firsts(receiver.got) == firsts(
        receiver.taken
    )  # nobody was tried before the one before it was taken
    for got in receiver.got:
        got.verify(secret)
    bodies = defaultdict(set)
    for got in receiver.got:
        bodies[got.id].add(got.body)
    assert {len(same) for same in bodies.values()} == {1}


async def test_a_sender_that_sends_all_at_once_is_found_to_break_the_order(post, tenant) -> None:
    """The negative control: every delivery has a time of its own at which it is due."""
    chance = random.Random(1)
    async with Receiver(lambda _got: chance.choice([204, 500, 500])) as receiver:
        await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=6, each=5)
        await post.follow()
        post.ask("DROP INDEX docmill.deliveries_first")
        try:
            post.ask("UPDATE docmill.deliveries SET due_at = now()")
            async with post.sending():
                await receiver.until(lambda: len({got.id for got in receiver.taken}) == 30)
        finally:
            post.ask(
                "CREATE UNIQUE INDEX deliveries_first ON docmill.deliveries (webhook, subject)"
                " WHERE status = 'pending' AND due_at IS NOT NULL"
            )
    assert any("out of order" in fault for fault in faults(order, receiver.taken))


async def test_processes_that_die_while_they_send_lose_nothing_and_keep_the_order(post, tenant) -> None:
    chance = random.Random(3)
    async with Receiver(lambda _got: chance.choice([204, 204, 500]), delay_s=0.01) as receiver:
        await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=5, each=8)
        await post.follow()
        for _ in range(8):  # killed: nothing is written down of what it had in hand
            deliverer = Deliverer(
                post.deliveries,
                HttpcoreSender(LOOPBACK),
                now,
                "same",
                lambda *_: None,
                schedule=SOON,
                poll_s=0.02,
            )
            running = asyncio.create_task(deliverer.run(asyncio.Event()))
            await asyncio.sleep(chance.uniform(0.02, 0.12))
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        async with post.sending("same"):
            await receiver.until(lambda: len({got.id for got in receiver.taken}) == 40)
    assert faults(order, receiver.taken) == []


async def test_what_a_dead_process_had_in_hand_is_sent_when_its_lease_ends(post, tenant, database) -> None:
    short = PostgresDeliveries(database, lambda: SEAL, lease_s=0.2)
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url)
        await rejected(post, tenant)
        await post.follow()
        (lost,) = await short.lease("dead", most=5, busy={})
        assert await short.lease("other", most=5, busy={}) == []
        async with post.sending("other"):
            await receiver.until(lambda: len(receiver.taken) == 1)
        assert receiver.taken[0].id == lost.event
        done = await post.deliveries.finish(lost, attempt(), status=DeliveryStatus.GIVEN_UP)
        assert not done  # its fence is old
    assert post.ask("SELECT status FROM docmill.deliveries") == [("delivered",)]


async def test_no_delivery_waits_for_a_clock_that_was_set_back(post, tenant, database) -> None:
    upkeep = PostgresUpkeep(database, subscriptions=SUBSCRIPTIONS, stage_of={}, admin_dsn=None)
    await post.endpoint(tenant, "https://example.com/")
    for _ in range(4):
        await rejected(post, tenant)
    await post.follow()
    leased = await post.deliveries.lease("one", most=3, busy={})
    held, failed, later = leased
    await post.deliveries.finish(failed, attempt(), status=DeliveryStatus.PENDING, wait_s=5)
    post.ask("UPDATE docmill.deliveries SET due_at = due_at + interval '1 hour' WHERE due_at IS NOT NULL")
    post.ask("UPDATE docmill.delivery_attempts SET at = at + interval '1 hour'")
    await post.deliveries.finish(
        later, attempt(), status=DeliveryStatus.PENDING, wait_s=7_200
    )  # as it is meant
    assert await post.deliveries.lease("other", most=9, busy={}) == []
    assert await upkeep.unstick() == 3
    due = {one for (one,) in post.ask("SELECT id FROM docmill.deliveries WHERE due_at <= now()")}
    assert len(due) == 2  # what was not tried yet, and what failed
    assert failed.id in due
    assert due.isdisjoint((held.id, later.id))
    assert await upkeep.unstick() == 0


def attempt():
    from docmill.domain.webhooks import Attempt

    return Attempt(0, now(), 5, 500, SendCode.HTTP_STATUS)


async def test_a_delivery_that_always_fails_is_given_up_and_the_next_is_sent(post, tenant) -> None:
    bad: set[str] = set()

    def answering(got: Got) -> int:
        return 500 if str(got.id) in bad else 204

    async with Receiver(answering) as receiver:
        hook, _ = await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=1, each=3)
        (ids,) = order.values()
        bad.add(ids[0])
        await post.follow()
        async with post.sending(schedule=replace(SOON, give_up_s=0.3)):
            await receiver.until(lambda: len(receiver.taken) == 2)
    assert [str(got.id) for got in receiver.taken] == ids[1:]
    page = await post.webhooks.deliveries(tenant, hook.id, status=DeliveryStatus.GIVEN_UP, limit=10)
    (given_up,) = page.deliveries
    assert str(given_up.event) == ids[0]
    assert {a.code for a in given_up.attempts} == {SendCode.HTTP_STATUS}
    assert [a.number for a in given_up.attempts] == list(range(1, len(given_up.attempts) + 1))
    assert len(given_up.attempts) >= 4


async def test_a_dead_endpoint_does_not_hold_up_the_others(post, tenant, neighbour) -> None:
    async with Receiver(delay_s=3) as dead, Receiver() as alive, Receiver() as theirs:
        await post.endpoint(tenant, dead.url)
        await post.endpoint(tenant, alive.url)
        await post.endpoint(neighbour, theirs.url)
        for _ in range(12):
            await rejected(post, tenant)
            await rejected(post, neighbour)
        await post.follow()
        async with post.sending():
            await alive.until(lambda: len(alive.taken) == len(theirs.taken) == 12)
            assert dead.at_once_max <= 4


async def test_turns_go_round_the_tenants_and_one_endpoint_gets_no_more_than_its_share(
    post, tenant, neighbour
) -> None:
    loud, _ = await post.endpoint(tenant, "https://example.com/a")
    await post.endpoint(neighbour, "https://example.com/b")
    for _ in range(10):
        await rejected(post, tenant)
    for _ in range(2):
        await rejected(post, neighbour)
    await post.follow()
    first = await post.deliveries.lease("one", most=3, busy={})
    assert Counter(one.tenant for one in first)[neighbour] >= 1
    rest = await post.deliveries.lease("one", most=50, busy=Counter(one.webhook for one in first))
    assert Counter(one.tenant for one in [*first, *rest]) == {tenant: 4, neighbour: 2}
    post.ask("UPDATE docmill.webhooks SET failing_since = now() WHERE id = %s", loud.id)
    post.ask("UPDATE docmill.deliveries SET due_at = now(), worker = NULL WHERE due_at IS NOT NULL")
    assert (
        len([one for one in await post.deliveries.lease("one", most=50, busy={}) if one.tenant == tenant])
        == 1
    )


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (410, SendCode.GONE),
        (404, SendCode.HTTP_STATUS),
        (
            b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
            SendCode.REDIRECTED,
        ),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", SendCode.ANSWER_INVALID),
        (b"HTTP/1.1 500 X\r\nContent-Length: 100000000\r\n\r\n" + b"secret " * 100_000, SendCode.HTTP_STATUS),
    ],
)
async def test_what_a_receiver_says_is_kept_as_a_status_and_a_code(post, tenant, answer, code) -> None:
    async with Receiver(lambda _got: answer) as receiver:
        hook, _ = await post.endpoint(tenant, receiver.url)
        await rejected(post, tenant)
        await post.follow()
        async with post.sending(schedule=Schedule()):
            await until(lambda: post.ask("SELECT 1 FROM docmill.delivery_attempts"))
    (delivery,) = (await post.webhooks.deliveries(tenant, hook.id, limit=5)).deliveries
    assert [a.code for a in delivery.attempts] == [code]
    assert delivery.status is DeliveryStatus.PENDING
    found = await post.webhooks.load(tenant, hook.id)
    assert found.enabled is (code is not SendCode.GONE)
    assert bool(found.note) is (code is SendCode.GONE)
    kept = str(post.ask("SELECT d::text FROM docmill.deliveries d")) + str(
        post.ask("SELECT a::text FROM docmill.delivery_attempts a")
    )
    assert "secret secret" not in kept


async def test_a_disabled_endpoint_is_paused_and_goes_on_in_order(post, tenant) -> None:
    gone = True
    async with Receiver(lambda _got: 410 if gone else 204) as receiver:
        hook, _ = await post.endpoint(tenant, receiver.url)
        order = await storm(post, tenant, documents=2, each=2)
        await post.follow()
        async with post.sending():
            await until(lambda: disabled(post, tenant, hook.id))
            more = {key: list(ids) for key, ids in order.items()}
            for key, ids in more.items():
                ids.append(str(await say(post, tenant, DocumentId(UUID(key)), EventType.DOCUMENT_FAILED)))
            await post.follow()
            await asyncio.sleep(0.2)
            assert receiver.taken == []
            gone = False
            await post.webhooks.change(tenant, hook.id, WebhookChange(enabled=True), expected=None)
            await receiver.until(lambda: len(receiver.taken) == 6)
    assert faults(more, receiver.taken) == []
    found = await post.webhooks.load(tenant, hook.id)
    assert (found.enabled, found.note, found.failing_since) == (True, "", None)


async def test_an_endpoint_that_fails_for_days_is_disabled_with_a_note(post, tenant) -> None:
    async with Receiver(lambda _got: 500) as receiver:
        hook, _ = await post.endpoint(tenant, receiver.url)
        await rejected(post, tenant)
        await post.follow()
        post.ask("UPDATE docmill.webhooks SET failing_since = now() - interval '6 days'")
        async with post.sending():
            await until(lambda: disabled(post, tenant, hook.id))
    assert "5 days" in (await post.webhooks.load(tenant, hook.id)).note


async def test_an_endpoint_that_is_back_gets_at_once_what_waited_for_its_next_try(post, tenant) -> None:
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url)
        for _ in range(5):
            await rejected(post, tenant)
        await post.follow()
        post.ask("UPDATE docmill.deliveries SET due_at = now() + interval '8 hours'")
        post.ask("UPDATE docmill.webhooks SET failing_since = now() - interval '9 hours'")
        await rejected(post, tenant)
        await post.follow()
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 6)


async def test_a_replay_sends_the_same_events_again_in_order(post, tenant) -> None:
    async with Receiver() as receiver:
        hook, secret = await post.endpoint(tenant, receiver.url)
        before = now() - timedelta(seconds=1)
        order = await storm(post, tenant, documents=2, each=3)
        await post.follow()
        async with post.sending() as deliverer:
            await receiver.until(lambda: len(receiver.taken) == 6)
            first, receiver.taken = receiver.taken, []
            await asyncio.sleep(0.1)
            assert await post.webhooks.replay(tenant, hook.id, since=before) == 6
            deliverer.wake()
            await receiver.until(lambda: len(receiver.taken) == 6)
            assert faults(order, receiver.taken) == []
            assert {got.id: got.body for got in first} == {got.id: got.body for got in receiver.taken}
            await asyncio.sleep(0.1)
            one = (await post.webhooks.deliveries(tenant, hook.id, limit=10)).deliveries[0]
            assert len(one.attempts) == 2
            assert await post.webhooks.replay(tenant, hook.id, delivery=one.id) == 1
            deliverer.wake()
            await receiver.until(lambda: len(receiver.taken) == 7)
            assert receiver.taken[-1].id == one.event
        for got in receiver.got:
            got.verify(secret)
    assert await post.webhooks.replay(tenant, hook.id, since=now() + timedelta(hours=1)) == 0


async def test_rotated_secrets_sign_side_by_side_until_the_overlap_is_over(post, tenant, database) -> None:
    async with Receiver() as receiver:
        hook, old = await post.endpoint(tenant, receiver.url)
        new = await post.webhooks.rotate(tenant, hook.id)
        assert old != new
        await rejected(post, tenant)
        await post.follow()
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 1)
        (got,) = receiver.taken
        got.verify(old)
        got.verify(new)
        assert got.headers["webhook-signature"].count("v1,") == 2
        post.ask("UPDATE docmill.webhook_secrets SET created_at = created_at - interval '25 hours'")
        await rejected(post, tenant)
        await post.follow()
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 2)
        receiver.taken[1].verify(new)
        with pytest.raises(WebhookVerificationError):
            receiver.taken[1].verify(old)


async def test_a_secret_is_nowhere_to_be_read_in_the_database(post, tenant) -> None:
    hook, secret = await post.endpoint(tenant, "https://example.com/")
    raw = base64.b64decode(secret.removeprefix("whsec_"))
    rows = post.ask("SELECT sealed, s::text FROM docmill.webhook_secrets s")
    assert all(raw not in sealed and secret not in text for sealed, text in rows)
    assert SEAL.open(rows[0][0], about=f"webhook {hook.id}") == secret.encode()
    assert SEAL.open(rows[0][0], about=f"webhook {uuid4()}") is None


async def test_without_its_seal_nothing_is_sent_unsigned(post, tenant, database) -> None:
    async with Receiver() as receiver:
        hook, _ = await post.endpoint(tenant, receiver.url)
        await rejected(post, tenant)
        await post.follow()
        other = replace(post, deliveries=PostgresDeliveries(database, lambda: Seal(b"x" * 32)))
        async with other.sending():
            await until(lambda: disabled(post, tenant, hook.id))
        assert receiver.got == []
        assert "rotate" in (await post.webhooks.load(tenant, hook.id)).note


async def test_a_test_goes_to_one_endpoint_whatever_it_takes(post, tenant) -> None:
    async with Receiver() as receiver, Receiver() as other:
        hook, secret = await post.endpoint(tenant, receiver.url, types=(WebhookType.BATCH_COMPLETED,))
        await post.endpoint(tenant, other.url)
        sent = await post.webhooks.test(tenant, hook.id, time=NOON)
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 1)
        (got,) = receiver.taken
        got.verify(secret)
        assert (got.type, got.id) == ("test", sent.event)
        assert other.got == []


async def test_an_endpoint_hears_only_the_types_that_it_takes(post, tenant) -> None:
    await post.endpoint(tenant, "https://example.com/", types=(WebhookType.DOCUMENT_REJECTED,))
    await storm(post, tenant, documents=1, each=2)
    kept = await rejected(post, tenant)
    await post.follow()
    assert post.ask("SELECT document, type FROM docmill.deliveries") == [(kept, "document.rejected")]


async def test_the_end_of_a_review_is_told_before_what_it_led_to(post, tenant) -> None:
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url)
        good, bad, alone = [await document(post, tenant) for _ in range(3)]
        for one in (good, bad):
            await say(post, tenant, one, EventType.REVIEW_REQUESTED, blockers=2)
        by_person = await say(post, tenant, good, EventType.DOCUMENT_CORRECTED)
        await say(post, tenant, good, EventType.DOCUMENT_VALIDATED, cause=by_person)
        await say(post, tenant, good, EventType.DOCUMENT_ARCHIVED)
        await say(post, tenant, bad, EventType.DOCUMENT_REJECTED, code="review_rejected")
        by_machine = await say(post, tenant, alone, EventType.DOCUMENT_ANALYZED)
        await say(post, tenant, alone, EventType.DOCUMENT_VALIDATED, cause=by_machine)
        await post.follow()
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 6)
    told = defaultdict(list)
    for got in receiver.taken:
        told[got.document].append((got.type, got.json["data"]["status"]))
    assert told[str(good)] == [
        ("document.needs_review", "needs_review"),
        ("review.completed", "succeeded"),
        ("document.succeeded", "succeeded"),
    ]
    assert told[str(bad)] == [
        ("document.needs_review", "needs_review"),
        ("review.completed", "rejected"),
        ("document.rejected", "rejected"),
    ]
    assert len({got.id for got in receiver.taken}) == 6


async def disabled(post: Post, tenant: TenantId, webhook: WebhookId) -> bool:
    return not (await post.webhooks.load(tenant, webhook)).enabled


async def settled(post: Post) -> int:
    post.ask("UPDATE docmill.batch_watches SET due_at = now()")
    return await post.postman.settle_batches()


async def test_a_batch_is_completed_once_when_all_of_it_has_ended_and_it_is_quiet(post, tenant) -> None:
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url, types=(WebhookType.BATCH_COMPLETED,))
        await rejected(post, tenant, batch="may")
        waiting = await document(post, tenant, batch="may")
        await post.follow()
        assert await settled(post) == 0  # one of it is on its way
        assert post.ask("SELECT 1 FROM docmill.batch_watches") == []
        await say(
            post, tenant, waiting, EventType.DOCUMENT_REJECTED, state=RunState.REJECTED, code="file_corrupt"
        )
        await post.follow()
        assert await settled(post) == 0  # nobody knows its size, and it has just gone quiet
        post.ask("UPDATE docmill.batch_watches SET ended_at = now() - interval '31 seconds'")
        assert await settled(post) == 1
        await rejected(post, tenant, batch="may")  # late
        await post.follow()
        post.ask("UPDATE docmill.batch_watches SET ended_at = now() - interval '31 seconds'")
        await settled(post)
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 1)
            await asyncio.sleep(0.2)
    (got,) = receiver.got
    assert got.json["data"]["batch"] == "may"
    assert got.json["data"]["total"] == 2
    assert got.json["data"]["counts"]["rejected"] == 2


@pytest.mark.parametrize("last", ["refused", "duplicate", "cancelled"])
async def test_what_makes_no_document_can_complete_a_batch(post, tenant, last: str) -> None:
    """The journal does not tell of it: nobody would look at the batch again."""
    manifest = [Expected("a.pdf"), Expected("b.pdf")]
    batch = await post.postman.batches.create(tenant, label=None, expected=manifest, time=now(), key=None)
    async with Receiver() as receiver:
        await post.endpoint(tenant, receiver.url, types=(WebhookType.BATCH_COMPLETED,))
        first = Noted("a.pdf", Outcome.REFUSED, code="file_empty")
        await post.postman.batches.note(tenant, batch, [first], time=now())
        assert await post.postman.settle_batches() == 0  # one is still to come
        post.ask("DELETE FROM docmill.batch_watches")
        if last == "cancelled":
            await post.postman.batches.cancel(tenant, batch, time=now(), key=None)
        else:
            noted = Noted("b.pdf", Outcome(last), code="file_empty")
            await post.postman.batches.note(tenant, batch, [noted], time=now())
        assert await post.postman.settle_batches() == 1
        async with post.sending():
            await receiver.until(lambda: len(receiver.taken) == 1)
    data = receiver.got[0].json["data"]
    assert (data["batch"], data["total"], data["counts"].get("expected")) == (batch, 2, None)


async def test_a_foreign_endpoint_is_like_an_absent_one(post, tenant, neighbour) -> None:
    hook, _ = await post.endpoint(tenant, "https://example.com/")
    await rejected(post, tenant)
    await post.follow()
    (delivery,) = (await post.webhooks.deliveries(tenant, hook.id, limit=5)).deliveries
    calls: list[Callable[[], object]] = [
        lambda: post.webhooks.load(neighbour, hook.id),
        lambda: post.webhooks.change(neighbour, hook.id, WebhookChange(enabled=False), expected=None),
        lambda: post.webhooks.delete(neighbour, hook.id, expected=None),
        lambda: post.webhooks.rotate(neighbour, hook.id),
        lambda: post.webhooks.deliveries(neighbour, hook.id, limit=5),
        lambda: post.webhooks.delivery(neighbour, hook.id, delivery.id),
        lambda: post.webhooks.test(neighbour, hook.id, time=NOON),
        lambda: post.webhooks.replay(neighbour, hook.id, since=NOON),
        lambda: post.webhooks.replay(neighbour, hook.id, delivery=delivery.id),
    ]
    for call in calls:
        with pytest.raises(NotFound):
            await call()
    assert await post.webhooks.endpoints(neighbour) == []
    assert await post.webhooks.load(tenant, hook.id) == hook


async def test_of_racing_changes_one_wins_and_there_are_never_too_many_endpoints(post, tenant) -> None:
    hook, _ = await post.endpoint(tenant, "https://example.com/")
    changes = [WebhookChange(description=f"number {n}") for n in range(6)]
    outcomes = await asyncio.gather(
        *(post.webhooks.change(tenant, hook.id, change, expected=1) for change in changes),
        return_exceptions=True,
    )
    assert [isinstance(one, VersionConflict) for one in outcomes].count(False) == 1
    made = await asyncio.gather(
        *(post.endpoint(tenant, "https://example.com/") for _ in range(WEBHOOKS_PER_TENANT_MAX + 5)),
        return_exceptions=True,
    )
    assert sum(isinstance(one, DocmillError) for one in made) == 6
    assert len(await post.webhooks.endpoints(tenant)) == WEBHOOKS_PER_TENANT_MAX


async def test_the_log_is_paged_newest_first_and_forgotten_in_its_time(post, tenant) -> None:
    hook, _ = await post.endpoint(tenant, "https://example.com/")
    for _ in range(3):
        await rejected(post, tenant)
        await post.follow()
    whole = (await post.webhooks.deliveries(tenant, hook.id, limit=10)).deliveries
    assert [one.created_at for one in whole] == sorted((one.created_at for one in whole), reverse=True)
    paged, cursor = [], None
    while True:
        page = await post.webhooks.deliveries(tenant, hook.id, limit=1, cursor=cursor)
        paged += page.deliveries
        if (cursor := page.next) is None:
            break
    assert paged == list(whole)
    with pytest.raises(DocmillError):
        await post.webhooks.deliveries(tenant, hook.id, limit=1, cursor="bm9uc2Vuc2U")
    assert await post.deliveries.forget(most=100) == 0
    post.ask("UPDATE docmill.deliveries SET created_at = created_at - interval '31 days'")
    assert await post.deliveries.forget(most=100) == 3
    assert (await post.webhooks.deliveries(tenant, hook.id, limit=10)).deliveries == ()


async def test_the_tables_of_webhooks_have_no_isolation_faults(post, postgres) -> None:
    from docmill.adapters.postgres.isolation import isolation_faults

    assert [
        fault
        for fault in await isolation_faults(postgres.admin_dsn)
        if "webhook" in fault or "deliver" in fault
    ] == []


def test_the_seal_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    from docmill.adapters.tokens.seal import seal_of

    seal_of(tmp_path / "seal")
    assert (tmp_path / "seal").stat().st_mode & 0o077 == 0
