"""Making a document searchable: a side fact, beside whatever else happens to the run."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from docmill.domain.documents import Answer
from docmill.domain.events import EventType, NewEvent
from docmill.domain.limits.search import CHUNKS_PER_DOCUMENT_MAX
from docmill.domain.pages import Reading
from docmill.domain.search import Chunk
from docmill.engines.reading.wire.codec import decode
from docmill.ports.blob_store import BlobStore
from docmill.ports.embedder import Embedder
from docmill.ports.search_index import SearchIndex
from docmill.stages.metering import computed
from docmill.stages.work import Work

Chunker = Callable[[Reading, Mapping[str, Any]], Sequence[Chunk]]
"""The words of a reading in chunks; of the result's values where there are no pages."""


async def index(
    work: Work, *, blobs: BlobStore, embedder: Embedder, search: SearchIndex, chunker: Chunker
) -> Answer:
    """Answer DocumentIndexed once the chunks have replaced those of an earlier run."""
    tenant, reading = work.document.tenant, work.run.reading
    if reading is None:
        return Answer()
    encoded = await blobs.get(tenant, reading.sha256)
    chunks = await computed(len(encoded), _chunks, encoded, work.run.result or {}, chunker)
    vectors = await embedder.embed([chunk.text for chunk in chunks]) if chunks else []
    await search.put(tenant, work.document.id, work.run.id, chunks, vectors=vectors, model=embedder.model)
    return Answer(facts=("indexed",), events=(NewEvent(EventType.DOCUMENT_INDEXED, {"chunks": len(chunks)}),))


def _chunks(encoded: bytes, result: Mapping[str, Any], chunker: Chunker) -> Sequence[Chunk]:
    return chunker(decode(encoded), result)[:CHUNKS_PER_DOCUMENT_MAX]
