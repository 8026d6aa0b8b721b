-- forget_old --
DELETE FROM foundings WHERE user_id = %(user_id)s AND created_at < now() - interval '24 hours'

-- claim --
-- Of two at once the second waits here until the first has its company, or has failed.
INSERT INTO foundings (user_id, key_hash, fingerprint, company_id)
VALUES (%(user_id)s, %(key_hash)s, %(fingerprint)s, %(company_id)s)
    ON CONFLICT (user_id, key_hash) DO NOTHING

-- claimed --
SELECT f.company_id, f.fingerprint
  FROM foundings f
 WHERE f.user_id = %(user_id)s AND f.key_hash = %(key_hash)s
