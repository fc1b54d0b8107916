-- Reviewing: the queue, leases, and saving what a person says. Each is one statement to the caller, so one transaction.
-- Times are the database's: the clocks of the API's processes may differ.

CREATE OR REPLACE FUNCTION docmill.leave_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- By the schema of the table and not by the search path: an administrator may have another one.
    IF NEW.newest AND NOT NEW.erased AND NOT OLD.newest THEN
        EXECUTE format('UPDATE %I.reviews SET state = ''open'', ended_at = NULL, outcome = NULL, lease = NULL, lease_until = NULL
            WHERE tenant = $1 AND run = $2 AND kind = ''review'' AND state = ''done'' AND $3 = ''in_review''', TG_TABLE_SCHEMA)
        USING NEW.tenant, NEW.id, NEW.state;
        RETURN NULL;
    END IF;
    EXECUTE format('UPDATE %I.reviews SET state = ''done'', ended_at = now(), lease = NULL, lease_until = NULL, note = NULL, doubts = ''[]'',
            outcome = coalesce(outcome, $3)
        WHERE tenant = $1 AND run = $2 AND state <> ''done''', TG_TABLE_SCHEMA)
    USING NEW.tenant, NEW.id, CASE WHEN NEW.erased THEN 'erased' WHEN NOT NEW.newest THEN 'superseded' ELSE NEW.state END;
    RETURN NULL;
END $$;

-- As the tenant, within `append`. Nobody is asked about a run that its document does not show: a further one has taken
-- its place while this one was being checked.
CREATE OR REPLACE FUNCTION docmill.enter_review(p_tenant text, p_document uuid, p_run uuid, p_review json) RETURNS void
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO reviews (tenant, run, kind, document, state, type_name, batch, uploaded_at, loss, rank, rules, doubts, barred)
    SELECT p_tenant, p_run, x.kind, p_document, 'open', r.type_name, r.batch, r.uploaded_at, x.loss, x.rank, x.rules, x.doubts, x.barred
    FROM json_to_record(p_review) AS x (kind text, loss double precision, rank double precision, rules text[], doubts json, barred text)
    JOIN runs r ON r.tenant = p_tenant AND r.id = p_run AND r.newest
    ON CONFLICT (tenant, run, kind) DO UPDATE SET
        state = 'open', type_name = excluded.type_name, loss = excluded.loss, rank = excluded.rank, rules = excluded.rules,
        doubts = excluded.doubts, barred = excluded.barred, lease = NULL, lease_until = NULL, postponed_until = NULL,
        ended_at = NULL, outcome = NULL;
END $$;

-- Take a document, or the worst that is free; null when there is none. The same person asking again for what he has gets
-- the lease that he has.
CREATE OR REPLACE FUNCTION docmill.take_review(
    p_tenant text, p_document uuid, p_subject text, p_lease uuid, p_lease_s int, p_where json
) RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM docmill.enter(p_tenant);
    IF p_document IS NULL THEN
        SELECT q.run, q.kind, q.document, NULL::uuid AS lease INTO v FROM reviews q
        WHERE q.tenant = p_tenant AND q.state = 'open'
            AND (q.lease_until IS NULL OR q.lease_until <= clock_timestamp())
            AND (q.postponed_until IS NULL OR q.postponed_until <= clock_timestamp())
            AND q.barred IS DISTINCT FROM p_subject
            AND (p_where->>'type' IS NULL OR q.type_name = p_where->>'type')
            AND (p_where->>'batch' IS NULL OR q.batch = p_where->>'batch')
            AND (p_where->>'kind' IS NULL OR q.kind = p_where->>'kind')
            AND (p_where->>'blocker' IS NULL OR p_where->>'blocker' = ANY (q.rules))
        ORDER BY q.rank DESC, q.document DESC LIMIT 1 FOR UPDATE SKIP LOCKED;
        IF NOT FOUND THEN
            RETURN NULL;
        END IF;
    ELSE
        v := docmill.open_review(p_tenant, p_document);
        IF v.lease_until > clock_timestamp() AND v.lease_holder <> p_subject THEN
            RAISE EXCEPTION 'somebody else has it in hand' USING ERRCODE = 'DM040';
        ELSIF v.barred = p_subject THEN
            RAISE EXCEPTION 'another person has to look at it now' USING ERRCODE = 'DM041';
        END IF;
    END IF;
    UPDATE reviews q SET
        lease = CASE WHEN v.lease IS NOT NULL AND q.lease_holder = p_subject AND q.lease_until > clock_timestamp() THEN q.lease ELSE p_lease END,
        leased_at = CASE WHEN v.lease IS NOT NULL AND q.lease_holder = p_subject AND q.lease_until > clock_timestamp() THEN q.leased_at ELSE clock_timestamp() END,
        lease_holder = p_subject, lease_until = clock_timestamp() + make_interval(secs => p_lease_s)
    WHERE q.tenant = p_tenant AND q.run = v.run AND q.kind = v.kind;
    PERFORM docmill.leave();
    RETURN v.document;
