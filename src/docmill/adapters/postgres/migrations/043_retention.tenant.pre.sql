-- Why a document may not be deleted, while it may not.
CREATE TABLE holds (
    tenant text NOT NULL,
    document uuid NOT NULL,
    reason text NOT NULL,
    placed_by text NOT NULL,
    placed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, document)
);

-- How long documents are kept: {"default_days": 365, "types": {"invoice": 3650}}. No row: for ever.
CREATE TABLE retention (
    tenant text PRIMARY KEY,
    version int NOT NULL,
    rules json NOT NULL,
    changed_by text NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
);

-- What was deleted of a document, when and by whom. Hashes and counts, nothing of what was in it.
CREATE TABLE receipts (
    tenant text NOT NULL,
    document uuid NOT NULL,
    erased_at timestamptz NOT NULL,
    erased_by text NOT NULL,
    rows json NOT NULL,
    blobs json NOT NULL,
    PRIMARY KEY (tenant, document)
);

-- Erasing deletes a document's rows from every table that has a column `document`, tables of later releases too,
-- but for those whose comment says that they are kept, and why.
COMMENT ON TABLE runs IS 'kept after erasure: without result, as the tombstone that says how it ended';
COMMENT ON TABLE receipts IS 'kept after erasure: it says what was deleted';
COMMENT ON TABLE idempotency_keys IS 'kept after erasure: so that a repeated upload is known for its hours, and goes with them';
