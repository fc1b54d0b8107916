-- name: check_stuck_run
-- Every change closes one claim and opens the next in one transaction, so no moment has a run without either.
SELECT r.document, 'the run is ' || r.state || ', and no message of ' || s.stage || ' will move it on' AS detail,
    json_build_object('run', r.id, 'stage', s.stage) AS key
FROM runs r JOIN json_each_text(%(stage_of)s::json) AS s (state, stage) ON s.state = r.state
WHERE r.tenant = %(tenant)s AND NOT r.erased AND NOT EXISTS (
    SELECT FROM docmill.claims c
    WHERE c.document = r.document AND c.run = r.id AND c.stage = s.stage AND c.status IN ('open', 'dead'))
LIMIT %(most)s;

-- name: mend_stuck_run
SELECT docmill.reopen(%(tenant)s, %(stage)s, %(document)s, %(run)s, %(types)s) AS mended;

-- name: check_event_without_claim
-- Claims of runs that have ended are forgotten after some days, so only younger events must have theirs.
SELECT r.document, j.type || ' has no message for ' || s.stage AS detail,
    json_build_object('event', j.id, 'stage', s.stage) AS key
FROM runs r JOIN docmill.journal j ON j.document = r.document AND j.run = r.id
JOIN json_to_recordset(%(subscriptions)s::json) AS s (type text, stage text) ON s.type = j.type
WHERE r.tenant = %(tenant)s AND NOT r.erased AND r.state <> 'cancelled'
    AND (j.recorded_at > now() - make_interval(days => %(days)s - 1) OR r.state <> ALL (%(ends)s))
    AND NOT EXISTS (SELECT FROM docmill.claims c WHERE c.stage = s.stage AND c.event = j.id)
LIMIT %(most)s;

-- name: mend_event_without_claim
INSERT INTO docmill.claims (stage, event, recorded_at, seq, tenant, document, run)
SELECT %(stage)s, j.id, j.recorded_at, j.seq, j.tenant, j.document, j.run FROM docmill.journal j
WHERE j.tenant = %(tenant)s AND j.document = %(document)s AND j.id = %(event)s
ON CONFLICT DO NOTHING RETURNING true AS mended, pg_notify('docmill_work', '');

-- name: check_claim_without_event
SELECT c.document, 'a message of ' || c.stage || ' is about an event that is not in the journal' AS detail,
    json_build_object('event', c.event, 'stage', c.stage) AS key
FROM docmill.claims c
WHERE c.tenant = %(tenant)s AND c.status <> 'done' AND NOT EXISTS (
    SELECT FROM docmill.journal j WHERE j.recorded_at = c.recorded_at AND j.seq = c.seq AND j.id = c.event)
LIMIT %(most)s;

-- name: mend_claim_without_event
UPDATE docmill.claims SET status = 'done', fence = fence + 1, ended_at = now(), reason = 'put aside: its event is not in the journal'
WHERE tenant = %(tenant)s AND stage = %(stage)s AND event = %(event)s AND status <> 'done' RETURNING true AS mended;

-- name: check_claim_of_erased
SELECT c.document, 'a message of ' || c.stage || ' is open, and the document was erased' AS detail,
    json_build_object('event', c.event, 'stage', c.stage) AS key
FROM docmill.claims c JOIN documents d ON d.tenant = c.tenant AND d.id = c.document
WHERE c.tenant = %(tenant)s AND c.status <> 'done' AND d.erased_at IS NOT NULL LIMIT %(most)s;

-- name: mend_claim_of_erased
UPDATE docmill.claims SET status = 'done', fence = fence + 1, ended_at = now(), reason = 'erased'
WHERE tenant = %(tenant)s AND stage = %(stage)s AND event = %(event)s AND status <> 'done' RETURNING true AS mended;

-- name: check_newest_run
SELECT d.id AS document, 'the document shows ' || count(r.id) FILTER (WHERE r.newest) || ' of its runs, not one' AS detail,
    '{}'::json AS key
