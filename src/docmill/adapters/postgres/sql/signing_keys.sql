-- name: all
-- One row at least, for the time.
SELECT now() AS now, kid, public_key, seal, sealed, signs_from, signs_until, verifies_until
FROM (SELECT) AS once LEFT JOIN docmill.signing_keys ON verifies_until > now()
ORDER BY signs_from DESC, kid LIMIT 50;

-- name: add
INSERT INTO docmill.signing_keys (kid, public_key, seal, sealed, signs_from, signs_until, verifies_until)
VALUES (%(kid)s, %(public_key)s, %(seal)s, %(sealed)s, %(signs_from)s, %(signs_until)s, %(verifies_until)s)
RETURNING kid;

-- name: retire
UPDATE docmill.signing_keys
SET signs_until = least(signs_until, %(signs_until)s), verifies_until = least(verifies_until, %(verifies_until)s)
WHERE kid = ANY (%(kids)s) RETURNING kid;

-- name: forget
DELETE FROM docmill.signing_keys WHERE verifies_until < now() - interval '1 day' RETURNING kid;
