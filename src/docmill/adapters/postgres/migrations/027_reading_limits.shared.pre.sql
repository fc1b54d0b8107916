-- What one file of a tenant may cost, where that is less than anybody's: {"pages_max": 100}.
ALTER TABLE docmill.tenants ADD COLUMN reading_limits json NOT NULL DEFAULT '{}';
