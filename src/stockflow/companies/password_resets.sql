-- make --
INSERT INTO password_resets (token_hash, user_id, expires_at)
VALUES (%(token_hash)s, %(user_id)s, now() + interval '1 hour')

-- forget_old --
DELETE FROM password_resets WHERE user_id = %(user_id)s AND expires_at < now()

-- user_of --
SELECT r.user_id
  FROM password_resets r
 WHERE r.token_hash = %(token_hash)s AND r.expires_at > now()

-- use --
DELETE FROM password_resets
 WHERE token_hash = %(token_hash)s AND expires_at > now()
RETURNING user_id

-- forget --
DELETE FROM password_resets WHERE user_id = %(user_id)s

-- confirmed --
SELECT u.address_confirmed_at IS NOT NULL, u.totp_since IS NOT NULL
  FROM users u
 WHERE u.id = %(user_id)s
   FOR UPDATE

-- set_password --
UPDATE users
   SET password_hash = %(password_hash)s,
       address_confirmed_at = coalesce(address_confirmed_at, now())
 WHERE id = %(user_id)s
