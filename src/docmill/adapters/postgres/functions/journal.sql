-- The sequencer: committed rows get the next positions. Whoever does not get the lock has nothing to do. The few rows
-- are found one by one by the index: any other join reads the whole journal.
CREATE OR REPLACE FUNCTION docmill.sequence(p_most int) RETURNS int
LANGUAGE plpgsql SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    v_count int;
BEGIN
    IF NOT EXISTS (SELECT FROM docmill.journal WHERE position IS NULL)
        OR NOT pg_try_advisory_xact_lock(hashtextextended('docmill.sequence', 0)) THEN
        RETURN 0;
    END IF;
    WITH waiting AS (
        SELECT recorded_at, seq FROM docmill.journal WHERE position IS NULL ORDER BY seq LIMIT p_most
    ), numbered AS (
        SELECT recorded_at, seq, (SELECT last FROM docmill.sequencer) + row_number() OVER (ORDER BY seq) AS position
        FROM waiting
    )
    UPDATE docmill.journal j SET position = n.position
    FROM numbered n WHERE j.recorded_at = n.recorded_at AND j.seq = n.seq;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    UPDATE docmill.sequencer SET last = last + v_count;
    RETURN v_count;
END $$;

-- Make the partitions of this month and the next two. As the owner: the service may not make tables.
CREATE OR REPLACE FUNCTION docmill.ensure_partitions() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    v_month timestamptz;
    v_name text;
BEGIN
    FOR n IN 0..2 LOOP
        v_month := date_trunc('month', now(), 'UTC') + make_interval(months => n);
        v_name := 'journal_' || to_char(v_month AT TIME ZONE 'UTC', 'YYYY_MM');
        CONTINUE WHEN to_regclass('docmill.' || v_name) IS NOT NULL;
        BEGIN
            EXECUTE format('CREATE TABLE docmill.%I PARTITION OF docmill.journal FOR VALUES FROM (%L) TO (%L)',
                v_name, v_month, v_month + interval '1 month');
        EXCEPTION WHEN check_violation OR duplicate_table THEN
            NULL;  -- the rest has rows of this month already, or somebody else was faster
        END;
    END LOOP;
END $$;
