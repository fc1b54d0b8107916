-- Whom a tenant wants told, what is to be told, and what came of it. Tenants read their own rows; the functions of
-- the service write them.
CREATE TABLE docmill.webhooks (
    id uuid PRIMARY KEY,
    tenant text NOT NULL REFERENCES docmill.tenants,
    url text NOT NULL,
    types text[] NOT NULL,
    description text NOT NULL,
    enabled boolean NOT NULL,
    note text NOT NULL DEFAULT '',
    version int NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    failing_since timestamptz
);
CREATE INDEX webhooks_of_tenant ON docmill.webhooks (tenant, created_at);

-- Seen by the service alone, and encrypted with a secret that is not in the database (`seal` names it). The newest signs;
-- the one before it for some hours after it was replaced.
CREATE TABLE docmill.webhook_secrets (
    seq bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    tenant text NOT NULL,
    webhook uuid NOT NULL REFERENCES docmill.webhooks ON DELETE CASCADE,
    seal text NOT NULL,
    sealed bytea NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX webhook_secrets_of_webhook ON docmill.webhook_secrets (webhook, seq);

-- One event on its way to one endpoint. Of the pending ones of a subject only the first has a time at which it is due:
-- the others wait for it. The index `deliveries_first` makes anything else impossible.
CREATE TABLE docmill.deliveries (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    webhook uuid NOT NULL REFERENCES docmill.webhooks ON DELETE CASCADE,
    event uuid NOT NULL,
    type text NOT NULL,
    subject uuid NOT NULL,
    document uuid,
    position bigint NOT NULL,
    ordinal smallint NOT NULL,
    body text NOT NULL,
    status text NOT NULL DEFAULT 'pending' CHECK (status IN ('pending', 'delivered', 'given_up')),
    due_at timestamptz,
    worker text,
    fence bigint NOT NULL DEFAULT 0,
    attempts int NOT NULL DEFAULT 0,
    -- Since it was written or last replayed.
    tries int NOT NULL DEFAULT 0,
    first_tried_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    ended_at timestamptz,
    UNIQUE (webhook, event)
) WITH (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 1000);
CREATE UNIQUE INDEX deliveries_first ON docmill.deliveries (webhook, subject) WHERE status = 'pending' AND due_at IS NOT NULL;
CREATE INDEX deliveries_due ON docmill.deliveries (webhook, due_at) WHERE status = 'pending' AND due_at IS NOT NULL;
CREATE INDEX deliveries_waiting ON docmill.deliveries (webhook, subject, position, ordinal) WHERE status = 'pending';
CREATE INDEX deliveries_log ON docmill.deliveries (webhook, created_at, id);
CREATE INDEX deliveries_age ON docmill.deliveries (created_at);

CREATE TABLE docmill.delivery_attempts (
    delivery uuid NOT NULL REFERENCES docmill.deliveries ON DELETE CASCADE,
    number int NOT NULL,
    tenant text NOT NULL,
    at timestamptz NOT NULL,
    duration_ms int NOT NULL,
    http_status int,
    code text,
    PRIMARY KEY (delivery, number)
);

-- Batches of which a document has ended: is it complete?
CREATE TABLE docmill.batch_watches (
    tenant text NOT NULL,
    batch text NOT NULL,
    position bigint NOT NULL,
    ended_at timestamptz NOT NULL,
    due_at timestamptz NOT NULL,
    PRIMARY KEY (tenant, batch)
);
CREATE INDEX batch_watches_due ON docmill.batch_watches (due_at);

-- Where a reader of the journal is: in the database, so that it moves with what came of the reading.
CREATE TABLE docmill.followers (name text PRIMARY KEY, position bigint NOT NULL);
INSERT INTO docmill.followers SELECT 'webhooks', last FROM docmill.sequencer;

GRANT SELECT, INSERT, UPDATE, DELETE ON docmill.webhooks, docmill.webhook_secrets, docmill.deliveries, docmill.delivery_attempts,
    docmill.batch_watches TO docmill_service;
GRANT SELECT, UPDATE ON docmill.followers TO docmill_service;
GRANT SELECT ON docmill.webhooks, docmill.deliveries, docmill.delivery_attempts TO docmill_tenants;

DO $$
DECLARE
    v_table text;
BEGIN
    FOREACH v_table IN ARRAY ARRAY['webhooks', 'webhook_secrets', 'deliveries', 'delivery_attempts', 'batch_watches', 'followers'] LOOP
        EXECUTE format('ALTER TABLE docmill.%I ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        EXECUTE format('CREATE POLICY service_all ON docmill.%I TO docmill_service USING (true) WITH CHECK (true)', v_table);
    END LOOP;
    FOREACH v_table IN ARRAY ARRAY['webhooks', 'deliveries', 'delivery_attempts'] LOOP
        EXECUTE format('CREATE POLICY tenant_only ON docmill.%I FOR SELECT TO docmill_tenants
            USING (tenant = docmill.current_tenant())', v_table);
    END LOOP;
END $$;
