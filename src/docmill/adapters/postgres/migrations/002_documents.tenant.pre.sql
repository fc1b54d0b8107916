-- A tenant's documents. The same tables in a silo's schema and in the pool's; `tenant` is in every key, so
-- that in the pool one tenant's ids cannot be told from another's by a clash.
--
-- Under row-level security an index serves only leakproof operators: those of text, uuid, float8, date and
-- timestamptz are, those of numeric are not. `number_approx` is there for that: rounding to float8 is
-- monotone, so `number_approx >= x::float8 AND number >= x` is exact and finds its rows by the index.

CREATE TABLE documents (
    tenant text NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    media_type text,
    blob_sha256 text NOT NULL,
    blob_size_bytes bigint NOT NULL,
    requested_type text,
    batch text,
    parent uuid,
    ordinal int,
    created_at timestamptz NOT NULL,
    erased_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX documents_blob ON documents (tenant, blob_sha256);
CREATE INDEX documents_parent ON documents (tenant, parent, ordinal) WHERE parent IS NOT NULL;

-- `uploaded_at`, `batch` and `erased` repeat the document's, so that lists need one index.
CREATE TABLE runs (
    tenant text NOT NULL,
    id uuid NOT NULL,
    document uuid NOT NULL,
    number int NOT NULL,
    newest boolean NOT NULL,
    uploaded_at timestamptz NOT NULL,
    batch text,
    erased boolean NOT NULL DEFAULT false,
    state text NOT NULL,
    version int NOT NULL,
    code text,
    type_name text,
    type_version int,
    pages int,
    reading_sha256 text,
    reading_size_bytes bigint,
    result json,
    values_hash text,
    usage_pages int NOT NULL DEFAULT 0,
    usage_cpu_seconds double precision NOT NULL DEFAULT 0,
    usage_llm_tokens int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    archived_at timestamptz,
    indexed_at timestamptz,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, document) REFERENCES documents
) WITH (fillfactor = 85);
CREATE UNIQUE INDEX runs_of_document ON runs (tenant, document, number);
CREATE INDEX runs_newest ON runs (tenant, uploaded_at, document) WHERE newest AND NOT erased;
CREATE INDEX runs_batch ON runs (tenant, batch, uploaded_at, document) WHERE newest AND NOT erased AND batch IS NOT NULL;
-- Most documents are archived, and a list of those is served by runs_newest; the rest is found here.
CREATE INDEX runs_unusual ON runs (tenant, state, uploaded_at, document) WHERE newest AND NOT erased AND state <> 'archived';

-- The scalar values of each document's newest run, for filters. A table and not a GIN index on the result,
-- since GIN knows equality and no ranges; and the result itself may be encrypted one day.
CREATE TABLE field_values (
    tenant text NOT NULL,
    document uuid NOT NULL,
    path text NOT NULL,
    text text NOT NULL,
    number numeric,
    number_approx double precision GENERATED ALWAYS AS (number::double precision) STORED,
    date date,
    PRIMARY KEY (tenant, document, path)
);
CREATE INDEX field_values_text ON field_values (tenant, path, text, document);
CREATE INDEX field_values_number ON field_values (tenant, path, number_approx, document) WHERE number IS NOT NULL;
CREATE INDEX field_values_date ON field_values (tenant, path, date, document) WHERE date IS NOT NULL;

CREATE TABLE idempotency_keys (
    tenant text NOT NULL,
    key text NOT NULL,
    request_hash text NOT NULL,
    document uuid NOT NULL,
    run uuid NOT NULL,
    duplicate_of uuid,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, key)
);
CREATE INDEX idempotency_keys_age ON idempotency_keys (tenant, created_at);

-- Who still needs a blob: the document's own file, and what was read from it.
CREATE TABLE blob_references (
    tenant text NOT NULL,
    sha256 text NOT NULL,
    document uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('file', 'reading')),
    PRIMARY KEY (tenant, sha256, document, role)
);
CREATE INDEX blob_references_document ON blob_references (tenant, document);
