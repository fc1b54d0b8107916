-- For tables whose rows are written once.
CREATE FUNCTION docmill.refuse_update() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'versions in the archive do not change' USING ERRCODE = 'DM002';
END $$;
