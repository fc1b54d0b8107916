"""Everything around the flow in memory: blobs, archive, catalog, index, engines."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from docmill.domain.appearance import Comparison, Printed, Seen
from docmill.domain.documents import ArchiveRecord, Blob, Claim
from docmill.domain.errors import DocmillError, ErrorCode, NotFound, VersionConflict
from docmill.domain.events import DocumentId, Event, RunId
from docmill.domain.pages import Box, Page, Provenance, Reading, Word
from docmill.domain.reading_limits import DEFAULT, ReadingLimits
from docmill.domain.search import Chunk, Hit
from docmill.domain.tenants import TenantId
from docmill.domain.types import DocumentType, parse_document_type
from docmill.ports.catalog import Rules
from docmill.ports.search_index import SearchRequest
from docmill.ports.sight import View
from docmill.ports.telemetry import NOTHING, Done


@dataclass
class MemoryBlobs:
    files: dict[tuple[TenantId, str], bytes] = field(default_factory=dict)
    full: bool = False
    times: dict[tuple[TenantId, str], datetime] = field(default_factory=dict)

    async def put(self, tenant: TenantId, data: bytes) -> Blob:
        await asyncio.sleep(0)
        if self.full:
            raise DocmillError(ErrorCode.STORAGE_FULL)
        sha256 = hashlib.sha256(data).hexdigest()
        self.files[tenant, sha256] = data
        self.times[tenant, sha256] = datetime.now(UTC)
        return Blob(sha256, len(data))

    async def check(self) -> None:
        if self.full:
            raise DocmillError(ErrorCode.STORAGE_FULL)

    async def get(self, tenant: TenantId, sha256: str) -> bytes:
        try:
            return self.files[tenant, sha256]
        except KeyError:
            raise NotFound("file") from None

    async def pieces(self, tenant: TenantId, sha256: str) -> AsyncGenerator[bytes, None]:
        data = await self.get(tenant, sha256)
        for at in range(0, len(data), 1024):
            yield data[at : at + 1024]

    async def has(self, tenant: TenantId, sha256: str) -> bool:
        return (tenant, sha256) in self.files

    async def delete(self, tenant: TenantId, sha256: str) -> None:
        self.files.pop((tenant, sha256), None)

    async def older_than(self, tenant: TenantId, time: datetime) -> AsyncIterator[str]:
        for owner, name in list(self.files):
            if owner == tenant and self.times[owner, name] < time:
                yield name

    async def discard(self, tenant: TenantId, name: str, *, unless_since: datetime) -> bool:
        key = (tenant, name)
        old = key in self.files and self.times[key] < unless_since
        if old:
            del self.files[key]
        return old


@dataclass
class FakeReader:
    """Text as one page of words, unless `readings` says something else for the name. `fault` is raised first."""

    readings: dict[str, Reading] = field(default_factory=dict)
    fault: Callable[[str], Exception | None] = lambda _name: None
    calls: list[str] = field(default_factory=list)
    seen: dict[str, Seen] = field(default_factory=dict)
    allowed: list[ReadingLimits] = field(default_factory=list)

    async def read(
        self,
        data: bytes,
        name: str,
        *,
        allowed: ReadingLimits = DEFAULT,
        progress: Callable[[int, int], None] | None = None,
    ) -> Reading:
        self.calls.append(name)
        self.allowed.append(allowed)
        await asyncio.sleep(0)
        error = self.fault(name)
        if error is not None:
            raise error
        if progress is not None:
            progress(1, 1)
        return self.readings.get(name) or text_reading(data.decode())

    async def compare(
        self, data: bytes, name: str, printed: Sequence[Printed], *, allowed: ReadingLimits = DEFAULT
    ) -> Comparison:
        return Comparison(tuple(self.seen.get(word.text, Seen.SAME) for word in printed))

    async def render(
        self,
        data: bytes,
        name: str,
        page: int,
        *,
        dpi: int,
        turned: int = 0,
        allowed: ReadingLimits = DEFAULT,
    ) -> bytes:
        if page != 1:
            raise NotFound("page")
        return b"\x89PNG\r\n\x1a\n"

    async def close(self) -> None:
        return


def text_reading(text: str) -> Reading:
    words = tuple(
        Word(word, Box(10.0 + 60 * at, 10.0 + 12 * line, 60.0 + 60 * at, 20.0 + 12 * line), line=line)
        for line, row in enumerate(text.splitlines())
        for at, word in enumerate(row.split())
    )
    page = Page(1, 595.0, 842.0, "pt", words, Provenance.TEXT_LAYER if words else Provenance.EMPTY)
    return Reading("text/plain", (page,), reader="fake-1")


@dataclass
class MemoryArchive:
    records: dict[tuple[TenantId, DocumentId, int], ArchiveRecord] = field(default_factory=dict)

    async def put(self, record: ArchiveRecord) -> None:
        await asyncio.sleep(0)
        key = (record.tenant, record.document, record.version)
        if self.records.setdefault(key, record).sha256 != record.sha256:
            raise VersionConflict

    async def versions(self, tenant: TenantId, document: DocumentId) -> Sequence[ArchiveRecord]:
        return [kept for key, kept in sorted(self.records.items()) if key[:2] == (tenant, document)]


@dataclass
class MemoryCatalog:
    """`sources` are the shipped types, as JSON."""

    sources: Sequence[Mapping[str, Any]] = ()
    own: dict[tuple[TenantId, str], list[DocumentType]] = field(default_factory=dict)
    ruled: dict[tuple[TenantId, str], list[Rules]] = field(default_factory=dict)

    async def types(self, tenant: TenantId, *, edition: str | None = None) -> Sequence[DocumentType]:
        found = {source["name"]: parse_document_type(source, version=0) for source in self.sources}
        found |= {name: versions[-1] for (owner, name), versions in self.own.items() if owner == tenant}
        return list(found.values())

    async def document_type(
        self, tenant: TenantId, name: str, *, version: int | None = None, edition: str | None = None
    ) -> DocumentType:
        known = [*reversed(self.own.get((tenant, name), [])), *await self.types(tenant)]
        for found in known:
            if found.name == name and version in (None, found.version):
                return found
        raise NotFound("type")

    async def put_type(
        self, tenant: TenantId, source: Mapping[str, Any], *, expected: int | None
    ) -> DocumentType:
        versions = self.own.get((tenant, source["name"]), [])
        if expected is not None and expected != len(versions):
            raise VersionConflict
        self.own[tenant, source["name"]] = versions
        versions.append(parse_document_type(source, version=len(versions) + 1))
        return versions[-1]

    async def rules(
        self, tenant: TenantId, type_name: str, *, version: int | None = None, edition: str | None = None
    ) -> Rules:
        shipped = Rules(type_name, 0, (await self.document_type(tenant, type_name)).rules)
        if version is not None:
            for known in (shipped, *self.ruled.get((tenant, type_name), [])):
                if known.version == version:
                    return known
            raise NotFound("rules")
        return self.ruled.get((tenant, type_name), [shipped])[-1]

    async def put_rules(
        self, tenant: TenantId, type_name: str, rules: Sequence[Mapping[str, Any]], *, expected: int | None
    ) -> Rules:
        versions = self.ruled.get((tenant, type_name), [])
        if expected is not None and expected != len(versions):
            raise VersionConflict
        self.ruled[tenant, type_name] = versions
        versions.append(Rules(type_name, len(versions) + 1, tuple(rules)))
        return versions[-1]


@dataclass
class FakeEmbedder:
    model: str = "fake"
    dimensions: int = 3

    async def embed(self, texts: Sequence[str]) -> Sequence[Sequence[float]]:
        await asyncio.sleep(0)
        return [[1.0, 0.0, 0.0] for _ in texts]

    async def close(self) -> None:
        return


@dataclass
class MemorySearchIndex:
    """Finds chunks that have every word of the query."""

    chunks: dict[tuple[TenantId, DocumentId], Sequence[Chunk]] = field(default_factory=dict)

    async def put(
        self,
        tenant: TenantId,
        document: DocumentId,
        run: RunId,
        chunks: Sequence[Chunk],
        *,
        vectors: Sequence[Sequence[float]],
        model: str,
    ) -> None:
        await asyncio.sleep(0)
        assert len(vectors) == len(chunks)
        self.chunks[tenant, document] = tuple(chunks)

    async def search(self, tenant: TenantId, request: SearchRequest) -> Sequence[Hit]:
        words = request.text.lower().split()
        hits = [
            Hit(document, "", None, chunk, 1.0, ("text",))
            for (owner, document), chunks in self.chunks.items()
            for chunk in chunks
            if owner == tenant and all(word in chunk.text.lower() for word in words)
        ]
        within = [
            hit
            for place, hit in enumerate(hits)
            if sum(one.document == hit.document for one in hits[:place]) < request.per_document
        ]
        return within[: request.limit]


@dataclass
class MemoryBookmark:
    position: int = 0

    def load(self) -> int:
        return self.position

    def save(self, position: int) -> None:
        self.position = position


@dataclass
class QuietTelemetry:
    """Remembers what it was told."""

    answers: list[str] = field(default_factory=list)
    failures: list[tuple[str, str, bool]] = field(default_factory=list)
    losses: list[str] = field(default_factory=list)
    outages: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)

    def began(self, claim: Claim) -> None: ...

    def answered(self, claim: Claim, *, wall_s: float, cpu_seconds: float, done: Done = NOTHING) -> None:
        self.answers.append(claim.stage)

    def failed(self, claim: Claim, *, code: str, final: bool, error: BaseException | None) -> None:
        self.failures.append((claim.stage, str(code), final))

    def lost(self, claim: Claim) -> None:
        self.losses.append(claim.stage)

    def outage(self, what: str, error: BaseException) -> None:
        self.outages.append(what)

    def told(self, event: Event) -> None:
        self.events.append(event)


@dataclass
class MemorySight:
    """`Sight` of what a test puts there."""

    view: View = field(default_factory=View)
    owners: dict[DocumentId, TenantId] = field(default_factory=dict)

    async def look(self) -> View:
        return self.view

    async def owner(self, document: DocumentId) -> TenantId | None:
        return self.owners.get(document)

    async def history(self, document: DocumentId) -> list[Event]:
        return []
