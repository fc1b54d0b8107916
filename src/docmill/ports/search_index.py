"""What a tenant's search looks things up in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from docmill.domain.events import DocumentId, RunId
from docmill.domain.limits.search import SEARCH_HITS_PER_DOCUMENT
from docmill.domain.search import Chunk, Hit
from docmill.domain.tenants import TenantId


@dataclass(frozen=True, slots=True)
class SearchRequest:
    """``vector`` None searches words only. ``created_gte``, ``created_lt``: when the document was
    uploaded."""

    text: str
    vector: Sequence[float] | None
    model: str
    limit: int
    type_name: str | None = None
    per_document: int = SEARCH_HITS_PER_DOCUMENT
    created_gte: datetime | None = None
    created_lt: datetime | None = None


class SearchIndex(Protocol):
    """Hybrid search within one tenant. Raises Unavailable."""

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
        """Replace the document's chunks. Idempotent.

        Does nothing for a run that was cancelled, or that the document does not show any more.
        """

    async def search(self, tenant: TenantId, request: SearchRequest) -> Sequence[Hit]:
        """Return the best chunks, best first: full text and nearest vectors, fused by rank.

        At most ``per_document`` of one document, so that one with many like pages does not fill the
        list; and none that no word speaks for and whose vector is farther than SEARCH_SIMILARITY_MIN.
        """
