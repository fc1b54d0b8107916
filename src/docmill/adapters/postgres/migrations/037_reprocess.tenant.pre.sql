-- What a further run was asked to be made with: {"type", "type_version", "rules_version", "reason"}.
ALTER TABLE runs ADD COLUMN pins json;
COMMENT ON COLUMN runs.newest IS 'the run that the document shows: a further one takes its place when it has come to something';
-- Whether anything of a batch is still on its way, without counting the batch.
CREATE INDEX runs_batch_running ON runs (tenant, batch)
    WHERE newest AND NOT erased AND batch IS NOT NULL AND state IN ('uploaded', 'read', 'analyzed');
