-- name: put
SELECT docmill.put_chunks(
    %(tenant)s, %(document)s, %(run)s, %(model)s, %(pages)s::int[], %(boxes)s, %(units)s,
    %(page_sizes)s, %(texts)s, %(words)s, %(embeddings)s, %(outside)s);

-- name: matching
-- Ranked are no more than %(candidates)s: a query that so many chunks match has no best one.
-- Of one document no more than can be shown, so that it does not take the places of all others.
SELECT document, ordinal FROM (
    SELECT document, ordinal, rank, row_number() OVER (PARTITION BY document ORDER BY rank DESC, ordinal) AS place FROM (
        SELECT document, ordinal, ts_rank_cd(words, %(query)s::tsquery) AS rank FROM chunks
        WHERE tenant = %(tenant)s AND words @@ %(query)s::tsquery
            AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)
            AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN (
                SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
                    AND r.uploaded_at >= coalesce(%(from)s, '-infinity') AND r.uploaded_at < coalesce(%(until)s, 'infinity')))
        LIMIT %(candidates)s
    ) AS found
) AS placed
WHERE place <= %(per_document)s
ORDER BY rank DESC, document, ordinal
LIMIT %(depth)s;

-- name: begin
-- Planned anew each time: which filters there are decides by which index the chunks are found. And whether the tenant
-- had too many chunks to compare them all, so that the newer ones are in the graph.
SELECT EXISTS (SELECT FROM chunks WHERE tenant = %(tenant)s AND in_graph) AS graph,
    set_config('plan_cache_mode', 'force_custom_plan', true);

-- name: extent
-- How many chunks the filters leave, as far as it matters.
SELECT count(*) AS chunks FROM (
    SELECT FROM chunks
    WHERE tenant = %(tenant)s AND in_graph IN (true, false) AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)
        AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN (
            SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
                AND r.uploaded_at >= coalesce(%(from)s, '-infinity') AND r.uploaded_at < coalesce(%(until)s, 'infinity')))
    LIMIT %(exact)s + 1
) AS left_over;

-- name: nearest_exact
-- `+ 0` keeps the index out: it would be asked for the nearest of all tenants of the pool.
SELECT document, ordinal, -distance AS similarity FROM (
    SELECT document, ordinal, distance, row_number() OVER (PARTITION BY document ORDER BY distance, ordinal) AS place FROM (
        SELECT document, ordinal, (embedding <#> %(vector)s::vector) + 0 AS distance FROM chunks
        WHERE tenant = %(tenant)s AND model = %(model)s AND embedding IS NOT NULL
            AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)
            AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN (
                SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
                    AND r.uploaded_at >= coalesce(%(from)s, '-infinity') AND r.uploaded_at < coalesce(%(until)s, 'infinity')))
    ) AS compared
) AS placed
WHERE place <= %(per_document)s
ORDER BY distance, document, ordinal
LIMIT %(depth)s;

-- name: scan_on
-- The graph is followed until enough rows have passed the filters, or so many were looked at.
SELECT set_config('hnsw.iterative_scan', 'strict_order', true), set_config('hnsw.max_scan_tuples', %(most)s::text, true),
    set_config('hnsw.ef_search', %(depth)s::text, true);

-- name: nearest_by_graph
-- The nearest in the graph, and the nearest of the chunks that are outside, so many of each.
WITH inside AS (
    SELECT document, ordinal, embedding <#> %(vector)s::vector AS distance FROM chunks
    WHERE tenant = %(tenant)s AND in_graph AND model = %(model)s AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)
        AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN (
            SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
                AND r.uploaded_at >= coalesce(%(from)s, '-infinity') AND r.uploaded_at < coalesce(%(until)s, 'infinity')))
    ORDER BY embedding <#> %(vector)s::vector LIMIT %(depth)s
), outside AS (
    SELECT document, ordinal, (embedding <#> %(vector)s::vector) + 0 AS distance FROM chunks
    WHERE tenant = %(tenant)s AND NOT in_graph AND model = %(model)s AND embedding IS NOT NULL
        AND (%(type_name)s::text IS NULL OR type_name = %(type_name)s)
        AND (%(from)s::timestamptz IS NULL AND %(until)s::timestamptz IS NULL OR document IN (
            SELECT r.document FROM runs r WHERE r.tenant = %(tenant)s AND r.newest AND NOT r.erased
                AND r.uploaded_at >= coalesce(%(from)s, '-infinity') AND r.uploaded_at < coalesce(%(until)s, 'infinity')))
    ORDER BY distance LIMIT %(depth)s
)
SELECT document, ordinal, -distance AS similarity, true AS in_graph FROM inside
UNION ALL SELECT document, ordinal, -distance, false FROM outside
ORDER BY similarity DESC, document, ordinal;

-- name: hits
SELECT c.document, d.name, c.type_name, c.ordinal, c.page, c.box, c.unit, c.page_size, c.text
FROM unnest(%(documents)s::uuid[], %(ordinals)s::int[]) AS k (document, ordinal)
JOIN chunks c ON c.tenant = %(tenant)s AND c.document = k.document AND c.ordinal = k.ordinal
JOIN documents d ON d.tenant = c.tenant AND d.id = c.document;
