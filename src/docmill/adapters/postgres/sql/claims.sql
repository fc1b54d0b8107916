-- name: take
SELECT * FROM docmill.take(%(stages)s, %(worker)s, %(most)s, %(lease_s)s, %(costs)s);

-- name: beat
SELECT stage, event FROM docmill.beat(%(claims)s, %(lease_s)s, %(percent)s);

-- name: retry
UPDATE docmill.claims
SET available_at = now() + make_interval(secs => %(delay_s)s), worker = NULL, percent = NULL, code = %(code)s, reason = %(reason)s,
    attempts = attempts - %(uncounted)s, suspect = false, tries = docmill.tried(tries, %(try)s::jsonb)
WHERE stage = %(stage)s AND event = %(event)s AND status = 'open' AND fence = %(fence)s AND worker = %(worker)s
RETURNING stage, pg_notify('docmill_work', '');

-- name: forsake
SELECT docmill.forsake(%(worker)s, %(counted)s) AS messages;

-- name: backlog
SELECT stage, tenant, count(*) AS messages, extract(epoch FROM now() - min(created_at))::float8 AS age_s
FROM docmill.claims WHERE status = 'open' GROUP BY stage, tenant;

-- name: dead_letters
SELECT stage, event, tenant, document, code, reason, attempts, ended_at
FROM docmill.claims
WHERE status = 'dead' AND (tenant = %(tenant)s OR %(tenant)s IS NULL) ORDER BY ended_at, seq;

-- name: replay
SELECT docmill.replay(%(tenant)s, %(stage)s, %(event)s, %(state)s) AS replayed;

-- name: redeliver
-- As a broker would deliver an event again: what a stage has answered before is known by its row.
INSERT INTO docmill.claims (stage, event, recorded_at, seq, tenant, document, run)
SELECT stage, j.id, j.recorded_at, j.seq, j.tenant, j.document, j.run
FROM docmill.journal j CROSS JOIN unnest(%(stages)s::text[]) AS stage
WHERE j.document = %(document)s AND j.id = %(event)s
ON CONFLICT DO NOTHING
RETURNING stage, pg_notify('docmill_work', '');
