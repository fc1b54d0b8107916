-- Give back what was not used, and draw some of the tenant's allowance of documents. One statement a second for each
-- tenant and API process that takes uploads, and none in between.
CREATE OR REPLACE FUNCTION docmill.draw(p_tenant text, p_want double precision, p_back double precision) RETURNS TABLE (
    quota json, granted double precision, minute_documents double precision, minute_pages double precision,
    minute_cpu_seconds double precision, documents bigint, pages bigint, cpu_seconds double precision
) LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
DECLARE
    v_month date := date_trunc('month', now() AT TIME ZONE 'UTC');
    v record;
    v_documents int;
    v_since double precision;
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    SELECT t.quota INTO quota FROM docmill.tenants t WHERE t.id = p_tenant;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'there is no such tenant' USING ERRCODE = 'DM004';
    END IF;
    IF quota::text = '{}' THEN
        RETURN NEXT;
        RETURN;
    END IF;
    INSERT INTO docmill.allowances (tenant, at, minute_documents, minute_pages, minute_cpu_seconds, month)
    VALUES (p_tenant, '-infinity', 0, 0, 0, v_month) ON CONFLICT DO NOTHING;
    SELECT * INTO v FROM docmill.allowances a WHERE a.tenant = p_tenant FOR UPDATE;
    -- A clock that jumps back takes nothing away, and filling goes on from where it is then.
    v_since := CASE WHEN isfinite(v.at) THEN least(greatest(extract(epoch FROM clock_timestamp() - v.at), 0), 60) ELSE 60 END;
    v_documents := (quota->>'documents_per_minute')::int;
    minute_documents := docmill.filled(v.minute_documents + p_back, quota->>'documents_per_minute', v_since);
    minute_pages := docmill.filled(v.minute_pages, quota->>'pages_per_minute', v_since);
    minute_cpu_seconds := docmill.filled(v.minute_cpu_seconds, quota->>'cpu_seconds_per_minute', v_since);
    documents := CASE WHEN v.month = v_month THEN v.documents - p_back ELSE 0 END;
    granted := p_want;
    IF v_documents IS NOT NULL THEN
        granted := least(granted, floor(greatest(minute_documents, 0)));
    END IF;
    IF quota->>'documents_per_month' IS NOT NULL THEN
        granted := least(granted, greatest((quota->>'documents_per_month')::bigint - documents, 0));
    END IF;
    minute_documents := CASE WHEN v_documents IS NULL THEN 0 ELSE minute_documents - granted END;
    documents := documents + granted;
    UPDATE docmill.allowances a SET at = clock_timestamp(), minute_documents = draw.minute_documents,
        minute_pages = draw.minute_pages, minute_cpu_seconds = draw.minute_cpu_seconds, month = v_month, documents = draw.documents
    WHERE a.tenant = p_tenant;
    SELECT coalesce(sum(l.pages), 0), coalesce(sum(l.cpu_seconds), 0) INTO pages, cpu_seconds
    FROM docmill.ledger l WHERE l.tenant = p_tenant AND l.day >= v_month;
    RETURN NEXT;
END $$;

CREATE OR REPLACE FUNCTION docmill.filled(p_level double precision, p_per_minute text, p_seconds double precision)
RETURNS double precision LANGUAGE sql IMMUTABLE AS $$
    SELECT least(p_level + p_per_minute::double precision * p_seconds / 60, coalesce(p_per_minute::double precision, 0))
$$;

-- Write what a process has spent. In one order, so that two processes do not wait for each other.
CREATE OR REPLACE FUNCTION docmill.book(p_day date, p_costs json) RETURNS void
LANGUAGE plpgsql SET plan_cache_mode = force_generic_plan SET enable_seqscan = off AS $$
BEGIN
    PERFORM set_config('synchronous_commit', 'off', true);
    INSERT INTO docmill.ledger AS l (tenant, day, stage, messages, cpu_seconds, pages, received_bytes, sent_bytes, stored_bytes, llm_tokens)
    SELECT x.tenant, p_day, x.stage, x.messages, x.cpu_seconds, x.pages, x.received_bytes, x.sent_bytes, x.stored_bytes, x.llm_tokens
    FROM json_to_recordset(p_costs) AS x (tenant text, stage text, messages bigint, cpu_seconds double precision, pages bigint,
        received_bytes bigint, sent_bytes bigint, stored_bytes bigint, llm_tokens bigint)
    ORDER BY x.tenant, x.stage
    ON CONFLICT (tenant, day, stage) DO UPDATE SET messages = l.messages + excluded.messages,
        cpu_seconds = l.cpu_seconds + excluded.cpu_seconds, pages = l.pages + excluded.pages,
        received_bytes = l.received_bytes + excluded.received_bytes, sent_bytes = l.sent_bytes + excluded.sent_bytes,
        stored_bytes = l.stored_bytes + excluded.stored_bytes, llm_tokens = l.llm_tokens + excluded.llm_tokens;
    UPDATE docmill.allowances a
    SET minute_pages = a.minute_pages - spent.pages, minute_cpu_seconds = a.minute_cpu_seconds - spent.cpu_seconds
    FROM (SELECT x.tenant, sum(x.pages) AS pages, sum(x.cpu_seconds) AS cpu_seconds
        FROM json_to_recordset(p_costs) AS x (tenant text, pages bigint, cpu_seconds double precision) GROUP BY x.tenant) AS spent
    WHERE a.tenant = spent.tenant;
END $$;
