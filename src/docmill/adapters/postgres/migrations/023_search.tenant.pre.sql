-- `words` are folded and cut in code (engines/search/wording.py), so that no parser or dictionary of the server
-- decides what is found. `type_name` repeats the run's: a search within a type is filtered inside the index scan.
CREATE TABLE chunks (
    tenant text NOT NULL,
    document uuid NOT NULL,
    ordinal int NOT NULL,
    run uuid NOT NULL,
    type_name text,
    page int,
    box double precision[],
    unit text NOT NULL,
    page_size double precision[],
    text text NOT NULL,
    words tsvector NOT NULL,
    model text NOT NULL,
    embedding vector(384),
    PRIMARY KEY (tenant, document, ordinal)
);
-- In the row and not beside it: an exact scan reads nothing else. Text and words move out before it.
ALTER TABLE chunks ALTER COLUMN embedding SET STORAGE PLAIN;
CREATE INDEX chunks_words ON chunks USING gin (tenant, words);
-- Vectors have length 1: the inner product is the cosine, and cheaper.
CREATE INDEX chunks_embedding ON chunks USING hnsw (embedding vector_ip_ops);
