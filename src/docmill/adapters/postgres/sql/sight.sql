-- name: dead
SELECT stage, tenant, count(*) AS letters FROM docmill.claims WHERE status = 'dead' GROUP BY stage, tenant;

-- name: holding
SELECT worker, stage, tenant, document, attempts, percent,
    extract(epoch FROM now() - created_at)::float8 AS age_s,
    extract(epoch FROM available_at - now())::float8 AS lease_s
FROM docmill.claims WHERE status = 'open' AND worker IS NOT NULL AND available_at > now()
ORDER BY worker, created_at LIMIT 1000;

-- name: unordered
SELECT count(*) AS events, coalesce(extract(epoch FROM clock_timestamp() - min(recorded_at)), 0)::float8 AS age_s
FROM docmill.journal WHERE position IS NULL;

-- name: connections
SELECT coalesce(state, 'hidden') AS state, count(*) AS connections
FROM pg_stat_activity WHERE datname = current_database() GROUP BY 1;

-- name: size
SELECT pg_database_size(current_database()) AS size_bytes;

-- name: deliveries
SELECT count(*) AS deliveries, coalesce(extract(epoch FROM now() - min(created_at)), 0)::float8 AS age_s
FROM docmill.deliveries WHERE status = 'pending';

-- name: owner
SELECT tenant FROM docmill.journal WHERE document = %(document)s LIMIT 1;

-- name: history
SELECT id, type, tenant, document, run, time, cause, trace, data, position
FROM docmill.journal WHERE document = %(document)s ORDER BY seq LIMIT 10000;
