-- Handing out work. Losing one of these in a power cut only means that the message is handed out again, so
-- they do not wait for the disk; what is appended does.

-- Start-time fair queueing (Goyal, Vin, Cheng 1996), of CPU seconds and over several servers: each message starts at
-- its tenant's last finish, or at the lane's clock where that is later, and the least start goes first; the clock is
-- the start of what was handed out last. What a message costs is expected when it is taken, and put right when it
-- is known. Within the tenant: priority, then the stage nearest to the end, then age.
CREATE OR REPLACE FUNCTION docmill.take(
    p_stages text[], p_worker text, p_most int, p_lease_s double precision, p_costs json
) RETURNS TABLE (
    stage text, fence bigint, attempt int, id uuid, type text, tenant text, document uuid, run uuid, "time" timestamptz,
    cause uuid, trace text, data json, "position" bigint, replays int, charged double precision, kind text, held json
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_lane text := (SELECT string_agg(s, '+' ORDER BY s) FROM unnest(p_stages) AS s);
    v_may text := docmill.may_take(p_stages, p_worker);
    v_stages text[] := '{}';
    v_taken uuid[] := '{}';
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    -- Takers of one lane go one after the other: a choice takes about a millisecond, and each sees what the one
    -- before it took. Takers of other lanes may want the same message: the row's lock lets one of them have it.
    PERFORM pg_advisory_xact_lock(hashtextextended('docmill.take:' || v_lane, 0));
    IF p_costs IS NOT NULL THEN
        PERFORM docmill.charge(v_lane, p_costs);
    END IF;
    IF v_may IN ('anything', 'ordinary') THEN
        SELECT t.stages, t.events INTO v_stages, v_taken FROM docmill.take_turns(v_lane, p_stages, p_worker, p_most, p_lease_s) AS t;
    END IF;
    -- What may have killed its last worker is for whoever finds nothing else to do, and then for nobody beside it.
    IF v_may <> 'nothing' AND cardinality(v_taken) = 0
        AND EXISTS (SELECT FROM docmill.claims c WHERE c.status = 'open' AND c.suspect) THEN
        SELECT array_agg(t.stage), array_agg(t.event) INTO v_stages, v_taken
        FROM docmill.take_suspect(p_stages, p_worker, p_lease_s) AS t WHERE t.event IS NOT NULL;
    END IF;
    FOR stage, fence, attempt, id, type, tenant, document, run, "time", cause, trace, data, "position", replays, charged, kind IN
        SELECT c.stage, c.fence, c.attempts, j.id, j.type, j.tenant, j.document, j.run, j.time, j.cause, j.trace, j.data, j.position,
            c.replays, c.charged, c.kind
        FROM unnest(v_stages, v_taken) WITH ORDINALITY AS t (stage, event, n)
        JOIN docmill.claims c ON c.stage = t.stage AND c.event = t.event
        JOIN docmill.journal j ON j.recorded_at = c.recorded_at AND j.seq = c.seq
        ORDER BY t.n
    LOOP
        -- What every stage asks for first thing comes along. Each statement of this loop sees what is
        -- committed by then, so the document is at least as new as the event.
        held := docmill.held(tenant, document);
        RETURN NEXT;
    END LOOP;
END $$;

-- Under the lock of the lane. A tenant that comes back from idleness starts at the lane's clock: it saves up nothing.
-- When nobody has work, the clock goes to the latest finish: what was used while nobody else asked is nobody's debt.
CREATE OR REPLACE FUNCTION docmill.take_turns(
    p_lane text, p_stages text[], p_worker text, p_most int, p_lease_s double precision, OUT stages text[], OUT events uuid[]
) LANGUAGE plpgsql AS $$
DECLARE
    v_clock double precision := coalesce((SELECT k.virtual_time FROM docmill.lanes k WHERE k.lane = p_lane), 0);
    v_tenants text[];
    v_starts double precision[];
    v_left boolean[];  -- whether there may be more to take
    v_at int;
    v_served int[] := '{}';
    v_next record;
BEGIN
    stages := '{}';
    events := '{}';
    SELECT array_agg(b.tenant), array_agg(greatest(coalesce(s.virtual_time, 0), v_clock)), array_agg(true) INTO v_tenants, v_starts, v_left
    FROM docmill.busy() AS b (tenant) LEFT JOIN docmill.turns s ON s.lane = p_lane AND s.tenant = b.tenant;
    WHILE cardinality(events) < p_most LOOP
        SELECT s.n INTO v_at FROM unnest(v_starts, v_left) WITH ORDINALITY AS s (start, has_more, n)
        WHERE s.has_more ORDER BY s.start, random() LIMIT 1;
        EXIT WHEN NOT FOUND;
        SELECT * INTO v_next FROM docmill.next_message(p_stages, v_tenants[v_at]);
        IF NOT FOUND THEN
            v_left[v_at] := false;
            CONTINUE;
        END IF;
        UPDATE docmill.claims c
        SET fence = c.fence + 1, attempts = c.attempts + 1, worker = p_worker, percent = NULL, charged = v_next.cost,
            available_at = clock_timestamp() + make_interval(secs => p_lease_s)
        WHERE c.stage = v_next.stage AND c.event = v_next.event AND c.status = 'open' AND c.available_at <= clock_timestamp()
            AND c.worker IS NULL;
        IF NOT FOUND THEN  -- erased, or taken in another lane, in this moment; or its lease has ended
            PERFORM docmill.suspect(v_next.stage, v_next.event);
            CONTINUE;
        END IF;
        stages := stages || v_next.stage;
        events := events || v_next.event;
        v_clock := greatest(v_clock, v_starts[v_at]);
        v_starts[v_at] := v_starts[v_at] + v_next.cost / docmill.weight_of(v_tenants[v_at], v_next.stage);
        v_served := v_served || v_at;
    END LOOP;
    IF cardinality(events) > 0 THEN
        INSERT INTO docmill.turns AS s (lane, tenant, virtual_time)
        SELECT p_lane, v_tenants[n], v_starts[n] FROM (SELECT DISTINCT unnest(v_served) AS n) AS served
        ON CONFLICT (lane, tenant) DO UPDATE SET virtual_time = excluded.virtual_time;
        INSERT INTO docmill.lanes AS k (lane, virtual_time) VALUES (p_lane, v_clock)
        ON CONFLICT (lane) DO UPDATE SET virtual_time = excluded.virtual_time;
    ELSIF NOT EXISTS (SELECT FROM docmill.claims c WHERE c.status = 'open' AND c.stage = ANY (p_stages)) THEN
        UPDATE docmill.lanes k SET virtual_time = latest.finish
        FROM (SELECT max(s.virtual_time) AS finish FROM docmill.turns s WHERE s.lane = p_lane) AS latest
        WHERE k.lane = p_lane AND k.virtual_time < latest.finish;
    END IF;
END $$;

-- Tenants that have work, in hand or waiting. The cost grows with their number, and not with the number of messages:
-- it hops from tenant to tenant in the index.
CREATE OR REPLACE FUNCTION docmill.busy() RETURNS SETOF text LANGUAGE sql AS $$
    WITH RECURSIVE busy AS (
        (SELECT c.tenant FROM docmill.claims c WHERE c.status = 'open' ORDER BY c.tenant LIMIT 1)
        UNION ALL
        SELECT (SELECT c.tenant FROM docmill.claims c
            WHERE c.status = 'open' AND c.tenant > b.tenant ORDER BY c.tenant LIMIT 1)
        FROM busy b WHERE b.tenant IS NOT NULL
    )
    SELECT tenant FROM busy WHERE tenant IS NOT NULL
$$;

-- The tenant's next message, and what it is expected to cost: as those of its kind have cost the tenant, or everybody.
CREATE OR REPLACE FUNCTION docmill.next_message(p_stages text[], p_tenant text)
RETURNS TABLE (stage text, event uuid, cost double precision) LANGUAGE sql AS $$
    SELECT o.stage, o.event, coalesce(
        (SELECT e.cpu_seconds FROM docmill.expected_costs e WHERE e.stage = o.stage AND e.tenant = p_tenant AND e.kind = o.kind),
        (SELECT e.cpu_seconds FROM docmill.expected_costs e WHERE e.stage = o.stage AND e.tenant = '' AND e.kind = o.kind),
        0.02)
    FROM (
        SELECT oldest.* FROM generate_series(0, 2) AS p (priority)
        CROSS JOIN unnest(p_stages) WITH ORDINALITY AS s (stage, n)
        CROSS JOIN LATERAL (
            SELECT c.stage, c.event, c.kind FROM docmill.claims c
            WHERE c.tenant = p_tenant AND c.stage = s.stage AND c.priority = p.priority AND c.status = 'open'
                AND c.available_at <= clock_timestamp() AND NOT c.suspect
            ORDER BY c.available_at, c.seq LIMIT 1
        ) oldest
        ORDER BY p.priority, s.n LIMIT 1
    ) o
$$;

CREATE OR REPLACE FUNCTION docmill.weight_of(p_tenant text, p_stage text) RETURNS double precision LANGUAGE sql AS $$
    SELECT coalesce((t.stage_weights->>p_stage)::double precision, t.weight) FROM docmill.tenants t WHERE t.id = p_tenant
$$;

-- Correct what was expected by what was measured; the expectation follows slowly. Row after row, in one order for
-- all workers, by the primary keys: a join would be planned for a hundred rows where there are two.
CREATE OR REPLACE FUNCTION docmill.charge(p_lane text, p_costs json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_spent record;
BEGIN
    FOR v_spent IN
        SELECT x.tenant, sum((x.cpu_seconds - x.charged) / docmill.weight_of(x.tenant, x.stage)) AS surplus
        FROM json_to_recordset(p_costs) AS x (stage text, tenant text, cpu_seconds double precision, charged double precision)
        GROUP BY x.tenant ORDER BY x.tenant
    LOOP
        UPDATE docmill.turns s SET virtual_time = s.virtual_time + v_spent.surplus
        WHERE s.lane = p_lane AND s.tenant = v_spent.tenant;
    END LOOP;
    FOR v_spent IN
        SELECT x.stage, whose.tenant, x.kind, avg(x.cpu_seconds) AS mean
        FROM json_to_recordset(p_costs) AS x (stage text, tenant text, kind text, cpu_seconds double precision)
        CROSS JOIN LATERAL (VALUES (''), (x.tenant)) AS whose (tenant)
        GROUP BY x.stage, whose.tenant, x.kind ORDER BY x.stage, whose.tenant, x.kind
    LOOP
        INSERT INTO docmill.expected_costs AS e (stage, tenant, kind, cpu_seconds)
        VALUES (v_spent.stage, v_spent.tenant, v_spent.kind, v_spent.mean)
        ON CONFLICT (stage, tenant, kind) DO UPDATE SET cpu_seconds = 0.8 * e.cpu_seconds + 0.2 * excluded.cpu_seconds;
    END LOOP;
END $$;

-- Extend leases; return those that are still held. A lease that has most of its time left is not written again: each
-- time is a new version of the row, and an entry in each of its indexes. A heartbeat leaves three quarters at the least.
CREATE OR REPLACE FUNCTION docmill.beat(p_claims json, p_lease_s double precision, p_percent int)
RETURNS TABLE (stage text, event uuid) LANGUAGE plpgsql AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    UPDATE docmill.claims c
    SET available_at = now() + make_interval(secs => p_lease_s), percent = coalesce(p_percent, c.percent)
    FROM json_to_recordset(p_claims) AS x (stage text, event uuid, fence bigint, worker text)
    WHERE c.stage = x.stage AND c.event = x.event
        AND c.fence = x.fence AND c.worker = x.worker AND c.status = 'open'
        AND (c.available_at < now() + make_interval(secs => 0.75 * p_lease_s)
            OR c.available_at > now() + make_interval(secs => p_lease_s) OR p_percent IS NOT NULL);
    RETURN QUERY
        SELECT c.stage, c.event
        FROM json_to_recordset(p_claims) AS x (stage text, event uuid, fence bigint, worker text)
        JOIN docmill.claims c ON c.stage = x.stage AND c.event = x.event
            AND c.fence = x.fence AND c.worker = x.worker AND c.status = 'open';
END $$;

-- Open a dead letter again, and its run if the message was what failed it. False when it is not dead, and when its
-- document was erased or its run cancelled meanwhile.
CREATE OR REPLACE FUNCTION docmill.replay(p_tenant text, p_stage text, p_event uuid, p_state text)
RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    v_run uuid;
    v_open boolean;
BEGIN
    UPDATE docmill.claims
    SET status = 'open', attempts = 0, replays = replays + 1, fence = fence + 1, worker = NULL, available_at = now(), ended_at = NULL, code = NULL,
        reason = NULL
    WHERE stage = p_stage AND event = p_event AND tenant = p_tenant AND status = 'dead'
    RETURNING run INTO v_run;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM docmill.enter(p_tenant);
    SELECT NOT r.erased AND r.state <> 'cancelled' INTO v_open FROM runs r WHERE r.tenant = p_tenant AND r.id = v_run FOR UPDATE;
    IF p_state IS NOT NULL AND v_open THEN
        UPDATE runs SET state = p_state, code = NULL, detail = NULL, action = NULL, version = version + 1, updated_at = now()
        WHERE tenant = p_tenant AND id = v_run AND state = 'failed';
    END IF;
    PERFORM docmill.leave();
    IF v_open IS NOT TRUE THEN
        UPDATE docmill.claims SET status = 'done', ended_at = now(), reason = 'there is nothing left to do'
        WHERE stage = p_stage AND event = p_event;
        RETURN false;
    END IF;
    NOTIFY docmill_work;
    RETURN true;
END $$;
