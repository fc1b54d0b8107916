"""Thousands of documents in the store, through the ports, as if they had come all the way."""

import asyncio
import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from bench.files import invoices
from docmill import wiring
from docmill.domain.documents import ArchiveRecord, Blob, Change, Claim, Upload
from docmill.domain.events import DocumentId, EventId, EventType, RunId
from docmill.domain.pages import Reading
from docmill.domain.results import Usage
from docmill.domain.search import Chunk
from docmill.domain.states import RunState
from docmill.domain.tenants import TenantId, tenant_id
from docmill.engines.extraction.layered import classify_and_extract
from docmill.engines.reading import read
from docmill.engines.search import chunks_of
from docmill.engines.types import load_shipped
from docmill.settings import Settings
from docmill.stages.results import analyzed_result, result_sha256, validated_result
from docmill.stages.worker import claiming_stages

AT_ONCE = 8

ROUND = 200
"""Documents that are on their way at a time."""

_STEPS: dict[str, tuple[RunState | None, EventType]] = {
    "read": (RunState.READ, EventType.DOCUMENT_READ),
    "analyze": (RunState.ANALYZED, EventType.DOCUMENT_ANALYZED),
    "validate": (RunState.VALIDATED, EventType.DOCUMENT_VALIDATED),
    "archive": (RunState.ARCHIVED, EventType.DOCUMENT_ARCHIVED),
    "index": (None, EventType.DOCUMENT_INDEXED),
}
STAGES = tuple(_STEPS)
"""In the order of the versions that they start from."""


@dataclass(frozen=True)
class Pattern:
    """One real result and its chunks, which every seeded document gets with a number of its own."""

    reading: Reading
    result: Mapping[str, Any]
    chunks: tuple[Chunk, ...]

    def of(self, document: UUID) -> dict[str, Any]:
        value = {**self.result["value"], "invoice_number": document.hex[:12]}
        return {**self.result, "document_id": str(document), "value": value}


def pattern() -> Pattern:
    reading = read(next(invoices(1, seed=1)), "")
    types = tuple(load_shipped().values())
    found = classify_and_extract(reading, types, None)
    used = next((one for one in types if one.name == found.type_name), None)
    analyzed = analyzed_result(uuid4(), reading, found, used)
    result = validated_result(analyzed, (), rules_version=1, usage=Usage(pages=1))
    return Pattern(reading, result, tuple(chunks_of(reading, result)))


async def seed(settings: Settings, tenant: str, count: int) -> float:
    """Bring ``count`` documents from upload to archive and index; return the wall seconds it took.

    The database runs and no worker does: the claims are taken here.
    """
    start, made = time.monotonic(), pattern()
    async with wiring.platform(settings, connections_max=AT_ONCE) as platform:
        seeder = _Seeder(platform, tenant_id(tenant), made, np.random.default_rng(1))
        for first in range(0, count, ROUND):
            await asyncio.gather(*(seeder.accept() for _ in range(min(ROUND, count - first))))
            while claims := await platform.claims.take(claiming_stages(), worker="seed", most=ROUND):
                await asyncio.gather(*map(seeder.answer, claims))
    return time.monotonic() - start


class _Seeder:
    def __init__(
        self, platform: wiring.Platform, tenant: TenantId, made: Pattern, random: np.random.Generator
    ) -> None:
        self._platform, self._tenant, self._made, self._random = platform, tenant, made, random
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def accept(self) -> None:
        document = DocumentId(uuid4())
        sha256 = hashlib.sha256(document.bytes).hexdigest()
        blob = Blob(sha256, 50_000)
        async with self._turns:
            await self._platform.store.accept(
                Upload(self._tenant, document, f"{document}.pdf", blob, datetime.now(UTC))
            )

    async def answer(self, claim: Claim) -> None:
        """Save what the claim's stage would have found."""
        async with self._turns:
            document, run = claim.event.document, claim.event.run
            version = STAGES.index(claim.stage) + 1
            change = Change(self._tenant, document, run, expected_version=version)
            result = self._made.of(document)
            match claim.stage:
                case "read":
                    blob = Blob(document.hex, 5_000)
                    change = replace(change, media_type="application/pdf", pages=1, reading=blob)
                case "analyze":
                    change = replace(change, type_name="invoice", type_version=1, result=result)
                case "validate":
                    change = replace(change, result=result)
                case "archive":
                    sha256, now = result_sha256(result), datetime.now(UTC)
                    record = ArchiveRecord(self._tenant, document, run, 1, sha256, now, result)
                    await self._platform.archive.put(record)
                    change = replace(change, facts=("archived",))
                case _:
                    await self._index(document, run)
                    change = replace(change, facts=("indexed",))
            await self._platform.store.append(_ended(change, claim), claim=claim)

    async def _index(self, document: DocumentId, run: RunId) -> None:
        embedder, chunks = self._platform.embedder, self._made.chunks
        vectors = self._random.standard_normal((len(chunks), embedder.dimensions))
        vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
        await self._platform.index.put(
            self._tenant, document, run, chunks, vectors=vectors.tolist(), model=embedder.model
        )


def _ended(change: Change, claim: Claim) -> Change:
    """The change with the state that its stage leads to, and the event that says so."""
    state, kind = _STEPS[claim.stage]
    happened = replace(claim.event, id=EventId(uuid4()), type=kind, time=datetime.now(UTC), position=None)
    return replace(change, state=state, events=(happened,))


async def documents_alone(settings: Settings, tenant: str, count: int) -> None:
    """Rows of archived documents and their runs, written by the database itself: for lists, not for results."""
    import psycopg

    _, admin_dsn = wiring.database_dsns(settings)
    assert admin_dsn is not None
    async with await psycopg.AsyncConnection.connect(admin_dsn) as admin:
        given = {"tenant": tenant, "count": count}
        await admin.execute(_DOCUMENTS_ALONE, given)
        await admin.execute(_RUNS_ALONE, given)
        await admin.commit()
        await admin.set_autocommit(True)
        await admin.execute("ANALYZE docmill_pool.documents, docmill_pool.runs")


_DOCUMENTS_ALONE = """
INSERT INTO docmill_pool.documents (tenant, id, name, media_type, blob_sha256, blob_size_bytes, created_at)
SELECT %(tenant)s, md5(%(tenant)s || n)::uuid, n || '.pdf', 'application/pdf', md5(n::text) || md5(n::text), 50000,
    now() - make_interval(secs => n)
FROM generate_series(1, %(count)s) AS n
"""
_RUNS_ALONE = """
INSERT INTO docmill_pool.runs (tenant, id, document, number, newest, uploaded_at, state, version, type_name,
    type_version, pages, created_at, updated_at, archived_at)
SELECT tenant, md5(id::text)::uuid, id, 1, true, created_at, 'archived', 5, 'invoice', 1, 1, created_at, created_at,
    created_at
FROM docmill_pool.documents WHERE tenant = %(tenant)s
"""
