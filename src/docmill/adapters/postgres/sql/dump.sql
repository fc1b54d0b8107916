-- name: hold
-- Shared: two backups may run at a time. The housekeeping looks for it before it deletes files.
SELECT pg_advisory_lock_shared(hashtextextended('docmill.backup', 0));

-- name: begin
BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;

-- name: export
SELECT pg_export_snapshot() AS snapshot;

-- name: whole
-- A policy that would hide rows is an error then, and not a smaller backup.
SET LOCAL row_security = off;

-- name: migrations
SELECT DISTINCT CASE WHEN schema = 'docmill' THEN 'shared' ELSE 'tenant' END AS scope, number, checksum FROM docmill.migrations
ORDER BY number;

-- name: tenants
SELECT id, tier FROM docmill.tenants ORDER BY id;

-- name: tables
-- Generated columns make themselves again; partitions come with their table.
SELECT n.nspname AS schema, c.relname AS name, array_agg(a.attname::text ORDER BY a.attnum) AS columns,
    (SELECT coalesce(array_agg(DISTINCT f.confrelid::regclass::text), '{}') FROM pg_constraint f
        WHERE f.conrelid = c.oid AND f.contype = 'f' AND f.confrelid <> c.oid) AS refers_to,
    c.oid::regclass::text AS full_name
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.attgenerated = ''
WHERE c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND (n.nspname IN ('docmill', 'docmill_pool') OR n.nspname IN (SELECT 't_' || t.id FROM docmill.tenants t))
    AND c.oid <> 'docmill.migrations'::regclass
GROUP BY n.nspname, c.relname, c.oid ORDER BY n.nspname, c.relname;

-- name: sequences
SELECT format('%I.%I', schemaname, sequencename) AS name, last_value FROM pg_sequences
WHERE last_value IS NOT NULL AND (schemaname IN ('docmill', 'docmill_pool') OR schemaname LIKE 't\_%');

-- name: partitions
SELECT c.relname AS name, pg_get_expr(c.relpartbound, c.oid) AS bound
FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
WHERE i.inhparent = 'docmill.journal'::regclass AND pg_get_expr(c.relpartbound, c.oid) <> 'DEFAULT';

-- name: schemas_with_blobs
SELECT n.nspname AS schema FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relname = 'blob_references' AND c.relkind = 'r' ORDER BY n.nspname;

-- name: empty
SELECT NOT EXISTS (SELECT FROM docmill.tenants) AND NOT EXISTS (SELECT FROM docmill.journal) AS empty;

-- name: set_sequence
SELECT setval(%(name)s::regclass, %(value)s);
