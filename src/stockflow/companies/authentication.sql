-- by_api_key --
-- With the answer that is kept for the request's Idempotency-Key, where it has one.
SELECT k.id, k.role, k.warehouse_ids,
       k.last_used_at IS NULL OR k.last_used_at < now() - interval '1 minute',
       c.name, c.currency, c.timezone, c.case_sensitive_skus, c.allow_backorders,
       c.default_low_stock_threshold, c.standard_low_stock_threshold, c.low_stock_at_threshold,
       c.sales_period_days, c.backorder_orders, i.fingerprint, i.status, i.headers, i.body
  FROM api_keys k
  JOIN companies c ON c.id = k.company_id
  LEFT JOIN idempotency_keys i ON i.company_id = %(company_id)s
                              AND i.key = %(retry_key)s
                              AND i.created_at >= now() - interval '24 hours'
 WHERE k.company_id = %(company_id)s AND k.secret_hash = %(secret_hash)s AND k.revoked_at IS NULL
   AND c.id = %(company_id)s

-- company --
SELECT c.name, c.currency, c.timezone, c.case_sensitive_skus, c.allow_backorders,
       c.default_low_stock_threshold, c.standard_low_stock_threshold, c.low_stock_at_threshold,
       c.sales_period_days, c.backorder_orders
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
