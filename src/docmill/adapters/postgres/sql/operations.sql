-- name: reprocess
SELECT docmill.reprocess(
    %(tenant)s, %(document)s, %(run)s, %(ended)s, %(key)s, %(request_hash)s, %(key_hours)s, %(events)s) AS run;

-- name: cancel
SELECT docmill.cancel(
    %(tenant)s, %(document)s, %(run)s, %(sources)s, %(time)s, %(back)s, %(events)s, %(key)s, %(request_hash)s, %(key_hours)s) AS cancelled;

-- name: ended
SELECT document FROM docmill.ended(%(waiting)s, %(types)s);
