-- name: book
SELECT docmill.book(%(day)s, %(costs)s);

-- name: by_day
SELECT to_char(day, 'YYYY-MM-DD') AS key, {sums} FROM docmill.ledger
WHERE tenant = %(tenant)s AND day BETWEEN %(first)s AND %(last)s GROUP BY day ORDER BY day;

-- name: by_stage
SELECT stage AS key, {sums} FROM docmill.ledger
WHERE tenant = %(tenant)s AND day BETWEEN %(first)s AND %(last)s GROUP BY stage ORDER BY stage;

-- name: by_tenant
SELECT tenant AS key, {sums} FROM docmill.ledger
WHERE day BETWEEN %(first)s AND %(last)s GROUP BY tenant ORDER BY tenant;

-- name: by_document
-- All runs of the documents that were uploaded in these days.
SELECT r.document::text AS key, count(*) AS messages, sum(r.usage_cpu_seconds) AS cpu_seconds, sum(r.usage_pages) AS pages,
    sum(CASE WHEN r.number = 1 THEN d.blob_size_bytes ELSE 0 END)::bigint AS received_bytes, 0 AS sent_bytes,
    (sum(CASE WHEN r.number = 1 THEN d.blob_size_bytes ELSE 0 END) + sum(coalesce(r.reading_size_bytes, 0)))::bigint AS stored_bytes,
    sum(r.usage_llm_tokens) AS llm_tokens
FROM runs r JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
WHERE d.created_at >= %(first)s::date AT TIME ZONE 'UTC' AND d.created_at < (%(last)s::date + 1) AT TIME ZONE 'UTC'
GROUP BY r.document ORDER BY sum(r.usage_cpu_seconds) DESC, r.document LIMIT %(most)s;
