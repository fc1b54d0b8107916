-- name: position
SELECT position FROM docmill.followers WHERE name = 'webhooks';

-- name: skip
-- Nobody wants to be told anything: what is committed by now is done with. Whoever comes later is told what comes later.
UPDATE docmill.followers SET position = (SELECT last FROM docmill.sequencer)
WHERE name = 'webhooks' AND NOT EXISTS (SELECT FROM docmill.webhooks)
RETURNING position;

-- name: takers
SELECT DISTINCT tenant FROM docmill.webhooks WHERE tenant = ANY (%(tenants)s);

-- name: facts
-- What a letter says of a run, as the tenant's own role may see it. No name of a file and no value.
SELECT r.id AS run, r.number, r.state, r.type_name, r.pages, d.batch, d.parent
FROM runs r JOIN documents d ON d.tenant = r.tenant AND d.id = r.document
WHERE r.tenant = %(tenant)s AND r.id = ANY (%(runs)s);

-- name: corrections
-- Which of these events are corrections by a person.
SELECT id FROM docmill.journal
WHERE document = ANY (%(documents)s) AND id = ANY (%(events)s) AND type = %(type)s AND tenant = %(tenant)s;

-- name: follow
SELECT docmill.follow_journal(%(after)s, %(until)s, %(letters)s, %(batches)s, %(check_s)s) AS moved;

-- name: due_batches
SELECT tenant, batch, position, extract(epoch FROM now() - ended_at)::float8 AS quiet_s
FROM docmill.batch_watches WHERE due_at <= now() ORDER BY due_at LIMIT %(most)s;

-- name: settle_batch
SELECT docmill.settle_batch(%(tenant)s, %(batch)s, %(position)s, %(letter)s, %(due_s)s) AS settled;

-- name: lease
SELECT * FROM docmill.lease_deliveries(
    %(worker)s, %(most)s, %(each)s, %(tenant_most)s, %(failing)s, %(busy)s, %(lease_s)s, %(overlap_s)s);

-- name: finish
SELECT docmill.finish_delivery(
    %(id)s, %(fence)s, %(status)s, %(wait_s)s, %(attempt)s, %(note)s, %(failing_days)s) AS finished;

-- name: forsake
UPDATE docmill.deliveries SET due_at = now(), worker = NULL
WHERE status = 'pending' AND due_at IS NOT NULL AND worker = %(worker)s RETURNING id;

-- name: forget
SELECT docmill.forget_deliveries(%(days)s, %(most)s) AS forgotten;
