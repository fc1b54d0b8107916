"""Hybrid search: full text by GIN, meaning by pgvector, fused by rank, all under the tenant's own role."""

from collections.abc import Sequence
from typing import Any

from docmill.adapters.postgres.database import Database, Row, Transaction
from docmill.adapters.postgres.queries import queries
from docmill.domain.events import DocumentId, RunId
from docmill.domain.limits.search import (
    PREFIX_CHARS_MIN,
    SEARCH_DEPTH,
    SEARCH_EXACT_CHUNKS_MAX,
    SEARCH_HITS_MAX,
    SEARCH_RANKED_CHUNKS_MAX,
    SEARCH_SCANNED_CHUNKS_MAX,
    SEARCH_SIMILARITY_MIN,
    TERM_CHARS_MAX,
)
from docmill.domain.pages import Box
from docmill.domain.search import Chunk, Hit
from docmill.domain.tenants import TenantId
from docmill.engines.search.fusion import fuse, spread
from docmill.engines.search.wording import phrases, terms
from docmill.ports.search_index import SearchRequest

_Key = tuple[DocumentId, int]  # document and ordinal of a chunk
_Phrases = Sequence[Sequence[str]]


class PostgresSearchIndex:
    """ports/search_index.SearchIndex. Raises DocmillError(erased) when the document was erased meanwhile.

    ``exact_chunks_max``: what a tenant has beyond so many chunks is searched through the approximate index.
    ``similarity_min``: the least cosine of a vector that counts as near.
    """

    def __init__(
        self,
        database: Database,
        *,
        exact_chunks_max: int = SEARCH_EXACT_CHUNKS_MAX,
        similarity_min: float = SEARCH_SIMILARITY_MIN,
    ) -> None:
        self._database = database
        self._similarity_min = similarity_min
        self._exact_chunks_max = exact_chunks_max
        self._sql = queries("search_index")

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
        parameters = {
            "tenant": tenant,
            "document": document,
            "run": run,
            "model": model,
            "pages": [chunk.page for chunk in chunks],
            "boxes": [_array(chunk.box) for chunk in chunks],
            "units": [chunk.unit for chunk in chunks],
            "page_sizes": [_array(chunk.page_size) for chunk in chunks],
            "texts": [_storable(chunk.text) for chunk in chunks],
            "words": [_words(chunk.text) for chunk in chunks],
            "embeddings": [_vector(vector) for vector in vectors] if vectors else [None] * len(chunks),
            "outside": self._exact_chunks_max,
        }
        await self._database.call(self._sql["put"], parameters)

    async def search(self, tenant: TenantId, request: SearchRequest) -> Sequence[Hit]:
        limit = min(request.limit, SEARCH_HITS_MAX)
        scope: dict[str, Any] = {
            "tenant": tenant,
            "type_name": request.type_name,
            "from": request.created_gte,
            "until": request.created_lt,
            "exact": self._exact_chunks_max,
            "depth": max(limit, SEARCH_DEPTH),
            "per_document": request.per_document,
        }
        async with self._database.tenant(tenant) as tx:
            known = await tx.one(self._sql["begin"], scope)
            in_graph = known is not None and known["graph"]
            by_text = await self._by_text(tx, scope, phrases(request.text))
            by_meaning = await self._by_meaning(tx, scope, request, in_graph=in_graph)
            ranked = fuse((by_text, by_meaning))
            best = spread(ranked, group=lambda each: each[0][0], most=request.per_document)[:limit]
            keys = {
                "documents": [key[0] for key, _ in best],
                "ordinals": [key[1] for key, _ in best],
            }
            rows = await tx.all(self._sql["hits"], scope | keys) if best else []
        found = {_key(row): row for row in rows}
        named = (("text", frozenset(by_text)), ("meaning", frozenset(by_meaning)))
        return [
            _hit(found[key], score, tuple(name for name, keys in named if key in keys))
            for key, score in best
            if key in found
        ]

    async def _by_text(self, tx: Transaction, scope: dict[str, Any], words: _Phrases) -> list[_Key]:
        """Chunks with all words of the query, each as it is written; then those with any of them."""
        keys: dict[_Key, None] = {}
        for query in (_all_of(words), _any_of(words)):
            if query and len(keys) < scope["depth"]:
                parameters = scope | {"query": query, "candidates": SEARCH_RANKED_CHUNKS_MAX}
                keys |= dict.fromkeys(map(_key, await tx.all(self._sql["matching"], parameters)))
        return list(keys)[: scope["depth"]]

    async def _by_meaning(
        self, tx: Transaction, scope: dict[str, Any], request: SearchRequest, *, in_graph: bool
    ) -> list[_Key]:
        if request.vector is None:
            return []
        nearest = scope | {"vector": _vector(request.vector), "model": request.model}
        if in_graph and not await self._is_small(tx, scope):
            await tx.one(self._sql["scan_on"], scope | {"most": SEARCH_SCANNED_CHUNKS_MAX})
            rows = await tx.all(self._sql["nearest_by_graph"], nearest)
            inside = [row for row in rows if row["in_graph"]]
            if len(inside) == scope["depth"] or len(self._near(inside)) < len(inside):
                return self._near(rows)[: scope["depth"]]
        # A small tenant in a large pool, or a rare type: the graph may end before it has found them all.
        return self._near(await tx.all(self._sql["nearest_exact"], nearest))

    async def _is_small(self, tx: Transaction, scope: dict[str, Any]) -> bool:
        """Tell whether the filters leave so few chunks that they are all compared: none is missed."""
        if scope["type_name"] is None and scope["from"] is None and scope["until"] is None:
            return False
        row = await tx.one(self._sql["extent"], scope)
        return row is not None and row["chunks"] <= self._exact_chunks_max

    def _near(self, rows: Sequence[Row]) -> list[_Key]:
        return [_key(row) for row in rows if row["similarity"] >= self._similarity_min]


