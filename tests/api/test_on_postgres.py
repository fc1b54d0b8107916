"""The same promises on the real store: tenants, idempotency, cursors, filters, exports, deletion."""

import asyncio
import csv
import io
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from tests.api.memory_platform import INVOICE, VALUE, Platform, upload
from tests.contract.conftest import (  # noqa: F401 - fixtures
    claims,
    database,
    neighbour,
    postgres,
    short_home,
    store,
    tenancy,
    tenant,
    tier,
)
from tests.fakes import FakeEmbedder
from tests.fakes.parts import text_reading

from docmill import wiring
from docmill.adapters.postgres.archive import PostgresArchive
from docmill.adapters.postgres.batches import PostgresBatches
from docmill.adapters.postgres.catalog import PostgresCatalog
from docmill.adapters.postgres.claims import PostgresClaims
from docmill.adapters.postgres.database import Database
from docmill.adapters.postgres.document_store import PostgresDocumentStore
from docmill.adapters.postgres.letters import PostgresLetters
from docmill.adapters.postgres.operations import PostgresOperations
from docmill.adapters.postgres.quotas import PostgresQuotas
from docmill.adapters.postgres.retention import PostgresRetention
from docmill.adapters.postgres.reviews import PostgresReviews
from docmill.adapters.postgres.search_index import PostgresSearchIndex
from docmill.adapters.postgres.tenancy import PostgresTenancy
from docmill.adapters.postgres.webhooks import PostgresWebhooks
from docmill.adapters.tokens.seal import Seal
from docmill.domain.documents import ArchiveRecord, Change
from docmill.domain.events import DocumentId
from docmill.domain.pages import Box
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId, Tier
from docmill.domain.types import parse_document_type
from docmill.engines.reading.wire.codec import encode
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.services import Services
from docmill.settings import Settings
from docmill.stages.flow import SUBSCRIPTIONS

DIMENSIONS = 384


class WideEmbedder(FakeEmbedder):
    async def embed(self, texts: object) -> list[list[float]]:
        return [[1.0] + [0.0] * (DIMENSIONS - 1)]


class Real:
    """The application over PostgreSQL, with hands to do what the stages do."""

    def __init__(self, services: Services, own: TenantId, keys: tuple[str, str]) -> None:
        self.services = services
        self.own = own
        self.keys = keys
        self.app = create_app(services)

    def client(self, *, stranger: bool = False) -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {self.keys[stranger]}"}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers)

    async def step(self, document: str, **given: object) -> None:
        found = await self.services.store.load(self.own, DocumentId(UUID(document)))
        change = Change(self.own, found.id, found.run.id, found.run.version, **given)
        await self.services.store.append(change, claim=None)

    async def finish(self, document: str, *, total: str = "119.00") -> None:
        reading = await self.services.blobs.put(self.own, encode(text_reading("Invoice INV-7\nTotal")))
        value = VALUE | {"total": {"amount": total, "currency": "EUR"}}
        result = {"status": "succeeded", "blockers": [], "value": value, "metadata": {}, "completeness": {}}
        await self.step(document, state=RunState.READ, reading=reading, pages=1, media_type="application/pdf")
        await self.step(document, state=RunState.ANALYZED, result=result, type_name="invoice", type_version=1)
        await self.step(document, state=RunState.VALIDATED)
        await self.step(document, state=RunState.ARCHIVED, facts=("archived",))
        own_id = DocumentId(UUID(document))
        run = (await self.services.store.load(self.own, own_id)).run
        record = ArchiveRecord(self.own, own_id, run.id, 1, "ab" * 32, self.services.now(), result)
        await self.services.archive.put(record)
        chunk = Chunk(0, 1, Box(10, 10, 120, 32), "pt", (595, 842), "Invoice INV-7 Total")
        vectors = await self.services.embedder.embed([chunk.text])
        await self.services.index.put(
            self.own, own_id, run.id, [chunk], vectors=vectors, model=self.services.embedder.model
        )


@pytest.fixture
async def real(
    store: PostgresDocumentStore,  # noqa: F811
    claims: PostgresClaims,  # noqa: F811
    database: Database,  # noqa: F811
    tenancy: PostgresTenancy,  # noqa: F811
    tenant: TenantId,  # noqa: F811
    neighbour: TenantId,  # noqa: F811
    short_home: Path,  # noqa: F811
) -> Real:
    services = replace(
        Platform().services,
        store=store,
        operations=PostgresOperations(database, store, subscriptions=SUBSCRIPTIONS),
        batches=PostgresBatches(database),
        claims=claims,
        catalog=PostgresCatalog(database, {"invoice": parse_document_type(INVOICE)}),
        archive=PostgresArchive(database),
        index=PostgresSearchIndex(database),
        embedder=WideEmbedder(),
        tenancy=tenancy,
        reviews=PostgresReviews(database, subscriptions=SUBSCRIPTIONS),
        letters=PostgresLetters(database, claims),
        webhooks=PostgresWebhooks(database, lambda: Seal(b"s" * 32)),
        quotas=PostgresQuotas(database),
        retention=PostgresRetention(database),
        identity=wiring.identity(Settings(home=short_home), database),
    )
    keys = services.identity.keys
    own, other = [await keys.create(who, label="test", scopes=["admin"]) for who in (tenant, neighbour)]
    return Real(services, tenant, (own.secret, other.secret))


