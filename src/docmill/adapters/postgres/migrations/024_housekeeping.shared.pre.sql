-- What the housekeeping needs, and how often a dead letter was sent back: each failure after that is a new fact.
ALTER TABLE docmill.claims ADD COLUMN replays int NOT NULL DEFAULT 0;
CREATE INDEX claims_done ON docmill.claims (tenant, ended_at) WHERE status = 'done';
GRANT DELETE ON docmill.claims TO docmill_service;
-- It returns a column more, which replacing it in place does not allow.
DROP FUNCTION IF EXISTS docmill.take(text[], text, int, double precision, json);