FROM documents d LEFT JOIN runs r ON r.tenant = d.tenant AND r.document = d.id
WHERE d.tenant = %(tenant)s GROUP BY d.id HAVING count(r.id) FILTER (WHERE r.newest) <> 1 LIMIT %(most)s;

-- name: mend_newest_run
-- The last one that has come to something, or the first.
UPDATE runs r SET newest = (r.id = shown.id)
FROM (SELECT s.id FROM runs s WHERE s.tenant = %(tenant)s AND s.document = %(document)s
    ORDER BY s.state NOT IN ('uploaded', 'read', 'analyzed') DESC,
        CASE WHEN s.state IN ('uploaded', 'read', 'analyzed') THEN -s.number ELSE s.number END DESC LIMIT 1) AS shown
WHERE r.tenant = %(tenant)s AND r.document = %(document)s RETURNING true AS mended;

-- name: check_file_reference
SELECT d.id AS document, 'nothing keeps the document''s file from being collected' AS detail, json_build_object('sha256', d.blob_sha256, 'role', 'file') AS key
FROM documents d WHERE d.tenant = %(tenant)s AND d.erased_at IS NULL AND NOT EXISTS (
    SELECT FROM blob_references b WHERE b.tenant = d.tenant AND b.document = d.id AND b.sha256 = d.blob_sha256 AND b.role = 'file')
LIMIT %(most)s;

-- name: mend_file_reference
INSERT INTO blob_references (tenant, sha256, document, role) VALUES (%(tenant)s, %(sha256)s, %(document)s, %(role)s)
ON CONFLICT DO NOTHING RETURNING true AS mended;

-- name: check_reading_reference
SELECT r.document, 'nothing keeps what was read from being collected' AS detail, json_build_object('sha256', r.reading_sha256, 'role', 'reading') AS key
FROM runs r WHERE r.tenant = %(tenant)s AND NOT r.erased AND r.reading_sha256 IS NOT NULL AND NOT EXISTS (
    SELECT FROM blob_references b WHERE b.tenant = r.tenant AND b.document = r.document AND b.sha256 = r.reading_sha256 AND b.role = 'reading')
LIMIT %(most)s;

-- name: mend_reading_reference
INSERT INTO blob_references (tenant, sha256, document, role) VALUES (%(tenant)s, %(sha256)s, %(document)s, %(role)s)
ON CONFLICT DO NOTHING RETURNING true AS mended;

-- name: check_not_searchable
SELECT r.document, 'the document was indexed, and search does not know it' AS detail, json_build_object('run', r.id, 'stage', 'index') AS key
FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased AND r.indexed_at IS NOT NULL AND r.reading_sha256 IS NOT NULL
    AND EXISTS (SELECT FROM field_values v WHERE v.tenant = r.tenant AND v.document = r.document)
    AND NOT EXISTS (SELECT FROM chunks k WHERE k.tenant = r.tenant AND k.document = r.document)
    AND NOT EXISTS (SELECT FROM docmill.claims c WHERE c.document = r.document AND c.stage = 'index' AND c.status <> 'done')
LIMIT %(most)s;

-- name: mend_not_searchable
SELECT docmill.reopen(%(tenant)s, 'index', %(document)s, %(run)s, %(types)s) AS mended;

-- name: check_not_in_queue
SELECT r.document, 'the document waits for a person, and is not in the queue' AS detail, json_build_object('run', r.id) AS key
FROM runs r WHERE r.tenant = %(tenant)s AND r.state = 'in_review' AND r.newest AND NOT r.erased AND NOT EXISTS (
    SELECT FROM reviews q WHERE q.tenant = r.tenant AND q.run = r.id AND q.kind = 'review' AND q.state <> 'done')
LIMIT %(most)s;

