-- What every writing function is made of. Run again with each migration, so it may be changed in place.
--
-- A function of the service enters the tenant for the tenant's rows and leaves it for the platform's: no
-- role can do both. Errors DM001 to DM007 are told apart in `database.py`.

CREATE OR REPLACE FUNCTION docmill.enter(p_tenant text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', 'docmill_t_' || p_tenant, true),
            set_config('search_path', quote_ident('t_' || p_tenant) || ', docmill_pool, public', true);
END $$;

CREATE OR REPLACE FUNCTION docmill.leave() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('role', 'none', true), set_config('search_path', 'public', true);
END $$;

-- Write events that are not there yet, make a claim for each stage that takes them, wake the workers. Whoever
-- answers a message looks for the next one by itself (`p_looks`): for a single claim nobody else is woken.
-- A session keeps the plan that it made when the journal was small, so that one has to go by the index too.
-- `priority` and `kind` of a claim are those that its event names, else the caller's: of the claim that was answered.
CREATE OR REPLACE FUNCTION docmill.record(
    p_events json, p_looks boolean, p_priority smallint DEFAULT 1::smallint, p_kind text DEFAULT ''
) RETURNS void LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_claims int;
BEGIN
    WITH told AS (
        SELECT * FROM json_to_recordset(p_events) AS e (
            id uuid, type text, tenant text, document uuid, run uuid, time timestamptz,
            cause uuid, trace text, data json, stages text[], priority smallint, kind text)
    ), written AS (
        INSERT INTO docmill.journal (id, type, tenant, document, run, time, cause, trace, data)
        SELECT id, type, tenant, document, run, time, cause, trace, data FROM told
        WHERE NOT EXISTS (SELECT FROM docmill.journal j WHERE j.document = told.document AND j.id = told.id)
        RETURNING recorded_at, seq, id
    )
    INSERT INTO docmill.claims (stage, event, recorded_at, seq, tenant, document, run, priority, kind)
    SELECT stage, told.id, written.recorded_at, written.seq, told.tenant, told.document, told.run,
        coalesce(told.priority, p_priority), coalesce(told.kind, p_kind)
    FROM written JOIN told USING (id) CROSS JOIN unnest(told.stages) AS stage
    ON CONFLICT DO NOTHING;
    GET DIAGNOSTICS v_claims = ROW_COUNT;
    IF v_claims > p_looks::int THEN
        NOTIFY docmill_work;
    END IF;
END $$;

-- End a claim as done or dead, if its holder still holds it; tell what its followers inherit.
CREATE OR REPLACE FUNCTION docmill.close_claim(
    p_tenant text, p_document uuid, p_claim json, OUT priority smallint, OUT kind text
) LANGUAGE plpgsql AS $$
BEGIN
    UPDATE docmill.claims c
    SET status = p_claim->>'status', ended_at = now(), code = p_claim->>'code', reason = p_claim->>'reason',
        tries = CASE WHEN p_claim->>'try' IS NULL THEN tries ELSE docmill.tried(tries, (p_claim->>'try')::jsonb) END
    WHERE stage = p_claim->>'stage' AND event = (p_claim->>'event')::uuid
        AND status = 'open' AND fence = (p_claim->>'fence')::bigint AND worker = p_claim->>'worker'
        AND tenant = p_tenant AND document = p_document
    RETURNING c.priority, c.kind INTO close_claim.priority, close_claim.kind;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the claim is closed or has a newer fence' USING ERRCODE = 'DM001';
    END IF;
END $$;

-- Documents with their first runs and blob references; return how many. Those that are there are left alone.
CREATE OR REPLACE FUNCTION docmill.add_documents(p_tenant text, p_documents json) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    WITH told AS (
        SELECT * FROM json_to_recordset(p_documents) AS d (
            id uuid, run uuid, name text, sha256 text, size_bytes bigint, requested_type text,
            batch text, parent uuid, ordinal int, time timestamptz, cpu_seconds double precision)
    ), added AS (
        INSERT INTO documents (tenant, id, name, blob_sha256, blob_size_bytes, requested_type, batch, parent, ordinal, created_at)
        SELECT p_tenant, id, name, sha256, size_bytes, requested_type, batch, parent, ordinal, time FROM told
        ON CONFLICT DO NOTHING
        RETURNING id
    ), referenced AS (
        INSERT INTO blob_references (tenant, sha256, document, role)
        SELECT p_tenant, told.sha256, told.id, 'file' FROM added JOIN told USING (id)
        ON CONFLICT DO NOTHING
    )
    INSERT INTO runs (tenant, id, document, number, newest, uploaded_at, batch, state, version, created_at, updated_at,
        usage_cpu_seconds)
    SELECT p_tenant, told.run, told.id, 1, true, told.time, told.batch, 'uploaded', 1, told.time, told.time,
        coalesce(told.cpu_seconds, 0)
    FROM added JOIN told USING (id);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;
