-- offer --
UPDATE users SET totp_secret = %(secret)s
 WHERE id = %(user_id)s AND totp_since IS NULL
RETURNING email

-- secret --
-- Held, so that of two requests with one code the second sees that it was used.
SELECT totp_secret, totp_since, totp_last_step
  FROM users
 WHERE id = %(user_id)s
   FOR UPDATE

-- confirm --
UPDATE users SET totp_since = now(), totp_last_step = %(step)s WHERE id = %(user_id)s

-- use_step --
UPDATE users SET totp_last_step = %(step)s, totp_secret = %(secret)s WHERE id = %(user_id)s

-- use_recovery_code --
DELETE FROM recovery_codes
 WHERE user_id = %(user_id)s AND code_hash = %(code_hash)s
RETURNING code_hash

-- forget_recovery_codes --
DELETE FROM recovery_codes WHERE user_id = %(user_id)s

-- keep_recovery_codes --
INSERT INTO recovery_codes (user_id, code_hash)
SELECT %(user_id)s, c.code_hash FROM unnest(%(code_hashes)s::bytea[]) AS c (code_hash)

-- count_recovery_codes --
SELECT count(*) FROM recovery_codes WHERE user_id = %(user_id)s

-- switch_off --
UPDATE users SET totp_secret = NULL, totp_since = NULL, totp_last_step = NULL
 WHERE id = %(user_id)s AND totp_since IS NOT NULL
RETURNING id

-- some --
SELECT u.id, u.totp_secret
  FROM users u
 WHERE u.id > %(after)s AND u.totp_secret IS NOT NULL
 ORDER BY u.id
 LIMIT %(limit)s
   FOR UPDATE

-- seal --
UPDATE users AS u
   SET totp_secret = n.secret
  FROM unnest(%(ids)s::bigint[], %(secrets)s::text[]) AS n (id, secret)
 WHERE u.id = n.id
