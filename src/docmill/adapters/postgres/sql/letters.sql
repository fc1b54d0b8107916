-- name: columns
c.stage, c.event, c.tenant, c.document, c.run, c.status, c.code, c.reason, c.attempts, c.replays, c.ended_at,
c.given_up_by, c.given_up_reason, c.given_up_at, r.type_name, r.batch

-- name: find
-- As the tenant: its part of the claims, its own runs.
SELECT {columns} FROM docmill.claims c JOIN runs r ON r.tenant = c.tenant AND r.id = c.run
WHERE c.tenant = %(tenant)s AND NOT r.erased
    AND CASE WHEN %(given_up)s THEN c.given_up_at IS NOT NULL ELSE c.status = 'dead' END
    AND (%(stage)s::text IS NULL OR c.stage = %(stage)s)
    AND (%(code)s::text IS NULL OR c.code = %(code)s)
    AND (%(type_name)s::text IS NULL OR r.type_name = %(type_name)s)
    AND (%(batch)s::text IS NULL OR r.batch = %(batch)s)
    AND (%(since)s::timestamptz IS NULL OR c.ended_at >= %(since)s)
    AND (%(before)s::timestamptz IS NULL OR (c.ended_at, c.stage, c.event) < (%(before)s, %(before_stage)s, %(before_event)s::uuid))
ORDER BY c.ended_at DESC, c.stage DESC, c.event DESC LIMIT %(limit)s;

-- name: load
-- Whatever became of it: who asks decides what that means.
SELECT {columns}, c.tries, r.erased, r.state FROM docmill.claims c JOIN runs r ON r.tenant = c.tenant AND r.id = c.run
WHERE c.tenant = %(tenant)s AND c.stage = %(stage)s AND c.event = %(event)s;

-- name: matching
SELECT c.stage, c.event FROM docmill.claims c JOIN runs r ON r.tenant = c.tenant AND r.id = c.run
WHERE c.tenant = %(tenant)s AND NOT r.erased AND c.status = 'dead'
    AND (%(stage)s::text IS NULL OR c.stage = %(stage)s)
    AND (%(code)s::text IS NULL OR c.code = %(code)s)
    AND (%(type_name)s::text IS NULL OR r.type_name = %(type_name)s)
    AND (%(batch)s::text IS NULL OR r.batch = %(batch)s)
    AND (%(since)s::timestamptz IS NULL OR c.ended_at >= %(since)s)
ORDER BY c.ended_at, c.seq LIMIT %(limit)s;

-- name: close
UPDATE docmill.claims
SET status = 'done', given_up_by = %(by)s, given_up_reason = %(reason)s, given_up_at = now()
WHERE tenant = %(tenant)s AND stage = %(stage)s AND event = %(event)s AND status = 'dead'
RETURNING event;
