-- name: create
SELECT docmill.create_webhook(
    %(id)s, %(tenant)s, %(url)s, %(types)s, %(description)s, %(enabled)s, %(seal)s, %(sealed)s,
    %(most)s) AS created;

-- name: change
SELECT docmill.change_webhook(%(tenant)s, %(webhook)s, %(expected)s, %(change)s);

-- name: delete
SELECT docmill.delete_webhook(%(tenant)s, %(webhook)s, %(expected)s);

-- name: list
SELECT id, tenant, url, types, description, enabled, note, version, created_at, updated_at, failing_since
FROM docmill.webhooks WHERE tenant = %(tenant)s ORDER BY created_at, id;

-- name: show
SELECT id, tenant, url, types, description, enabled, note, version, created_at, updated_at, failing_since
FROM docmill.webhooks WHERE tenant = %(tenant)s AND id = %(webhook)s;

-- name: rotate
INSERT INTO docmill.webhook_secrets (tenant, webhook, seal, sealed)
SELECT w.tenant, w.id, %(seal)s, %(sealed)s FROM docmill.webhooks w WHERE w.tenant = %(tenant)s AND w.id = %(webhook)s
RETURNING created_at;

-- name: log
SELECT d.id, d.webhook, d.event, d.type, d.document, d.status, d.created_at, d.due_at, d.ended_at, (
    SELECT json_agg(json_build_object('number', a.number, 'at', a.at, 'duration_ms', a.duration_ms,
        'http_status', a.http_status, 'code', a.code) ORDER BY a.number)
    FROM docmill.delivery_attempts a WHERE a.delivery = d.id
) AS attempts
FROM docmill.deliveries d
WHERE d.tenant = %(tenant)s AND d.webhook = %(webhook)s
    AND (%(delivery)s::uuid IS NULL OR d.id = %(delivery)s)
    AND (%(status)s::text IS NULL OR d.status = %(status)s)
    AND (%(before)s::timestamptz IS NULL OR (d.created_at, d.id) < (%(before)s, %(before_id)s::uuid))
ORDER BY d.created_at DESC, d.id DESC LIMIT %(limit)s;

-- name: replay
SELECT docmill.replay_deliveries(%(tenant)s, %(webhook)s, %(delivery)s, %(since)s, %(most)s) AS replayed;

-- name: put
SELECT docmill.put_letters(%(letters)s) AS put;

-- name: delivery_of
SELECT id FROM docmill.deliveries WHERE webhook = %(webhook)s AND event = %(event)s;
