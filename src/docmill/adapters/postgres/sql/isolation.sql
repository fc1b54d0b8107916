-- name: faults
-- One row for everything by which one tenant might see another's rows.
WITH tenant_schemas AS (
    SELECT oid, nspname FROM pg_namespace WHERE nspname = 'docmill_pool'
    UNION ALL
    SELECT n.oid, n.nspname FROM docmill.tenants t JOIN pg_namespace n ON n.nspname = 't_' || t.id
), tenant_tables AS (
    SELECT c.oid, format('%I.%I', s.nspname, c.relname) AS name, c.relrowsecurity, c.relforcerowsecurity, c.relacl
    FROM tenant_schemas s JOIN pg_class c ON c.relnamespace = s.oid AND c.relkind IN ('r', 'p')
), shared_tables AS (
    SELECT oid, format('docmill.%I', relname) AS name, relrowsecurity, relforcerowsecurity, relacl
    FROM pg_class WHERE relnamespace = 'docmill'::regnamespace AND relkind IN ('r', 'p')
), seen_by_tenants AS (
    SELECT * FROM tenant_tables
    UNION ALL
    SELECT * FROM shared_tables WHERE has_table_privilege('docmill_tenants', oid, 'SELECT')
), tenant_roles AS (
    SELECT oid, rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles WHERE rolname ~ '^docmill_t_'
)
SELECT name || ': row-level security is not forced' AS fault
FROM seen_by_tenants WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION ALL
SELECT t.name || ': a policy lets through more than the own rows: ' || p.polname
FROM seen_by_tenants t JOIN pg_policy p ON p.polrelid = t.oid
WHERE p.polname <> 'service_all'
    AND pg_get_expr(p.polqual, p.polrelid) IS DISTINCT FROM '(tenant = docmill.current_tenant())'
UNION ALL
SELECT t.name || ': a policy lets others than the service see all rows'
FROM seen_by_tenants t JOIN pg_policy p ON p.polrelid = t.oid
WHERE p.polname = 'service_all' AND p.polroles <> ARRAY['docmill_service'::regrole::oid]
UNION ALL
SELECT t.name || ': there is no policy'
FROM seen_by_tenants t WHERE NOT EXISTS (SELECT FROM pg_policy p WHERE p.polrelid = t.oid)
UNION ALL
SELECT name || ': PUBLIC has rights'
FROM (SELECT name, relacl FROM tenant_tables UNION ALL SELECT name, relacl FROM shared_tables) t
WHERE EXISTS (SELECT FROM aclexplode(t.relacl) WHERE grantee = 0)
UNION ALL
SELECT oid::regprocedure || ': PUBLIC may run it'
FROM pg_proc WHERE pronamespace = 'docmill'::regnamespace AND has_function_privilege('public', oid, 'EXECUTE')
UNION ALL
SELECT t.name || ': docmill_service reaches it without becoming a tenant'
FROM tenant_tables t WHERE has_table_privilege('docmill_service', t.oid, 'SELECT, INSERT, UPDATE, DELETE')
UNION ALL
SELECT rolname || ': has rights beyond those of a plain role'
FROM pg_roles WHERE rolname = 'docmill_service' AND (rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb OR rolreplication)
UNION ALL
SELECT rolname || ': is more than a role to be entered' FROM tenant_roles WHERE rolsuper OR rolbypassrls OR rolcanlogin
UNION ALL
SELECT r.rolname || ': its rights are inherited by ' || m.member::regrole
FROM pg_auth_members m JOIN tenant_roles r ON r.oid = m.roleid WHERE m.inherit_option AND NOT m.admin_option
UNION ALL
SELECT r.rolname || ': may look into ' || s.nspname
FROM tenant_roles r CROSS JOIN tenant_schemas s
WHERE has_schema_privilege(r.oid, s.oid, 'USAGE')
    AND s.nspname <> (SELECT CASE tier WHEN 'pool' THEN 'docmill_pool' ELSE 't_' || id END
        FROM docmill.tenants WHERE 'docmill_t_' || id = r.rolname)
ORDER BY fault;
