-- name: known
-- What belongs to the platform, as the start of each of the checks below. A right counts where it is written
-- down: with owners, memberships and entries all as expected, there is no other way to a row.
WITH tenants AS (
    SELECT t.id, t.tier, r.oid AS role, 'docmill_t_' || t.id AS rolname,
        CASE t.tier WHEN 'pool' THEN 'docmill_pool' ELSE 't_' || t.id END AS schema
    FROM docmill.tenants t LEFT JOIN pg_roles r ON r.rolname = 'docmill_t_' || t.id
), places AS (
    SELECT n.oid, n.nspname AS schema, n.nspowner, n.nspacl, n.nspname <> 'docmill' AS of_tenants,
        to_regrole(CASE n.nspname WHEN 'docmill' THEN 'docmill_tenants' WHEN 'docmill_pool' THEN 'docmill_pool_tenants'
            ELSE quote_ident('docmill_t_' || substr(n.nspname, 3)) END)::oid AS role
    FROM pg_namespace n
    WHERE n.nspname IN ('docmill', 'docmill_pool') OR n.nspname IN (SELECT schema FROM tenants)
), relations AS MATERIALIZED (
    SELECT c.oid, format('%I.%I', p.schema, c.relname) AS name, c.relname, c.relkind, c.relowner, c.relacl, c.reloptions,
        c.relrowsecurity AND c.relforcerowsecurity AS forced, p.schema, p.role, p.of_tenants
    FROM places p JOIN pg_class c ON c.relnamespace = p.oid AND c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f')
), rights AS MATERIALIZED (
    SELECT r.*, a.grantee, a.privilege_type, a.is_grantable, NULL::name AS attname
    FROM relations r CROSS JOIN LATERAL aclexplode(r.relacl) a WHERE a.grantee <> r.relowner
    UNION ALL
    SELECT r.*, a.grantee, a.privilege_type, a.is_grantable, t.attname
    FROM relations r JOIN pg_attribute t ON t.attrelid = r.oid AND t.attacl IS NOT NULL
    CROSS JOIN LATERAL aclexplode(t.attacl) a WHERE a.grantee <> r.relowner
), seen AS MATERIALIZED (
    -- Tables with rows of tenants, and tables of the platform that tenants may look at.
    SELECT * FROM relations r
    WHERE r.relkind IN ('r', 'p') AND (r.of_tenants
        OR EXISTS (SELECT FROM rights x WHERE x.oid = r.oid AND x.grantee = 'docmill_tenants'::regrole))
), functions AS (
    SELECT p.oid, p.oid::regprocedure::text AS name, p.proowner, p.prosecdef, p.proleakproof, p.proconfig, l.lanname, n.nspname,
        coalesce(p.proacl, acldefault('f', p.proowner)) AS proacl
    FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace JOIN pg_language l ON l.oid = p.prolang
    WHERE (n.nspname = 'public' OR n.oid IN (SELECT oid FROM places))
        AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e')
), roles AS (
    SELECT oid, rolname, rolcanlogin, rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication AS mighty
    FROM pg_roles WHERE rolname IN ('docmill_service', 'docmill_owner', 'docmill_tenants', 'docmill_pool_tenants')
        OR rolname ~ '^docmill_t_'
)

-- name: roles
SELECT rolname || ': has rights beyond those of a plain role' AS fault FROM roles WHERE mighty
UNION ALL
SELECT rolname || ': may log in' FROM roles WHERE rolcanlogin AND rolname <> 'docmill_service'
UNION ALL
SELECT rolname || ': there is no such role' FROM tenants WHERE role IS NULL
UNION ALL
SELECT format('%s: is not a member of %s', t.rolname, g.name)
FROM tenants t CROSS JOIN LATERAL (
    SELECT 'docmill_tenants' AS name UNION ALL SELECT 'docmill_pool_tenants' WHERE t.tier = 'pool') g
WHERE t.role IS NOT NULL
    AND NOT EXISTS (SELECT FROM pg_auth_members m WHERE m.member = t.role AND m.roleid = to_regrole(g.name) AND m.inherit_option)
