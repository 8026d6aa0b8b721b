-- claim --
-- One row a key. A second request with the same key waits here until the first has ended; a key older
-- than 24 hours is taken over as if it were new.
INSERT INTO idempotency_keys (company_id, key, fingerprint)
VALUES (%(company_id)s, %(key)s, %(fingerprint)s)
ON CONFLICT (company_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = NULL, headers = NULL, body = NULL,
       created_at = now()
 WHERE idempotency_keys.created_at < now() - interval '24 hours'
RETURNING key

-- kept --
SELECT fingerprint, status, headers, body
  FROM idempotency_keys
 WHERE company_id = %(company_id)s AND key = %(key)s

-- keep --
UPDATE idempotency_keys
   SET status = %(status)s, headers = %(headers)s, body = %(body)s
 WHERE company_id = %(company_id)s AND key = %(key)s

-- purge --
-- Runs beside one claim in a hundred, so it removes what has expired faster than keys are added.
DELETE FROM idempotency_keys
 WHERE company_id = %(company_id)s
   AND key IN (SELECT key
                 FROM idempotency_keys
                WHERE company_id = %(company_id)s
                  AND created_at < now() - interval '24 hours'
                ORDER BY created_at
                LIMIT 1000
                  FOR UPDATE SKIP LOCKED)
