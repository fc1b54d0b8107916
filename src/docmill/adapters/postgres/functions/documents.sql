-- accept, held, twin and append: each is one statement to the caller, so one transaction and one round trip.
-- They go by keys alone: one plan is as good for every tenant and document, planning anew costs more than the work,
-- and a plan that was made while a table was small, or for a value that is frequent, must not read the whole table.

-- The document with its newest run as JSON, null when there is none. `edition` names the state of the tenant's
-- catalog: its versions are only ever added, so their numbers tell two states apart.
--
-- Every claim asks for it, and a plan of this function would be made anew for each tenant after another: the policies
-- and the search path go into it. So it is prepared once for each: 0.3 ms of CPU and not 1.0 where tenants take turns.
CREATE OR REPLACE FUNCTION docmill.held(p_tenant text, p_document uuid) RETURNS json
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $held$
DECLARE
    v_held json;
    v_again text := format('EXECUTE %I (%L, %L)', 'held_' || p_tenant, p_tenant, p_document);
BEGIN
    PERFORM docmill.enter(p_tenant);
    BEGIN
        EXECUTE v_again INTO v_held;
    EXCEPTION WHEN invalid_sql_statement_name THEN
        EXECUTE format('PREPARE %I (text, uuid) AS ', 'held_' || p_tenant) || $$
            SELECT row_to_json(x) FROM (
                SELECT d.id, d.tenant, d.name, d.media_type, d.blob_sha256, d.blob_size_bytes, d.requested_type, d.batch, d.parent,
                    d.ordinal, d.created_at, d.erased_at,
                    r.id AS run, r.number, r.state, r.version, r.code, r.detail, r.action, r.type_name, r.type_version, r.pages, r.reading_sha256,
                    r.reading_size_bytes, r.usage_pages, r.usage_cpu_seconds, r.usage_llm_tokens, r.created_at AS run_created_at,
                    r.updated_at, r.archived_at, r.indexed_at, r.pins, r.result,
                    (SELECT count(*) FROM document_types t WHERE t.tenant = $1) || '.'
                    || (SELECT count(*) FROM type_rules t WHERE t.tenant = $1) AS edition
                FROM documents d JOIN runs r ON r.tenant = d.tenant AND r.document = d.id AND r.newest
                WHERE d.tenant = $1 AND d.id = $2
            ) x
        $$;
        EXECUTE v_again INTO v_held;
    END;
    PERFORM docmill.leave();
    RETURN v_held;
END $held$;

-- An earlier document of the type that has these values: the candidates come from the rarest of them, by the
-- index, however many documents share the others. A number equals one that is written otherwise. `OFFSET 0` and
-- `|| ''` leave the planner one way, from value to document: without statistics it reads all runs or the whole path.
CREATE OR REPLACE FUNCTION docmill.twin(
    p_tenant text, p_document uuid, p_type text, p_paths text[], p_texts text[], p_numbers numeric[]
) RETURNS uuid LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off
SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_this record;
    v_twin uuid;
    v_rarest int;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT r.uploaded_at, r.document INTO v_this FROM runs r
    WHERE r.tenant = p_tenant AND r.document = p_document AND r.newest;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
    END IF;
    SELECT n INTO v_rarest FROM generate_subscripts(p_paths, 1) AS n
    ORDER BY (SELECT count(*) FROM (SELECT FROM field_values v
        WHERE v.tenant = p_tenant AND v.path = p_paths[n] AND v.text = p_texts[n] LIMIT 20) AS same), n LIMIT 1;
    WITH alike AS MATERIALIZED (
        SELECT v.document FROM field_values v
        WHERE v.tenant = p_tenant AND v.path = p_paths[v_rarest] AND v.text = p_texts[v_rarest]
        UNION
        SELECT v.document FROM field_values v
        WHERE v.tenant = p_tenant AND v.path = p_paths[v_rarest]
            AND v.number_approx = p_numbers[v_rarest]::double precision AND v.number = p_numbers[v_rarest]
    )
    SELECT r.document INTO v_twin
    FROM alike CROSS JOIN LATERAL (
        SELECT * FROM runs WHERE runs.tenant = p_tenant AND runs.document = alike.document AND runs.newest OFFSET 0
    ) r
    WHERE NOT r.erased AND r.state NOT IN ('rejected', 'failed') AND r.type_name = p_type
        AND (r.uploaded_at, r.document) < (v_this.uploaded_at, v_this.document)
        AND NOT EXISTS (
            SELECT FROM unnest(p_paths, p_texts, p_numbers) AS wanted (path, text, number)
            WHERE NOT EXISTS (
                SELECT FROM field_values v
                WHERE v.tenant = p_tenant AND v.document = r.document AND v.path || '' = wanted.path AND (v.text = wanted.text OR v.number = wanted.number)))
    ORDER BY r.uploaded_at, r.document LIMIT 1;
    PERFORM docmill.leave();
    RETURN v_twin;