UNION ALL
SELECT format('%s: is a member of %s too', r.rolname, m.roleid::regrole)
FROM pg_auth_members m JOIN roles r ON r.oid = m.member LEFT JOIN tenants t ON t.role = m.member
WHERE NOT CASE
    WHEN r.rolname ~ '^docmill_t_' THEN m.roleid = 'docmill_tenants'::regrole
        OR m.roleid = 'docmill_pool_tenants'::regrole AND t.tier IS DISTINCT FROM 'silo'
    WHEN r.rolname = 'docmill_service' THEN m.roleid::regrole::text ~ '^"?docmill_t_'
    ELSE false END
UNION ALL
-- Who makes roles without being a superuser administers them, and has none of their rights by that.
SELECT format('%s: %s may act as it', r.rolname, m.member::regrole)
FROM pg_auth_members m JOIN roles r ON r.oid = m.roleid
WHERE (m.inherit_option OR m.set_option) AND CASE
    WHEN r.rolname ~ '^docmill_t_' THEN m.member <> 'docmill_service'::regrole OR m.inherit_option OR m.admin_option
    WHEN r.rolname IN ('docmill_tenants', 'docmill_pool_tenants') THEN m.set_option OR m.member::regrole::text !~ '^"?docmill_t_'
    ELSE NOT EXISTS (SELECT FROM pg_roles a WHERE a.oid = m.member AND (a.rolsuper OR a.rolcreaterole)) END
