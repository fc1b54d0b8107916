-- Deliver the event again that a stage's message of this run is about, whatever became of it; false without an event.
CREATE OR REPLACE FUNCTION docmill.reopen(p_tenant text, p_stage text, p_document uuid, p_run uuid, p_types text[])
RETURNS boolean LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO docmill.claims AS c (stage, event, recorded_at, seq, tenant, document, run)
    SELECT p_stage, j.id, j.recorded_at, j.seq, j.tenant, j.document, j.run FROM docmill.journal j
    WHERE j.tenant = p_tenant AND j.document = p_document AND j.run = p_run AND j.type = ANY (p_types)
    ORDER BY j.seq DESC LIMIT 1
    ON CONFLICT (stage, event) DO UPDATE
    SET status = 'open', attempts = 0, fence = c.fence + 1, worker = NULL, available_at = now(), ended_at = NULL, code = NULL, reason = NULL
    WHERE c.status = 'done';
    IF FOUND THEN
        NOTIFY docmill_work;
    END IF;
    RETURN FOUND;
END $$;

-- Rows of documents that were erased, by table: there should be none.
CREATE OR REPLACE FUNCTION docmill.remnants(p_tenant text, p_most int)
RETURNS TABLE (document uuid, place text, found bigint) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM docmill.enter(p_tenant);
    FOR place IN SELECT t.name FROM docmill.tables_of_documents(p_tenant) t WHERE NOT t.kept LOOP
        RETURN QUERY EXECUTE format(
            'SELECT x.document, %L::text, count(*) FROM %s x JOIN documents d ON d.tenant = x.tenant AND d.id = x.document
            WHERE x.tenant = $1 AND d.erased_at IS NOT NULL GROUP BY x.document LIMIT $2', place, place) USING p_tenant, p_most;
    END LOOP;
    PERFORM docmill.leave();
END $$;

CREATE OR REPLACE FUNCTION docmill.delete_remnants(p_tenant text, p_document uuid, p_place text) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM docmill.enter(p_tenant);
    IF EXISTS (SELECT FROM docmill.tables_of_documents(p_tenant) t WHERE t.name = p_place AND NOT t.kept) THEN
        EXECUTE format('DELETE FROM %s x USING documents d WHERE x.tenant = $1 AND x.document = $2
            AND d.tenant = x.tenant AND d.id = x.document AND d.erased_at IS NOT NULL', p_place) USING p_tenant, p_document;
    END IF;
    PERFORM docmill.leave();
    RETURN true;
END $$;
