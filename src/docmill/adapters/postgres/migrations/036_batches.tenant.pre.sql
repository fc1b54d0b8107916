-- Batches by name: those that were asked for, and those that an upload has named. `expected` counts the items of
-- the manifest. `completed_at` is set once, by whoever finds that all of it has ended.
CREATE TABLE batches (
    tenant text NOT NULL,
    id text NOT NULL,
    label text,
    expected int NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL,
    cancelled_at timestamptz,
    completed_at timestamptz,
    PRIMARY KEY (tenant, id)
);
CREATE INDEX batches_age ON batches (tenant, created_at, id);

-- What a batch knows beside its documents: what its manifest names, what was refused at the door, and what was
-- there before under another batch. A document that was taken in has no row, unless a manifest named it.
CREATE TABLE batch_items (
    tenant text NOT NULL,
    batch text NOT NULL,
    id uuid NOT NULL,
    name text NOT NULL,
    sha256 text,
    outcome text NOT NULL CHECK (outcome IN ('expected', 'arrived', 'duplicate', 'refused')),
    document uuid,
    code text,
    detail text,
    requested_type text,
    priority int,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, batch, id)
);
CREATE INDEX batch_items_expected ON batch_items (tenant, batch, sha256) WHERE outcome = 'expected';
