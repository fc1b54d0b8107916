-- `result` is json and not jsonb: its hash is of what was put, digit for digit.
CREATE TABLE archive (
    tenant text NOT NULL,
    document uuid NOT NULL,
    version int NOT NULL,
    run uuid NOT NULL,
    sha256 text NOT NULL,
    time timestamptz NOT NULL,
    result json NOT NULL,
    PRIMARY KEY (tenant, document, version)
);
CREATE TRIGGER archive_is_immutable BEFORE UPDATE ON archive FOR EACH ROW EXECUTE FUNCTION docmill.refuse_update();
