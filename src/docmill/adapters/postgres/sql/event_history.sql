-- name: last
SELECT last FROM docmill.sequencer;

-- name: position_of
SELECT position FROM docmill.journal WHERE document = %(document)s AND id = %(event)s AND position IS NOT NULL;

-- name: between
-- As the tenant's role: the policy hides what is others'. The range bounds what is looked at.
SELECT id, type, tenant, document, run, time, cause, trace, data, position
FROM docmill.journal WHERE position > %(after)s AND position <= %(until)s AND tenant = %(tenant)s ORDER BY position;

-- name: batches
SELECT id, batch FROM documents WHERE tenant = %(tenant)s AND id = ANY (%(documents)s);