-- name: mend_not_in_queue
-- As migration 041 put there what waited before there was a queue.
INSERT INTO reviews AS q (tenant, run, kind, document, state, type_name, batch, uploaded_at, loss, rank, rules, doubts)
SELECT r.tenant, r.id, 'review', r.document, 'open', r.type_name, r.batch, r.uploaded_at, 5 * b.count,
    5 * b.count - 0.5 * extract(epoch FROM r.uploaded_at) / 86400, b.rules, coalesce(r.result->'blockers', '[]')
FROM runs r CROSS JOIN LATERAL (
    SELECT count(*)::double precision AS count, coalesce(array_agg(DISTINCT x->>'rule'), '{}') AS rules
    FROM json_array_elements(coalesce(r.result->'blockers', '[]')) AS x
) b
WHERE r.tenant = %(tenant)s AND r.id = %(run)s AND r.state = 'in_review' AND r.newest AND NOT r.erased
ON CONFLICT (tenant, run, kind) DO UPDATE SET state = 'open', loss = excluded.loss, rank = excluded.rank, rules = excluded.rules,
    doubts = excluded.doubts, lease = NULL, lease_until = NULL, ended_at = NULL, outcome = NULL
WHERE q.state = 'done' RETURNING true AS mended;

-- name: check_lost_key
SELECT k.document, 'an idempotency key names a document that is not there' AS detail, json_build_object('key', k.key) AS key
FROM idempotency_keys k
WHERE k.tenant = %(tenant)s AND NOT EXISTS (SELECT FROM documents d WHERE d.tenant = k.tenant AND d.id = k.document) LIMIT %(most)s;

-- name: mend_lost_key
DELETE FROM idempotency_keys WHERE tenant = %(tenant)s AND key = %(key)s AND document = %(document)s RETURNING true AS mended;

-- name: check_remnant
SELECT document, found || ' rows of an erased document are left in ' || place AS detail, json_build_object('place', place) AS key
FROM docmill.remnants(%(tenant)s, %(most)s);

-- name: mend_remnant
SELECT docmill.delete_remnants(%(tenant)s, %(document)s, %(place)s) AS mended;

-- name: positions
SELECT count(position) AS given, count(DISTINCT position) AS distinct_ones, coalesce(min(position), 1) AS first,
    coalesce(max(position), 0) AS last, (SELECT last FROM docmill.sequencer) AS sequencer
FROM docmill.journal;

-- name: mend_sequencer
-- Under the lock of whoever sequences.
WITH locked AS MATERIALIZED (SELECT pg_advisory_xact_lock(hashtextextended('docmill.sequence', 0)))
UPDATE docmill.sequencer SET last = (SELECT coalesce(max(j.position), 0) FROM docmill.journal j)
WHERE (SELECT count(*) FROM locked) = 1 RETURNING true AS mended;

-- name: late
SELECT count(*) AS messages FROM docmill.claims
WHERE status = 'open' AND available_at > now() + make_interval(secs => %(longest_s)s);

-- name: unstick
SELECT docmill.unstick(%(longest_s)s) AS messages;

-- name: backup_running
SELECT EXISTS (
    SELECT FROM pg_locks WHERE locktype = 'advisory'
        AND ((classid::bigint << 32) | objid::bigint) = hashtextextended('docmill.backup', 0)) AS running;

-- name: values
SELECT path, text FROM field_values WHERE tenant = %(tenant)s AND document = %(document)s;

-- name: drop_values
DELETE FROM field_values WHERE tenant = %(tenant)s AND document = %(document)s;

-- name: add_values
INSERT INTO field_values (tenant, document, path, text, number, date)
SELECT %(tenant)s, %(document)s, path, text, number, date
FROM json_to_recordset(%(values)s::json) AS v (path text, text text, number numeric, date date);

-- name: mark_values
UPDATE runs SET values_hash = %(hash)s WHERE tenant = %(tenant)s AND document = %(document)s AND newest;
