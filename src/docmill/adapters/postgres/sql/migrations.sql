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
    IF NOT pg_has_role(current_user, 'docmill_owner', 'SET') THEN
        EXECUTE format('GRANT docmill_owner TO %I', current_user);
    END IF;
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
    ALTER DEFAULT PRIVILEGES IN SCHEMA docmill REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
END $$;

-- name: applied
SELECT number, checksum FROM docmill.migrations WHERE schema = %(schema)s;

-- name: record
INSERT INTO docmill.migrations (number, schema, name, checksum)
VALUES (%(number)s, %(schema)s, %(name)s, %(checksum)s);

-- name: silos
SELECT id FROM docmill.tenants WHERE tier = 'silo' ORDER BY id;

-- name: grant_functions
DO $$
BEGIN
    REVOKE EXECUTE ON ALL FUNCTIONS IN SCHEMA docmill FROM PUBLIC;
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA docmill TO docmill_service, docmill_tenants;
    REVOKE EXECUTE ON FUNCTION docmill.protect, docmill.ensure_partitions, docmill.drop_empty_partitions FROM docmill_tenants;
    PERFORM docmill.ensure_partitions();
END $$;

-- name: protect
SELECT docmill.protect(%(schema)s, %(role)s);
