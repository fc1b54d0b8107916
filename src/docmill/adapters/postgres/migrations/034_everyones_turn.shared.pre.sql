-- One virtual time for a tenant over all the stages that the same workers do, instead of one in each stage: what is
-- shared is their CPU. A *lane* is such a set of stages. `priority`: 0 high, 1 normal, 2 low, within the tenant only.
-- `kind` is what sort of file a message is about, and how large: what a message will cost is expected by that.
ALTER TABLE docmill.claims ADD COLUMN priority smallint NOT NULL DEFAULT 1, ADD COLUMN kind text NOT NULL DEFAULT '';
CREATE INDEX claims_waiting ON docmill.claims (tenant, stage, priority, available_at, seq) WHERE status = 'open';
DROP INDEX docmill.claims_open;

CREATE TABLE docmill.lanes (
    lane text PRIMARY KEY,
    virtual_time double precision NOT NULL
) WITH (fillfactor = 50);
CREATE TABLE docmill.turns (
    lane text NOT NULL,
    tenant text NOT NULL,
    virtual_time double precision NOT NULL,
    PRIMARY KEY (lane, tenant)
) WITH (fillfactor = 50);
-- CPU seconds of a message, as a mean that follows slowly; the tenant '' holds everybody's.
CREATE TABLE docmill.expected_costs (
    stage text NOT NULL,
    tenant text NOT NULL,
    kind text NOT NULL,
    cpu_seconds double precision NOT NULL,
    PRIMARY KEY (stage, tenant, kind)
) WITH (fillfactor = 50);

-- A weight of a stage stands in the place of the tenant's: {"read": 2}. Quotas: {"documents_per_minute": 60}.
ALTER TABLE docmill.tenants ADD COLUMN stage_weights json NOT NULL DEFAULT '{}', ADD COLUMN quota json NOT NULL DEFAULT '{}';

-- What is left of a minute's allowance, as of `at`; it fills up with time. `documents` counts those of `month`.
CREATE TABLE docmill.allowances (
    tenant text PRIMARY KEY REFERENCES docmill.tenants,
    at timestamptz NOT NULL,
    minute_documents double precision NOT NULL,
    minute_pages double precision NOT NULL,
    minute_cpu_seconds double precision NOT NULL,
    month date NOT NULL,
    documents bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- Who has used what. The tenant '' is the platform: what its processes used and no tenant was charged with; its
-- stages are the processes' roles.
CREATE TABLE docmill.ledger (
    tenant text NOT NULL,
    day date NOT NULL,
    stage text NOT NULL,
    messages bigint NOT NULL DEFAULT 0,
    cpu_seconds double precision NOT NULL DEFAULT 0,
    pages bigint NOT NULL DEFAULT 0,
    received_bytes bigint NOT NULL DEFAULT 0,
    sent_bytes bigint NOT NULL DEFAULT 0,
    stored_bytes bigint NOT NULL DEFAULT 0,
    llm_tokens bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (tenant, day, stage)
) WITH (fillfactor = 50);

GRANT SELECT, INSERT, UPDATE ON docmill.lanes, docmill.turns, docmill.expected_costs, docmill.allowances, docmill.ledger
    TO docmill_service;

-- They take or return something else from here on, which replacing them in place does not allow.
DROP FUNCTION IF EXISTS docmill.take(text[], text, int, double precision, json);
DROP FUNCTION IF EXISTS docmill.take_from(text, text, int, double precision);
DROP FUNCTION IF EXISTS docmill.next_message(text);
DROP FUNCTION IF EXISTS docmill.charge(json);
DROP FUNCTION IF EXISTS docmill.record(json, boolean);
DROP FUNCTION IF EXISTS docmill.close_claim(text, uuid, json);
GRANT UPDATE (weight, stage_weights, quota) ON docmill.tenants TO docmill_service;
