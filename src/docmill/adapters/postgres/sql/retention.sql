-- name: place_hold
SELECT * FROM docmill.place_hold(%(tenant)s, %(document)s, %(reason)s, %(by)s);

-- name: hold
SELECT d.erased_at, h.reason, h.placed_by, h.placed_at
FROM documents d LEFT JOIN holds h ON h.tenant = d.tenant AND h.document = d.id
WHERE d.tenant = %(tenant)s AND d.id = %(document)s;

-- name: lift_hold
DELETE FROM holds WHERE tenant = %(tenant)s AND document = %(document)s RETURNING document;

-- name: rules
SELECT version, rules, changed_by, changed_at FROM retention WHERE tenant = %(tenant)s;

-- name: put_rules
-- Of two writers of one version the second writes nothing.
INSERT INTO retention AS r (tenant, version, rules, changed_by)
SELECT %(tenant)s, 1, %(rules)s, %(by)s
WHERE %(expected)s::int IS NULL OR %(expected)s = 0 OR EXISTS (SELECT FROM retention k WHERE k.tenant = %(tenant)s)
ON CONFLICT (tenant) DO UPDATE
SET version = r.version + 1, rules = excluded.rules, changed_by = excluded.changed_by, changed_at = now()
WHERE %(expected)s::int IS NULL OR r.version = %(expected)s
RETURNING version, rules, changed_by, changed_at;

-- name: due
-- The shortest of all times narrows it down by the index; each document's own decides.
SELECT r.document FROM runs r
WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
    AND r.uploaded_at < %(now)s::timestamptz - make_interval(days => %(shortest)s)
    AND r.uploaded_at < %(now)s::timestamptz - make_interval(days => coalesce((%(types)s::json->>r.type_name)::int, %(default)s))
    AND NOT EXISTS (SELECT FROM holds h WHERE h.tenant = r.tenant AND h.document = r.document)
ORDER BY r.uploaded_at, r.document LIMIT %(most)s;

-- name: receipt
SELECT d.erased_at, d.blob_sha256, r.erased_by, r.rows, r.blobs
FROM documents d LEFT JOIN receipts r ON r.tenant = d.tenant AND r.document = d.id
WHERE d.tenant = %(tenant)s AND d.id = %(document)s;

-- name: remains
SELECT docmill.remains(%(tenant)s, %(document)s) AS rows;

-- name: referenced
SELECT DISTINCT sha256 FROM blob_references WHERE tenant = %(tenant)s AND sha256 = ANY (%(blobs)s);
