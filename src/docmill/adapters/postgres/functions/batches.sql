-- Batches. What a document adds to the cost of an upload into one is a look at the batch's row, and a further one
-- where the batch has a manifest.

-- Put an upload into its batch: as the tenant, within accept. Returns the document with what the manifest says of it.
CREATE OR REPLACE FUNCTION docmill.into_batch(p_tenant text, p_document json) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_batch record;
    v_item record;
BEGIN
    -- Shared among uploads; whoever cancels the batch waits for those that are under way, and they see it cancelled else.
    PERFORM pg_advisory_xact_lock_shared(hashtextextended('docmill.batch.' || p_tenant || '.' || (p_document->>'batch'), 0));
    SELECT b.cancelled_at, b.expected INTO v_batch FROM batches b WHERE b.tenant = p_tenant AND b.id = p_document->>'batch';
    IF NOT FOUND THEN
        INSERT INTO batches (tenant, id, created_at) VALUES (p_tenant, p_document->>'batch', (p_document->>'time')::timestamptz)
        ON CONFLICT DO NOTHING;
        RETURN p_document;
    ELSIF v_batch.cancelled_at IS NOT NULL THEN
        RAISE EXCEPTION 'the batch was cancelled' USING ERRCODE = 'DM003';
    ELSIF v_batch.expected = 0 THEN
        RETURN p_document;
    END IF;
    v_item := docmill.expected_item(p_tenant, p_document->>'batch', p_document->>'sha256', p_document->>'name');
    UPDATE batch_items i SET outcome = 'arrived', document = (p_document->>'id')::uuid
    WHERE i.tenant = p_tenant AND i.batch = p_document->>'batch' AND i.id = v_item.id;
    RETURN to_jsonb(p_document) || jsonb_build_object('priority', coalesce((p_document->>'priority')::int, v_item.priority),
        'requested_type', coalesce(p_document->>'requested_type', v_item.requested_type));
END $$;

-- The item of the manifest that a file is: the one with its hash, else one of its name that has none.
CREATE OR REPLACE FUNCTION docmill.expected_item(p_tenant text, p_batch text, p_sha256 text, p_name text) RETURNS record
LANGUAGE plpgsql AS $$
DECLARE
    v_item record;
BEGIN
    SELECT i.id, i.requested_type, i.priority INTO v_item FROM batch_items i
    WHERE i.tenant = p_tenant AND i.batch = p_batch AND i.outcome = 'expected'
        AND (i.sha256 = p_sha256 OR i.sha256 IS NULL AND i.name = p_name)
    ORDER BY i.sha256 NULLS LAST LIMIT 1 FOR UPDATE;
    RETURN v_item;
END $$;

-- Make a batch with its manifest; return its id, or that of the batch which the same key made.
CREATE OR REPLACE FUNCTION docmill.create_batch(
    p_tenant text, p_batch uuid, p_label text, p_time timestamptz, p_items json, p_key text, p_request_hash text, p_key_hours int
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v_before uuid;
BEGIN
    PERFORM docmill.enter(p_tenant);
    IF p_key IS NOT NULL THEN
        v_before := docmill.use_key(p_tenant, p_key, p_request_hash, p_key_hours, p_batch, p_batch);
        IF v_before IS NOT NULL THEN
            RETURN v_before;
        END IF;
    END IF;
    INSERT INTO batches (tenant, id, label, expected, created_at)
    VALUES (p_tenant, p_batch::text, p_label, json_array_length(p_items), p_time);
    INSERT INTO batch_items (tenant, batch, id, name, sha256, outcome, requested_type, priority, created_at)
    SELECT p_tenant, p_batch::text, i.id, i.name, i.sha256, 'expected', i.type, i.priority, p_time
    FROM json_to_recordset(p_items) AS i (id uuid, name text, sha256 text, type text, priority int);
    PERFORM docmill.leave();
    RETURN p_batch;
END $$;

-- Keep what became of files that made no document of this batch. The same thing noted twice is one item.
CREATE OR REPLACE FUNCTION docmill.note_items(p_tenant text, p_batch text, p_time timestamptz, p_items json) RETURNS void
LANGUAGE plpgsql AS $$
DECLARE
    v_noted record;
    v_item record;
BEGIN
    PERFORM docmill.watch_batch(p_tenant, p_batch);
    PERFORM docmill.enter(p_tenant);
    INSERT INTO batches (tenant, id, created_at) VALUES (p_tenant, p_batch, p_time) ON CONFLICT DO NOTHING;
    FOR v_noted IN
        SELECT * FROM json_to_recordset(p_items) AS i (id uuid, name text, sha256 text, outcome text, document uuid, code text, detail text)
    LOOP
        CONTINUE WHEN EXISTS (
            SELECT FROM batch_items i WHERE i.tenant = p_tenant AND i.batch = p_batch AND i.outcome = v_noted.outcome
                AND i.name = v_noted.name AND i.sha256 IS NOT DISTINCT FROM v_noted.sha256 AND i.code IS NOT DISTINCT FROM v_noted.code);
        v_item := docmill.expected_item(p_tenant, p_batch, v_noted.sha256, v_noted.name);
        INSERT INTO batch_items AS i (tenant, batch, id, name, sha256, outcome, document, code, detail, created_at)
        VALUES (p_tenant, p_batch, coalesce(v_item.id, v_noted.id), v_noted.name, v_noted.sha256, v_noted.outcome, v_noted.document,
            v_noted.code, v_noted.detail, p_time)
        ON CONFLICT (tenant, batch, id) DO UPDATE SET outcome = excluded.outcome, sha256 = excluded.sha256,
            document = excluded.document, code = excluded.code, detail = excluded.detail;
    END LOOP;
    PERFORM docmill.leave();
END $$;

-- No file is taken into the batch any more; what is on its way is cancelled one by one.
CREATE OR REPLACE FUNCTION docmill.cancel_batch(
    p_tenant text, p_batch text, p_time timestamptz, p_key text, p_request_hash text, p_key_hours int
) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('docmill.batch.' || p_tenant || '.' || p_batch, 0));
    PERFORM docmill.watch_batch(p_tenant, p_batch);
    PERFORM docmill.enter(p_tenant);
    IF p_key IS NOT NULL THEN
        PERFORM docmill.use_key(p_tenant, p_key, p_request_hash, p_key_hours, gen_random_uuid(), gen_random_uuid());
    END IF;
    IF NOT EXISTS (SELECT FROM batches b WHERE b.tenant = p_tenant AND b.id = p_batch)
        AND NOT EXISTS (SELECT FROM runs r WHERE r.tenant = p_tenant AND r.batch = p_batch AND r.newest) THEN
        RAISE EXCEPTION 'there is no such batch' USING ERRCODE = 'DM004';
    END IF;
    INSERT INTO batches AS b (tenant, id, created_at, cancelled_at) VALUES (p_tenant, p_batch, p_time, p_time)
    ON CONFLICT (tenant, id) DO UPDATE SET cancelled_at = coalesce(b.cancelled_at, p_time);
    UPDATE batch_items SET outcome = 'refused', code = 'state_forbidden', detail = 'the batch was cancelled'
    WHERE tenant = p_tenant AND batch = p_batch AND outcome = 'expected';
    PERFORM docmill.leave();
END $$;
