-- Messages that were in the hands of a worker that died. One of them killed it and the others did nothing, and nobody
-- can tell which: each is tried again alone. The guilty one is found by its own deaths, the innocent lose one try.

-- Add a try to those that are known, and keep the newest ten.
CREATE OR REPLACE FUNCTION docmill.tried(p_tries jsonb, p_try jsonb) RETURNS jsonb LANGUAGE sql IMMUTABLE AS $$
    SELECT CASE WHEN jsonb_array_length(coalesce(p_tries, '[]')) >= 10 THEN p_tries - 0 ELSE coalesce(p_tries, '[]') END || p_try
$$;

-- A try that ended without an answer.
CREATE OR REPLACE FUNCTION docmill.died(p_tries jsonb, p_attempt int, p_worker text) RETURNS jsonb LANGUAGE sql AS $$
    SELECT docmill.tried(p_tries, jsonb_build_object(
        'attempt', p_attempt, 'time', now(), 'worker', split_part(p_worker, '@', 1), 'code', 'internal_error',
        'reason', 'its worker died, or gave no sign of life until the lease ended', 'lines', jsonb_build_array()))
$$;

-- The worker has died: what it held may be taken again, alone. Not `counted`: it was told to stop, and gives back.
CREATE OR REPLACE FUNCTION docmill.forsake(p_worker text, p_counted boolean) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    UPDATE docmill.claims SET available_at = now(), worker = NULL, percent = NULL, attempts = attempts - (NOT p_counted)::int,
        suspect = suspect OR p_counted, tries = CASE WHEN p_counted THEN docmill.died(tries, attempts, worker) ELSE tries END
    WHERE status = 'open' AND worker = p_worker;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_count > 0 THEN
        NOTIFY docmill_work;
    END IF;
    RETURN v_count;
END $$;

-- What a worker may be given now: 'anything', 'ordinary' work (a suspect waits, and is for whoever finds nothing else),
-- a 'suspect' (one waits for long, and the worker's hands are empty) or 'nothing' (it holds one, or has to empty its hands).
-- What it does not know that it holds, since the answer was lost on its way, is in its hands until the lease ends.
CREATE OR REPLACE FUNCTION docmill.may_take(p_stages text[], p_worker text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    v_patience constant interval := '30 seconds';  -- SUSPECT_PATIENCE_S
    v_overdue boolean;
BEGIN
    IF NOT EXISTS (SELECT FROM docmill.claims c WHERE c.status = 'open' AND c.suspect) THEN
        RETURN 'anything';
    ELSIF EXISTS (SELECT FROM docmill.claims c
        WHERE c.status = 'open' AND c.suspect AND c.worker = p_worker AND c.available_at > clock_timestamp()) THEN
        RETURN 'nothing';
    END IF;
    -- Each further death makes it more likely that this is the guilty one, and costs the others a worker for a second.
    SELECT EXISTS (SELECT FROM docmill.claims c WHERE c.status = 'open' AND c.suspect AND c.stage = ANY (p_stages)
        AND c.available_at <= now() - v_patience * power(3, greatest(c.attempts - 1, 0))) INTO v_overdue;
    IF NOT v_overdue THEN
        RETURN 'ordinary';
    ELSIF EXISTS (SELECT FROM docmill.claims c
        WHERE c.status = 'open' AND c.worker = p_worker AND c.available_at > clock_timestamp()) THEN
        RETURN 'nothing';
    END IF;
    RETURN 'suspect';
END $$;

-- The suspect with the fewest tries, for a worker whose hands are empty; null when there is none.
CREATE OR REPLACE FUNCTION docmill.take_suspect(
    p_stages text[], p_worker text, p_lease_s double precision, OUT stage text, OUT event uuid
) LANGUAGE plpgsql AS $$
BEGIN
    IF EXISTS (SELECT FROM docmill.claims c
        WHERE c.status = 'open' AND c.worker = p_worker AND c.available_at > clock_timestamp()) THEN
        RETURN;
    END IF;
    -- First choose, then take: a choice within the UPDATE is made again for each row that a plan may try.
    SELECT o.stage, o.event INTO take_suspect.stage, take_suspect.event FROM docmill.claims o
    WHERE o.status = 'open' AND o.suspect AND o.stage = ANY (p_stages) AND o.available_at <= clock_timestamp()
    ORDER BY o.attempts, o.available_at, o.seq LIMIT 1 FOR UPDATE SKIP LOCKED;
    UPDATE docmill.claims c
    SET fence = c.fence + 1, attempts = c.attempts + 1, worker = p_worker, percent = NULL, charged = 0,
        available_at = clock_timestamp() + make_interval(secs => p_lease_s),
        -- Still somebody's: the lease has ended while it was worked on.
        tries = CASE WHEN c.worker IS NULL THEN c.tries ELSE docmill.died(c.tries, c.attempts, c.worker) END
    WHERE c.stage = take_suspect.stage AND c.event = take_suspect.event;
END $$;

-- A lease has ended and nobody said why: the message becomes a suspect instead of being handed out among others.
CREATE OR REPLACE FUNCTION docmill.suspect(p_stage text, p_event uuid) RETURNS void LANGUAGE sql AS $$
    UPDATE docmill.claims c SET suspect = true, worker = NULL, percent = NULL, tries = docmill.died(c.tries, c.attempts, c.worker)
    WHERE c.stage = p_stage AND c.event = p_event AND c.status = 'open' AND c.worker IS NOT NULL AND c.available_at <= clock_timestamp()
$$;

-- A clock that was set back leaves messages waiting for a time that comes hours later. None waits longer than a
-- backoff or a lease, so whatever is due later than that is due now; a holder that lives beats again.
CREATE OR REPLACE FUNCTION docmill.unstick(p_longest_s double precision) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    UPDATE docmill.claims c
    SET available_at = CASE WHEN c.worker IS NULL THEN now() ELSE now() + make_interval(secs => p_longest_s) END
    WHERE c.status = 'open' AND c.available_at > now() + make_interval(secs => p_longest_s);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    IF v_count > 0 THEN
        NOTIFY docmill_work;
    END IF;
    RETURN v_count + docmill.unstick_deliveries(p_longest_s);
END $$;

-- A delivery may have to wait for hours, but not before its first try, nor in somebody's hands, nor after a try that
-- is still to come.
CREATE OR REPLACE FUNCTION docmill.unstick_deliveries(p_longest_s double precision) RETURNS int LANGUAGE plpgsql AS $$
DECLARE
    v_count int;
BEGIN
    UPDATE docmill.deliveries d
    SET due_at = CASE WHEN d.worker IS NULL THEN now() ELSE now() + make_interval(secs => p_longest_s) END
    WHERE d.status = 'pending' AND d.due_at > now() + make_interval(secs => p_longest_s)
        AND (d.worker IS NOT NULL OR d.tries = 0
            OR EXISTS (SELECT FROM docmill.delivery_attempts a WHERE a.delivery = d.id AND a.at > now()));
    GET DIAGNOSTICS v_count = ROW_COUNT;
    UPDATE docmill.batch_watches b SET ended_at = now(), due_at = now()
    WHERE b.ended_at > now() + make_interval(secs => p_longest_s);
    RETURN v_count;
END $$;
