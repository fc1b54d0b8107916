-- Tables of a tenant that have rows of single documents, and whether erasing leaves them alone.
CREATE OR REPLACE FUNCTION docmill.tables_of_documents(p_tenant text) RETURNS TABLE (name text, kept boolean)
LANGUAGE sql STABLE AS $$
    SELECT c.oid::regclass::text, coalesce(obj_description(c.oid, 'pg_class') LIKE 'kept after erasure: %', false)
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'document' AND NOT a.attisdropped
    WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
        AND c.relnamespace = coalesce(to_regnamespace(quote_ident('t_' || p_tenant)), to_regnamespace('docmill_pool'))
    ORDER BY c.relname
$$;

-- Empty the document down to its tombstone; return the blobs that nobody needs any more. What was deleted where is
-- written into its receipt. Refused while the document is under legal hold.
CREATE OR REPLACE FUNCTION docmill.erase_document(p_tenant text, p_document uuid, p_time timestamptz, p_events json, p_by text)
RETURNS TABLE (sha256 text) LANGUAGE plpgsql AS $$
DECLARE
    v_table record;
    v_count bigint;
    v_claims bigint;
    v_rows jsonb := '{}';
    v_blobs json;
BEGIN
    UPDATE docmill.claims SET status = 'done', fence = fence + 1, ended_at = now(), reason = 'erased'
    WHERE document = p_document AND tenant = p_tenant AND status IN ('open', 'dead');
    GET DIAGNOSTICS v_claims = ROW_COUNT;
    PERFORM docmill.enter(p_tenant);
    UPDATE documents d SET erased_at = p_time, name = '' WHERE d.tenant = p_tenant AND d.id = p_document AND d.erased_at IS NULL;
    IF NOT FOUND THEN
        IF NOT EXISTS (SELECT FROM documents d WHERE d.tenant = p_tenant AND d.id = p_document) THEN
            RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
        END IF;
        PERFORM docmill.leave();
        RETURN;
    ELSIF EXISTS (SELECT FROM holds h WHERE h.tenant = p_tenant AND h.document = p_document) THEN
        RAISE EXCEPTION 'the document is under legal hold' USING ERRCODE = 'DM008';
    END IF;
    -- The version rises, so that a stage that has loaded the run before cannot save it any more.
    UPDATE runs SET erased = true, result = NULL, reading_sha256 = NULL, reading_size_bytes = NULL, values_hash = NULL,
        detail = NULL, version = version + 1, updated_at = p_time
    WHERE tenant = p_tenant AND document = p_document;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    v_rows := jsonb_build_object('results', v_count, 'messages', v_claims);
    SELECT coalesce(json_agg(json_build_object('sha256', b.sha256, 'shared', b.shared) ORDER BY b.sha256), '[]') INTO v_blobs FROM (
        SELECT DISTINCT own.sha256, EXISTS (SELECT FROM blob_references other
            WHERE other.tenant = p_tenant AND other.sha256 = own.sha256 AND other.document <> p_document) AS shared
        FROM blob_references own WHERE own.tenant = p_tenant AND own.document = p_document) b;
    FOR v_table IN SELECT t.name FROM docmill.tables_of_documents(p_tenant) t WHERE NOT t.kept LOOP
        EXECUTE format('DELETE FROM %s WHERE tenant = $1 AND document = $2', v_table.name) USING p_tenant, p_document;
        GET DIAGNOSTICS v_count = ROW_COUNT;
        v_rows := v_rows || jsonb_build_object(split_part(v_table.name, '.', -1), v_count);
    END LOOP;
    INSERT INTO receipts (tenant, document, erased_at, erased_by, rows, blobs)
    VALUES (p_tenant, p_document, p_time, p_by, v_rows, v_blobs) ON CONFLICT DO NOTHING;
    PERFORM docmill.leave();
    -- Once more: a stage that was saving while the first statement waited for it has handed work on.
    UPDATE docmill.claims SET status = 'done', fence = fence + 1, ended_at = now(), reason = 'erased'
    WHERE document = p_document AND tenant = p_tenant AND status IN ('open', 'dead');
    PERFORM docmill.record(p_events, false);
    RETURN QUERY SELECT b.sha256 FROM json_to_recordset(v_blobs) AS b (sha256 text, shared boolean) WHERE NOT b.shared;
END $$;

-- As the last release asks for it.
CREATE OR REPLACE FUNCTION docmill.erase(p_tenant text, p_document uuid, p_time timestamptz, p_events json)
RETURNS TABLE (sha256 text) LANGUAGE sql AS $$
    SELECT e.sha256 FROM docmill.erase_document(p_tenant, p_document, p_time, p_events, '') e
$$;

-- Look again: how many rows each table still has of a document that was erased. Everything but zero is a fault.
CREATE OR REPLACE FUNCTION docmill.remains(p_tenant text, p_document uuid) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v_table record;
    v_count bigint;
    v_rows jsonb;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT jsonb_build_object('results', count(*) FILTER (WHERE r.result IS NOT NULL OR r.reading_sha256 IS NOT NULL OR r.detail IS NOT NULL))
    INTO v_rows FROM runs r WHERE r.tenant = p_tenant AND r.document = p_document;
    FOR v_table IN SELECT t.name FROM docmill.tables_of_documents(p_tenant) t WHERE NOT t.kept LOOP
        EXECUTE format('SELECT count(*) FROM %s WHERE tenant = $1 AND document = $2', v_table.name)
        INTO v_count USING p_tenant, p_document;
        v_rows := v_rows || jsonb_build_object(split_part(v_table.name, '.', -1), v_count);
    END LOOP;
    PERFORM docmill.leave();
    SELECT v_rows || jsonb_build_object('messages', count(*)) INTO v_rows FROM docmill.claims c
    WHERE c.tenant = p_tenant AND c.document = p_document AND c.status <> 'done';
    RETURN v_rows;
END $$;

-- Under the lock that erasing takes: either the hold is there before, or the document is gone.
CREATE OR REPLACE FUNCTION docmill.place_hold(p_tenant text, p_document uuid, p_reason text, p_by text)
RETURNS TABLE (reason text, placed_by text, placed_at timestamptz) LANGUAGE plpgsql AS $$
DECLARE
    v_erased_at timestamptz;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT d.erased_at INTO v_erased_at FROM documents d WHERE d.tenant = p_tenant AND d.id = p_document FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
    ELSIF v_erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    END IF;
    RETURN QUERY
        INSERT INTO holds AS h (tenant, document, reason, placed_by) VALUES (p_tenant, p_document, p_reason, p_by)
        ON CONFLICT (tenant, document) DO UPDATE SET reason = excluded.reason, placed_by = excluded.placed_by, placed_at = now()
        RETURNING h.reason, h.placed_by, h.placed_at;
    PERFORM docmill.leave();
END $$;
