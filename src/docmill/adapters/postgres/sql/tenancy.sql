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
