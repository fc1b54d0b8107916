-- name: columns
d.id, d.tenant, d.name, d.media_type, d.blob_sha256, d.blob_size_bytes, d.requested_type, d.batch, d.parent,
d.ordinal, d.created_at, d.erased_at,
r.id AS run, r.number, r.state, r.version, r.code, r.detail, r.action, r.type_name, r.type_version, r.pages, r.reading_sha256,
r.reading_size_bytes, r.usage_pages, r.usage_cpu_seconds, r.usage_llm_tokens, r.created_at AS run_created_at,
r.updated_at, r.archived_at, r.indexed_at, r.pins

-- name: accept
SELECT * FROM docmill.accept(
    %(tenant)s, %(document)s, %(events)s, %(key)s, %(request_hash)s, %(key_hours)s, %(allow_duplicate)s);

-- name: append
SELECT docmill.append(
    %(tenant)s, %(claim)s, %(change)s, %(result)s, %(values)s, %(children)s, %(events)s);

-- name: erase
SELECT sha256 FROM docmill.erase_document(%(tenant)s, %(document)s, %(time)s, %(events)s, %(by)s);

-- name: load
SELECT docmill.held(%(tenant)s, %(document)s) AS held;

-- name: operation
SELECT {columns}, NULL AS result, c.stage, c.percent, c.attempts
FROM documents d
JOIN runs r ON r.tenant = d.tenant AND r.document = d.id
    AND r.number = (SELECT max(l.number) FROM runs l WHERE l.tenant = d.tenant AND l.document = d.id)
LEFT JOIN docmill.claims c ON c.document = d.id AND c.run = r.id AND c.status IN ('open', 'dead')
WHERE d.id = %(document)s;

-- name: runs
SELECT {columns}, r.result
FROM documents d JOIN runs r ON r.tenant = d.tenant AND r.document = d.id
WHERE d.id = %(document)s ORDER BY r.number;

-- name: find
SELECT {columns}, {result} AS result
FROM runs r JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
WHERE r.newest AND NOT r.erased AND {conditions}
ORDER BY r.uploaded_at DESC, r.document DESC LIMIT %(limit)s;

-- name: children
SELECT {columns}, NULL AS result
FROM documents d JOIN runs r ON r.tenant = d.tenant AND r.document = d.id AND r.newest
WHERE d.parent = %(document)s ORDER BY d.ordinal, d.id;

-- name: exists
SELECT 1 AS found FROM documents WHERE id = %(document)s;

-- name: twin
SELECT docmill.twin(%(tenant)s, %(document)s, %(type_name)s, %(paths)s, %(texts)s, %(numbers)s::text[]::numeric[]) AS twin;

-- name: counts
SELECT state, count(*) AS documents FROM runs WHERE newest AND NOT erased GROUP BY state;

-- name: counts_of_batch
SELECT state, count(*) AS documents FROM runs WHERE newest AND NOT erased AND batch = %(batch)s GROUP BY state;

-- name: journal
SELECT id, type, tenant, document, run, time, cause, trace, data, position
FROM docmill.journal WHERE document = %(document)s ORDER BY seq;

-- name: unreferenced
SELECT named.sha256 FROM unnest(%(blobs)s::text[]) AS named (sha256)
WHERE NOT EXISTS (SELECT FROM blob_references b WHERE b.tenant = %(tenant)s AND b.sha256 = named.sha256);

-- name: forget
SELECT docmill.forget(%(tenant)s, %(key_hours)s, %(claim_days)s, %(ends)s, %(most)s) AS forgotten;
