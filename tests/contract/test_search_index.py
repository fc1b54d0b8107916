"""ports/search_index.SearchIndex."""

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from math import sqrt
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from tests.contract.documents import NOON, upload

from docmill.adapters.postgres.database import Database, Transaction
from docmill.adapters.postgres.search_index import PostgresSearchIndex
from docmill.domain.documents import Change, Document
from docmill.domain.errors import DocmillError, ErrorCode, NotFound
from docmill.domain.events import DocumentId, RunId
from docmill.domain.limits.search import SEARCH_HITS_MAX, SEARCH_SIMILARITY_MIN
from docmill.domain.pages import Box
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId
from docmill.ports.search_index import SearchRequest

MODEL = "m"


@pytest.fixture
def exact_chunks_max() -> int:
    return 1000


@pytest.fixture
def index(database, exact_chunks_max: int) -> PostgresSearchIndex:
    """Every vector is near: chance ones have a cosine of about 0."""
    return PostgresSearchIndex(database, exact_chunks_max=exact_chunks_max, similarity_min=-1.0)


both_ways = pytest.mark.parametrize("exact_chunks_max", [0, 1000], ids=["by_index", "exact"])
"""A tenant's size decides how its nearest vectors are found; the answer is the same."""


@pytest.fixture
def documents(store):
    """Make a document of a type; a run without a state is enough for the index."""

    async def make(tenant, name: str = "invoice.pdf", type_name: str = "invoice") -> Document:
        accepted = await store.accept(upload(tenant, name=name))
        document = await store.load(tenant, accepted.document)
        for version, state in ((1, RunState.READ), (2, RunState.ANALYZED)):
            kind = type_name if state is RunState.ANALYZED else None
            change = Change(
                tenant,
                document.id,
                document.run.id,
                document.run.version + version - 1,
                state,
                type_name=kind,
            )
            await store.append(change, claim=None)
        return await store.load(tenant, document.id)

    return make


def vector(seed: int) -> list[float]:
    numbers = random.Random(seed)
    raw = [numbers.gauss(0, 1) for _ in range(384)]
    length = sqrt(sum(number * number for number in raw))
    return [number / length for number in raw]


def chunk(text: str, ordinal: int = 0, page: int | None = 1) -> Chunk:
    if page is None:
        return Chunk(ordinal, None, None, "", None, text)
    return Chunk(ordinal, page, Box(10.25, 20.5, 110, 40), "pt", (595, 842), text)


def asking(
    text: str,
    seed: int | None = None,
    *,
    limit: int = 10,
    type_name: str | None = None,
    per_document: int = SEARCH_HITS_MAX,
):
    near = None if seed is None else vector(seed)
    return SearchRequest(text, near, MODEL, limit, type_name=type_name, per_document=per_document)


async def put(index, document: Document, *texts: str, seed: int = 1) -> None:
    chunks = [chunk(text, ordinal) for ordinal, text in enumerate(texts)]
    vectors = [vector(seed + ordinal) for ordinal in range(len(texts))]
    await index.put(document.tenant, document.id, document.run.id, chunks, vectors=vectors, model=MODEL)


async def found(index, tenant, request) -> list[tuple[str, int]]:
    return [(hit.document_name, hit.chunk.ordinal) for hit in await index.search(tenant, request)]


@both_ways
async def test_a_hit_says_document_page_box_and_which_search_found_it(index, documents, tenant) -> None:
    document = await documents(tenant, "toner.pdf")
    await put(index, document, "Toner for the printer", "Paper, white")
    first, second = await index.search(tenant, asking("toner", 1))
    assert (first.document, first.document_name, first.type_name) == (document.id, "toner.pdf", "invoice")
    assert first.chunk == chunk("Toner for the printer")
    assert (first.found_by, second.found_by) == (("text", "meaning"), ("meaning",))
    assert first.score > second.score


async def test_chunks_without_a_page_are_found_too(index, documents, tenant) -> None:
    document = await documents(tenant)
    xml = chunk("seller name Seller GmbH", page=None)
    await index.put(tenant, document.id, document.run.id, [xml], vectors=[vector(1)], model=MODEL)
    (hit,) = await index.search(tenant, asking("seller"))
    assert hit.chunk == xml


async def test_words_are_found_without_case_and_accents_and_numbers_as_they_stand(
    index, documents, tenant
) -> None:
    await put(index, await documents(tenant), "INV-2024-001 Société Générale, Müller, Straße, 1.234,50 €")
    there = ("inv-2024-001", "2024-001", "SOCIETE generale", "wer ist Müller", "müll", "strasse", "1.234,50")
    not_there = ("001-2024", "34,50", "nothing of that", "' | & ! :* <-> \\ \x00 ( )", "")
    assert [query for query in (*there, *not_there) if await found(index, tenant, asking(query))] == [*there]


