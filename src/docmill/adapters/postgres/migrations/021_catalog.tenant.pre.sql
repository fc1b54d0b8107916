-- What a tenant has uploaded in the place of, or beside, the shipped types and rules. Versions are kept for good:
-- old results name them.
CREATE TABLE document_types (
    tenant text NOT NULL,
    name text NOT NULL,
    version int NOT NULL,
    source json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, name, version)
);

CREATE TABLE type_rules (
    tenant text NOT NULL,
    type_name text NOT NULL,
    version int NOT NULL,
    rules json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (tenant, type_name, version)
);
