-- name: add_tenant
INSERT INTO docmill.tenants (id, tier) VALUES (%(tenant)s, %(tier)s)
ON CONFLICT DO NOTHING RETURNING id, tier, created_at;

-- name: tenants
SELECT id, tier, created_at FROM docmill.tenants ORDER BY id;

-- name: reading_limits
SELECT reading_limits FROM docmill.tenants WHERE id = %(tenant)s;

-- name: lower_limits
-- A null takes a limit out, and so puts it back to everybody's.
UPDATE docmill.tenants SET reading_limits = json_strip_nulls((reading_limits::jsonb || %(wanted)s::jsonb)::json)
WHERE id = %(tenant)s RETURNING reading_limits;

-- name: add_key
INSERT INTO docmill.api_keys (prefix, secret_sha256, tenant, label)
SELECT %(prefix)s, %(secret_sha256)s, id, %(label)s FROM docmill.tenants WHERE id = %(tenant)s
RETURNING prefix;

-- name: keys
SELECT prefix, tenant, label, created_at, revoked_at FROM docmill.api_keys
WHERE tenant = %(tenant)s ORDER BY created_at, prefix;

-- name: revoke
UPDATE docmill.api_keys SET revoked_at = coalesce(revoked_at, now())
WHERE tenant = %(tenant)s AND prefix = %(prefix)s RETURNING prefix;

-- name: key
SELECT tenant, secret_sha256 FROM docmill.api_keys WHERE prefix = %(prefix)s AND revoked_at IS NULL;
