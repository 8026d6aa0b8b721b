-- by_session --
-- With the answer that is kept for the form's key, where it has one.
SELECT s.id, s.user_id, u.name, u.email, u.locale,
       s.last_seen_at < now() - interval '1 minute', m.role, m.warehouse_ids,
       c.name, c.currency, c.timezone, c.case_sensitive_skus, c.allow_backorders,
       c.default_low_stock_threshold, c.standard_low_stock_threshold, c.low_stock_at_threshold,
       c.sales_period_days, c.backorder_orders, i.fingerprint, i.status, i.headers, i.body
  FROM sessions s
  JOIN users u ON u.id = s.user_id
  LEFT JOIN memberships m ON m.company_id = %(company_id)s AND m.user_id = s.user_id
  LEFT JOIN companies c ON c.id = %(company_id)s
  LEFT JOIN idempotency_keys i ON i.company_id = %(company_id)s
                              AND i.key = %(retry_key)s
                              AND i.created_at >= now() - interval '24 hours'
 WHERE s.token_hash = %(token_hash)s AND s.revoked_at IS NULL AND NOT s.half_open
   AND s.expires_at > now() AND s.last_seen_at > now() - interval '14 days'

-- find --
SELECT s.user_id, u.name, u.email, u.locale, s.id AS session_id,
       u.totp_since IS NOT NULL AS second_factor
  FROM sessions s
  JOIN users u ON u.id = s.user_id
 WHERE s.token_hash = %(token_hash)s AND s.revoked_at IS NULL AND s.half_open = %(half_open)s
   AND s.expires_at > now() AND s.last_seen_at > now() - interval '14 days'

-- open --
INSERT INTO sessions (token_hash, user_id, half_open, address, user_agent, expires_at)
VALUES (%(token_hash)s, %(user_id)s, %(half_open)s, %(address)s, %(user_agent)s,
        now() + CASE WHEN %(half_open)s THEN interval '10 minutes' ELSE interval '90 days' END)
RETURNING id

-- forget_old --
-- Sessions nobody can use any more are kept as long as they tell where somebody usually signs in.
DELETE FROM sessions
 WHERE user_id = %(user_id)s
   AND (created_at < now() - interval '90 days' OR half_open AND expires_at < now())

-- touch --
-- Skips a session another request is touching: the time of last use needs no queue.
UPDATE sessions
   SET last_seen_at = now()
 WHERE id = (SELECT id FROM sessions WHERE id = %(id)s FOR UPDATE SKIP LOCKED)

-- list_own --
SELECT s.id, s.address, s.user_agent, s.created_at, s.last_seen_at,
       s.id = %(session_id)s AS is_current
  FROM sessions s
 WHERE s.user_id = %(user_id)s AND s.revoked_at IS NULL AND NOT s.half_open
   AND s.expires_at > now() AND s.last_seen_at > now() - interval '14 days'
 ORDER BY s.last_seen_at DESC, s.id DESC

-- revoke --
UPDATE sessions
   SET revoked_at = now()
 WHERE user_id = %(user_id)s AND id = %(id)s AND revoked_at IS NULL
RETURNING id

-- revoke_others --
UPDATE sessions
   SET revoked_at = now()
 WHERE user_id = %(user_id)s AND revoked_at IS NULL AND id IS DISTINCT FROM %(kept)s::bigint
