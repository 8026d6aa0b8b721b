-- user --
-- `addresses`: where the person has signed in from in the last 90 days.
SELECT u.id, u.email, u.password_hash, u.totp_since IS NOT NULL AS second_factor,
       ARRAY(SELECT DISTINCT s.address
               FROM sessions s
              WHERE s.user_id = u.id AND NOT s.half_open) AS addresses
  FROM users u
 WHERE u.email_key = %(email_key)s

-- password_of --
SELECT u.password_hash FROM users u WHERE u.id = %(user_id)s

-- hold --
-- Until this transaction ends the password stays what it was when it was compared.
SELECT u.id
  FROM users u
 WHERE u.id = %(user_id)s AND u.password_hash = %(password_hash)s
   FOR SHARE

-- rehash --
UPDATE users SET password_hash = %(new_hash)s
 WHERE id = %(user_id)s AND password_hash = %(password_hash)s

-- end --
UPDATE sessions SET revoked_at = now() WHERE token_hash = %(token_hash)s AND revoked_at IS NULL

-- replace_password --
UPDATE users SET password_hash = %(new_hash)s
 WHERE id = %(user_id)s AND password_hash IS NOT DISTINCT FROM %(password_hash)s
RETURNING id

-- forget_resets --
-- Whoever asked for a link before the password was changed must not change it back.
DELETE FROM password_resets WHERE user_id = %(user_id)s
