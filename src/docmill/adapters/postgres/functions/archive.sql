-- Keep a version for good. The lock on the document is one that erasing waits for, and that waits for erasing.
CREATE OR REPLACE FUNCTION docmill.archive(
    p_tenant text, p_document uuid, p_version int, p_run uuid, p_sha256 text, p_time timestamptz, p_result json
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_erased_at timestamptz;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT d.erased_at INTO v_erased_at FROM documents d WHERE d.tenant = p_tenant AND d.id = p_document FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
    ELSIF v_erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    END IF;
    INSERT INTO archive (tenant, document, version, run, sha256, time, result)
    VALUES (p_tenant, p_document, p_version, p_run, p_sha256, p_time, p_result) ON CONFLICT DO NOTHING;
    IF NOT FOUND AND NOT EXISTS (
        SELECT FROM archive a WHERE a.tenant = p_tenant AND a.document = p_document AND a.version = p_version
            AND a.run = p_run AND a.sha256 = p_sha256
    ) THEN
        RAISE EXCEPTION 'the archive holds another result under this version' USING ERRCODE = 'DM002';
    END IF;
    PERFORM docmill.leave();
END $$;
