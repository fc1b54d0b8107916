-- name: columns
q.document, q.run, r.version, q.kind, d.name, q.type_name, q.batch, q.loss, q.rank, q.rules, q.doubts, q.entered_at, q.uploaded_at,
CASE WHEN q.lease_until > clock_timestamp() THEN q.lease END AS lease, q.lease_holder, q.lease_until, q.postponed_until, q.note

-- name: queue
SELECT {columns}
FROM (
    SELECT * FROM reviews WHERE {conditions} ORDER BY rank DESC, document DESC LIMIT {limit}
) q
JOIN runs r ON r.tenant = q.tenant AND r.id = q.run
JOIN documents d ON d.tenant = q.tenant AND d.id = q.document
ORDER BY q.rank DESC, q.document DESC;

-- name: item
SELECT {columns}
FROM reviews q JOIN runs r ON r.tenant = q.tenant AND r.id = q.run JOIN documents d ON d.tenant = q.tenant AND d.id = q.document
WHERE q.document = %(document)s AND q.state = 'open';

-- name: take
SELECT docmill.take_review(%(tenant)s, %(document)s, %(subject)s, %(lease)s, %(lease_s)s, %(where)s) AS document;

-- name: keep
SELECT docmill.keep_review(%(tenant)s, %(document)s, %(subject)s, %(lease)s, %(lease_s)s);

-- name: save
SELECT docmill.save_review(
    %(tenant)s, %(save)s, %(change)s, %(result)s, %(values)s, %(next)s, %(again)s, %(corrections)s, %(events)s, %(key_hours)s) AS answer;

-- name: answered
SELECT request_hash, answer FROM review_saves
WHERE key = %(key)s AND time >= now() - make_interval(hours => %(key_hours)s);

-- name: corrections
SELECT s.id AS save, s.run, s.run_number, s.kind, s.subject, s.time, c.ordinal, c.operation, c.path, c.field, c.outcome, c.before, c.after,
    c.page, c.box, c.raw_text, c.evidence, c.reason
FROM corrections c JOIN review_saves s ON s.tenant = c.tenant AND s.id = c.save
WHERE c.document = %(document)s ORDER BY s.time, s.id, c.ordinal;

-- name: settings
SELECT version, types, secret FROM review_settings;

-- name: put_settings
SELECT docmill.put_review_settings(%(tenant)s, %(types)s, %(secret)s, %(expected)s) AS version;

-- name: totals
SELECT type_name, kind, count(*) AS saves, count(DISTINCT document) AS documents, count(*) FILTER (WHERE outcome = 'changed') AS changed,
    count(*) FILTER (WHERE outcome = 'rejected') AS rejected, count(*) FILTER (WHERE outcome = 'postponed') AS postponed,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY handling_s) AS handling_s_median
FROM review_saves WHERE {conditions} GROUP BY type_name, kind ORDER BY type_name, kind;

-- name: waited
SELECT type_name, count(*) AS ended,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM ended_at - entered_at)) AS in_review_s_median
FROM reviews WHERE state = 'done' AND kind = 'review' AND outcome IN ('validated', 'archived', 'rejected') AND {conditions}
GROUP BY type_name ORDER BY type_name;

-- name: fields
SELECT s.type_name, s.kind, c.field, c.outcome, count(*) AS values
FROM review_saves s JOIN corrections c ON c.tenant = s.tenant AND c.save = s.id
WHERE c.outcome IN ('confirmed', 'changed', 'missed', 'cleared') AND c.field <> '' AND {conditions}
GROUP BY s.type_name, s.kind, c.field, c.outcome ORDER BY s.type_name, c.field, c.outcome;

-- name: waiting
SELECT type_name, kind, count(*) AS documents, extract(epoch FROM now() - min(entered_at)) AS oldest_s
FROM reviews WHERE state = 'open' GROUP BY type_name, kind ORDER BY type_name, kind;

-- name: people
SELECT subject, count(*) AS saves, count(DISTINCT document) AS documents,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY handling_s) AS handling_s_median
FROM review_saves WHERE {conditions} GROUP BY subject ORDER BY subject;
