-- Put a document's chunks in the place of those that it had. Arrays have one element for each chunk. The lock on
-- the document is one that erasing waits for, and that waits for erasing; that on the run is one of cancelling, and of
-- a further run that takes its place. Nothing is put of a run that is not shown any more: what it found is not to come back.
--
-- Once a tenant has more than `p_outside` chunks, new ones go into the graph. Counting them costs milliseconds, so
-- about one put in `p_outside` / 320 does; a few more chunks outside only make searching a little slower.
CREATE OR REPLACE FUNCTION docmill.put_chunks(
    p_tenant text, p_document uuid, p_run uuid, p_model text, p_pages int[], p_boxes text[], p_units text[],
    p_page_sizes text[], p_texts text[], p_words text[], p_embeddings text[], p_outside int
) RETURNS void LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_erased_at timestamptz;
    v_run record;
    v_in_graph boolean;
BEGIN
    PERFORM docmill.enter(p_tenant);
    SELECT d.erased_at INTO v_erased_at FROM documents d WHERE d.tenant = p_tenant AND d.id = p_document FOR SHARE;
    SELECT r.type_name, r.newest AND r.state <> 'cancelled' AS shown INTO v_run FROM runs r
    WHERE r.tenant = p_tenant AND r.document = p_document AND r.id = p_run FOR SHARE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such run' USING ERRCODE = 'DM004';
    ELSIF v_erased_at IS NOT NULL THEN
        RAISE EXCEPTION 'the document was erased' USING ERRCODE = 'DM006';
    ELSIF NOT v_run.shown THEN
        PERFORM docmill.leave();
        RETURN;
    END IF;
    SELECT EXISTS (SELECT FROM chunks c WHERE c.tenant = p_tenant AND c.in_graph) INTO v_in_graph;
    IF NOT v_in_graph AND random() * p_outside < 320 THEN
        SELECT count(*) + cardinality(p_texts) > p_outside INTO v_in_graph FROM (
            SELECT FROM chunks c WHERE c.tenant = p_tenant AND NOT c.in_graph LIMIT p_outside + 1) AS outside;
    END IF;
    DELETE FROM chunks c WHERE c.tenant = p_tenant AND c.document = p_document AND c.ordinal >= cardinality(p_texts);
    INSERT INTO chunks (tenant, document, ordinal, run, type_name, page, box, unit, page_size, text, words, model, embedding, in_graph)
    SELECT p_tenant, p_document, c.ordinal - 1, p_run, v_run.type_name, c.page, c.box::double precision[], c.unit,
        c.page_size::double precision[], c.text, c.words::tsvector, p_model, c.embedding::vector, v_in_graph
    FROM unnest(p_pages, p_boxes, p_units, p_page_sizes, p_texts, p_words, p_embeddings)
        WITH ORDINALITY AS c (page, box, unit, page_size, text, words, embedding, ordinal)
    ON CONFLICT (tenant, document, ordinal) DO UPDATE SET
        run = excluded.run, type_name = excluded.type_name, page = excluded.page, box = excluded.box,
        unit = excluded.unit, page_size = excluded.page_size, text = excluded.text, words = excluded.words,
        model = excluded.model, embedding = excluded.embedding, in_graph = excluded.in_graph;
    PERFORM docmill.leave();
END $$;
