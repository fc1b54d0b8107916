"""Batches on the real store: every file that was meant for one is in it, and its end is told once."""

import asyncio
from uuid import uuid4

import pytest
from tests.contract.documents import NOON, blob, upload
from tests.contract.test_operations import through

from docmill.adapters.postgres.batches import PostgresBatches
from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.domain.batches import BatchItem, Expected, Noted, Outcome
from docmill.domain.documents import Accepted
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.fairness import RANKS, Priority
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.operations import Key


@pytest.fixture
def batches(database: Database) -> PostgresBatches:
    return PostgresBatches(database)


async def every(batches: PostgresBatches, tenant: TenantId, batch: str, *, limit: int = 2) -> list[BatchItem]:
    found: list[BatchItem] = []
    cursor = None
    while True:
        page = await batches.items(tenant, batch, limit=limit, cursor=cursor)
        found += page.items
        cursor = page.next
        if cursor is None:
            return found


async def test_a_batch_knows_its_documents_and_what_made_none(
    store: PostgresDocumentStore, claims: PostgresClaims, batches: PostgresBatches, tenant: TenantId
) -> None:
    name = f"b-{uuid4()}"
    made = [(await store.accept(upload(tenant, batch=name, name=f"{n}.pdf"))).document for n in range(3)]
    await through(store, claims, made[0])
    noted = [
        Noted("empty.pdf", Outcome.REFUSED, code="file_empty", detail="The file has no bytes."),
        Noted("again.pdf", Outcome.DUPLICATE, blob("again").sha256, made[0]),
    ]
    for _ in range(2):  # the caller repeats his request
        await batches.note(tenant, name, noted, time=NOON)
    batch = await batches.load(tenant, name)
    assert batch.states == {RunState.UPLOADED: 2, RunState.ARCHIVED: 1}
    assert batch.others == {Outcome.REFUSED: 1, Outcome.DUPLICATE: 1}
    items = await every(batches, tenant, name)
    assert len(items) == batch.total == 5
    assert {item.document for item in items if item.outcome is None} == set(made)
    told = {item.outcome: (item.name, item.code, item.state, item.document) for item in items[3:]}
    assert told[Outcome.REFUSED] == ("empty.pdf", "file_empty", None, None)
    assert told[Outcome.DUPLICATE] == ("again.pdf", None, RunState.ARCHIVED, made[0])


async def rank(database: Database, accepted: Accepted) -> int:
    statement = b"SELECT priority FROM docmill.claims WHERE document = %(document)s"
    (waiting,) = await database.call(statement, {"document": accepted.document})
    return int(waiting["priority"])


async def test_an_uploads_own_priority_goes_before_the_manifests(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId, database: Database
) -> None:
    expected = [Expected(name, None, None, RANKS[Priority.HIGH]) for name in ("own.pdf", "none.pdf")]
    batch = await batches.create(tenant, label=None, expected=expected, time=NOON, key=None)
    own = await store.accept(upload(tenant, batch=batch, name="own.pdf", priority=Priority.LOW))
    none = await store.accept(upload(tenant, batch=batch, name="none.pdf"))
    other = await store.accept(upload(tenant, batch=batch, name="other.pdf"))
    assert [await rank(database, one) for one in (own, none, other)] == [2, 0, 2]


async def test_an_upload_that_is_under_way_while_its_batch_is_cancelled_is_not_missed(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId
) -> None:
    """Either it is refused, or who cancels finds it: never a document on its way in a cancelled batch."""
    for _ in range(10):
        batch = await batches.create(tenant, label=None, expected=(), time=NOON, key=None)

        async def cancelled(batch: str = batch) -> int:
            await batches.cancel(tenant, batch, time=NOON, key=None)
            return (await batches.load(tenant, batch)).total

        uploads = (store.accept(upload(tenant, batch=batch)) for _ in range(6))
        seen, *others = await asyncio.gather(cancelled(), *uploads, return_exceptions=True)
        taken = [one for one in others if isinstance(one, Accepted)]
        assert seen == len(taken)
        assert (await batches.load(tenant, batch)).total == seen


