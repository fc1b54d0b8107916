"""One platform in memory: the real stages and runner, everything around them fake."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from tests.fakes import (
    FakeEmbedder,
    FakeReader,
    MemoryArchive,
    MemoryBlobs,
    MemoryCatalog,
    MemoryClaims,
    MemoryDatabase,
    MemoryJournal,
    MemorySearchIndex,
    MemoryStore,
    QuietTelemetry,
)

from docmill.domain.documents import Accepted, Claim, Document, Upload
from docmill.domain.events import DocumentId
from docmill.domain.pages import Reading
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.results import Blocker, Extraction, FieldMeta, Source
from docmill.domain.search import Chunk
from docmill.domain.tenants import TenantId
from docmill.stages.analyze import analyze
from docmill.stages.archive import archive
from docmill.stages.index import index
from docmill.stages.read import read
from docmill.stages.runner import Runner
from docmill.stages.validate import validate
from docmill.stages.worker import claiming_stages

ACME = TenantId("acme")
NOTE = {"name": "note", "schema": {"type": "object", "properties": {}}, "rules": [], "identity": ["number"]}


def find_number(reading: Reading, _types: object, _requested: str | None) -> Extraction:
    """The word after "number" is the number."""
    words = [word.text for page in reading.pages for word in page.visible]
    number = words[words.index("number") + 1] if "number" in words[:-1] else None
    meta = FieldMeta(Source.RULES, raw_text=number, confidence=0.9)
    return Extraction("note", 0.9, {"number": number}, {"number": meta}, model="test")


def number_wanted(
    _type: object, _rules: object, result: Mapping[str, Any], context: Mapping[str, Any]
) -> list[Blocker]:
    if result["value"]["number"] is None:
        return [Blocker("number", "required", "there is no number")]
    if context["duplicate_of"] is not None:
        return [Blocker("number", "duplicate", f"as in {context['duplicate_of']}")]
    return []


def one_chunk(reading: Reading, _result: Mapping[str, Any]) -> list[Chunk]:
    text = " ".join(word.text for page in reading.pages for word in page.visible)
    return [Chunk(0, 1, None, "pt", None, text)]


@dataclass
class MemoryPlatform:
    db: MemoryDatabase = field(default_factory=MemoryDatabase)
    blobs: MemoryBlobs = field(default_factory=MemoryBlobs)
    reader: FakeReader = field(default_factory=FakeReader)
    archive: MemoryArchive = field(default_factory=MemoryArchive)
    index: MemorySearchIndex = field(default_factory=MemorySearchIndex)
    telemetry: QuietTelemetry = field(default_factory=QuietTelemetry)
    allowed: ReadingLimits = DEFAULT

    def __post_init__(self) -> None:
        self.store, self.claims = MemoryStore(self.db), MemoryClaims(self.db)
        self.journal, self.catalog = MemoryJournal(self.db), MemoryCatalog([NOTE])
        self.runner = Runner(
            handlers={
                "read": partial(
                    read, reader=self.reader, blobs=self.blobs, store=self.store, limits_of=self.limits_of
                ),
                "analyze": partial(
                    analyze,
                    blobs=self.blobs,
                    catalog=self.catalog,
                    analyst=find_number,
                    reader=self.reader,
                    limits_of=self.limits_of,
                ),
                "validate": partial(validate, store=self.store, catalog=self.catalog, judge=number_wanted),
                "archive": partial(archive, archive=self.archive),
                "index": partial(
                    index, blobs=self.blobs, embedder=FakeEmbedder(), search=self.index, chunker=one_chunk
                ),
            },
            store=self.store,
            claims=self.claims,
            telemetry=self.telemetry,
            clock=lambda: datetime.now(UTC),
            save_wall_s=1.0,
        )

    async def limits_of(self, _tenant: TenantId) -> ReadingLimits:
        return self.allowed

    async def upload(self, text: str | bytes, name: str = "a.txt") -> Accepted:
        data = text.encode() if isinstance(text, str) else text
        blob = await self.blobs.put(ACME, data)
        return await self.store.accept(
            Upload(ACME, DocumentId(uuid4()), name, blob, datetime.now(UTC), allow_duplicate=True)
        )

    async def take(self, *stages: str, worker: str = "w", most: int = 1) -> list[Claim]:
        return list(await self.claims.take(stages or claiming_stages(), worker=worker, most=most))

    async def settle(self) -> None:
        """Deliver until nothing is left, letting backoffs pass."""
        for _ in range(2_000):
            self.claims.pass_time(1_000.0)
            taken = await self.take()
            if not taken:
                return
            await self.runner.deliver(taken[0])
        raise AssertionError("it does not come to an end")

    async def document(self, accepted: Accepted) -> Document:
        return await self.store.load(ACME, accepted.document)


@pytest.fixture
def platform() -> MemoryPlatform:
    return MemoryPlatform()