def _key(row: Row) -> _Key:
    return DocumentId(row["document"]), row["ordinal"]


def _hit(row: Row, score: float, found_by: tuple[str, ...]) -> Hit:
    size = row["page_size"]
    chunk = Chunk(
        ordinal=row["ordinal"],
        page=row["page"],
        box=Box(*row["box"]) if row["box"] else None,
        unit=row["unit"],
        page_size=(size[0], size[1]) if size else None,
        text=row["text"],
    )
    return Hit(DocumentId(row["document"]), row["name"], row["type_name"], chunk, score, found_by)


def _words(text: str) -> str:
    """A tsvector as text. Terms are letters and digits only, so the quotes are safe."""
    kept = (term for term in terms(text) if len(term) <= TERM_CHARS_MAX)
    return " ".join(f"'{term}':{position}" for position, term in enumerate(kept, start=1))


def _all_of(words: _Phrases) -> str:
    return " & ".join(map(_side_by_side, words))


def _any_of(words: _Phrases) -> str:
    """Longer words as beginnings too: ``rechnung`` finds ``rechnungsnummer``."""
    return " | ".join(
        f"{_side_by_side(word)}:*"
        if len(word) == 1 and len(word[0]) >= PREFIX_CHARS_MIN
        else _side_by_side(word)
        for word in words
    )


def _side_by_side(phrase: Sequence[str]) -> str:
    quoted = " <-> ".join(f"'{term}'" for term in phrase)
    return f"({quoted})" if len(phrase) > 1 else quoted


def _array(numbers: Sequence[float] | None) -> str | None:
    return None if numbers is None else "{" + ",".join(map(str, numbers)) + "}"


def _vector(numbers: Sequence[float]) -> str:
    import numpy as np
    import orjson

    # As float32 a number is written with the fewest digits that give it back.
    return orjson.dumps(np.asarray(numbers, np.float32), option=orjson.OPT_SERIALIZE_NUMPY).decode()


def _storable(text: str) -> str:
    """PostgreSQL takes neither zero bytes nor halves of surrogate pairs, which text layers may have."""
    return text.replace("\x00", "").encode(errors="replace").decode()
