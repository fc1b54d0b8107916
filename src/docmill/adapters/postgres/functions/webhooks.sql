-- Endpoints and their deliveries. Whoever adds deliveries to an endpoint or ends one holds the endpoint's row: between
-- the two nobody could miss that a delivery has become the first of its subject.

CREATE OR REPLACE FUNCTION docmill.create_webhook(
    p_id uuid, p_tenant text, p_url text, p_types text[], p_description text, p_enabled boolean, p_seal text, p_sealed bytea,
    p_most int
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_advisory_xact_lock(hashtextextended('docmill.webhooks.' || p_tenant, 0));
    IF (SELECT count(*) FROM docmill.webhooks WHERE tenant = p_tenant) >= p_most THEN
        RETURN false;
    END IF;
    INSERT INTO docmill.webhooks (id, tenant, url, types, description, enabled)
    VALUES (p_id, p_tenant, p_url, p_types, p_description, p_enabled);
    INSERT INTO docmill.webhook_secrets (tenant, webhook, seal, sealed) VALUES (p_tenant, p_id, p_seal, p_sealed);
    RETURN true;
END $$;

-- Change what `p_change` names. Enabling makes what has waited due at once, with all its tries anew.
CREATE OR REPLACE FUNCTION docmill.change_webhook(p_tenant text, p_webhook uuid, p_expected int, p_change json)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_before record;
BEGIN
    SELECT w.version, w.enabled INTO v_before FROM docmill.webhooks w
    WHERE w.tenant = p_tenant AND w.id = p_webhook FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such webhook' USING ERRCODE = 'DM004';
    ELSIF v_before.version <> coalesce(p_expected, v_before.version) THEN
        RAISE EXCEPTION 'the webhook is at version %, not at %', v_before.version, p_expected USING ERRCODE = 'DM002';
    END IF;
    UPDATE docmill.webhooks w SET
        url = coalesce(p_change->>'url', w.url),
        types = CASE WHEN p_change->'types' IS NULL THEN w.types
            ELSE ARRAY(SELECT json_array_elements_text(p_change->'types')) END,
        description = coalesce(p_change->>'description', w.description),
        enabled = coalesce((p_change->>'enabled')::boolean, w.enabled),
        note = CASE WHEN (p_change->>'enabled')::boolean THEN '' ELSE w.note END,
        failing_since = CASE WHEN p_change->>'url' IS NOT NULL OR (p_change->>'enabled')::boolean THEN NULL ELSE w.failing_since END,
        version = w.version + 1, updated_at = now()
    WHERE w.id = p_webhook;
    IF NOT v_before.enabled AND (p_change->>'enabled')::boolean THEN
        UPDATE docmill.deliveries d
        SET tries = 0, first_tried_at = NULL, due_at = CASE WHEN d.due_at IS NULL THEN NULL ELSE now() END
        WHERE d.webhook = p_webhook AND d.status = 'pending' AND d.worker IS NULL;
    END IF;
END $$;

CREATE OR REPLACE FUNCTION docmill.delete_webhook(p_tenant text, p_webhook uuid, p_expected int)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_version int;
BEGIN
    SELECT w.version INTO v_version FROM docmill.webhooks w WHERE w.tenant = p_tenant AND w.id = p_webhook FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such webhook' USING ERRCODE = 'DM004';
    ELSIF v_version <> coalesce(p_expected, v_version) THEN
        RAISE EXCEPTION 'the webhook is at version %, not at %', v_version, p_expected USING ERRCODE = 'DM002';
    END IF;
    DELETE FROM docmill.webhooks w WHERE w.id = p_webhook;
END $$;

-- Write the letters to every endpoint that takes them, each once, however often it is told.
CREATE OR REPLACE FUNCTION docmill.put_letters(p_letters json) RETURNS int
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_count int;
BEGIN
    PERFORM FROM docmill.webhooks w
    WHERE w.tenant IN (SELECT tenant FROM json_to_recordset(p_letters) AS l (tenant text)) ORDER BY w.id FOR UPDATE;
    WITH told AS (
        SELECT * FROM json_to_recordset(p_letters) AS l (
            event uuid, tenant text, type text, subject uuid, document uuid, position bigint, ordinal smallint,
            body text, endpoint uuid)
    ), fresh AS (
        SELECT w.id AS webhook, told.*,
            row_number() OVER (PARTITION BY w.id, told.subject ORDER BY told.position, told.ordinal) AS place
        FROM told JOIN docmill.webhooks w ON w.tenant = told.tenant
        WHERE CASE WHEN told.endpoint IS NULL THEN cardinality(w.types) = 0 OR told.type = ANY (w.types) ELSE told.endpoint = w.id END
            AND NOT EXISTS (SELECT FROM docmill.deliveries d WHERE d.webhook = w.id AND d.event = told.event)
    )
    INSERT INTO docmill.deliveries (id, tenant, webhook, event, type, subject, document, position, ordinal, body, due_at)
    SELECT gen_random_uuid(), f.tenant, f.webhook, f.event, f.type, f.subject, f.document, f.position, f.ordinal, f.body,
        CASE WHEN f.place = 1 AND NOT EXISTS (
            SELECT FROM docmill.deliveries d
            WHERE d.webhook = f.webhook AND d.subject = f.subject AND d.status = 'pending' AND d.due_at IS NOT NULL
        ) THEN now() END
    FROM fresh f;
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;

-- What came of the journal's rows from `p_from` to `p_to`, and the bookmark, together. False when another process has
-- read them before: nothing is written then.
CREATE OR REPLACE FUNCTION docmill.follow_journal(
    p_from bigint, p_to bigint, p_letters json, p_batches json, p_check_s double precision
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    UPDATE docmill.followers SET position = p_to WHERE name = 'webhooks' AND position = p_from;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    PERFORM docmill.put_letters(p_letters);
    INSERT INTO docmill.batch_watches (tenant, batch, position, ended_at, due_at)
    SELECT b.tenant, b.batch, b.position, now(), now() + make_interval(secs => p_check_s)
    FROM json_to_recordset(p_batches) AS b (tenant text, batch text, position bigint)
    ON CONFLICT (tenant, batch) DO UPDATE SET
        position = excluded.position, ended_at = excluded.ended_at, due_at = excluded.due_at;
    RETURN true;
END $$;

-- Answer the watch of a batch: with the letter that it is complete (`p_letter`), or to look again (`p_due_s`), or not
-- at all until another document ends. Nothing is done when one has ended meanwhile.
CREATE OR REPLACE FUNCTION docmill.settle_batch(
    p_tenant text, p_batch text, p_position bigint, p_letter json, p_due_s double precision
) RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    IF p_due_s IS NOT NULL THEN
        UPDATE docmill.batch_watches b SET due_at = b.ended_at + make_interval(secs => p_due_s)
        WHERE b.tenant = p_tenant AND b.batch = p_batch AND b.position = p_position;
        RETURN FOUND;
    END IF;
    DELETE FROM docmill.batch_watches b WHERE b.tenant = p_tenant AND b.batch = p_batch AND b.position = p_position;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    IF p_letter IS NOT NULL THEN
        PERFORM docmill.put_letters(p_letter);
        PERFORM docmill.enter(p_tenant);
        INSERT INTO batches AS b (tenant, id, created_at, completed_at) VALUES (p_tenant, p_batch, now(), now())
        ON CONFLICT (tenant, id) DO UPDATE SET completed_at = coalesce(b.completed_at, now());
        PERFORM docmill.leave();
    END IF;
    RETURN true;
END $$;

-- What ends no document, a file that is refused at the door or the batch's own cancellation, may complete it as well.
CREATE OR REPLACE FUNCTION docmill.watch_batch(p_tenant text, p_batch text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO docmill.batch_watches AS b (tenant, batch, position, ended_at, due_at)
    SELECT p_tenant, p_batch, s.last, now(), now() FROM docmill.sequencer s
    WHERE EXISTS (SELECT FROM docmill.webhooks w WHERE w.tenant = p_tenant)
    ON CONFLICT (tenant, batch) DO UPDATE SET ended_at = excluded.ended_at, due_at = excluded.due_at,
        position = greatest(b.position, excluded.position);
END $$;

-- Hand out what is due. First everybody's first, then everybody's second …: `p_each` of an endpoint, `p_tenant` of a
-- tenant, `p_failing` to endpoints that failed last time, all with what this process (`p_busy`) has in hand already.
CREATE OR REPLACE FUNCTION docmill.lease_deliveries(
    p_worker text, p_most int, p_each int, p_tenant int, p_failing int, p_busy json, p_lease_s double precision,
    p_overlap_s double precision
) RETURNS TABLE (
    id uuid, tenant text, webhook uuid, event uuid, url text, body text, secrets bytea[], fence bigint, tries int,
    first_tried_at timestamptz
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM docmill.deliveries d WHERE d.status = 'pending' AND d.due_at <= now()) THEN
        RETURN;
    END IF;
    PERFORM set_config('synchronous_commit', 'off', true);
    RETURN QUERY
    WITH RECURSIVE hooks (webhook) AS (
        (SELECT d.webhook FROM docmill.deliveries d WHERE d.status = 'pending' AND d.due_at IS NOT NULL
            ORDER BY d.webhook LIMIT 1)
        UNION ALL
        SELECT (SELECT d.webhook FROM docmill.deliveries d
            WHERE d.status = 'pending' AND d.due_at IS NOT NULL AND d.webhook > h.webhook ORDER BY d.webhook LIMIT 1)
        FROM hooks h WHERE h.webhook IS NOT NULL
    ), busy AS (
        SELECT w.id, w.tenant, w.failing_since IS NOT NULL AS failing, b.value::int AS sends
        FROM json_each_text(p_busy) b JOIN docmill.webhooks w ON w.id = b.key::uuid
    ), room AS (
        SELECT w.id, w.tenant, w.failing_since IS NOT NULL AS failing, coalesce(b.sends, 0) AS sends
        FROM hooks h JOIN docmill.webhooks w ON w.id = h.webhook LEFT JOIN busy b ON b.id = w.id
        WHERE w.enabled
    ), due AS (
        SELECT r.tenant, r.failing, d.id, d.due_at,
            r.sends + row_number() OVER (PARTITION BY r.id ORDER BY d.due_at, d.position) AS place
        FROM room r CROSS JOIN LATERAL (
            SELECT o.id, o.due_at, o.position FROM docmill.deliveries o
            WHERE o.webhook = r.id AND o.status = 'pending' AND o.due_at <= now()
            ORDER BY o.due_at LIMIT greatest(CASE WHEN r.failing THEN 1 ELSE p_each END - r.sends, 0)
        ) d
    ), turns AS (
        SELECT due.id, due.failing, due.due_at,
            coalesce((SELECT sum(b.sends) FROM busy b WHERE b.tenant = due.tenant), 0)
                + row_number() OVER (PARTITION BY due.tenant ORDER BY due.place, due.due_at, due.id) AS turn,
            coalesce((SELECT sum(b.sends) FROM busy b WHERE b.failing), 0)
                + row_number() OVER (PARTITION BY due.failing ORDER BY due.place, due.due_at, due.id) AS failing_turn
        FROM due
    ), chosen AS (
        SELECT t.id FROM turns t
        WHERE t.turn <= p_tenant AND (NOT t.failing OR t.failing_turn <= p_failing)
        ORDER BY t.turn, t.due_at LIMIT p_most
    ), taken AS (
        UPDATE docmill.deliveries d
        SET due_at = now() + make_interval(secs => p_lease_s), worker = p_worker, fence = d.fence + 1
        FROM chosen WHERE d.id = chosen.id AND d.status = 'pending' AND d.due_at <= now()
        RETURNING d.*
    )
    SELECT t.id, t.tenant, t.webhook, t.event, w.url, t.body, docmill.signing_secrets(t.webhook, p_overlap_s), t.fence, t.tries,
        t.first_tried_at
    FROM taken t JOIN docmill.webhooks w ON w.id = t.webhook ORDER BY t.position, t.ordinal;
END $$;

-- The newest secret, and those that were replaced less than `p_overlap_s` ago.
CREATE OR REPLACE FUNCTION docmill.signing_secrets(p_webhook uuid, p_overlap_s double precision) RETURNS bytea[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(s.sealed ORDER BY s.seq DESC) FROM (
        SELECT w.sealed, w.seq, lag(w.created_at) OVER (ORDER BY w.seq DESC) AS replaced_at
        FROM docmill.webhook_secrets w WHERE w.webhook = p_webhook
    ) s WHERE s.replaced_at IS NULL OR s.replaced_at > now() - make_interval(secs => p_overlap_s)
$$;

-- Write down how a try went; what ends makes room for the next of its subject. False for a late holder.
CREATE OR REPLACE FUNCTION docmill.finish_delivery(
    p_id uuid, p_fence bigint, p_status text, p_wait_s double precision, p_attempt json, p_note text, p_failing_days int
) RETURNS boolean LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_webhook docmill.webhooks;
    v_ended record;
BEGIN
    SELECT w.* INTO v_webhook FROM docmill.deliveries d JOIN docmill.webhooks w ON w.id = d.webhook
    WHERE d.id = p_id FOR UPDATE OF w;
    UPDATE docmill.deliveries d SET
        status = p_status, worker = NULL, attempts = d.attempts + 1, tries = d.tries + 1,
        due_at = CASE WHEN p_status = 'pending' THEN now() + make_interval(secs => p_wait_s) END,
        first_tried_at = coalesce(d.first_tried_at, (p_attempt->>'at')::timestamptz),
        ended_at = CASE WHEN p_status <> 'pending' THEN now() END
    WHERE d.id = p_id AND d.fence = p_fence AND d.status = 'pending'
    RETURNING d.subject, d.tenant, d.attempts INTO v_ended;
    IF NOT FOUND THEN
        RETURN false;
    END IF;
    INSERT INTO docmill.delivery_attempts (delivery, number, tenant, at, duration_ms, http_status, code)
    VALUES (p_id, v_ended.attempts, v_ended.tenant, (p_attempt->>'at')::timestamptz, (p_attempt->>'duration_ms')::int,
        (p_attempt->>'http_status')::int, p_attempt->>'code');
    IF p_status <> 'pending' THEN
        PERFORM docmill.wake_next(v_webhook.id, v_ended.subject);
    END IF;
    IF p_status = 'delivered' THEN
        -- It is back: what waits for its next try needs to wait no longer. A receiver that fails now and then is not
        -- asked for everything again after each success.
        UPDATE docmill.deliveries d SET due_at = now()
        WHERE d.webhook = v_webhook.id AND d.status = 'pending' AND d.due_at > now() AND d.worker IS NULL
            AND v_webhook.failing_since < now() - interval '1 minute';
        UPDATE docmill.webhooks w SET failing_since = NULL WHERE w.id = v_webhook.id AND w.failing_since IS NOT NULL;
    ELSIF p_note <> '' OR v_webhook.failing_since < now() - make_interval(days => p_failing_days) THEN
        UPDATE docmill.webhooks w SET enabled = false, version = w.version + 1, updated_at = now(),
            note = CASE WHEN p_note <> '' THEN p_note ELSE format('No delivery succeeded for %s days.', p_failing_days) END
        WHERE w.id = v_webhook.id AND w.enabled;
    ELSE
        UPDATE docmill.webhooks w SET failing_since = now() WHERE w.id = v_webhook.id AND w.failing_since IS NULL;
    END IF;
    RETURN true;
END $$;

-- The caller holds the endpoint's row.
CREATE OR REPLACE FUNCTION docmill.wake_next(p_webhook uuid, p_subject uuid) RETURNS void
LANGUAGE sql SET enable_seqscan = off AS $$
    UPDATE docmill.deliveries d SET due_at = now()
    WHERE d.due_at IS NULL AND d.id = (
        SELECT o.id FROM docmill.deliveries o WHERE o.webhook = p_webhook AND o.subject = p_subject AND o.status = 'pending'
        ORDER BY o.due_at IS NULL, o.position, o.ordinal LIMIT 1)
$$;

-- Bring back what has ended: one delivery, or those of the time from `p_since` on. Each waits for the one before it.
CREATE OR REPLACE FUNCTION docmill.replay_deliveries(
    p_tenant text, p_webhook uuid, p_delivery uuid, p_since timestamptz, p_most int
) RETURNS int LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_subjects uuid[];
    v_count int;
BEGIN
    PERFORM FROM docmill.webhooks w WHERE w.tenant = p_tenant AND w.id = p_webhook FOR UPDATE;
    IF NOT FOUND OR (p_delivery IS NOT NULL AND NOT EXISTS (
        SELECT FROM docmill.deliveries d WHERE d.tenant = p_tenant AND d.webhook = p_webhook AND d.id = p_delivery
    )) THEN
        RAISE EXCEPTION 'there is no such webhook or delivery' USING ERRCODE = 'DM004';
    END IF;
    WITH chosen AS (
        SELECT d.id FROM docmill.deliveries d
        WHERE d.webhook = p_webhook AND d.status <> 'pending'
            AND (d.id = p_delivery OR (p_delivery IS NULL AND d.created_at >= p_since))
        ORDER BY d.created_at, d.position, d.ordinal LIMIT p_most
    ), back AS (
        UPDATE docmill.deliveries d
        SET status = 'pending', due_at = NULL, worker = NULL, tries = 0, first_tried_at = NULL, ended_at = NULL
        FROM chosen WHERE d.id = chosen.id RETURNING d.subject
    )
    SELECT array_agg(DISTINCT back.subject), count(*) INTO v_subjects, v_count FROM back;
    PERFORM docmill.wake_next(p_webhook, s) FROM unnest(v_subjects) AS s;
    RETURN v_count;
END $$;

-- Delete what is older than the log goes back; what still waits is given up first.
CREATE OR REPLACE FUNCTION docmill.forget_deliveries(p_days int, p_most int) RETURNS int
LANGUAGE plpgsql SET enable_seqscan = off AS $$
DECLARE
    v_count int;
    v_waiting record;
BEGIN
    FOR v_waiting IN
        SELECT d.id, d.webhook, d.subject, d.tenant FROM docmill.deliveries d
        WHERE d.created_at < now() - make_interval(days => p_days) AND d.status = 'pending' AND d.worker IS NULL
        ORDER BY d.webhook, d.created_at LIMIT p_most
    LOOP
        PERFORM FROM docmill.webhooks w WHERE w.id = v_waiting.webhook FOR UPDATE;
        UPDATE docmill.deliveries d SET status = 'given_up', due_at = NULL, ended_at = now()
        WHERE d.id = v_waiting.id AND d.status = 'pending' AND d.worker IS NULL;
        PERFORM docmill.wake_next(v_waiting.webhook, v_waiting.subject);
    END LOOP;
    DELETE FROM docmill.deliveries d WHERE d.id IN (
        SELECT o.id FROM docmill.deliveries o
        WHERE o.created_at < now() - make_interval(days => p_days) AND o.status <> 'pending'
        ORDER BY o.created_at LIMIT p_most);
    GET DIAGNOSTICS v_count = ROW_COUNT;
    RETURN v_count;
END $$;
