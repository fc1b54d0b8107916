"""ports/search_index.SearchIndex: what few chunks a filter leaves among many are found, all of them.

The graph of vectors leads to the nearest of all chunks; when the filters leave none of those, a search that follows it
by pgvector's defaults ends with nothing.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np
import psycopg
import pytest

from docmill.adapters.postgres.database import Database, Transaction
from docmill.adapters.postgres.schema import migrate
from docmill.adapters.postgres.search_index import PostgresSearchIndex
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.domain.limits.search import SEARCH_EXACT_CHUNKS_MAX
from docmill.domain.tenants import TenantId, Tier, tenant_id
from docmill.ports.search_index import SearchRequest

CHUNKS = 20_000
RARE = 50
SMALL = 30
DIMENSIONS = 384
MODEL = "m"
BEFORE = datetime(2020, 6, 1, tzinfo=UTC)
USUAL = datetime(2026, 3, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Group:
    """Chunks of one document each, all of one type and time."""

    documents: tuple[UUID, ...]
    vectors: np.ndarray
    type_name: str
    uploaded_at: datetime


@dataclass(frozen=True)
class Place:
    dsn: str
    large: TenantId
    small: TenantId
    rare: Group
    usual: Group
    little: Group
    query: np.ndarray


@pytest.fixture(scope="module")
def place(postgres) -> Iterator[Place]:
    """A pool with a large tenant, all of it in the graph, and a small one, which is there too and near to nothing."""
    name = "v" + uuid4().hex[:12]
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name}")
    made = asyncio.run(_make(postgres, name))
    yield made
    with psycopg.connect(postgres.admin_dsn, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
        for tenant in (made.large, made.small):
            admin.execute(f"DROP ROLE docmill_t_{tenant}")


async def _make(postgres, name: str) -> Place:
    dsn, admin_dsn = (
        text.replace("dbname=docmill", f"dbname={name}") for text in (postgres.dsn, postgres.admin_dsn)
    )
    await migrate(admin_dsn)
    tenancy = PostgresTenancy(Database(dsn), admin_dsn=admin_dsn)
    large, small = (tenant_id(kind + uuid4().hex[:6]) for kind in ("large", "small"))
    for tenant in (large, small):
        await tenancy.create(tenant, tier=Tier.POOL)
    random = np.random.default_rng(7)
    query, far = _directions(random, 2)
    usual = _group(random, query, CHUNKS - RARE, "invoice", USUAL)
    rare = _group(random, far, RARE, "receipt", BEFORE)
    little = _group(random, far, SMALL, "invoice", USUAL)
    with psycopg.connect(admin_dsn) as admin:
        index = admin.execute("SELECT pg_get_indexdef('docmill_pool.chunks_embedding'::regclass)").fetchone()
        admin.execute("SET maintenance_work_mem = '512MB'")
        admin.execute("DROP INDEX docmill_pool.chunks_embedding")
        for tenant, group in ((large, usual), (large, rare), (small, little)):
            _copy(admin, tenant, group)
        admin.execute(index[0])  # in one go, as it would be after a restore
    with psycopg.connect(admin_dsn, autocommit=True) as admin:
        admin.execute("ANALYZE docmill_pool.chunks; ANALYZE docmill_pool.runs")
    return Place(dsn, large, small, rare, usual, little, query)


def _directions(random: np.random.Generator, count: int) -> np.ndarray:
    vectors = random.standard_normal((count, DIMENSIONS))
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def _group(
    random: np.random.Generator, centre: np.ndarray, count: int, type_name: str, time: datetime
) -> Group:
    """Vectors around a centre, as of texts about one thing."""
    vectors = centre + 0.05 * random.standard_normal((count, DIMENSIONS))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return Group(tuple(uuid4() for _ in range(count)), vectors.astype(np.float32), type_name, time)


def _copy(admin: psycopg.Connection, tenant: TenantId, group: Group) -> None:
    runs = [uuid4() for _ in group.documents]
    tables: dict[str, Iterator[tuple[Any, ...]]] = {
        "documents (tenant, id, name, blob_sha256, blob_size_bytes, created_at)": (
            (tenant, document, str(document), "", 0, group.uploaded_at) for document in group.documents
        ),
        "runs (tenant, id, document, number, newest, uploaded_at, state, version, created_at, updated_at)": (
            (tenant, run, document, 1, True, group.uploaded_at, "archived", 5, USUAL, USUAL)
            for run, document in zip(runs, group.documents, strict=True)
        ),
        "chunks (tenant, document, ordinal, run, type_name, unit, text, words, model, embedding, in_graph)": (
            (tenant, document, 0, run, group.type_name, "", "x", "", MODEL, str(vector.tolist()), True)
            for run, document, vector in zip(runs, group.documents, group.vectors, strict=True)
        ),
    }
    for table, rows in tables.items():
        with admin.cursor().copy(f"COPY docmill_pool.{table} FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)


@pytest.fixture
async def database(place: Place) -> AsyncIterator[Database]:
    opened = Database(place.dsn, connections_max=2)
    await opened.open()
    yield opened
    await opened.close()


class ByDefault(PostgresSearchIndex):
    """As pgvector is used first: the graph, the filters behind it, no iterative scan and no exact one."""

    _NEAREST = (
        b"SELECT document, ordinal, -(embedding <#> %(vector)s::vector) AS similarity FROM chunks"
        b" WHERE tenant = %(tenant)s AND in_graph AND model = %(model)s"
        b" AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)"
        b" AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN ("
        b" SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.uploaded_at < %(until)s))"
        b" ORDER BY embedding <#> %(vector)s::vector LIMIT 10"
    )

    async def _by_meaning(
        self, tx: Transaction, scope: dict[str, Any], request: SearchRequest, *, in_graph: bool
    ) -> list[Any]:
        # The planner's own choice hangs on statistics; this is the plan that a large table gets.
        await tx.run(b"SET LOCAL enable_sort = off")
        vector = str(list(request.vector or ()))
        rows = await tx.all(self._NEAREST, scope | {"vector": vector, "model": request.model})
        return [(row["document"], row["ordinal"]) for row in rows]


def asking(place: Place, **where: Any) -> SearchRequest:
    request = SearchRequest("unheard of", place.query.tolist(), MODEL, 10, per_document=1)
    return replace(request, **where)


FILTERS = {
    "type": {"type_name": "receipt"},
    "time": {"created_gte": BEFORE - timedelta(days=1), "created_lt": BEFORE + timedelta(days=1)},
    "type and time": {"type_name": "receipt", "created_lt": BEFORE + timedelta(days=1)},
}


async def recall(index: PostgresSearchIndex, tenant: TenantId, group: Group, request: SearchRequest) -> float:
    """Of the ten nearest chunks of the group, how many are among the ten hits."""
    found = {hit.document for hit in await index.search(tenant, request)}
    nearest = np.argsort(-(group.vectors @ np.asarray(request.vector, np.float32)))[:10]
    return len(found & {group.documents[place] for place in nearest}) / 10


@pytest.mark.parametrize("name", FILTERS)
@pytest.mark.parametrize("exact_chunks_max", [0, SEARCH_EXACT_CHUNKS_MAX], ids=["by_graph", "exact"])
async def test_ten_of_ten_are_found_where_a_filter_leaves_fifty_of_many(
    database, place: Place, name: str, exact_chunks_max: int
) -> None:
    index = PostgresSearchIndex(database, exact_chunks_max=exact_chunks_max, similarity_min=-1.0)
    request = asking(place, **FILTERS[name])
    assert len(await index.search(place.large, request)) == 10
    assert await recall(index, place.large, place.rare, request) == 1.0


async def test_the_smallest_tenant_of_the_pool_gets_all_its_own(database, place: Place) -> None:
    index = PostgresSearchIndex(database, similarity_min=-1.0)
    assert await recall(index, place.small, place.little, asking(place)) == 1.0
    hits = await index.search(place.small, asking(place, limit=100))
    assert {hit.document for hit in hits} == set(place.little.documents)


async def test_the_graph_finds_nineteen_of_twenty_of_what_an_exact_comparison_does(
    database, place: Place
) -> None:
    index = PostgresSearchIndex(database, similarity_min=-1.0)
    queries = _directions(np.random.default_rng(11), 20)
    mixed = 0.7 * place.query + 0.3 * queries
    found = [
        await recall(index, place.large, place.usual, asking(place, vector=_unit(one), type_name=kind))
        for one in mixed
        for kind in (None, "invoice")
    ]
    assert float(np.mean(found)) >= 0.95, found


def _unit(vector: np.ndarray) -> Sequence[float]:
    scaled: list[float] = (vector / np.linalg.norm(vector)).tolist()
    return scaled


@pytest.mark.parametrize("name", FILTERS)
async def test_the_default_scan_of_the_graph_would_find_nothing(database, place: Place, name: str) -> None:
    index = ByDefault(database, similarity_min=-1.0)
    request = asking(place, **FILTERS[name])
    assert await index.search(place.large, request) == []
    assert await recall(index, place.small, place.little, asking(place)) == 0.0


async def test_a_time_that_leaves_nothing_answers_nothing(database, place: Place) -> None:
    index = PostgresSearchIndex(database, similarity_min=-1.0)
    for where in ({"created_gte": USUAL + timedelta(days=1)}, {"created_lt": BEFORE}):
        assert await index.search(place.large, asking(place, **where)) == []
        assert await index.search(place.large, asking(place, text="x", **where)) == []
