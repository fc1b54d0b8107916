"""Chunks, vectors and queries."""

CHUNK_WORDS = 120
"""Words of one chunk."""
CHUNK_OVERLAP_WORDS = 20
"""Words that a chunk shares with the one before it."""
CHUNKS_PER_DOCUMENT_MAX = 4_000
"""Chunks of one document that are indexed; the first pages win."""
EMBED_TOKENS_MAX = 256
"""Tokens of a chunk that the embedding model sees."""
EMBED_TEXTS_PER_CALL = 64
"""Texts that go to the embedding process at once; between two calls another document may have its turn."""
EMBED_CALL_WALL_S_MAX = 120.0
"""Wall time of one such call, after which the process is taken for dead and replaced."""
TERM_CHARS_MAX = 64
"""Length of a word in full-text search; longer ones are not looked for."""
PREFIX_CHARS_MIN = 4
"""Length from which a word of a query also finds the words that begin with it."""
SEARCH_DEPTH = 100
"""Chunks that each of the two searches brings into the fusion, at least."""
SEARCH_RANKED_CHUNKS_MAX = 2_000
"""Chunks that match the words of a query and are ranked; of more, any so many."""
SEARCH_EXACT_CHUNKS_MAX = 20_000
"""Chunks of a tenant up to which all are compared with the query (about 25 ms); above it the approximate
index is asked."""
SEARCH_SCANNED_CHUNKS_MAX = 50_000
"""Chunks, other tenants' included, that the approximate index looks at before the exact scan takes over."""
SEARCH_HITS_MAX = 100
"""Hits of one search."""
SEARCH_SIMILARITY_MIN = 0.3
"""Cosine of query and chunk below which meaning alone makes no hit. Measured with the shipped model on 67
chunks of the example pile: the best chunk of 10 queries about something else had 0.09 to 0.29, that of 10
fitting ones 0.23 to 0.62."""
SEARCH_HITS_PER_DOCUMENT = 3
"""Hits of one document in a search that does not ask for more."""
QUERY_CHARS_MAX = 400
"""Length of a search. Code: request_invalid."""
