"""Cancelling and reprocessing on the real store: which run a document shows, and who loses what he holds."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import psycopg
import pytest
from tests.contract.documents import NOON, answer, invoice, upload

from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.operations import PostgresOperations
from docmill.adapters.postgres.search_index import PostgresSearchIndex
from docmill.domain.documents import Claim, Document, Pins
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, StaleClaim
from docmill.domain.events import DocumentId, EventType
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.document_store import DocumentFilter, ValueFilter
from docmill.ports.operations import Key
from docmill.stages.flow import SUBSCRIPTIONS

MAIN = ("read", "analyze", "validate", "archive")
PINS = Pins("invoice", 1, 0, "new rules")


@pytest.fixture
def operations(database: Database, store: PostgresDocumentStore) -> PostgresOperations:
    return PostgresOperations(database, store, subscriptions=SUBSCRIPTIONS)


async def take(claims: PostgresClaims, document: DocumentId, stage: str) -> Claim:
    """The claim of this document, whatever else waits."""
    await claims.forsake("w", counted=False)
    for claim in await claims.take([stage], worker="w", most=50):
        if claim.event.document == document:
            return claim
    raise AssertionError(f"nothing waits for {stage}")


async def step(store: PostgresDocumentStore, claim: Claim, **given: object) -> None:
    """Answer a claim about whichever run it is about."""
    runs = await store.runs(claim.event.tenant, claim.event.document)
    run = next(run for run in runs if run.id == claim.event.run)
    document = replace(await store.load(claim.event.tenant, claim.event.document), run=run)
    await store.append(answer(claim, document, **given), claim=claim)


async def through(
    store: PostgresDocumentStore,
    claims: PostgresClaims,
    document: DocumentId,
    *,
    until: str = "archive",
    **given: object,
) -> None:
    for stage in MAIN[: MAIN.index(until) + 1]:
        result = {"result": invoice(**given)} if stage in ("analyze", "validate") else {}
        await step(store, await take(claims, document, stage), **result)


async def uploaded(store: PostgresDocumentStore, tenant: TenantId) -> DocumentId:
    return (await store.accept(upload(tenant))).document


async def shown(store: PostgresDocumentStore, tenant: TenantId, number: str) -> set[DocumentId]:
    where = DocumentFilter(values=(ValueFilter(("invoice_number",), "eq", number),))
    return {found.id for found in (await store.find(tenant, where, limit=50)).documents}


async def of(store: PostgresDocumentStore, tenant: TenantId, document: DocumentId) -> list[EventType]:
    return [event.type for event in await store.journal(tenant, document)]


async def test_whoever_works_on_a_cancelled_run_loses_it(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    document = await uploaded(store, tenant)
    held = await take(claims, document, "read")
    assert await operations.cancel(tenant, document, time=NOON)
    assert await claims.beat([held]) == {("read", held.event.id)}
    with pytest.raises(StaleClaim):
        await store.append(answer(held, await store.load(tenant, document)), claim=held)
    found = await store.load(tenant, document)
    assert (found.run.state, found.run.result, found.run.reading) == (RunState.CANCELLED, None, None)
    assert await of(store, tenant, document) == [EventType.DOCUMENT_UPLOADED, EventType.DOCUMENT_CANCELLED]
    assert (await store.operation(tenant, document)).stage is None
    assert not await claims.take(MAIN, worker="other", most=9)


async def test_cancelling_twice_is_one_cancellation_and_what_has_ended_is_not_cancelled(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    document = await uploaded(store, tenant)
    made = await asyncio.gather(*(operations.cancel(tenant, document, time=NOON) for _ in range(10)))
    assert made.count(True) == 1
    assert (await of(store, tenant, document)).count(EventType.DOCUMENT_CANCELLED) == 1
    finished = await uploaded(store, tenant)
    await through(store, claims, finished)
    with pytest.raises(DocmillError) as refused:
        await operations.cancel(tenant, finished, time=NOON)
    assert refused.value.code is ErrorCode.STATE_FORBIDDEN
    assert (await store.load(tenant, finished)).run.state is RunState.ARCHIVED


async def test_a_further_run_is_shown_when_it_has_come_to_something_and_not_before(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    document = await uploaded(store, tenant)
    await through(store, claims, document, number="OLD-1")
    run = await operations.reprocess(tenant, document, PINS, time=NOON + timedelta(hours=1))
    assert (run.number, run.state, run.pins) == (2, RunState.UPLOADED, PINS)
    await through(store, claims, document, until="analyze", number="NEW-1")
    found = await store.load(tenant, document)
    assert (found.run.number, found.run.state) == (1, RunState.ARCHIVED)
    assert (await shown(store, tenant, "OLD-1"), await shown(store, tenant, "NEW-1")) == ({document}, set())
    operation = await store.operation(tenant, document)
    assert (operation.document.run.number, operation.stage) == (2, "validate")
    await step(store, await take(claims, document, "validate"), result=invoice("NEW-1"))
    assert (await shown(store, tenant, "OLD-1"), await shown(store, tenant, "NEW-1")) == (set(), {document})
    await step(store, await take(claims, document, "archive"))
    found = await store.load(tenant, document)
    assert (found.run.number, found.run.state, found.run.pins) == (2, RunState.ARCHIVED, PINS)
    old, new = await store.runs(tenant, document)
    assert (old.result or {})["value"]["invoice_number"] == "OLD-1"
    assert (new.result or {})["value"]["invoice_number"] == "NEW-1"
    assert sum((await store.counts(tenant)).values()) == 1


@pytest.mark.parametrize("until", ["read", "analyze", "review"])
async def test_a_further_run_that_is_cancelled_leaves_what_was_there(
    store: PostgresDocumentStore,
    claims: PostgresClaims,
    operations: PostgresOperations,
    tenant: TenantId,
    until: str,
) -> None:
    document = await uploaded(store, tenant)
    await through(store, claims, document, number="OLD-2")
    await operations.reprocess(tenant, document, Pins(), time=NOON)
    await through(store, claims, document, until="read" if until == "read" else "analyze", number="NEW-2")
    if until == "review":
        claim = await take(claims, document, "validate")
        review = replace(
            answer(claim, await store.load(tenant, document)).events[0], type=EventType.REVIEW_REQUESTED
        )
        await step(store, claim, state=RunState.IN_REVIEW, result=invoice("NEW-2"), events=(review,))
        assert await shown(store, tenant, "NEW-2") == {document}
    assert await operations.cancel(tenant, document, time=NOON)
    found = await store.load(tenant, document)
    assert (found.run.number, found.run.state) == (1, RunState.ARCHIVED)
    assert (await shown(store, tenant, "OLD-2"), await shown(store, tenant, "NEW-2")) == ({document}, set())
    assert (await store.operation(tenant, document)).document.run.state is RunState.CANCELLED
    if until == "review":  # and is found by its own words again
        assert (await take(claims, document, "index")).event.run == found.run.id


def found_in(postgres: object, document: DocumentId) -> list[str]:
    with psycopg.connect(postgres.admin_dsn) as admin:  # type: ignore[attr-defined]
        rows = admin.execute(
            "SELECT text FROM docmill_pool.chunks WHERE document = %s", (document,)
        ).fetchall()
    return [text for (text,) in rows]


@pytest.mark.parametrize("tier", ["pool"], indirect=True)
async def test_nothing_is_found_of_a_run_that_is_indexed_after_it_was_cancelled(
    store, claims, operations, database, tenant, postgres
) -> None:
    index = PostgresSearchIndex(database)
    document = await uploaded(store, tenant)
    await through(store, claims, document, until="analyze")
    held = await take(claims, document, "validate")
    await step(store, held, state=RunState.IN_REVIEW)
    run = (await store.load(tenant, document)).run.id
    words = [Chunk(0, None, None, "", None, "what nobody wants")]
    await index.put(tenant, document, run, words, vectors=[], model="m")
    assert found_in(postgres, document) == ["what nobody wants"]
    await operations.cancel(tenant, document, time=NOON)
    await index.put(tenant, document, run, words, vectors=[], model="m")  # its stage had it in hand
    assert found_in(postgres, document) == []


@pytest.mark.parametrize("tier", ["pool"], indirect=True)
async def test_what_an_older_run_found_does_not_come_back_by_a_late_index(
    store, claims, operations, database, tenant, postgres
) -> None:
    index = PostgresSearchIndex(database)
    document = await uploaded(store, tenant)
    await through(store, claims, document)
    old = (await store.load(tenant, document)).run.id
    new = (await operations.reprocess(tenant, document, PINS, time=NOON)).id
    await index.put(tenant, document, old, [Chunk(0, None, None, "", None, "old")], vectors=[], model="m")
    assert found_in(postgres, document) == ["old"]  # until there is something new
    await through(store, claims, document)
    await index.put(tenant, document, new, [Chunk(0, None, None, "", None, "new")], vectors=[], model="m")
    await index.put(tenant, document, old, [Chunk(0, None, None, "", None, "old")], vectors=[], model="m")
    assert found_in(postgres, document) == ["new"]


async def test_of_many_who_reprocess_at_once_one_begins_a_run(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    document = await uploaded(store, tenant)
    with pytest.raises(DocmillError) as early:
        await operations.reprocess(tenant, document, Pins(), time=NOON)
    assert early.value.code is ErrorCode.STATE_FORBIDDEN
    await through(store, claims, document)
    many = [operations.reprocess(tenant, document, Pins(), time=NOON) for _ in range(10)]
    outcomes = await asyncio.gather(*many, return_exceptions=True)
    refused = [one for one in outcomes if isinstance(one, DocmillError)]
    assert len(refused) == 9
    assert {one.code for one in refused} == {ErrorCode.STATE_FORBIDDEN}
    assert len(await store.runs(tenant, document)) == 2


async def test_one_key_begins_one_run_and_ends_one(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    document = await uploaded(store, tenant)
    await through(store, claims, document)
    key = Key("again", "hash")
    many = [operations.reprocess(tenant, document, PINS, time=NOON, key=key) for _ in range(10)]
    assert {run.number for run in await asyncio.gather(*many)} == {2}
    with pytest.raises(DocmillError) as other:
        await operations.reprocess(tenant, document, Pins(), time=NOON, key=Key("again", "other"))
    assert other.value.code is ErrorCode.IDEMPOTENCY_MISMATCH
    ending = Key("stop", "hash")
    assert await operations.cancel(tenant, document, time=NOON, key=ending)
    await operations.reprocess(tenant, document, PINS, time=NOON)
    assert not await operations.cancel(tenant, document, time=NOON, key=ending)
    assert (await store.operation(tenant, document)).document.run.state is RunState.UPLOADED


async def test_a_foreign_document_is_absent_and_an_erased_one_gone(
    store: PostgresDocumentStore, operations: PostgresOperations, tenant: TenantId, neighbour: TenantId
) -> None:
    document = await uploaded(store, tenant)
    for who in (operations.cancel(neighbour, document, time=NOON),
                operations.reprocess(neighbour, document, Pins(), time=NOON)):  # fmt: skip
        with pytest.raises(NotFound):
            await who
    await store.erase(tenant, document, time=NOON)
    for who in (operations.cancel(tenant, document, time=NOON),
                operations.reprocess(tenant, document, Pins(), time=NOON)):  # fmt: skip
        with pytest.raises(DocmillError) as gone:
            await who
        assert gone.value.code is ErrorCode.ERASED


async def test_who_waits_is_told_of_ends_of_the_newest_run_alone(
    store: PostgresDocumentStore, claims: PostgresClaims, operations: PostgresOperations, tenant: TenantId
) -> None:
    def waiting(document: Document) -> tuple[TenantId, DocumentId, object]:
        return tenant, document.id, document.run.id

    slow, quick = [await uploaded(store, tenant) for _ in range(2)]
    await through(store, claims, quick)
    both = [waiting(await store.load(tenant, one)) for one in (slow, quick)]
    assert await operations.ended(both) == {quick}  # type: ignore[arg-type]
    await operations.reprocess(tenant, quick, Pins(), time=NOON)
    again = waiting((await store.operation(tenant, quick)).document)
    assert await operations.ended([again]) == set()  # type: ignore[list-item]
    await operations.cancel(tenant, quick, time=NOON)
    assert await operations.ended([again]) == {quick}  # type: ignore[list-item]
