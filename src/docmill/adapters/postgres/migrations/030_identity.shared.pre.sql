-- Keys get scopes, an end and a successor; beside them come who signs tokens, whom else docmill believes, and
-- people. Nobody but the service sees any of it: no tenant's role has a right here.

ALTER TABLE docmill.api_keys
    ALTER COLUMN tenant DROP NOT NULL,
    ADD COLUMN scopes text[] NOT NULL DEFAULT '{operator}',
    ADD COLUMN created_by text NOT NULL DEFAULT '',
    ADD COLUMN expires_at timestamptz,
    ADD COLUMN life interval,
    ADD COLUMN last_used_at timestamptz,
    ADD COLUMN replaced_by text REFERENCES docmill.api_keys,
    -- A key is of one tenant, or looks after the platform and reaches no tenant.
    ADD CONSTRAINT api_keys_tenant_or_platform CHECK ((tenant IS NULL) = (scopes = '{platform_admin}'));

-- `sealed` is the private key, encrypted with a secret that is not in the database; `seal` tells which.
CREATE TABLE docmill.signing_keys (
    kid text PRIMARY KEY,
    public_key json NOT NULL,
    sealed bytea NOT NULL,
    seal text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    signs_from timestamptz NOT NULL,
    signs_until timestamptz NOT NULL,
    verifies_until timestamptz NOT NULL
);

CREATE TABLE docmill.issuers (
    url text PRIMARY KEY,
    rule json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE docmill.people (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    email text NOT NULL UNIQUE,  -- in small letters
    password_hash text,
    platform_admin boolean NOT NULL DEFAULT false,
    created_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE docmill.memberships (
    person uuid NOT NULL REFERENCES docmill.people ON DELETE CASCADE,
    tenant text NOT NULL REFERENCES docmill.tenants ON DELETE CASCADE,
    role text NOT NULL CHECK (role IN ('viewer', 'reviewer', 'operator', 'admin')),
    granted_by text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (person, tenant)
);
CREATE INDEX memberships_of_tenant ON docmill.memberships (tenant);

CREATE TABLE docmill.sessions (
    id_sha256 bytea PRIMARY KEY,
    person uuid NOT NULL REFERENCES docmill.people ON DELETE CASCADE,
    tenant text,
    created_at timestamptz NOT NULL DEFAULT now(),
    used_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX sessions_of_person ON docmill.sessions (person);

-- Failed sign-ins by account and by network address, so that all replicas count together.
CREATE TABLE docmill.sign_in_tries (
    who text PRIMARY KEY,
    since timestamptz NOT NULL,
    tries int NOT NULL
);

GRANT SELECT, INSERT, UPDATE, DELETE ON docmill.signing_keys, docmill.issuers, docmill.people, docmill.memberships,
    docmill.sessions, docmill.sign_in_tries TO docmill_service;
