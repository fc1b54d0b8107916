-- name: add
WITH given AS (
    SELECT array(SELECT t FROM unnest(%(tenants)s::text[]) AS t WHERE NOT EXISTS (SELECT FROM docmill.tenants WHERE id = t)) AS absent,
        (SELECT count(*) FROM docmill.issuers WHERE url <> %(url)s) < %(most)s AS room
), added AS (
    INSERT INTO docmill.issuers (url, rule) SELECT %(url)s, %(rule)s FROM given WHERE absent = '{}' AND room
    ON CONFLICT (url) DO UPDATE SET rule = excluded.rule
    RETURNING url
)
SELECT absent, added.url FROM given LEFT JOIN added ON true;

-- name: list
SELECT url, rule FROM docmill.issuers ORDER BY url;

-- name: remove
DELETE FROM docmill.issuers WHERE url = %(url)s RETURNING url;
