-- What a caller asks of a document's runs: end the one that is under way, begin another one. `newest` marks the run
-- that a document shows; a further run takes its place when it has come to something, and not before.

-- Use an idempotency key: null for the first, else the run that it stands for. As the tenant.
CREATE OR REPLACE FUNCTION docmill.use_key(
    p_tenant text, p_key text, p_request_hash text, p_key_hours int, p_document uuid, p_run uuid
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_before record;
BEGIN
    DELETE FROM idempotency_keys k
    WHERE k.tenant = p_tenant AND k.key = p_key AND k.created_at < now() - make_interval(hours => p_key_hours);
    -- Of parallel inserts of one key the others wait here until the first has committed.
    INSERT INTO idempotency_keys AS k (tenant, key, request_hash, document, run)
    VALUES (p_tenant, p_key, p_request_hash, p_document, p_run) ON CONFLICT DO NOTHING;
    IF FOUND THEN
        RETURN NULL;
    END IF;
    SELECT k.request_hash, k.run INTO v_before FROM idempotency_keys k WHERE k.tenant = p_tenant AND k.key = p_key;
    IF v_before.request_hash <> p_request_hash THEN
        RAISE EXCEPTION 'the key was used for another request' USING ERRCODE = 'DM005';
    END IF;
    RETURN v_before.run;
END $$;

-- Begin a further run; return its id, or that of the run which the same key began.
CREATE OR REPLACE FUNCTION docmill.reprocess(
    p_tenant text, p_document uuid, p_run json, p_ended text[], p_key text, p_request_hash text, p_key_hours int, p_events json
) RETURNS uuid LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_run uuid := (p_run->>'id')::uuid;
    v_document record;
    v_latest record;
    v_before uuid;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT d.erased_at, d.created_at, d.batch INTO v_document FROM documents d
    WHERE d.tenant = p_tenant AND d.id = p_document FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
    END IF;
    IF p_key IS NOT NULL THEN
        v_before := docmill.use_key(p_tenant, p_key, p_request_hash, p_key_hours, p_document, v_run);
        IF v_before IS NOT NULL THEN
            RETURN v_before;
        END IF;
    END IF;
    IF v_document.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    END IF;
    SELECT r.state, r.number INTO v_latest FROM runs r
    WHERE r.tenant = p_tenant AND r.document = p_document ORDER BY r.number DESC LIMIT 1;
    IF NOT v_latest.state = ANY (p_ended) THEN
        RAISE EXCEPTION 'run % of the document is under way', v_latest.number USING ERRCODE = 'DM003';
    ELSIF v_latest.number + 1 <> (p_run->>'number')::int THEN
        RAISE EXCEPTION 'the document has come to run %', v_latest.number USING ERRCODE = 'DM002';
    END IF;
    INSERT INTO runs (tenant, id, document, number, newest, uploaded_at, batch, state, version, created_at, updated_at, pins)
    VALUES (p_tenant, v_run, p_document, v_latest.number + 1, false, v_document.created_at, v_document.batch, 'uploaded', 1,
        (p_run->>'time')::timestamptz, (p_run->>'time')::timestamptz, p_run->'pins');
    PERFORM docmill.leave();
    PERFORM docmill.record(p_events, false);
    RETURN v_run;
END $$;

-- Let a run that has come to `p_state` be the one that its document shows, and tell whether it is. One that came to
-- nothing does not take the place of one that did, nor an older one that of a newer. As the tenant.
CREATE OR REPLACE FUNCTION docmill.show_run(p_tenant text, p_document uuid, p_run uuid, p_state text) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    v_shown record;
BEGIN
    SELECT r.id, r.state, r.number INTO v_shown FROM runs r
    WHERE r.tenant = p_tenant AND r.document = p_document AND r.newest;
    IF v_shown.state NOT IN ('failed', 'cancelled') AND (p_state IN ('failed', 'cancelled') OR v_shown.number > (
        SELECT r.number FROM runs r WHERE r.tenant = p_tenant AND r.id = p_run)) THEN
        RETURN false;
    END IF;
    UPDATE runs SET newest = false, values_hash = NULL WHERE tenant = p_tenant AND id = v_shown.id;
    UPDATE runs SET newest = true WHERE tenant = p_tenant AND id = p_run;
    DELETE FROM field_values WHERE tenant = p_tenant AND document = p_document;
    IF p_state NOT IN ('in_review', 'validated', 'archived') THEN
        DELETE FROM chunks WHERE tenant = p_tenant AND document = p_document;
    END IF;
    RETURN true;
END $$;

-- End the newest run before it has come to something, and keep nothing that it made. `p_back` is the run, with its
-- values, that the document shows again where a person was already asked about this one. False: it was cancelled before.
CREATE OR REPLACE FUNCTION docmill.cancel(
    p_tenant text, p_document uuid, p_run uuid, p_sources text[], p_time timestamptz, p_back json, p_events json,
    p_key text, p_request_hash text, p_key_hours int
) RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_run record;
    v_before uuid;
BEGIN
    IF p_key IS NOT NULL THEN
        PERFORM docmill.enter(p_tenant);
        v_before := docmill.use_key(p_tenant, p_key, p_request_hash, p_key_hours, p_document, p_run);
        PERFORM docmill.leave();
        IF v_before IS NOT NULL THEN
            RETURN false;
        END IF;
    END IF;
    PERFORM docmill.close_claims(p_tenant, p_document, p_run);
    PERFORM docmill.enter(p_tenant);
    UPDATE runs SET state = 'cancelled', code = NULL, detail = NULL, action = NULL, result = NULL, reading_sha256 = NULL,
        reading_size_bytes = NULL, values_hash = NULL, version = version + 1, updated_at = p_time
    WHERE tenant = p_tenant AND id = p_run AND document = p_document AND state = ANY (p_sources) AND NOT erased
    RETURNING newest, number INTO v_run;
    IF NOT FOUND THEN
        SELECT r.state, r.erased INTO v_run FROM runs r WHERE r.tenant = p_tenant AND r.id = p_run AND r.document = p_document;
        IF v_run.erased THEN
            RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
        ELSIF v_run.state IS DISTINCT FROM 'cancelled' THEN
            RAISE EXCEPTION 'the run has ended: %', v_run.state USING ERRCODE = 'DM003';
        END IF;
        PERFORM docmill.leave();
        RETURN false;
    END IF;
    IF EXISTS (SELECT FROM runs r WHERE r.tenant = p_tenant AND r.document = p_document AND r.number > v_run.number) THEN
        RAISE EXCEPTION 'the document has a newer run' USING ERRCODE = 'DM002';
    END IF;
    DELETE FROM blob_references b WHERE b.tenant = p_tenant AND b.document = p_document AND b.role = 'reading' AND NOT EXISTS (
        SELECT FROM runs r WHERE r.tenant = p_tenant AND r.document = p_document AND r.reading_sha256 = b.sha256);
    IF v_run.newest THEN
        DELETE FROM field_values WHERE tenant = p_tenant AND document = p_document;
        DELETE FROM chunks WHERE tenant = p_tenant AND document = p_document;
        IF p_back IS NOT NULL AND docmill.show_run(p_tenant, p_document, (p_back->>'run')::uuid, p_back->>'state') THEN
            INSERT INTO field_values (tenant, document, path, text, number, date)
            SELECT p_tenant, p_document, path, text, number, date
            FROM json_to_recordset(p_back->'values') AS v (path text, text text, number numeric, date date);
        END IF;
    END IF;
    PERFORM docmill.leave();
    -- Once more: a stage that was saving while the first statement waited for it has handed work on.
    PERFORM docmill.close_claims(p_tenant, p_document, p_run);
    IF v_run.newest AND p_back IS NOT NULL THEN
        PERFORM docmill.index_again(p_tenant, p_document, (p_back->>'run')::uuid);
    END IF;
    PERFORM docmill.record(p_events, false);
    RETURN true;
END $$;

-- Whoever holds one of these finds that he has lost it, by his fence.
CREATE OR REPLACE FUNCTION docmill.close_claims(p_tenant text, p_document uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    UPDATE docmill.claims SET status = 'done', fence = fence + 1, ended_at = now(), reason = 'cancelled'
    WHERE document = p_document AND tenant = p_tenant AND run = p_run AND status = 'open';
END $$;

-- What was found by the words of a run that is shown no longer has to be found by those of the one before.
CREATE OR REPLACE FUNCTION docmill.index_again(p_tenant text, p_document uuid, p_run uuid) RETURNS void
LANGUAGE plpgsql SET enable_seqscan = off AS $$
BEGIN
    INSERT INTO docmill.claims AS c (stage, event, recorded_at, seq, tenant, document, run)
    SELECT 'index', j.id, j.recorded_at, j.seq, j.tenant, j.document, j.run FROM docmill.journal j
    WHERE j.document = p_document AND j.tenant = p_tenant AND j.run = p_run AND j.type IN ('DocumentValidated', 'ReviewRequested')
    ORDER BY j.seq DESC LIMIT 1
    ON CONFLICT (stage, event) DO UPDATE
    SET status = 'open', attempts = 0, fence = c.fence + 1, worker = NULL, available_at = now(), ended_at = NULL, code = NULL, reason = NULL;
    NOTIFY docmill_work;
END $$;

-- Those of the documents whose newest run has, as far as the journal says, come to an end or to a person. Run again, the
-- run may be on its way once more: who asks looks for himself.
CREATE OR REPLACE FUNCTION docmill.ended(p_waiting json, p_types text[]) RETURNS TABLE (document uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN QUERY SELECT w.document FROM json_to_recordset(p_waiting) AS w (tenant text, document uuid, run uuid)
    WHERE EXISTS (SELECT FROM docmill.journal j
        WHERE j.document = w.document AND j.tenant = w.tenant AND j.run = w.run AND j.type = ANY (p_types));
END $$;