async def test_all_words_together_come_before_some_of_them(index, documents, tenant) -> None:
    await put(index, await documents(tenant), "toner", "toner toner toner paper", "printer and toner", "ink")
    ordinals = [ordinal for _, ordinal in await found(index, tenant, asking("printer toner"))]
    assert ordinals[0] == 2
    assert sorted(ordinals) == [0, 1, 2]


@both_ways
async def test_meaning_finds_what_no_word_names(index, documents, tenant) -> None:
    await put(index, await documents(tenant), "alpha", "beta", "gamma")
    (first, *_) = await found(index, tenant, asking("quite another word", 2))
    assert first == ("invoice.pdf", 1)


@both_ways
async def test_meaning_alone_makes_no_hit_of_what_is_far(
    database, exact_chunks_max: int, documents, tenant
) -> None:
    index = PostgresSearchIndex(database, exact_chunks_max=exact_chunks_max)
    document, query = await documents(tenant), vector(1)
    for_the_rest = vector(2)
    cosines = (SEARCH_SIMILARITY_MIN + 0.05, SEARCH_SIMILARITY_MIN - 0.05)
    vectors = [_at_cosine(query, for_the_rest, cosine) for cosine in cosines]
    chunks = [chunk("near", 0), chunk("far", 1)]
    await index.put(tenant, document.id, document.run.id, chunks, vectors=vectors, model=MODEL)
    assert await found(index, tenant, asking("nothing of that", 1)) == [("invoice.pdf", 0)]
    assert await found(index, tenant, asking("far", 1)) == [("invoice.pdf", 1), ("invoice.pdf", 0)]


def _at_cosine(one: list[float], other: list[float], cosine: float) -> list[float]:
    """A vector of length 1 at this cosine from the first."""
    shared = sum(x * y for x, y in zip(one, other, strict=True))
    across = [y - shared * x for x, y in zip(one, other, strict=True)]
    length = sqrt(sum(number * number for number in across))
    rest = sqrt(1 - cosine * cosine)
    return [cosine * x + rest * y / length for x, y in zip(one, across, strict=True)]


@both_ways
@pytest.mark.parametrize("seed", [1, None], ids=["both", "words"])
async def test_a_document_with_many_like_pages_leaves_room_for_others(
    index, documents, tenant, seed: int | None
) -> None:
    long = await documents(tenant, "long.pdf")
    same = [chunk("toner toner toner", ordinal) for ordinal in range(120)]
    await index.put(tenant, long.id, long.run.id, same, vectors=[vector(1)] * len(same), model=MODEL)
    await put(index, await documents(tenant, "short.pdf"), "one toner of that long list of things", seed=2)
    names = [name for name, _ in await found(index, tenant, asking("toner", seed, per_document=3))]
    assert names == ["long.pdf"] * 3 + ["short.pdf"]


@both_ways
async def test_vectors_of_another_model_are_not_compared(index, documents, tenant) -> None:
    document = await documents(tenant)
    await index.put(tenant, document.id, document.run.id, [chunk("a")], vectors=[vector(1)], model="older")
    assert await found(index, tenant, asking("b", 1)) == []
    assert await found(index, tenant, asking("a", 1)) == [("invoice.pdf", 0)]


async def test_chunks_without_vectors_are_found_by_their_words(index, documents, tenant) -> None:
    document = await documents(tenant)
    await index.put(tenant, document.id, document.run.id, [chunk("toner")], vectors=[], model=MODEL)
    assert len(await found(index, tenant, asking("toner", 1))) == 1


@both_ways
async def test_putting_again_replaces_what_was_there(index, documents, tenant) -> None:
    document = await documents(tenant)
    await put(index, document, "alpha", "beta", "gamma")
    await put(index, document, "delta")
    await put(index, document, "delta")
    assert await found(index, tenant, asking("alpha beta gamma delta", 1)) == [("invoice.pdf", 0)]
    await put(index, document)
    assert await found(index, tenant, asking("delta", 1)) == []


@both_ways
async def test_a_search_within_a_type_leaves_the_others_out(index, documents, tenant) -> None:
    await put(index, await documents(tenant, "invoice.pdf"), "toner")
    await put(index, await documents(tenant, "receipt.jpg", "receipt"), "toner")
    hits = await index.search(tenant, asking("toner", 1, type_name="receipt"))
    assert [(hit.document_name, hit.type_name) for hit in hits] == [("receipt.jpg", "receipt")]


async def test_no_more_hits_come_than_were_asked_for(index, documents, tenant) -> None:
    await put(index, await documents(tenant), *(f"toner {n}" for n in range(20)))
    assert len(await found(index, tenant, asking("toner", 1, limit=3))) == 3


@both_ways
async def test_a_tenant_finds_its_own_documents_alone(index, documents, tenant, neighbour) -> None:
    await put(index, await documents(tenant, "mine.pdf"), "toner")
    await put(index, await documents(neighbour, "theirs.pdf"), "toner")
    assert await found(index, tenant, asking("toner", 1)) == [("mine.pdf", 0)]
    assert await found(index, neighbour, asking("toner", 1)) == [("theirs.pdf", 0)]


