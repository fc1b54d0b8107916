-- Put every table of a tenant schema under forced row-level security and give it to its role. The policy is
-- the same in a silo and in the pool, so that the same statements are right in both.
CREATE OR REPLACE FUNCTION docmill.protect(p_schema text, p_role text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    v_table regclass;
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO %I', p_schema, p_role);
    FOR v_table IN
        SELECT oid::regclass FROM pg_class WHERE relnamespace = p_schema::regnamespace AND relkind IN ('r', 'p')
    LOOP
        EXECUTE format('GRANT SELECT, INSERT, UPDATE, DELETE ON %s TO %I', v_table, p_role);
        EXECUTE format('ALTER TABLE %s ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY', v_table);
        CONTINUE WHEN EXISTS (SELECT FROM pg_policy WHERE polrelid = v_table AND polname = 'tenant_only');
        EXECUTE format('CREATE POLICY tenant_only ON %s TO %I USING (tenant = docmill.current_tenant())
            WITH CHECK (tenant = docmill.current_tenant())', v_table, p_role);
    END LOOP;
    EXECUTE format('GRANT USAGE ON ALL SEQUENCES IN SCHEMA %I TO %I', p_schema, p_role);
END $$;
