-- by_api_key --
SELECT k.id, k.role, k.warehouse_ids,
       k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute',
       c.name, c.currency, c.timezone, c.case_sensitive_skus, c.allow_backorders,
       c.default_low_stock_threshold, c.standard_low_stock_threshold, c.low_stock_at_threshold,
       c.sales_period_days
  FROM api_keys k
  JOIN companies c ON c.id = k.company_id
 WHERE k.company_id = %s AND k.secret_hash = %s AND k.revoked_at IS NULL AND c.id = %s

-- company --
SELECT c.name, c.currency, c.timezone, c.case_sensitive_skus, c.allow_backorders,
       c.default_low_stock_threshold, c.standard_low_stock_threshold, c.low_stock_at_threshold,
       c.sales_period_days
  FROM companies c
 WHERE c.id = %s

-- touch --
-- Skips a key another request is touching: the time of last use needs no queue.
UPDATE api_keys
   SET last_used_at = now()
 WHERE company_id = %(company_id)s
   AND id = (SELECT id FROM api_keys
              WHERE company_id = %(company_id)s AND id = %(id)s
                FOR UPDATE SKIP LOCKED)
