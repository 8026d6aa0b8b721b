-- defer --
-- Nothing is added where the job waits already for that moment or an earlier one. The shared lock on it
-- keeps it from beginning before this transaction has ended, so that it sees what it was asked for; one
-- that has begun is skipped, and a new one added. So nobody waits here. A job long due is no help: one
-- request after another would hold it back.
WITH waiting AS (
    SELECT
      FROM jobs
     WHERE company_id = %(company_id)s AND name = %(name)s
       AND due_at <= coalesce(%(at)s::timestamptz, now())
       AND due_at > now() - interval '2 seconds'
     ORDER BY due_at
     LIMIT 1
       FOR SHARE SKIP LOCKED
)
INSERT INTO jobs (company_id, name, due_at)
SELECT %(company_id)s, %(name)s, coalesce(%(at)s::timestamptz, now())
 WHERE NOT EXISTS (SELECT FROM waiting)

-- due --
-- Of all companies, by a function that has the owner's rights and shows nothing else of them.
SELECT company_id, name, id FROM due_jobs(%(most)s)

-- claim --
-- Whatever was asked for under this name, however often, begins together; one worker at a time. Taken
-- away first, so that the job may ask for itself again; where its process is killed, this is undone.
WITH claimed AS MATERIALIZED (
    SELECT id, due_at
      FROM jobs
     WHERE company_id = %(company_id)s AND name = %(name)s
       AND (SELECT pg_try_advisory_xact_lock(
                       hashtextextended('stockflow.job:' || %(company_id)s::text || ':' || %(name)s, 0)))
       FOR UPDATE SKIP LOCKED
), taken AS (
    DELETE FROM jobs j
     USING claimed
     WHERE j.company_id = %(company_id)s AND j.id = claimed.id
       AND EXISTS (SELECT FROM claimed WHERE due_at <= now())
    RETURNING j.attempts
)
SELECT max(attempts) FROM taken

-- try_again --
-- A second later, then twice as long each time, at most an hour.
INSERT INTO jobs (company_id, name, due_at, attempts)
VALUES (%(company_id)s, %(name)s,
        now() + least(interval '1 second' * 2 ^ least(%(attempts)s, 12), interval '1 hour'),
        %(attempts)s + 1)
