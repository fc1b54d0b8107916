-- Handing out work. Losing one of these in a power cut only means that the message is handed out again, so
-- they do not wait for the disk; what is appended does.

CREATE OR REPLACE FUNCTION docmill.take(
    p_stages text[], p_worker text, p_most int, p_lease_s double precision, p_costs json
) RETURNS TABLE (
    stage text, fence bigint, attempt int, id uuid, type text, tenant text, document uuid, run uuid, "time" timestamptz,
    cause uuid, trace text, data json, "position" bigint, replays int, charged double precision, held json
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_ready text[] := '{}';
    v_stage text;
    v_taken uuid[];
    v_left int := p_most;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    FOREACH v_stage IN ARRAY p_stages LOOP
        IF EXISTS (SELECT FROM docmill.claims c WHERE c.stage = v_stage AND c.status = 'open' AND c.available_at <= now()) THEN
            v_ready := v_ready || v_stage;
        END IF;
    END LOOP;
    -- Takers of one stage go one after the other: a choice takes less than a millisecond, and each sees what the
    -- one before it took. All locks first and in one order, or two takers would wait for each other.
    FOR v_stage IN
        SELECT unnest(v_ready) UNION SELECT x.stage FROM json_to_recordset(p_costs) AS x (stage text) ORDER BY 1
    LOOP
        PERFORM pg_advisory_xact_lock(hashtextextended('docmill.take:' || v_stage, 0));
    END LOOP;
    IF p_costs IS NOT NULL THEN
        PERFORM docmill.charge(p_costs);
    END IF;
    FOREACH v_stage IN ARRAY v_ready LOOP
        EXIT WHEN v_left <= 0;
        v_taken := docmill.take_from(v_stage, p_worker, v_left, p_lease_s);
        v_left := v_left - cardinality(v_taken);
        FOR stage, fence, attempt, id, type, tenant, document, run, "time", cause, trace, data, "position", replays, charged IN
            SELECT c.stage, c.fence, c.attempts, j.id, j.type, j.tenant, j.document, j.run, j.time, j.cause, j.trace, j.data, j.position,
                c.replays, c.charged
            FROM unnest(v_taken) WITH ORDINALITY AS t (event, n)
            JOIN docmill.claims c ON c.stage = v_stage AND c.event = t.event
            JOIN docmill.journal j ON j.recorded_at = c.recorded_at AND j.seq = c.seq
            ORDER BY t.n
        LOOP
            -- What every stage asks for first thing comes along. Each statement of this loop sees what is
            -- committed by then, so the document is at least as new as the event.
            held := docmill.held(tenant, document);
            RETURN NEXT;
        END LOOP;
    END LOOP;
END $$;

-- Under the lock of the stage. A tenant that comes back from idleness starts at the stage's clock, it saves up nothing.
CREATE OR REPLACE FUNCTION docmill.take_from(p_stage text, p_worker text, p_most int, p_lease_s double precision)
RETURNS uuid[] LANGUAGE plpgsql AS $$
DECLARE
    v_next record;
    v_taken uuid[] := '{}';
BEGIN
    FOR n IN 1..p_most LOOP
        SELECT * INTO v_next FROM docmill.next_message(p_stage);
        EXIT WHEN v_next.event IS NULL;
        UPDATE docmill.claims c
        SET fence = c.fence + 1, attempts = c.attempts + 1, worker = p_worker, percent = NULL, charged = v_next.cost,
            available_at = clock_timestamp() + make_interval(secs => p_lease_s)
        WHERE c.stage = p_stage AND c.event = v_next.event AND c.status = 'open';
        CONTINUE WHEN NOT FOUND;  -- erased in this moment
        v_taken := v_taken || v_next.event;
        INSERT INTO docmill.shares AS s (stage, tenant, virtual_time)
        VALUES (p_stage, v_next.tenant, v_next.start + v_next.cost / v_next.weight)
        ON CONFLICT (stage, tenant) DO UPDATE SET virtual_time = excluded.virtual_time;
        INSERT INTO docmill.stage_clocks AS k (stage, virtual_time) VALUES (p_stage, v_next.start)
        ON CONFLICT (stage) DO UPDATE SET virtual_time = greatest(k.virtual_time, excluded.virtual_time);
    END LOOP;
    RETURN v_taken;
END $$;

-- The oldest message of the tenant with the least virtual time. The cost grows with the number of tenants
-- that have work, and not with the number of messages: `busy` hops from tenant to tenant in the index.
CREATE OR REPLACE FUNCTION docmill.next_message(p_stage text)
RETURNS TABLE (tenant text, event uuid, start double precision, cost double precision, weight double precision)
LANGUAGE sql AS $$
    WITH RECURSIVE busy AS (
        (SELECT c.tenant FROM docmill.claims c
        WHERE c.stage = p_stage AND c.status = 'open' ORDER BY c.tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT c.tenant FROM docmill.claims c
            WHERE c.stage = p_stage AND c.status = 'open' AND c.tenant > b.tenant ORDER BY c.tenant LIMIT 1)
        FROM busy b WHERE b.tenant IS NOT NULL
    )
    SELECT b.tenant, oldest.event,
        greatest(coalesce(s.virtual_time, 0), coalesce(k.virtual_time, 0)) AS start,
        coalesce(s.cost, 0.05), t.weight
    FROM busy b
    CROSS JOIN LATERAL (
        SELECT c.event, c.available_at FROM docmill.claims c
        WHERE c.stage = p_stage AND c.tenant = b.tenant AND c.status = 'open' AND c.available_at <= clock_timestamp()
        ORDER BY c.available_at, c.seq LIMIT 1
    ) oldest
    JOIN docmill.tenants t ON t.id = b.tenant
    LEFT JOIN docmill.shares s ON s.stage = p_stage AND s.tenant = b.tenant
    LEFT JOIN docmill.stage_clocks k ON k.stage = p_stage
    ORDER BY start, oldest.available_at LIMIT 1
$$;

-- Correct what was expected by what was measured; the expectation follows slowly. Row after row, in one order
-- for all workers, by the primary keys: a join would be planned for a hundred rows where there are two.
CREATE OR REPLACE FUNCTION docmill.charge(p_costs json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_spent record;
BEGIN
    FOR v_spent IN
        SELECT x.stage, x.tenant, sum(x.cpu_seconds - x.charged) AS surplus, avg(x.cpu_seconds) AS mean
        FROM json_to_recordset(p_costs) AS x (stage text, tenant text, cpu_seconds double precision, charged double precision)
        GROUP BY x.stage, x.tenant ORDER BY x.stage, x.tenant
    LOOP
        UPDATE docmill.shares s
        SET virtual_time = s.virtual_time + v_spent.surplus / (SELECT t.weight FROM docmill.tenants t WHERE t.id = s.tenant),
            cost = 0.8 * s.cost + 0.2 * v_spent.mean
        WHERE s.stage = v_spent.stage AND s.tenant = v_spent.tenant;
    END LOOP;
END $$;

-- Extend leases; return those that are still held.
CREATE OR REPLACE FUNCTION docmill.beat(p_claims json, p_lease_s double precision, p_percent int)
RETURNS TABLE (stage text, event uuid) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
        UPDATE docmill.claims c
        SET available_at = now() + make_interval(secs => p_lease_s), percent = coalesce(p_percent, c.percent)
        FROM json_to_recordset(p_claims) AS x (stage text, event uuid, fence bigint, worker text)
        WHERE c.stage = x.stage AND c.event = x.event
            AND c.fence = x.fence AND c.worker = x.worker AND c.status = 'open'
        RETURNING c.stage, c.event;
END $$;

-- Open a dead letter again, and its run if the message was what failed it. False when it is not dead.
CREATE OR REPLACE FUNCTION docmill.replay(p_tenant text, p_stage text, p_event uuid, p_state text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_run uuid;
BEGIN
    UPDATE docmill.claims
    SET status = 'open', attempts = 0, replays = replays + 1, fence = fence + 1, worker = NULL, available_at = now(), ended_at = NULL, code = NULL,
        reason = NULL
    WHERE stage = p_stage AND event = p_event AND tenant = p_tenant AND status = 'dead'
    RETURNING run INTO v_run;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_state IS NOT NULL THEN
        PERFORM docmill.enter(p_tenant);
        UPDATE runs SET state = p_state, code = NULL, detail = NULL, action = NULL, version = version + 1, updated_at = now()
        WHERE tenant = p_tenant AND id = v_run AND state = 'failed';
        PERFORM docmill.leave();
    END IF;
    NOTIFY docmill_work;
    RETURN true;
END $$;