@pytest.fixture
async def client(real: Real) -> AsyncIterator[httpx.AsyncClient]:
    async with real.client() as client:
        yield client


@pytest.mark.parametrize("tier", [Tier.POOL], indirect=True)
async def test_twenty_parallel_posts_with_one_key_make_one_document(client: httpx.AsyncClient) -> None:
    posts = [client.post("/v1/documents", content=b"x", headers={"Idempotency-Key": "k"}) for _ in range(20)]
    answers = await asyncio.gather(*posts)
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["document_id"] for answer in answers}) == 1
    assert len((await client.get("/v1/documents")).json()["items"]) == 1
    other = await client.post("/v1/documents", content=b"y", headers={"Idempotency-Key": "k"})
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_mismatch")


async def test_pages_are_stable_while_documents_arrive(client: httpx.AsyncClient) -> None:
    made = [await upload(client, f"{n}".encode()) for n in range(5)]
    first = (await client.get("/v1/documents?limit=2")).json()
    await upload(client, b"new")
    second = (await client.get(f"/v1/documents?limit=2&cursor={first['next']}")).json()
    third = (await client.get(f"/v1/documents?limit=2&cursor={second['next']}")).json()
    seen = [item["id"] for page in (first, second, third) for item in page["items"]]
    assert seen == made[::-1]
    assert third["next"] is None
    broken = await client.get("/v1/documents?cursor=nonsense")
    assert (broken.status_code, broken.json()["code"]) == (422, "request_invalid")


async def test_documents_are_found_by_what_stands_in_them(real: Real, client: httpx.AsyncClient) -> None:
    small, large = await upload(client, b"1", batch="b"), await upload(client, b"2", batch="b")
    await real.finish(small, total="9.50")
    await real.finish(large, total="1000.00")
    waiting = await upload(client, b"3", batch="b")

    async def found(query: str) -> list[str]:
        answer = await client.get(f"/v1/documents?{query}")
        assert answer.status_code == 200, answer.text
        return [item["id"] for item in answer.json()["items"]]

    assert await found("value.total_gte=100") == [large]
    assert await found("value.total_lt=10.00") == [small]
    assert await found("value.seller.name_contains=acm") == [large, small]
    assert await found("value.invoice_number=INV-8") == []
    assert await found("status=running") == [waiting]
    assert await found("state=archived&type=invoice&value.total=9.5") == [small]
    batch = (await client.get("/v1/batches/b")).json()
    assert batch["counts"] == {
        "running": 1,
        "needs_review": 0,
        "succeeded": 2,
        "rejected": 0,
        "failed": 0,
        "cancelled": 0,
        "expected": 0,
        "duplicate": 0,
        "refused": 0,
    }
    rows = list(csv.DictReader(io.StringIO((await client.get("/v1/export?format=csv")).text[1:])))
    assert [row["total.amount"] for row in rows] == ["1000.00", "9.50"]
    hits = (await client.get("/v1/search?q=total")).json()["items"]
    assert {hit["document_id"] for hit in hits} == {small, large}


async def test_a_deleted_document_is_gone_from_everywhere(real: Real, client: httpx.AsyncClient) -> None:
    document = await upload(client)
    await real.finish(document)
    for _ in range(2):
        assert (await client.delete(f"/v1/documents/{document}")).status_code == 204
    for path in ("", "/result", "/runs", "/versions", "/versions/1", "/children", "/file", "/pages/1"):
        assert (await client.get(f"/v1/documents/{document}{path}")).status_code == 410, path
    assert (await client.get(f"/v1/operations/{document}")).json()["status"] == "succeeded"
    assert (await client.get("/v1/search?q=total")).json()["items"] == []
    assert document not in (await client.get("/v1/export?format=jsonl")).text
    again = await client.post("/v1/documents", content=b"Invoice")
    assert again.status_code == 202


async def test_types_and_rules_change_only_from_the_version_that_was_seen(client: httpx.AsyncClient) -> None:
    shipped = await client.get("/v1/types/invoice")
    seen = {"If-Match": shipped.headers["etag"]}
    saved = await client.put("/v1/types/invoice", json=INVOICE, headers=seen)
    assert saved.status_code == 200, saved.text
    assert saved.headers["etag"] != shipped.headers["etag"]
    assert (await client.put("/v1/types/invoice", json=INVOICE, headers=seen)).status_code == 412
    rules = await client.get("/v1/types/invoice/rules")
    seen = {"If-Match": rules.headers["etag"]}
    assert (await client.put("/v1/types/invoice/rules", json=[], headers=seen)).status_code == 200
    assert (await client.put("/v1/types/invoice/rules", json=[], headers=seen)).status_code == 412
