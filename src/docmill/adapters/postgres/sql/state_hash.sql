-- name: documents
SELECT id, name, media_type, blob_sha256, requested_type, batch, parent, ordinal, erased_at IS NOT NULL AS erased
FROM documents ORDER BY id;

-- name: runs
SELECT id, document, number, newest, state, version, code, type_name, type_version, pages, reading_sha256, result,
    archived_at IS NOT NULL AS archived, indexed_at IS NOT NULL AS indexed
FROM runs ORDER BY document, number;

-- name: field_values
SELECT document, path, text, number, date FROM field_values ORDER BY document, path;

-- name: archive
SELECT document, version, run, result FROM archive ORDER BY document, version;

-- name: events
SELECT id, type, document, run, cause, data FROM docmill.journal ORDER BY id;