class PrefersIndex:
    """The database with a planner that takes the approximate index wherever it can, as it does for large tables."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.call = database.call

    @asynccontextmanager
    async def tenant(self, tenant: TenantId) -> AsyncIterator[Transaction]:
        async with self._database.tenant(tenant) as tx:
            await tx.run(b"SET LOCAL enable_sort = off")
            yield tx


async def test_a_small_tenant_beside_a_large_one_still_gets_all_its_hits(
    database, documents, tenant, neighbour, monkeypatch
) -> None:
    # Everything of the neighbour is nearer, and the scan of the index may not look far.
    monkeypatch.setattr("docmill.adapters.postgres.search_index.SEARCH_SCANNED_CHUNKS_MAX", 1)
    index = PostgresSearchIndex(PrefersIndex(database), exact_chunks_max=0, similarity_min=-1.0)
    near = await documents(neighbour)
    many = [chunk(f"theirs {n}", n) for n in range(300)]
    nearer = [[x + y / 100 for x, y in zip(vector(7), vector(n), strict=True)] for n in range(300)]
    await index.put(neighbour, near.id, near.run.id, many, vectors=nearer, model=MODEL)
    await put(index, await documents(tenant), *(f"mine {n}" for n in range(30)), seed=100)
    assert len(await found(index, tenant, asking("unheard of", 7, limit=30))) == 30


async def test_text_that_the_database_cannot_store_does_not_stop_the_document(
    index, documents, tenant
) -> None:
    await put(index, await documents(tenant), "zero \x00 byte, half \ud800 a pair, " + "endless" * 3000)
    (hit,) = await index.search(tenant, asking("byte"))
    assert hit.chunk.text.startswith("zero  byte, half ? a pair")


async def test_absent_and_foreign_documents_are_not_found(index, documents, tenant, neighbour) -> None:
    document = await documents(tenant)
    for owner, wanted in ((tenant, DocumentId(uuid4())), (neighbour, document.id)):
        with pytest.raises(NotFound):
            await index.put(owner, wanted, document.run.id, [chunk("a")], vectors=[vector(1)], model=MODEL)
    with pytest.raises(NotFound):
        await index.put(tenant, document.id, RunId(uuid4()), [chunk("a")], vectors=[vector(1)], model=MODEL)
    assert await found(index, neighbour, asking("a", 1)) == []


async def test_an_erased_document_is_found_no_more_and_cannot_come_back(
    index, documents, store, tenant
) -> None:
    document = await documents(tenant)
    await put(index, document, "toner")
    await store.erase(tenant, document.id, time=NOON)
    with pytest.raises(DocmillError) as caught:
        await put(index, document, "toner")
    assert caught.value.code is ErrorCode.ERASED
    assert await found(index, tenant, asking("toner", 1)) == []


async def test_full_text_is_served_by_its_index_under_the_tenant_s_role(tenant, database, postgres) -> None:
    # `@@` has to be known as leakproof: otherwise row-level security keeps the index out.
    async with database.tenant(tenant) as tx:
        await tx.run(
            b"INSERT INTO chunks (tenant, document, ordinal, run, unit, text, words, model) SELECT %s, "
            b"gen_random_uuid(), 0, gen_random_uuid(), '', '', array_to_tsvector(ARRAY['w' || n]), 'm' "
            b"FROM generate_series(1, 3000) AS n",
            (tenant,),
        )
        place = await tx.one(b"SELECT current_schema() AS schema")
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(place["schema"], "chunks")))
    async with database.tenant(tenant) as tx:
        rows = await tx.all(b"EXPLAIN SELECT FROM chunks WHERE words @@ 'w7'::tsquery")
    plan = [row["QUERY PLAN"] for row in rows]
    assert any("words @@" in line and "Index Cond" in line for line in plan), plan


async def test_chunks_of_before_and_after_a_tenant_grew_large_are_found_together(
    database, documents, tenant, monkeypatch
) -> None:
    monkeypatch.setattr("docmill.adapters.postgres.search_index.SEARCH_DEPTH", 3)
    index = PostgresSearchIndex(database, exact_chunks_max=3, similarity_min=-1.0)
    for name, seed in (("first.pdf", 1), ("second.pdf", 10), ("third.pdf", 20)):
        await put(index, await documents(tenant, name), "a", "b", seed=seed)
    async with database.tenant(tenant) as tx:
        rows = await tx.all(b"SELECT in_graph, count(*) AS chunks FROM chunks GROUP BY in_graph")
    assert {row["in_graph"]: row["chunks"] for row in rows} == {False: 2, True: 4}
    assert (await found(index, tenant, asking("unheard of", 1, limit=3)))[0] == ("first.pdf", 0)
    nearest = await found(index, tenant, asking("unheard of", 20, limit=3))
    assert nearest[0] == ("third.pdf", 0)
    assert len(nearest) == 3
