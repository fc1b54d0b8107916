-- name: add
-- A tenant has at most so many keys that are not revoked; `found` tells that from a tenant that is not there.
WITH given AS (
    SELECT (%(tenant)s::text IS NULL OR EXISTS (SELECT FROM docmill.tenants WHERE id = %(tenant)s)) AS found,
        (SELECT count(*) FROM docmill.api_keys WHERE tenant = %(tenant)s AND revoked_at IS NULL) < %(most)s AS room
), added AS (
    INSERT INTO docmill.api_keys (prefix, secret_sha256, tenant, label, scopes, created_by, life, expires_at)
    SELECT %(prefix)s, %(secret_sha256)s, %(tenant)s, %(label)s, %(scopes)s, %(by)s, %(life)s, now() + %(life)s
    FROM given WHERE found AND room
    RETURNING *
)
SELECT found, room, prefix, tenant, label, scopes, created_at, created_by, expires_at, last_used_at, revoked_at, replaced_by
FROM given LEFT JOIN added ON true;

-- name: list
SELECT prefix, tenant, label, scopes, created_at, created_by, expires_at, last_used_at, revoked_at, replaced_by
FROM docmill.api_keys WHERE tenant IS NOT DISTINCT FROM %(tenant)s
ORDER BY revoked_at IS NOT NULL, created_at, prefix LIMIT %(most)s;

-- name: show
SELECT prefix, tenant, label, scopes, created_at, created_by, expires_at, last_used_at, revoked_at, replaced_by
FROM docmill.api_keys WHERE tenant IS NOT DISTINCT FROM %(tenant)s AND prefix = %(prefix)s;

-- name: revoke
UPDATE docmill.api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE tenant IS NOT DISTINCT FROM %(tenant)s AND prefix = %(prefix)s RETURNING prefix;

-- name: rotate
-- The old one is locked first, so that of two who rotate it at once only one finds it without a successor.
WITH old AS (
    SELECT * FROM docmill.api_keys
    WHERE tenant IS NOT DISTINCT FROM %(tenant)s AND prefix = %(old)s AND revoked_at IS NULL
        AND (expires_at IS NULL OR expires_at > now()) AND replaced_by IS NULL
    FOR UPDATE
), added AS (
    INSERT INTO docmill.api_keys (prefix, secret_sha256, tenant, label, scopes, created_by, life, expires_at)
    SELECT %(prefix)s, %(secret_sha256)s, tenant, label, scopes, %(by)s, life, now() + life FROM old
    RETURNING *
), ended AS (
    UPDATE docmill.api_keys k
    SET expires_at = least(k.expires_at, now() + %(overlap)s), replaced_by = added.prefix
    FROM added WHERE k.prefix = %(old)s
)
SELECT prefix, tenant, label, scopes, created_at, created_by, expires_at, last_used_at, revoked_at, replaced_by FROM added;

-- name: find
SELECT tenant, secret_sha256, scopes, last_used_at IS NULL OR last_used_at < now() - make_interval(secs => %(used_s)s) AS stale
FROM docmill.api_keys
WHERE prefix = %(prefix)s AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > now());

-- name: used
UPDATE docmill.api_keys SET last_used_at = now() WHERE prefix = %(prefix)s;
