-- name: draw
SELECT * FROM docmill.draw(%(tenant)s, %(want)s, %(back)s);

-- name: stored
SELECT (SELECT coalesce(sum(blob_size_bytes), 0) FROM documents WHERE tenant = %(tenant)s AND erased_at IS NULL)::bigint
    + (SELECT coalesce(sum(reading_size_bytes), 0) FROM runs WHERE tenant = %(tenant)s)::bigint AS stored_bytes;

-- name: share
SELECT quota, weight, stage_weights FROM docmill.tenants WHERE id = %(tenant)s;

-- name: change_quota
UPDATE docmill.tenants SET quota = %(quota)s::json WHERE id = %(tenant)s RETURNING id;

-- name: change_share
UPDATE docmill.tenants SET weight = %(weight)s, stage_weights = %(stages)s::json WHERE id = %(tenant)s RETURNING id;

-- name: waiting
-- What each tenant has waiting to be read, at most so many looked at; and how fast it went in the last seconds.
SELECT b.tenant, t.weight, w.documents, coalesce(w.oldest_s, 0) AS oldest_s, d.done, d.within_s
FROM docmill.busy() AS b (tenant)
JOIN docmill.tenants t ON t.id = b.tenant
CROSS JOIN LATERAL (
    SELECT count(*) AS documents, extract(epoch FROM clock_timestamp() - min(created_at))::float8 AS oldest_s
    FROM (SELECT c.created_at FROM docmill.claims c
        WHERE c.tenant = b.tenant AND c.stage = %(stage)s AND c.status = 'open' LIMIT %(most)s) AS oldest
) w
CROSS JOIN LATERAL (
    SELECT count(*) AS done, extract(epoch FROM clock_timestamp() - min(c.ended_at))::float8 AS within_s
    FROM docmill.claims c
    WHERE c.tenant = b.tenant AND c.status = 'done' AND c.ended_at > clock_timestamp() - make_interval(secs => %(seconds)s)
        AND c.stage = %(stage)s
) d;
