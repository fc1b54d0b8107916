-- name: newest_types
SELECT name, max(version) AS version FROM document_types WHERE tenant = %(tenant)s GROUP BY name;

-- name: type_sources
SELECT t.name, t.version, t.source
FROM document_types t JOIN unnest(%(names)s::text[], %(versions)s::int[]) AS w (name, version) USING (name, version)
WHERE t.tenant = %(tenant)s;

-- name: newest_version
SELECT max(version) AS version FROM document_types WHERE tenant = %(tenant)s AND name = %(name)s;

-- name: add_type
-- Two writers of one version meet in the primary key, and the second writes nothing.
INSERT INTO document_types (tenant, name, version, source)
SELECT %(tenant)s, %(name)s, newest.version + 1, %(source)s
FROM (
    SELECT coalesce(max(version), %(shipped)s) AS version FROM document_types WHERE tenant = %(tenant)s AND name = %(name)s
) AS newest
WHERE %(expected)s::int IS NULL OR newest.version = %(expected)s
ON CONFLICT DO NOTHING
RETURNING version;

-- name: newest_rules
SELECT version, rules FROM type_rules WHERE tenant = %(tenant)s AND type_name = %(name)s ORDER BY version DESC LIMIT 1;

-- name: rules_at
SELECT rules FROM type_rules WHERE tenant = %(tenant)s AND type_name = %(name)s AND version = %(version)s;

-- name: add_rules
INSERT INTO type_rules (tenant, type_name, version, rules)
SELECT %(tenant)s, %(name)s, newest.version + 1, %(rules)s
FROM (
    SELECT coalesce(max(version), 0) AS version FROM type_rules WHERE tenant = %(tenant)s AND type_name = %(name)s
) AS newest
WHERE %(expected)s::int IS NULL OR newest.version = %(expected)s
ON CONFLICT DO NOTHING
RETURNING version;
