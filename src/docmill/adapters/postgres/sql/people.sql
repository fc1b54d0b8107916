-- name: add
INSERT INTO docmill.people (email, platform_admin) VALUES (%(email)s, %(platform_admin)s)
ON CONFLICT (email) DO UPDATE SET platform_admin = excluded.platform_admin
RETURNING id AS person, email, platform_admin, password_hash IS NOT NULL AS has_password, created_at;

-- name: list
SELECT p.id AS person, p.email, p.platform_admin, p.password_hash IS NOT NULL AS has_password, p.created_at,
    coalesce((SELECT json_agg(json_build_array(m.tenant, m.role) ORDER BY m.tenant) FROM docmill.memberships m WHERE m.person = p.id),
        '[]') AS roles
FROM docmill.people p ORDER BY p.email LIMIT %(most)s;

-- name: set_password
-- Whoever had a session with the old one has none any more.
WITH changed AS (
    UPDATE docmill.people SET password_hash = %(hash)s WHERE email = %(email)s RETURNING id
), ended AS (
    DELETE FROM docmill.sessions s USING changed WHERE s.person = changed.id
)
SELECT id FROM changed;

-- name: rehash
UPDATE docmill.people SET password_hash = %(hash)s WHERE id = %(person)s AND password_hash = %(old)s RETURNING id;

-- name: members
SELECT p.id AS person, p.email, m.role, m.granted_by, m.created_at
FROM docmill.memberships m JOIN docmill.people p ON p.id = m.person
WHERE m.tenant = %(tenant)s AND (%(email)s::text IS NULL OR p.email = %(email)s)
ORDER BY p.email LIMIT %(most)s;

-- name: grant
WITH given AS (
    SELECT EXISTS (SELECT FROM docmill.tenants WHERE id = %(tenant)s) AS found,
        (SELECT count(*) FROM docmill.memberships WHERE tenant = %(tenant)s) < %(most)s AS room
), person AS (
    INSERT INTO docmill.people (email) SELECT %(email)s FROM given WHERE found AND room
    ON CONFLICT (email) DO UPDATE SET email = excluded.email
    RETURNING id, email
), granted AS (
    INSERT INTO docmill.memberships AS m (person, tenant, role, granted_by)
    SELECT id, %(tenant)s, %(role)s, %(by)s FROM person
    ON CONFLICT (person, tenant) DO UPDATE SET role = excluded.role, granted_by = excluded.granted_by
    RETURNING m.person, m.role, m.granted_by, m.created_at
)
SELECT found, room, granted.person, person.email, role, granted_by, created_at
FROM given LEFT JOIN person ON true LEFT JOIN granted ON true;

-- name: revoke
DELETE FROM docmill.memberships m USING docmill.people p
WHERE p.id = m.person AND m.tenant = %(tenant)s AND p.email = %(email)s RETURNING p.id;

-- name: password_of
SELECT id, password_hash FROM docmill.people WHERE email = %(email)s;

-- name: count_tries
-- Each try counts before it is looked at, so that many at once are not more than many in a row. In the order of
-- names: two who count the same names cannot wait for each other.
INSERT INTO docmill.sign_in_tries AS t (who, since, tries)
SELECT who, now(), 1 FROM unnest(%(who)s::text[]) AS who ORDER BY who
ON CONFLICT (who) DO UPDATE SET
    since = CASE WHEN t.since <= now() - make_interval(secs => %(window_s)s) THEN now() ELSE t.since END,
    tries = CASE WHEN t.since <= now() - make_interval(secs => %(window_s)s) THEN 1 ELSE least(t.tries + 1, 1000000) END
RETURNING who, tries, ceil(extract(epoch FROM since - now()) + %(window_s)s)::int AS wait_s;

-- name: forgive
-- The right password is no failed try of its account, nor of its address.
UPDATE docmill.sign_in_tries SET tries = CASE WHEN who = %(account)s THEN 0 ELSE greatest(tries - 1, 0) END
WHERE who = ANY (%(who)s) RETURNING who;

-- name: tidy
-- Sessions that have ended, and tries that count no more.
WITH ended AS (
    DELETE FROM docmill.sessions
    WHERE used_at < now() - make_interval(secs => %(idle_s)s) OR created_at < now() - make_interval(secs => %(whole_s)s)
)
DELETE FROM docmill.sign_in_tries WHERE since < now() - make_interval(secs => %(window_s)s) RETURNING who;

-- name: begin_session
-- Who has one tenant and nothing else to look after acts in it from the start.
INSERT INTO docmill.sessions (id_sha256, person, tenant)
SELECT %(id)s, p.id, CASE WHEN NOT p.platform_admin THEN
    (SELECT min(m.tenant) FROM docmill.memberships m WHERE m.person = p.id HAVING count(*) = 1) END
FROM docmill.people p WHERE p.id = %(person)s
RETURNING person;

-- name: session
SELECT s.person, s.tenant, s.created_at, p.email, p.platform_admin,
    s.used_at < now() - make_interval(secs => %(used_s)s) AS stale,
    coalesce((SELECT json_agg(json_build_array(m.tenant, m.role) ORDER BY m.tenant) FROM docmill.memberships m WHERE m.person = p.id),
        '[]') AS roles
FROM docmill.sessions s JOIN docmill.people p ON p.id = s.person
WHERE s.id_sha256 = %(id)s AND s.used_at > now() - make_interval(secs => %(idle_s)s)
    AND s.created_at > now() - make_interval(secs => %(whole_s)s);

-- name: session_used
UPDATE docmill.sessions SET used_at = now() WHERE id_sha256 = %(id)s RETURNING person;

-- name: choose_tenant
UPDATE docmill.sessions s SET id_sha256 = %(new)s, tenant = %(tenant)s, used_at = now()
WHERE s.id_sha256 = %(id)s AND (%(tenant)s::text IS NULL OR EXISTS (
    SELECT FROM docmill.memberships m WHERE m.person = s.person AND m.tenant = %(tenant)s))
RETURNING person;

-- name: end_session
DELETE FROM docmill.sessions WHERE id_sha256 = %(id)s RETURNING person;
