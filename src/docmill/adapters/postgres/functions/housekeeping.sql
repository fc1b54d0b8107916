-- What keeps the tables flat. Losing one of these in a power cut means that it is done again.

-- Expired idempotency keys, and claims by which a message that is delivered again was known. A failed run may be
-- replayed, so it has not ended for good.
CREATE OR REPLACE FUNCTION docmill.forget(p_tenant text, p_key_hours int, p_claim_days int, p_ends text[], p_most int)
RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_stages text[];
    v_events uuid[];
    v_keys int;
    v_claims int;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    PERFORM docmill.enter(p_tenant);
    DELETE FROM idempotency_keys k
    -- An array, so that they are chosen once: a plan may ask a subquery again for each row, past its limit.
    WHERE k.tenant = p_tenant AND k.key = ANY (ARRAY(
        SELECT o.key FROM idempotency_keys o
        WHERE o.tenant = p_tenant AND o.created_at < now() - make_interval(hours => p_key_hours)
        ORDER BY o.created_at LIMIT p_most FOR UPDATE SKIP LOCKED));
    GET DIAGNOSTICS v_keys = ROW_COUNT;
    SELECT array_agg(o.stage), array_agg(o.event) INTO v_stages, v_events FROM (
        SELECT c.stage, c.event
        FROM docmill.claims c JOIN runs r ON r.tenant = c.tenant AND r.id = c.run
        WHERE c.tenant = p_tenant AND c.status = 'done' AND c.given_up_at IS NULL AND c.ended_at < now() - make_interval(days => p_claim_days)
            AND (r.state = ANY (p_ends) OR r.erased)
        ORDER BY c.ended_at LIMIT p_most
    ) o;
    PERFORM docmill.leave();
    DELETE FROM docmill.claims c USING unnest(v_stages, v_events) AS o (stage, event)
    WHERE c.stage = o.stage AND c.event = o.event AND c.tenant = p_tenant AND c.status = 'done';
    GET DIAGNOSTICS v_claims = ROW_COUNT;
    RETURN v_keys + v_claims;
END $$;

-- Drop the partitions of months that are over and in which nothing was written. As the owner: the service may not
-- drop tables. Should a policy ever hide rows from the owner, `row_security` makes that an error and not an empty month.
CREATE OR REPLACE FUNCTION docmill.drop_empty_partitions() RETURNS int
LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, pg_temp SET row_security = off SET lock_timeout = '1s' AS $$
DECLARE
    v_name text;
    v_empty boolean;
    v_count int := 0;
BEGIN
    FOR v_name IN
        SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
        WHERE i.inhparent = 'docmill.journal'::regclass AND c.relname ~ '^journal_[0-9]{4}_[0-9]{2}$'
            -- A transaction that began before midnight writes into the last month.
            AND c.relname < 'journal_' || to_char((now() - interval '1 day') AT TIME ZONE 'UTC', 'YYYY_MM')
    LOOP
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM docmill.%I)', v_name) INTO v_empty;
        CONTINUE WHEN NOT v_empty;
        LOCK TABLE ONLY docmill.journal IN ACCESS EXCLUSIVE MODE;
        EXECUTE format('LOCK TABLE docmill.%I IN ACCESS EXCLUSIVE MODE', v_name);
        EXECUTE format('SELECT NOT EXISTS (SELECT FROM docmill.%I)', v_name) INTO v_empty;
        IF v_empty THEN
            EXECUTE format('DROP TABLE docmill.%I', v_name);
            v_count := v_count + 1;
        END IF;
    END LOOP;
    RETURN v_count;
EXCEPTION WHEN lock_not_available THEN
    RETURN 0;  -- somebody reads for long: the next round tries again
END $$;