END $$;

-- The open row of a document, locked. As the tenant.
CREATE OR REPLACE FUNCTION docmill.open_review(
    p_tenant text, p_document uuid, OUT run uuid, OUT kind text, OUT document uuid, OUT lease uuid, OUT lease_holder text,
    OUT lease_until timestamptz, OUT leased_at timestamptz, OUT barred text, OUT type_name text, OUT run_number int
) LANGUAGE plpgsql AS $$
DECLARE
    v_erased_at timestamptz;
BEGIN
    SELECT d.erased_at INTO v_erased_at FROM documents d WHERE d.tenant = p_tenant AND d.id = p_document;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such document' USING ERRCODE = 'DM004';
    ELSIF v_erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    END IF;
    SELECT q.run, q.kind, q.document, q.lease, q.lease_holder, q.lease_until, q.leased_at, q.barred, q.type_name, r.number
    INTO run, kind, document, lease, lease_holder, lease_until, leased_at, barred, type_name, run_number
    FROM reviews q JOIN runs r ON r.tenant = q.tenant AND r.id = q.run AND r.newest
    WHERE q.tenant = p_tenant AND q.document = p_document AND q.state = 'open' FOR UPDATE OF q;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'nobody is asked about the document' USING ERRCODE = 'DM003';
    END IF;
END $$;

-- Extend a lease (p_lease_s) or give it back (null). One that has run out and that nobody has taken since is still good.
CREATE OR REPLACE FUNCTION docmill.keep_review(p_tenant text, p_document uuid, p_subject text, p_lease uuid, p_lease_s int)
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v record;
BEGIN
    PERFORM docmill.enter(p_tenant);
    v := docmill.open_review(p_tenant, p_document);
    IF v.lease IS DISTINCT FROM p_lease OR v.lease_holder <> p_subject THEN
        RAISE EXCEPTION 'the lease is not, or no more, the one that holds' USING ERRCODE = 'DM040';
    END IF;
    UPDATE reviews q SET
        lease = CASE WHEN p_lease_s IS NULL THEN NULL ELSE q.lease END,
        lease_until = CASE WHEN p_lease_s IS NULL THEN NULL ELSE clock_timestamp() + make_interval(secs => p_lease_s) END
    WHERE q.tenant = p_tenant AND q.run = v.run AND q.kind = v.kind;
    PERFORM docmill.leave();
END $$;

-- Save what a person says: the fence of his lease, the run's version, result, corrections and events, all or nothing.
-- `p_save.then`: checking (validate again), open (put off, or being read again), done. `p_next` begins a further run
-- of an archived document with the corrected result, `p_again` one that reads the file again as another type.
CREATE OR REPLACE FUNCTION docmill.save_review(
    p_tenant text, p_save json, p_change json, p_result json, p_values json, p_next json, p_again json, p_corrections json,
    p_events json, p_key_hours int
) RETURNS json LANGUAGE plpgsql AS $$
DECLARE
    v record;
    v_before record;
    v_document uuid := (p_save->>'document')::uuid;
    v_key text := p_save->>'key';