async def test_files_of_a_manifest_are_waited_for_and_known_by_their_bytes_or_names(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId, database: Database
) -> None:
    known, twin = blob("known"), blob("twin")
    expected = [
        Expected("other name.pdf", known.sha256, "invoice", 0),
        Expected("by name.pdf"),
        Expected("twin.pdf", twin.sha256),
        Expected("refused.pdf"),
        Expected("never.pdf"),
    ]
    name = await batches.create(tenant, label="January", expected=expected, time=NOON, key=None)
    first = await store.accept(upload(tenant, batch=name, blob=known))
    assert await rank(database, first) == 0  # the manifest's, and not that of any file of a batch
    assert (await store.load(tenant, first.document)).requested_type == "invoice"
    await store.accept(upload(tenant, batch=name, name="by name.pdf", requested_type="receipt"))
    await batches.note(tenant, name, [Noted("refused.pdf", Outcome.REFUSED, code="file_empty")], time=NOON)
    there = (await store.accept(upload(tenant, blob=twin))).document
    again = await store.accept(upload(tenant, batch=name, name="twin.pdf", blob=twin))
    assert again.duplicate_of == there
    await batches.note(tenant, name, [Noted("twin.pdf", Outcome.DUPLICATE, twin.sha256, there)], time=NOON)
    batch = await batches.load(tenant, name)
    assert (batch.label, batch.expected) == ("January", 5)
    assert batch.states == {RunState.UPLOADED: 2}
    assert batch.others == {Outcome.REFUSED: 1, Outcome.DUPLICATE: 1, Outcome.EXPECTED: 1}
    assert [item.name for item in await every(batches, tenant, name) if item.outcome is Outcome.EXPECTED] == [
        "never.pdf"
    ]


async def test_a_cancelled_batch_takes_no_more_files(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId
) -> None:
    expected = [Expected("a.pdf")]
    name = await batches.create(tenant, label=None, expected=expected, time=NOON, key=None)
    for _ in range(2):
        await batches.cancel(tenant, name, time=NOON, key=None)
    with pytest.raises(DocmillError) as refused:
        await store.accept(upload(tenant, batch=name))
    assert refused.value.code is ErrorCode.STATE_FORBIDDEN
    batch = await batches.load(tenant, name)
    assert (batch.cancelled_at, batch.others) == (NOON, {Outcome.REFUSED: 1})


async def test_one_key_makes_one_batch(batches: PostgresBatches, tenant: TenantId) -> None:
    def make(key: Key) -> "asyncio.Future[str]":
        return batches.create(tenant, label=None, expected=[], time=NOON, key=key)  # type: ignore[return-value]

    assert len(set(await asyncio.gather(*(make(Key("k", "h")) for _ in range(10))))) == 1
    with pytest.raises(DocmillError) as other:
        await make(Key("k", "other"))
    assert other.value.code is ErrorCode.IDEMPOTENCY_MISMATCH


async def test_lists_of_batches_go_on_by_cursors_of_their_own(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId, neighbour: TenantId
) -> None:
    names = {await batches.create(tenant, label=str(n), expected=[], time=NOON, key=None) for n in range(3)}
    await store.accept(upload(tenant, batch="named"))
    found, cursor = [], None
    while True:
        page = await batches.find(tenant, limit=1, cursor=cursor)
        found += [batch.id for batch in page.batches]
        if page.next is None:
            break
        cursor = page.next
    assert sorted(found) == sorted(names | {"named"})
    for foreign in (
        batches.find(neighbour, limit=1, cursor=cursor),
        batches.find(tenant, limit=1, cursor="nonsense"),
        batches.items(tenant, "named", limit=1, cursor=cursor),
    ):
        with pytest.raises(DocmillError) as refused:
            await foreign
        assert refused.value.code is ErrorCode.REQUEST_INVALID


async def test_a_foreign_batch_is_absent(
    store: PostgresDocumentStore, batches: PostgresBatches, tenant: TenantId, neighbour: TenantId
) -> None:
    await store.accept(upload(tenant, batch="secret"))
    for call in (
        batches.load(neighbour, "secret"),
        batches.items(neighbour, "secret", limit=5),
        batches.cancel(neighbour, "secret", time=NOON, key=None),
    ):
        with pytest.raises(NotFound):
            await call
