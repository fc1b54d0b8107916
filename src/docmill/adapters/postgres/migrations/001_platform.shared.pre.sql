-- What belongs to the platform and not to one tenant. Events carry ids, hashes, counts and codes, so the
-- journal may be here; results and names of files are in the tenants' own tables.

CREATE TABLE docmill.tenants (
    id text PRIMARY KEY,
    tier text NOT NULL CHECK (tier IN ('silo', 'pool')),
    weight double precision NOT NULL DEFAULT 1 CHECK (weight > 0),
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE docmill.api_keys (
    prefix text PRIMARY KEY,
    secret_sha256 bytea NOT NULL,
    tenant text NOT NULL REFERENCES docmill.tenants,
    label text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    revoked_at timestamptz
);
CREATE INDEX api_keys_of_tenant ON docmill.api_keys (tenant);

-- `seq` is the order of writing, and within one document (whose run is locked) the order of commits.
-- `position` is the order of reading: gapless, given after the commit by one sequencer.
CREATE SEQUENCE docmill.journal_seq;
CREATE TABLE docmill.journal (
    recorded_at timestamptz NOT NULL DEFAULT now(),
    seq bigint NOT NULL DEFAULT nextval('docmill.journal_seq'),
    position bigint,
    id uuid NOT NULL,
    type text NOT NULL,
    tenant text NOT NULL,
    document uuid NOT NULL,
    run uuid NOT NULL,
    time timestamptz NOT NULL,
    cause uuid,
    trace text NOT NULL,
    data json NOT NULL,
    PRIMARY KEY (recorded_at, seq)
) PARTITION BY RANGE (recorded_at);
CREATE INDEX journal_document ON docmill.journal (document, id);
CREATE INDEX journal_position ON docmill.journal (position);
CREATE INDEX journal_without_position ON docmill.journal (seq) WHERE position IS NULL;
-- Nothing is lost when nobody made the month's partition in time.
CREATE TABLE docmill.journal_rest PARTITION OF docmill.journal DEFAULT;

CREATE TABLE docmill.sequencer (last bigint NOT NULL);
INSERT INTO docmill.sequencer VALUES (0);

-- One row per (stage, message). Those that are done stay, so that a message that is delivered again is known.
CREATE TABLE docmill.claims (
    stage text NOT NULL,
    event uuid NOT NULL,
    recorded_at timestamptz NOT NULL,
    seq bigint NOT NULL,
    tenant text NOT NULL,
    document uuid NOT NULL,
    run uuid NOT NULL,
    status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'done', 'dead')),
    -- From then on it may be taken: after the delay of a retry, or when its holder's lease ends.
    available_at timestamptz NOT NULL DEFAULT now(),
    fence bigint NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    worker text,
    percent smallint,
    charged double precision NOT NULL DEFAULT 0,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    code text,
    reason text,
    PRIMARY KEY (stage, event)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE INDEX claims_open ON docmill.claims (stage, tenant, available_at, seq) WHERE status = 'open';
CREATE INDEX claims_of_document ON docmill.claims (document) WHERE status <> 'done';
CREATE INDEX claims_dead ON docmill.claims (tenant, ended_at) WHERE status = 'dead';

-- Fair share: who has the least virtual time goes next. `cost` is what a message is expected to cost, in CPU seconds.
CREATE TABLE docmill.shares (
    stage text NOT NULL,
    tenant text NOT NULL,
    virtual_time double precision NOT NULL,
    cost double precision NOT NULL DEFAULT 0.05,
    PRIMARY KEY (stage, tenant)
) WITH (fillfactor = 50);
CREATE TABLE docmill.stage_clocks (
    stage text PRIMARY KEY,
    virtual_time double precision NOT NULL
) WITH (fillfactor = 50);

-- Policies: the service sees all of the platform's rows; a tenant's role its own part of the journal and claims.
CREATE FUNCTION docmill.current_tenant() RETURNS text
LANGUAGE sql STABLE AS $$ SELECT substr(current_user::text, length('docmill_t_') + 1) $$;

GRANT USAGE ON SCHEMA docmill TO docmill_service, docmill_tenants;
GRANT SELECT ON docmill.tenants TO docmill_service;
GRANT SELECT, INSERT, UPDATE ON docmill.api_keys TO docmill_service;
GRANT SELECT, INSERT, UPDATE ON docmill.journal, docmill.claims, docmill.shares, docmill.stage_clocks, docmill.sequencer
    TO docmill_service;
GRANT USAGE ON SEQUENCE docmill.journal_seq TO docmill_service;
GRANT SELECT ON docmill.journal, docmill.claims TO docmill_tenants;

ALTER TABLE docmill.journal ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY service_all ON docmill.journal TO docmill_service USING (true) WITH CHECK (true);
CREATE POLICY tenant_only ON docmill.journal FOR SELECT TO docmill_tenants USING (tenant = docmill.current_tenant());
ALTER TABLE docmill.claims ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
CREATE POLICY service_all ON docmill.claims TO docmill_service USING (true) WITH CHECK (true);
CREATE POLICY tenant_only ON docmill.claims FOR SELECT TO docmill_tenants USING (tenant = docmill.current_tenant());
