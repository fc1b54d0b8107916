-- name: sequence
SELECT docmill.sequence(%(most)s) AS positions;

-- name: read
SELECT id, type, tenant, document, run, time, cause, trace, data, position
FROM docmill.journal WHERE position > %(after)s ORDER BY position LIMIT %(limit)s;

-- name: ensure_partitions
SELECT docmill.ensure_partitions();

-- name: drop_empty_partitions
SELECT docmill.drop_empty_partitions() AS dropped;