END $$;

CREATE OR REPLACE FUNCTION docmill.accept(
    p_tenant text, p_document json, p_events json, p_key text, p_request_hash text,
    p_key_hours int, p_allow_duplicate boolean
) RETURNS TABLE (document uuid, run uuid, created boolean, duplicate_of uuid)
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_document uuid := (p_document->>'id')::uuid;
    v_run uuid := (p_document->>'run')::uuid;
    v_sha256 text := p_document->>'sha256';
    v_before record;
    v_added int;
BEGIN
    PERFORM docmill.enter(p_tenant);
    IF p_key IS NOT NULL THEN
        -- Of parallel inserts of one key the others wait here until the first has committed.
        DELETE FROM idempotency_keys k
        WHERE k.tenant = p_tenant AND k.key = p_key AND k.created_at < now() - make_interval(hours => p_key_hours);
        INSERT INTO idempotency_keys AS k (tenant, key, request_hash, document, run)
        VALUES (p_tenant, p_key, p_request_hash, v_document, v_run) ON CONFLICT DO NOTHING;
        IF NOT FOUND THEN
            SELECT * INTO v_before FROM idempotency_keys k WHERE k.tenant = p_tenant AND k.key = p_key;
            IF v_before.request_hash <> p_request_hash THEN
                RAISE EXCEPTION 'the key was used for another request' USING ERRCODE = 'DM005';
            END IF;
            RETURN QUERY SELECT v_before.document, v_before.run, false, v_before.duplicate_of;
            RETURN;
        END IF;
    END IF;
    IF NOT p_allow_duplicate THEN
        PERFORM pg_advisory_xact_lock(hashtextextended(p_tenant || v_sha256, 0));
        SELECT d.id, r.id AS run INTO v_before FROM documents d JOIN runs r ON r.tenant = d.tenant AND r.document = d.id AND r.newest
        WHERE d.tenant = p_tenant AND d.blob_sha256 = v_sha256 AND d.erased_at IS NULL AND d.parent IS NULL
        ORDER BY d.created_at, d.id LIMIT 1;
        IF FOUND THEN
            UPDATE idempotency_keys k SET document = v_before.id, run = v_before.run, duplicate_of = v_before.id
            WHERE k.tenant = p_tenant AND k.key = p_key;
            RETURN QUERY SELECT v_before.id, v_before.run, false, v_before.id;
            RETURN;
        END IF;
    END IF;
    IF p_document->>'batch' IS NOT NULL THEN
        p_document := docmill.into_batch(p_tenant, p_document);
    END IF;
    IF p_document->>'priority' IS NOT NULL THEN  -- the upload's own, or else the manifest's
        p_events := (SELECT json_agg(to_jsonb(e) || jsonb_build_object('priority', (p_document->>'priority')::int))
            FROM json_array_elements(p_events) AS e);
    END IF;
    v_added := docmill.add_documents(p_tenant, json_build_array(p_document));
    PERFORM docmill.leave();
    PERFORM docmill.record(p_events, false);
    RETURN QUERY SELECT v_document, v_run, v_added = 1, NULL::uuid;
END $$;

