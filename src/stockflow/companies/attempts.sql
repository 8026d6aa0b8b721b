-- lock --
-- The rows of the buckets, made where missing, held in one order so that nobody waits in a circle.
INSERT INTO sign_in_attempts AS a (bucket, attempted_at, expires_at)
SELECT b.bucket, '{}', now() + %(window)s
  FROM unnest(%(buckets)s::bytea[]) AS b (bucket)
 ORDER BY b.bucket
    ON CONFLICT (bucket) DO UPDATE SET expires_at = excluded.expires_at
RETURNING a.bucket, a.attempted_at, clock_timestamp()

-- count --
UPDATE sign_in_attempts
   SET attempted_at = ARRAY(SELECT t FROM unnest(attempted_at) AS t WHERE t > %(since)s) || %(moment)s
 WHERE bucket = ANY(%(buckets)s)

-- forgive --
UPDATE sign_in_attempts
   SET attempted_at = array_remove(attempted_at, %(moment)s)
 WHERE bucket IN (SELECT bucket FROM sign_in_attempts
                   WHERE bucket = ANY(%(buckets)s) ORDER BY bucket FOR UPDATE)

-- purge --
DELETE FROM sign_in_attempts
 WHERE bucket IN (SELECT bucket FROM sign_in_attempts
                   WHERE expires_at < now() LIMIT 1000 FOR UPDATE SKIP LOCKED)
