"""The API over ports in memory, with hands to move documents along."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import httpx
from tests.fakes import (
    FakeEmbedder,
    FakeReader,
    MemoryArchive,
    MemoryBatches,
    MemoryBlobs,
    MemoryCatalog,
    MemoryClaims,
    MemoryDatabase,
    MemoryJournal,
    MemoryLetters,
    MemoryOperations,
    MemoryRetention,
    MemorySearchIndex,
    MemoryStore,
)
from tests.fakes.books import MemoryLedger, MemoryQuotas
from tests.fakes.identity import memory_identity
from tests.fakes.parts import text_reading
from tests.fakes.reviews import MemoryReviews
from tests.fakes.webhooks import MemoryEventHistory, MemoryWebhooks, memory_sender

from docmill.domain.documents import ArchiveRecord
from docmill.domain.errors import DocmillError, ErrorCode
from docmill.domain.events import DocumentId
from docmill.domain.pages import Box
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId, Tier
from docmill.engines.reading.wire.codec import encode
from docmill.entrypoints.api import create_app
from docmill.entrypoints.api.services import Services
from docmill.ports.tenancy import Tenant
from docmill.stages.event_feed import EventFeed

INVOICE: dict[str, Any] = {
    "name": "invoice",
    "title": "Invoice",
    "schema": {
        "type": "object",
        "properties": {
            "invoice_number": {"x-docmill": {"kind": "identifier"}},
            "seller": {"type": "object", "properties": {"name": {"x-docmill": {"kind": "name"}}}},
            "total": {"x-docmill": {"kind": "amount"}},
            "line_items": {
                "type": "array",
                "x-docmill": {"kind": "list"},
                "items": {
                    "type": "object",
                    "properties": {
                        "description": {"x-docmill": {"kind": "text"}},
                        "quantity": {"x-docmill": {"kind": "number"}},
                        "amount": {"x-docmill": {"kind": "amount"}},
                    },
                },
            },
        },
    },
}
METRICS_TOKEN = "the-metrics-token"
VALUE = {
    "invoice_number": "INV-7",
    "seller": {"name": "Acme"},
    "total": {"amount": "119.00", "currency": "EUR"},
    "line_items": [
        {"description": "A", "quantity": "2", "amount": {"amount": "50.00", "currency": "EUR"}},
        {"description": "B", "quantity": "1", "amount": {"amount": "50.00", "currency": "EUR"}},
    ],
}


@dataclass
class MemoryTenancy:
    """`Tenancy`; the keys are in `tests.fakes.identity`."""

    made: dict[str, Tenant] = field(default_factory=dict)
    lowered: dict[str, ReadingLimits] = field(default_factory=dict)

    async def create(self, tenant: TenantId, *, tier: Tier) -> Tenant:
        if tenant in self.made:
            raise DocmillError(ErrorCode.TENANT_EXISTS, f"tenant {tenant}")
        self.made[tenant] = Tenant(tenant, tier, datetime.now(UTC))
        return self.made[tenant]

    async def reading_limits(self, tenant: TenantId) -> ReadingLimits:
        return self.lowered.get(tenant, DEFAULT)

    async def lower_limits(self, tenant: TenantId, wanted: dict[str, Any]) -> ReadingLimits:
        self.lowered[tenant] = DEFAULT.lowered(wanted)
        return self.lowered[tenant]

    async def tenants(self) -> list[Tenant]:
        return list(self.made.values())


class Platform:
    """``now`` rises by a second with every look at the clock."""

    def __init__(self) -> None:
        self.db = MemoryDatabase()
        self.store = MemoryStore(self.db)
        self.blobs = MemoryBlobs()
        self.reader = FakeReader()
        self.catalog = MemoryCatalog([INVOICE])
        self.archive = MemoryArchive()
        self.index = MemorySearchIndex()
        self.embedder = FakeEmbedder()
        self.reviews = MemoryReviews(self.db)
        self.tenancy = MemoryTenancy()
        self.identity = memory_identity()
        self.letters = MemoryLetters(self.db)
        self.retention = MemoryRetention(self.db)
        self.webhooks = MemoryWebhooks()
        self.journal = MemoryJournal(self.db)
        self.feed = EventFeed(self.journal, MemoryEventHistory(self.db), poll_s=0.01)
        self.quotas = MemoryQuotas()
        self.ledger = MemoryLedger()
        self.trouble: dict[str, str] = {"database": ""}
        self._now = datetime(2026, 1, 5, tzinfo=UTC)
        self.services = Services(
            store=self.store,
            operations=MemoryOperations(self.db),
            batches=MemoryBatches(self.db),
            claims=MemoryClaims(self.db),
            blobs=self.blobs,
            reader=self.reader,
            reviews=self.reviews,
            catalog=self.catalog,
            archive=self.archive,
            index=self.index,
            embedder=self.embedder,
            tenancy=self.tenancy,
            identity=self.identity,
            letters=self.letters,
            retention=self.retention,
            webhooks=self.webhooks,
            sender=memory_sender(),
            feed=self.feed,
            now=self.now,
            metrics=self._metrics,
            metrics_token=METRICS_TOKEN,
            health=self._health,
            locks=self._locks,
            quotas=self.quotas,
            ledger=self.ledger,
            spend=self.ledger.spend,
        )
        self.app = create_app(self.services)

    def now(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now

    async def _metrics(self) -> str:
        return "docmill_documents_total 0\n"

    async def _locks(self) -> Mapping[str, bool]:
        return {"limits": True, "landlock": False}

    async def _health(self) -> Mapping[str, str]:
        return self.trouble

    def client(self, key: str | None = "dm_acme") -> httpx.AsyncClient:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        transport = httpx.ASGITransport(self.app)
        return httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers)

    def move(self, document: str, state: RunState, *, tenant: str = "acme", **given: Any) -> None:
        """Put a document into a state, as the stages would have left it."""
        key = (TenantId(tenant), DocumentId(UUID(document)))
        found = self.db.documents[key]
        self.db.documents[key] = replace(found, run=replace(found.run, state=state, **given))

    async def finish(self, document: str, *, tenant: str = "acme", value: Any = None) -> None:
        """As after reading, analyzing, validating, archiving and indexing."""
        owner, own_id = TenantId(tenant), DocumentId(UUID(document))
        reading = await self.blobs.put(owner, encode(text_reading("Invoice INV-7\nTotal 119.00 EUR")))
        result = {
            "document_id": document,
            "status": "succeeded",
            "type": {"name": "invoice", "confidence": 0.97},
            "blockers": [],
            "value": VALUE if value is None else value,
            "metadata": {
                "total": {
                    "confidence": 0.9,
                    "citations": [
                        {"page": 1, "box": [70, 22, 120, 32], "unit": "pt", "page_size": [595, 842]}
                    ],
                }
            },
            "completeness": {"line_items": {"expected": 2, "returned": 2, "reconciles": True}},
        }
        self.move(
            document,
            RunState.ARCHIVED,
            tenant=tenant,
            result=result,
            reading=reading,
            type_name="invoice",
            pages=1,
        )
        run = self.db.document(owner, own_id).run
        await self.archive.put(ArchiveRecord(owner, own_id, run.id, 1, "ab" * 32, self.now(), result))
        chunk = Chunk(0, 1, Box(10, 10, 120, 32), "pt", (595, 842), "Invoice INV-7 Total 119.00 EUR")
        await self.index.put(owner, own_id, run.id, [chunk], vectors=[[1.0, 0, 0]], model="fake")


async def upload(
    client: httpx.AsyncClient, data: bytes = b"Invoice", *, name: str = "invoice.pdf", **query: Any
) -> str:
    answer = await client.post("/v1/documents", content=data, params={"name": name} | query)
    assert answer.status_code == 202, answer.text
    document: str = answer.json()["document_id"]
    return document
