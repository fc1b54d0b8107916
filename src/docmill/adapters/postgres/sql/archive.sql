-- name: put
SELECT docmill.archive(
    %(tenant)s, %(document)s, %(version)s, %(run)s, %(sha256)s, %(time)s, %(result)s);

-- name: versions
-- One row without a version for a document that has none.
SELECT d.erased_at, a.version, a.run, a.sha256, a.time, a.result
FROM documents d LEFT JOIN archive a ON a.tenant = d.tenant AND a.document = d.id
WHERE d.tenant = %(tenant)s AND d.id = %(document)s
ORDER BY a.version;
