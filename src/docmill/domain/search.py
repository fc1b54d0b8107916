"""Chunks of documents and the hits of a search."""

from dataclasses import dataclass

from docmill.domain.events import DocumentId
from docmill.domain.pages import Box


@dataclass(frozen=True, slots=True)
class Chunk:
    """Some lines of one page. ``box`` is around its words; ``ordinal`` counts within the document from 0."""

    ordinal: int
    page: int | None
    box: Box | None
    unit: str
    page_size: tuple[float, float] | None
    text: str


@dataclass(frozen=True, slots=True)
class Hit:
    """A chunk that answers a query. ``score`` is the reciprocal-rank fusion of both searches."""

    document: DocumentId
    document_name: str
    type_name: str | None
    chunk: Chunk
    score: float
    found_by: tuple[str, ...]  # "text", "meaning"
