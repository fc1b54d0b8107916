"""What makes documents findable: chunks, folded words, vectors, and one ranking from two."""

from docmill.engines.search.chunking import chunks, chunks_of, chunks_of_values
from docmill.engines.search.fusion import fuse, spread
from docmill.engines.search.wording import phrases, terms

__all__ = ["chunks", "chunks_of", "chunks_of_values", "fuse", "phrases", "spread", "terms"]
