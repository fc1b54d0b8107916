-- What waits for a person, by run. `rank` orders the queue and is computed once, when the run comes here: all documents
-- grow older alike. `lease` is a fence: a save that carries an older one is refused.
CREATE TABLE reviews (
    tenant text NOT NULL,
    run uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('review', 'audit')),
    document uuid NOT NULL,
    -- checking: corrected, and being validated again.
    state text NOT NULL CHECK (state IN ('open', 'checking', 'done')),
    type_name text,
    batch text,
    uploaded_at timestamptz NOT NULL,
    loss double precision NOT NULL,
    rank double precision NOT NULL,
    rules text[] NOT NULL,
    doubts json NOT NULL,
    barred text,
    entered_at timestamptz NOT NULL DEFAULT now(),
    lease uuid,
    lease_holder text,
    leased_at timestamptz,
    lease_until timestamptz,
    postponed_until timestamptz,
    note text,
    ended_at timestamptz,
    outcome text,
    PRIMARY KEY (tenant, run, kind),
    FOREIGN KEY (tenant, document) REFERENCES documents
) WITH (fillfactor = 85);
CREATE INDEX reviews_queue ON reviews (tenant, rank, document) WHERE state = 'open';
CREATE INDEX reviews_queue_of_type ON reviews (tenant, type_name, rank, document) WHERE state = 'open';
CREATE INDEX reviews_held ON reviews (tenant, lease_holder) WHERE state = 'open' AND lease IS NOT NULL;
CREATE INDEX reviews_document ON reviews (tenant, document);
CREATE INDEX reviews_ended ON reviews (tenant, ended_at) WHERE state = 'done';

-- One request of a reviewer, without what he said.
CREATE TABLE review_saves (
    tenant text NOT NULL,
    id uuid NOT NULL,
    document uuid NOT NULL,
    run uuid NOT NULL,
    run_number int NOT NULL,
    kind text NOT NULL,
    type_name text,
    subject text NOT NULL,
    time timestamptz NOT NULL,
    handling_s double precision NOT NULL,
    outcome text NOT NULL,
    key text,
    request_hash text NOT NULL,
    answer json NOT NULL,
    PRIMARY KEY (tenant, id),
    FOREIGN KEY (tenant, document) REFERENCES documents
);
COMMENT ON TABLE review_saves IS 'kept after erasure: who reviewed when, and whether it was right';
CREATE UNIQUE INDEX review_saves_key ON review_saves (tenant, key) WHERE key IS NOT NULL;
CREATE INDEX review_saves_time ON review_saves (tenant, time);
CREATE INDEX review_saves_document ON review_saves (tenant, document);

-- What was said, value by value, beside what the machine had: whoever learns from people learns from here.
CREATE TABLE corrections (
    tenant text NOT NULL,
    save uuid NOT NULL,
    ordinal int NOT NULL,
    document uuid NOT NULL,
    operation text NOT NULL,
    path text NOT NULL,
    field text NOT NULL,
    outcome text NOT NULL,
    before json,
    after json,
    page int,
    box double precision[],
    raw_text text,
    evidence text,
    reason text,
    PRIMARY KEY (tenant, save, ordinal),
    FOREIGN KEY (tenant, save) REFERENCES review_saves
);
CREATE INDEX corrections_document ON corrections (tenant, document);

CREATE TABLE review_settings (
    tenant text PRIMARY KEY,
    version int NOT NULL,
    types json NOT NULL,
    secret text NOT NULL
);

-- Whatever ends a review (a stage, a cancellation, a further run, deletion) ends its place in the queue; a run that is
-- shown again comes back. The condition is looked at for each change of a run and true for few.
CREATE TRIGGER leave_review AFTER UPDATE ON runs FOR EACH ROW
    WHEN (OLD.state = 'in_review' AND NEW.state <> 'in_review' OR OLD.newest <> NEW.newest OR OLD.erased <> NEW.erased)
    EXECUTE FUNCTION docmill.leave_review();

-- What waits since before there was a queue: its loss is 5 for each blocker, and whoever looks at it answers them all.
-- The policies hold for the owner of the tables too, so they are lifted for this one statement, within its transaction.
ALTER TABLE runs NO FORCE ROW LEVEL SECURITY;
INSERT INTO reviews (tenant, run, kind, document, state, type_name, batch, uploaded_at, loss, rank, rules, doubts, entered_at)
SELECT r.tenant, r.id, 'review', r.document, 'open', r.type_name, r.batch, r.uploaded_at, 5 * b.count,
    5 * b.count - 0.5 * extract(epoch FROM r.uploaded_at) / 86400, b.rules, coalesce(r.result->'blockers', '[]'), r.updated_at
FROM runs r CROSS JOIN LATERAL (
    SELECT count(*)::double precision AS count, coalesce(array_agg(DISTINCT x->>'rule'), '{}') AS rules
    FROM json_array_elements(coalesce(r.result->'blockers', '[]')) AS x
) b
WHERE r.state = 'in_review' AND r.newest AND NOT r.erased;
ALTER TABLE runs FORCE ROW LEVEL SECURITY;
