-- name: create
SELECT docmill.create_batch(
    %(tenant)s, %(batch)s, %(label)s, %(time)s, %(items)s, %(key)s, %(request_hash)s, %(key_hours)s) AS batch;

-- name: note
SELECT docmill.note_items(%(tenant)s, %(batch)s, %(time)s, %(items)s);

-- name: cancel
SELECT docmill.cancel_batch(%(tenant)s, %(batch)s, %(time)s, %(key)s, %(request_hash)s, %(key_hours)s);

-- name: load
SELECT id, label, expected, created_at, cancelled_at, completed_at FROM batches WHERE id = %(batch)s;

-- name: began
SELECT min(uploaded_at) AS created_at FROM runs WHERE newest AND NOT erased AND batch = %(batch)s;

-- name: outcomes
SELECT outcome, count(*) AS items FROM batch_items WHERE batch = %(batch)s AND outcome <> 'arrived' GROUP BY outcome;

-- name: newest
SELECT id, label, expected, created_at, cancelled_at, completed_at FROM batches
WHERE (created_at, id) < (%(time)s, %(id)s) ORDER BY created_at DESC, id DESC LIMIT %(limit)s;

-- name: documents
SELECT d.id AS document, d.name, d.blob_sha256 AS sha256, d.parent, r.state, r.code, r.type_name
FROM runs r JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
WHERE r.newest AND NOT r.erased AND r.batch = %(batch)s AND (r.uploaded_at, r.document) > (
    SELECT coalesce(max(l.uploaded_at), '-infinity'), coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
    FROM runs l WHERE l.newest AND l.document = %(after)s)
ORDER BY r.uploaded_at, r.document LIMIT %(limit)s;

-- name: others
SELECT i.id, i.name, i.sha256, i.outcome, i.document, i.code, i.detail, r.state, r.code AS run_code, r.type_name
FROM batch_items i LEFT JOIN runs r ON r.tenant = i.tenant AND r.document = i.document AND r.newest
WHERE i.batch = %(batch)s AND i.outcome <> 'arrived' AND i.id > coalesce(%(after)s::uuid, '00000000-0000-0000-0000-000000000000')
ORDER BY i.id LIMIT %(limit)s;
