-- own --
SELECT own_threshold
  FROM stock_levels
 WHERE company_id = %(company_id)s AND product_id = %(product_id)s AND warehouse_id = %(warehouse_id)s

-- set_own --
UPDATE stock_levels
   SET own_threshold = %(threshold)s, updated_at = now()
 WHERE company_id = %(company_id)s AND product_id = %(product_id)s AND warehouse_id = %(warehouse_id)s

-- of_product --
-- The four places a threshold may be set, and the one that holds.
SELECT l.warehouse_id, w.code AS warehouse_code, trim_scale(l.own_threshold) AS own,
       trim_scale(p.low_stock_threshold) AS product, trim_scale(g.low_stock_threshold) AS category,
       CASE p.product_type WHEN 'standard' THEN trim_scale(c.standard_low_stock_threshold) END
       AS product_type,
       trim_scale(c.default_low_stock_threshold) AS company, trim_scale(l.threshold) AS effective
  FROM stock_levels l
  JOIN companies c ON c.id = %(company_id)s
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = l.warehouse_id
  LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = p.category_id
 WHERE l.company_id = %(company_id)s
   AND l.product_id = %(product_id)s
   AND (%(warehouse_id)s::bigint IS NULL OR l.warehouse_id = %(warehouse_id)s::bigint)
   AND (%(allowed)s::bigint[] IS NULL OR l.warehouse_id = ANY(%(allowed)s::bigint[]))
 ORDER BY l.warehouse_id