UNION ALL
SELECT format('%s: starts with settings of its own', r.rolname)
FROM pg_db_role_setting s JOIN roles r ON r.oid = s.setrole
UNION ALL
SELECT format('%s: may be set by %s', p.parname, coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'))
FROM pg_parameter_acl p CROSS JOIN LATERAL aclexplode(p.paracl) a
WHERE a.grantee = 0 OR a.grantee IN (SELECT oid FROM roles);

-- name: rights
-- Nothing for PUBLIC, for tenants their own tables, for the service the platform's; what more there is, is a fault.
SELECT schema || ': does not belong to docmill_owner' AS fault FROM places WHERE nspowner <> 'docmill_owner'::regrole
UNION ALL
SELECT name || ': does not belong to docmill_owner' FROM relations WHERE relowner <> 'docmill_owner'::regrole
UNION ALL
SELECT format('%s: %s has %s', p.schema, coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'), a.privilege_type)
FROM places p CROSS JOIN LATERAL aclexplode(p.nspacl) a
WHERE a.grantee <> p.nspowner AND (a.is_grantable OR a.privilege_type <> 'USAGE' OR a.grantee IS DISTINCT FROM p.role
    AND (p.of_tenants OR a.grantee <> 'docmill_service'::regrole))
UNION ALL
-- A table there would come after the tenant's own, and a function of it runs with the rights of whoever calls it.
SELECT format('public: %s has CREATE', coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'))
FROM pg_namespace n CROSS JOIN LATERAL aclexplode(n.nspacl) a
WHERE n.nspname = 'public' AND a.privilege_type = 'CREATE' AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM roles))
UNION ALL
-- Temporary tables are looked for before all others.
SELECT format('database: %s has %s', coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'), a.privilege_type)
FROM pg_database d CROSS JOIN LATERAL aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
WHERE d.datname = current_database() AND a.privilege_type <> 'CONNECT' AND (a.grantee = 0 OR a.grantee IN (SELECT oid FROM roles))
UNION ALL
SELECT format('%s: %s has %s', name || coalesce('.' || quote_ident(attname), ''),
    coalesce(nullif(grantee, 0)::regrole::text, 'PUBLIC'), privilege_type)
FROM rights
WHERE is_grantable OR CASE
    -- TRUNCATE knows no policies, REFERENCES asks after others' keys, TRIGGER runs code in others' names.
    WHEN privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE', 'USAGE') THEN true
    WHEN of_tenants THEN grantee IS DISTINCT FROM role
    WHEN grantee = 'docmill_service'::regrole THEN false
    WHEN grantee = 'docmill_tenants'::regrole THEN privilege_type <> 'SELECT' OR NOT (
        -- Every table and column of the platform that a tenant may look at is named here.
        name IN ('docmill.journal', 'docmill.webhooks', 'docmill.deliveries', 'docmill.delivery_attempts') AND attname IS NULL
        OR name = 'docmill.claims' AND coalesce(attname NOT IN ('worker', 'fence', 'charged'), false))
    ELSE true END
UNION ALL
SELECT format('%s: %s may run it', f.name, coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'))
FROM functions f CROSS JOIN LATERAL aclexplode(f.proacl) a
WHERE f.nspname <> 'public' AND a.grantee <> f.proowner AND a.grantee NOT IN ('docmill_service'::regrole, 'docmill_tenants'::regrole)
UNION ALL
SELECT format('%s.%I: PUBLIC may use the type', p.schema, t.typname)
FROM pg_type t JOIN places p ON p.oid = t.typnamespace
CROSS JOIN LATERAL aclexplode(coalesce(t.typacl, acldefault('T', t.typowner))) a
WHERE a.grantee = 0 AND t.typtype <> 'p' AND t.typcategory <> 'A'
    AND NOT EXISTS (SELECT FROM pg_class c WHERE c.oid = t.typrelid AND c.relkind <> 'c')
UNION ALL
SELECT format('default privileges of %s: %s gets %s on what is made', d.defaclrole::regrole,
    coalesce(nullif(a.grantee, 0)::regrole::text, 'PUBLIC'), a.privilege_type)
FROM pg_default_acl d CROSS JOIN LATERAL aclexplode(d.defaclacl) a
WHERE d.defaclrole = 'docmill_owner'::regrole AND a.grantee <> d.defaclrole
UNION ALL
SELECT 'default privileges of docmill_owner: PUBLIC gets EXECUTE on what is made'
WHERE NOT EXISTS (SELECT FROM pg_default_acl
    WHERE defaclrole = 'docmill_owner'::regrole AND defaclnamespace = 0 AND defaclobjtype = 'f')
UNION ALL
SELECT format('large object %s: has no policy', oid) FROM pg_largeobject_metadata
UNION ALL
SELECT format('%s: %s may run it', p.oid::regprocedure, a.grantee::regrole)
FROM pg_proc p CROSS JOIN LATERAL aclexplode(p.proacl) a
WHERE p.pronamespace = 'pg_catalog'::regnamespace AND a.grantee IN (SELECT oid FROM roles)
UNION ALL
SELECT format('%s: %s has %s', c.oid::regclass, a.grantee::regrole, a.privilege_type)
FROM pg_class c CROSS JOIN LATERAL aclexplode(c.relacl) a
WHERE c.relnamespace = 'pg_catalog'::regnamespace AND a.grantee IN (SELECT oid FROM roles)
UNION ALL
SELECT format('%s: the tenant is of the pool, and has a schema', schema_of.nspname)
FROM tenants t JOIN pg_namespace schema_of ON schema_of.nspname = 't_' || t.id WHERE t.tier = 'pool'
UNION ALL
SELECT format('%s: the tenant has no schema', t.schema) FROM tenants t
WHERE NOT EXISTS (SELECT FROM places p WHERE p.schema = t.schema);

-- name: policies
SELECT name || ': row-level security is not forced' AS fault FROM seen WHERE NOT forced
UNION ALL
SELECT name || ': there is no policy' FROM seen s
WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = s.oid AND p.polpermissive)
UNION ALL
-- A restrictive policy can only take away.
SELECT format('%s: the policy %I lets through more than the own rows', s.name, p.polname)
FROM seen s JOIN pg_policy p ON p.polrelid = s.oid AND p.polpermissive
WHERE NOT CASE
    WHEN p.polroles = ARRAY['docmill_service'::regrole::oid] THEN NOT s.of_tenants
    ELSE p.polroles = ARRAY[s.role]
        AND coalesce(pg_get_expr(p.polqual, p.polrelid), '(tenant = docmill.current_tenant())') = '(tenant = docmill.current_tenant())'
        AND coalesce(pg_get_expr(p.polwithcheck, p.polrelid), '(tenant = docmill.current_tenant())') = '(tenant = docmill.current_tenant())'
    END
UNION ALL
-- A key that is the same in all tenants tells one of them what another has.
SELECT format('%s: the unique index %I is not the tenant''s own', s.name, c.relname)
FROM seen s JOIN pg_index i ON i.indrelid = s.oid AND i.indisunique JOIN pg_class c ON c.oid = i.indexrelid
WHERE s.of_tenants AND NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = s.oid AND a.attnum = ANY (i.indkey::int2[]) AND a.attname = 'tenant')
UNION ALL
SELECT format('%s: the foreign key %I asks after rows of every tenant', s.name, k.conname)
FROM seen s JOIN pg_constraint k ON k.conrelid = s.oid AND k.contype = 'f'
WHERE s.of_tenants AND NOT EXISTS (
    SELECT FROM pg_attribute a WHERE a.attrelid = s.oid AND a.attnum = ANY (k.conkey) AND a.attname = 'tenant');

-- name: code
-- INVOKER functions need no search path of their own: they can do what their caller can, and nobody but the owner
-- can put anything into a schema that it looks through.
SELECT f.name || ': runs as its owner, and its search path is not pinned' AS fault
FROM functions f WHERE f.prosecdef
    AND NOT EXISTS (SELECT FROM unnest(f.proconfig) AS c WHERE c IN ('search_path=pg_catalog, pg_temp', 'search_path=""'))
UNION ALL
SELECT f.name || ': runs as its owner, who is not docmill_owner'
FROM functions f WHERE f.prosecdef AND f.proowner <> 'docmill_owner'::regrole
UNION ALL
SELECT f.name || ': does not belong to docmill_owner'
FROM functions f WHERE NOT f.prosecdef AND f.proowner <> 'docmill_owner'::regrole
UNION ALL
SELECT f.name || ': runs as its owner, and tenants may run it'
FROM functions f CROSS JOIN LATERAL aclexplode(f.proacl) a
WHERE f.prosecdef AND a.grantee NOT IN (f.proowner, 'docmill_service'::regrole)
UNION ALL
SELECT f.name || ': changes its role' FROM functions f
WHERE EXISTS (SELECT FROM unnest(f.proconfig) AS c WHERE c ~ '^(role|session_authorization|session_replication_role)=')
UNION ALL
SELECT f.name || ': is called leakproof, so it sees rows before the policies do' FROM functions f WHERE f.proleakproof
UNION ALL
SELECT format('%s: is written in %s', f.name, f.lanname) FROM functions f WHERE f.lanname NOT IN ('sql', 'plpgsql')
UNION ALL
SELECT f.name || ': is not in the schema docmill' FROM functions f WHERE f.nspname <> 'docmill'
UNION ALL
SELECT name || ': the view shows what its owner sees' FROM relations
WHERE relkind = 'v' AND NOT coalesce(reloptions && ARRAY['security_invoker=true', 'security_invoker=on', 'security_invoker=1'], false)
UNION ALL
SELECT name || ': a materialized view has no policies' FROM relations WHERE relkind = 'm'
UNION ALL
SELECT format('%s: the rule %I rewrites what is asked', r.name, w.rulename)
FROM relations r JOIN pg_rewrite w ON w.ev_class = r.oid WHERE r.relkind IN ('r', 'p')
UNION ALL
SELECT format('%s: the trigger %I calls a function that is not in the schema docmill', r.name, t.tgname)
FROM relations r JOIN pg_trigger t ON t.tgrelid = r.oid AND NOT t.tgisinternal JOIN pg_proc p ON p.oid = t.tgfoid
WHERE p.pronamespace <> 'docmill'::regnamespace
UNION ALL
SELECT format('%s: has parts in another schema', r.name)
FROM relations r JOIN pg_inherits i ON i.inhparent = r.oid JOIN pg_class c ON c.oid = i.inhrelid
WHERE c.relnamespace <> r.schema::regnamespace;

-- name: outside
-- Ways out of the database, and code that is not the platform's. The extensions beside ours only count and measure.
SELECT format('extension %s: is not one that docmill needs', extname) AS fault FROM pg_extension
WHERE extname NOT IN ('plpgsql', 'vector', 'btree_gin', 'pg_stat_statements', 'pg_buffercache', 'pgstattuple', 'pg_visibility', 'amcheck')
UNION ALL
SELECT format('language %s: is not trusted', lanname) FROM pg_language WHERE NOT lanpltrusted AND lanname NOT IN ('internal', 'c')
UNION ALL
SELECT format('foreign server %s: rows may leave', srvname) FROM pg_foreign_server
UNION ALL
SELECT format('foreign-data wrapper %s: rows may leave', fdwname) FROM pg_foreign_data_wrapper
UNION ALL
SELECT name || ': a foreign table has no policies' FROM relations WHERE relkind = 'f'
UNION ALL
SELECT format('publication %s: sends %I.%I, without policies', pubname, schemaname, tablename)
FROM pg_publication_tables WHERE schemaname IN (SELECT schema FROM places WHERE of_tenants)
UNION ALL
SELECT format('public.%I: is not part of an extension', c.relname)
FROM pg_class c
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
UNION ALL
SELECT format('%s: an event trigger that is not the platform''s', evtname) FROM pg_event_trigger;