-- Save one change. The order of the locks is the same everywhere: the claim, then the run.
CREATE OR REPLACE FUNCTION docmill.append(
    p_tenant text, p_claim json, p_change json, p_result json, p_values json, p_children json, p_events json
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_document uuid := (p_change->>'document')::uuid;
    v_priority smallint := 0;  -- without a claim it is a person who did something, and waits
    v_kind text := '';
BEGIN
    IF p_claim IS NOT NULL THEN
        SELECT c.priority, c.kind INTO v_priority, v_kind FROM docmill.close_claim(p_tenant, v_document, p_claim) AS c;
    END IF;
    PERFORM docmill.enter(p_tenant);
    PERFORM docmill.save_run(p_tenant, v_document, p_change, p_result, p_values);
    IF p_change->>'review' IS NOT NULL THEN
        PERFORM docmill.enter_review(p_tenant, v_document, (p_change->>'run')::uuid, p_change->'review');
    END IF;
    IF p_change->>'media_type' IS NOT NULL THEN
        UPDATE documents SET media_type = p_change->>'media_type' WHERE tenant = p_tenant AND id = v_document;
    END IF;
    IF p_change->>'reading_sha256' IS NOT NULL THEN
        INSERT INTO blob_references VALUES (p_tenant, p_change->>'reading_sha256', v_document, 'reading')
        ON CONFLICT DO NOTHING;
    END IF;
    IF p_children IS NOT NULL THEN
        PERFORM docmill.add_documents(p_tenant, (
            SELECT json_agg(to_jsonb(c) || jsonb_build_object(
                'batch', d.batch, 'requested_type', d.requested_type, 'parent', d.id, 'time', p_change->>'time') ORDER BY c.ordinal)
            FROM documents d, json_to_recordset(p_children) AS c (
                id uuid, run uuid, name text, sha256 text, size_bytes bigint, ordinal int)
            WHERE d.tenant = p_tenant AND d.id = v_document));
    END IF;
    PERFORM docmill.leave();
    IF p_events IS NOT NULL THEN
        PERFORM docmill.record(p_events, p_claim IS NOT NULL, v_priority, coalesce(p_change->>'kind', v_kind));
    END IF;
END $$;

-- A change of side facts alone is not `versioned`: parallel stages do not collide over it.
CREATE OR REPLACE FUNCTION docmill.save_run(
    p_tenant text, p_document uuid, p_change json, p_result json, p_values json
) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    c record;
    v_run record;
BEGIN
    SELECT * INTO c FROM json_to_record(p_change) AS x (
        run uuid, version int, versioned boolean, state text, sources text[], code text, detail text, action text, type_name text, type_version int,
        pages int, reading_sha256 text, reading_size_bytes bigint, archived boolean, indexed boolean, values_hash text,
        usage_pages int, usage_cpu_seconds double precision, usage_llm_tokens int, time timestamptz);
    UPDATE runs SET
        state = coalesce(c.state, state),
        code = CASE WHEN c.state IS NULL THEN code ELSE c.code END,
        detail = CASE WHEN c.state IS NULL THEN detail ELSE c.detail END,
        action = CASE WHEN c.state IS NULL THEN action ELSE c.action END,
        version = version + c.versioned::int,
        type_name = coalesce(c.type_name, type_name),
        type_version = coalesce(c.type_version, type_version),
        pages = coalesce(c.pages, pages),
        reading_sha256 = coalesce(c.reading_sha256, reading_sha256),
        reading_size_bytes = coalesce(c.reading_size_bytes, reading_size_bytes),
        result = coalesce(p_result, result),
        usage_pages = greatest(usage_pages, c.usage_pages),
        usage_cpu_seconds = usage_cpu_seconds + c.usage_cpu_seconds,
        usage_llm_tokens = usage_llm_tokens + c.usage_llm_tokens,
        archived_at = CASE WHEN c.archived THEN c.time ELSE archived_at END,
        indexed_at = CASE WHEN c.indexed THEN c.time ELSE indexed_at END,
        updated_at = c.time
    WHERE tenant = p_tenant AND id = c.run AND document = p_document
        AND (NOT c.versioned OR version = c.version)
        AND (c.state IS NULL OR state = ANY (c.sources))
    RETURNING newest, values_hash INTO v_run;
    IF NOT FOUND THEN
        PERFORM docmill.refuse(p_tenant, p_document, c.run, c.version, c.state);
    END IF;
    IF NOT v_run.newest AND c.state NOT IN ('uploaded', 'read', 'analyzed') THEN  -- a further run has come to something
        v_run.newest := docmill.show_run(p_tenant, p_document, c.run, c.state);
    END IF;
    -- Validating saves the result again, mostly with the values that analyzing found.
    IF p_values IS NOT NULL AND v_run.newest AND v_run.values_hash IS DISTINCT FROM c.values_hash THEN
        UPDATE runs SET values_hash = c.values_hash WHERE tenant = p_tenant AND id = c.run;
        DELETE FROM field_values WHERE tenant = p_tenant AND document = p_document;
        INSERT INTO field_values (tenant, document, path, text, number, date)
        SELECT p_tenant, p_document, path, text, number, date
        FROM json_to_recordset(p_values) AS v (path text, text text, number numeric, date date);
    END IF;
END $$;

-- Say why a run was not changed.
CREATE OR REPLACE FUNCTION docmill.refuse(p_tenant text, p_document uuid, p_run uuid, p_version int, p_state text)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    SELECT r.version, r.state, d.erased_at INTO v
    FROM runs r JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
    WHERE r.tenant = p_tenant AND r.id = p_run AND r.document = p_document;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such run' USING ERRCODE = 'DM004';
    ELSIF v.erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    ELSIF v.version <> p_version THEN
        RAISE EXCEPTION 'the run is at version %, not at %', v.version, p_version USING ERRCODE = 'DM002';
    END IF;
    RAISE EXCEPTION 'a run does not go from % to %', v.state, p_state USING ERRCODE = 'DM003';
END $$;
