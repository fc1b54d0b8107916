-- `tries`: those of a message that failed, the newest last; null for most. `suspect`: it was in the hands of a worker
-- that died, and is tried again alone, so that it takes no other message with it. `given_up_…`: somebody has looked at
-- the dead letter and closed it; its run stays failed.
ALTER TABLE docmill.claims
    ADD COLUMN tries jsonb,
    ADD COLUMN suspect boolean NOT NULL DEFAULT false,
    ADD COLUMN given_up_by text,
    ADD COLUMN given_up_reason text,
    ADD COLUMN given_up_at timestamptz;
CREATE INDEX claims_suspect ON docmill.claims (stage, available_at) WHERE status = 'open' AND suspect;
CREATE INDEX claims_given_up ON docmill.claims (tenant, ended_at) WHERE given_up_at IS NOT NULL;
GRANT SELECT (tries, given_up_by, given_up_reason, given_up_at) ON docmill.claims TO docmill_tenants;