BEGIN
    PERFORM docmill.enter(p_tenant);
    IF v_key IS NOT NULL THEN
        -- Two requests of one key at a time: the other waits for what becomes of the first.
        PERFORM pg_advisory_xact_lock(hashtextextended(p_tenant || v_key, 40));
        UPDATE review_saves s SET key = NULL
        WHERE s.tenant = p_tenant AND s.key = v_key AND s.time < now() - make_interval(hours => p_key_hours);
        SELECT s.request_hash, s.answer INTO v_before FROM review_saves s WHERE s.tenant = p_tenant AND s.key = v_key;
        IF FOUND AND v_before.request_hash <> p_save->>'request_hash' THEN
            RAISE EXCEPTION 'the key was used for another request' USING ERRCODE = 'DM005';
        ELSIF FOUND THEN
            RETURN v_before.answer;
        END IF;
    END IF;
    -- The run before its place in the queue, as everywhere: what ends a run ends that after it.
    PERFORM FROM runs r WHERE r.tenant = p_tenant AND r.id = (p_save->>'run')::uuid FOR NO KEY UPDATE;
    v := docmill.open_review(p_tenant, v_document);
    IF v.lease IS DISTINCT FROM (p_save->>'lease')::uuid OR v.lease_holder <> p_save->>'subject' OR v.run <> (p_save->>'run')::uuid THEN
        RAISE EXCEPTION 'the lease is not, or no more, the one that holds' USING ERRCODE = 'DM040';
    END IF;
    INSERT INTO review_saves (tenant, id, document, run, run_number, kind, type_name, subject, time, handling_s, outcome, key, request_hash, answer)
    SELECT p_tenant, x.id, v_document, v.run, v.run_number, v.kind, v.type_name, x.subject, x.time,
        extract(epoch FROM clock_timestamp() - v.leased_at), x.outcome, x.key, x.request_hash, p_save->'answer'
    FROM json_to_record(p_save) AS x (id uuid, subject text, time timestamptz, outcome text, key text, request_hash text);
    INSERT INTO corrections (tenant, save, ordinal, document, operation, path, field, outcome, before, after, page, box, raw_text, evidence, reason)
    SELECT p_tenant, (p_save->>'id')::uuid, x.ordinal, v_document, x.operation, x.path, x.field, x.outcome, x.before, x.after, x.page,
        x.box, x.raw_text, x.evidence, x.reason
    FROM json_to_recordset(p_corrections) AS x (
        ordinal int, operation text, path text, field text, outcome text, before json, after json, page int,
        box double precision[], raw_text text, evidence text, reason text);
    UPDATE reviews q SET
        state = p_save->>'then', outcome = CASE WHEN p_save->>'then' = 'done' THEN p_save->>'outcome' END,
        ended_at = CASE WHEN p_save->>'then' = 'done' THEN clock_timestamp() END,
        lease = NULL, lease_until = NULL, postponed_until = (p_save->>'until')::timestamptz, note = p_save->>'note'
    WHERE q.tenant = p_tenant AND q.run = v.run AND q.kind = v.kind;
    IF p_next IS NOT NULL THEN
        PERFORM docmill.next_run(p_tenant, v_document, p_next);
    END IF;
    IF p_change IS NOT NULL THEN
        PERFORM docmill.save_run(p_tenant, v_document, p_change, p_result, p_values);
    ELSE
        PERFORM FROM runs r WHERE r.tenant = p_tenant AND r.id = v.run AND r.version = (p_save->>'version')::int;
        IF NOT FOUND THEN
            RAISE EXCEPTION 'the run is at another version' USING ERRCODE = 'DM002';
        END IF;
    END IF;
    PERFORM docmill.leave();
    IF p_again IS NOT NULL THEN
        PERFORM docmill.reprocess(p_tenant, v_document, p_again->'run', ARRAY(SELECT json_array_elements_text(p_again->'ended')), NULL, '', 0, p_events);
    ELSE
        PERFORM docmill.record(p_events, false, 0::smallint);
    END IF;
    RETURN p_save->'answer';
END $$;

-- A further run of an archived document, which it shows from now on; the one before stays as it was. As the tenant.
CREATE OR REPLACE FUNCTION docmill.next_run(p_tenant text, p_document uuid, p_next json) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v runs;
BEGIN
    UPDATE runs r SET newest = false, values_hash = NULL
    WHERE r.tenant = p_tenant AND r.id = (p_next->>'before')::uuid AND r.document = p_document AND r.newest AND NOT r.erased
        AND r.state = 'archived' AND r.version = (p_next->>'version')::int
    RETURNING * INTO v;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'the document shows another run' USING ERRCODE = 'DM002';
    END IF;
    INSERT INTO runs (tenant, id, document, number, newest, uploaded_at, batch, state, version, type_name, type_version, pages,
        reading_sha256, reading_size_bytes, usage_pages, created_at, updated_at)
    VALUES (p_tenant, (p_next->>'run')::uuid, p_document, (p_next->>'number')::int, true, v.uploaded_at, v.batch, 'in_review', 1,
        v.type_name, v.type_version, v.pages, v.reading_sha256, v.reading_size_bytes, 0, now(), now());
EXCEPTION WHEN unique_violation THEN
    RAISE EXCEPTION 'the document has a newer run' USING ERRCODE = 'DM002';
END $$;

-- A new version of the settings, if the newest is the one that was expected (null: whichever it is); else null.
CREATE OR REPLACE FUNCTION docmill.put_review_settings(p_tenant text, p_types json, p_secret text, p_expected int) RETURNS int
LANGUAGE plpgsql AS $$
DECLARE
    v_version int;
BEGIN
    PERFORM docmill.enter(p_tenant);
    INSERT INTO review_settings AS s (tenant, version, types, secret)
    SELECT p_tenant, 1, p_types, p_secret WHERE p_expected IS NULL OR p_expected = 0
        OR EXISTS (SELECT FROM review_settings o WHERE o.tenant = p_tenant)
    ON CONFLICT (tenant) DO UPDATE SET version = s.version + 1, types = p_types
    WHERE p_expected IS NULL OR s.version = p_expected
    RETURNING s.version INTO v_version;
    PERFORM docmill.leave();
    RETURN v_version;
END $$;
