-- keep --
-- A row of this key can only be one that has expired: a live one was answered with, not run again.
INSERT INTO idempotency_keys (company_id, key, fingerprint, status, headers, body)
VALUES (%(company_id)s, %(key)s, %(fingerprint)s, %(status)s, %(headers)s, %(body)s)
ON CONFLICT (company_id, key) DO UPDATE
   SET fingerprint = excluded.fingerprint, status = excluded.status, headers = excluded.headers,
       body = excluded.body, created_at = now()

-- purge --
-- Runs beside one answer in a hundred, so it removes what has expired faster than keys are added.
DELETE FROM idempotency_keys
 WHERE company_id = %(company_id)s
   AND key IN (SELECT key
                 FROM idempotency_keys
                WHERE company_id = %(company_id)s
                  AND created_at < now() - interval '24 hours'
                ORDER BY created_at
                LIMIT 1000
                  FOR UPDATE SKIP LOCKED)
