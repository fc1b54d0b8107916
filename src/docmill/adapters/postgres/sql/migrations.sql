-- name: lock
-- One at a time, over all processes; the lock goes with the session.
SELECT pg_advisory_lock(hashtextextended('docmill.migrations', 0));

-- name: prepare
-- Roles, schemas and the list of what has run. Roles belong to the server, so they may be there already.
DO $$
DECLARE
    v_role text;
BEGIN
    FOREACH v_role IN ARRAY ARRAY['docmill_owner', 'docmill_tenants', 'docmill_pool_tenants'] LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v_role) THEN
            EXECUTE format('CREATE ROLE %I NOLOGIN', v_role);
        END IF;
    END LOOP;
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'docmill_service') THEN
        CREATE ROLE docmill_service LOGIN;
    END IF;
    -- Tenants of earlier releases could be left for their group, which is no tenant.
    FOR v_role IN
        SELECT format('%s TO %s', roleid::regrole, member::regrole) FROM pg_auth_members
        WHERE set_option AND roleid IN ('docmill_tenants'::regrole, 'docmill_pool_tenants'::regrole)
            AND member::regrole::text ~ '^"?docmill_t_'
    LOOP
        EXECUTE format('GRANT %s WITH INHERIT TRUE, SET FALSE', v_role);
    END LOOP;
    IF NOT pg_has_role(current_user, 'docmill_owner', 'SET') THEN
        EXECUTE format('GRANT docmill_owner TO %I', current_user);
    END IF;
    -- A temporary table is found before any other of its name.
    EXECUTE format('REVOKE TEMPORARY ON DATABASE %I FROM PUBLIC', current_database());
    IF to_regtype('public.vector') IS NULL THEN
        CREATE EXTENSION vector SCHEMA public;
    END IF;
    CREATE EXTENSION IF NOT EXISTS btree_gin SCHEMA public;
    -- Under row-level security an index serves only operators that are known not to leak. `@@` is not marked as
    -- one, and every search would read all chunks of the tenant. It tells nothing but its result: no error that
    -- names a value, no side effect. Only a superuser may say so; without one searching is slower and finds the same.
    BEGIN
        ALTER FUNCTION pg_catalog.ts_match_vq(tsvector, tsquery) LEAKPROOF;
    EXCEPTION WHEN insufficient_privilege THEN
        RAISE NOTICE 'full-text search works without its index: ts_match_vq could not be marked leakproof';
    END;
    IF to_regnamespace('docmill') IS NULL THEN
        CREATE SCHEMA docmill AUTHORIZATION docmill_owner;
    END IF;
    IF to_regnamespace('docmill_pool') IS NULL THEN
        CREATE SCHEMA docmill_pool AUTHORIZATION docmill_owner;
    END IF;
    SET LOCAL ROLE docmill_owner;
    IF to_regclass('docmill.migrations') IS NULL THEN
        CREATE TABLE docmill.migrations (
            number int NOT NULL,
            schema text NOT NULL,
            name text NOT NULL,
            checksum text NOT NULL,
            applied_at timestamptz NOT NULL DEFAULT now(),
            PRIMARY KEY (number, schema)
        );
    END IF;
    -- By which version of docmill.protect the tables of a schema were put under row-level security.
    IF to_regclass('docmill.guards') IS NULL THEN
        CREATE TABLE docmill.guards (schema text PRIMARY KEY, checksum text NOT NULL);
    END IF;
    -- Not in one schema: what is given to PUBLIC everywhere cannot be taken back for a part.
    ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
    ALTER DEFAULT PRIVILEGES REVOKE USAGE ON TYPES FROM PUBLIC;
END $$;

-- name: applied
SELECT schema, number, checksum FROM docmill.migrations;

-- name: record
INSERT INTO docmill.migrations (number, schema, name, checksum)
SELECT number, %(schema)s, name, checksum
FROM unnest(%(numbers)s::int[], %(names)s::text[], %(checksums)s::text[]) AS done (number, name, checksum);

-- name: silos
SELECT id FROM docmill.tenants WHERE tier = 'silo' ORDER BY id;

-- name: unchecked
-- For the rest of the session. The functions name tenants' tables, which are on the search path only when they run.
SET check_function_bodies = off;

-- name: grant_functions
-- What runs as the owner is for the service alone.
DO $$
DECLARE
    v_function regprocedure;
BEGIN
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA docmill FROM PUBLIC;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA docmill TO docmill_service, docmill_tenants;
    REVOKE EXECUTE ON FUNCTION docmill.protect FROM docmill_service, docmill_tenants;
    FOR v_function IN SELECT oid FROM pg_proc WHERE pronamespace = 'docmill'::regnamespace AND prosecdef LOOP
        EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM docmill_tenants', v_function);
    END LOOP;
    PERFORM docmill.ensure_partitions();
END $$;

-- name: guards
SELECT schema, checksum FROM docmill.guards;

-- name: protect
WITH guarded AS (
    INSERT INTO docmill.guards (schema, checksum) VALUES (%(schema)s, %(guard)s)
    ON CONFLICT (schema) DO UPDATE SET checksum = excluded.checksum
)
SELECT docmill.protect(%(schema)s, %(role)s);

-- name: ready
SELECT to_regclass('docmill.migrations') IS NOT NULL AND to_regclass('docmill.tenants') IS NOT NULL AS ready;
