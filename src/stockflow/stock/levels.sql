-- serialize_opening --
-- Writers that need a new level queue here, before they hold any level.
SELECT pg_advisory_xact_lock(hashtextextended('stockflow.open_levels:' || %(company_id)s::text, 0))

-- hold_company --
SELECT 1 FROM companies WHERE id = %(company_id)s FOR SHARE

-- hold_products --
-- Before their categories: held, they cannot move to another one.
SELECT 1
  FROM products
 WHERE company_id = %(company_id)s AND id = ANY(%(products)s::bigint[])
 ORDER BY id
   FOR SHARE

-- hold_categories --
SELECT 1
  FROM categories
 WHERE company_id = %(company_id)s
   AND id IN (SELECT category_id FROM products
               WHERE company_id = %(company_id)s AND id = ANY(%(products)s::bigint[]))
 ORDER BY id
   FOR SHARE

-- hold_warehouses --
SELECT 1
  FROM warehouses
 WHERE company_id = %(company_id)s AND id = ANY(%(warehouses)s::bigint[])
 ORDER BY id
   FOR SHARE

-- open --
INSERT INTO stock_levels
       (company_id, product_id, warehouse_id, backorders, active, threshold, low_at_threshold,
        recent_since, average_cost)
SELECT c.id, p.id, w.id, coalesce(p.allow_backorders, c.allow_backorders),
       p.archived_at IS NULL AND w.active,
       coalesce(p.low_stock_threshold, g.low_stock_threshold,
                CASE p.product_type WHEN 'standard' THEN c.standard_low_stock_threshold END,
                c.default_low_stock_threshold),
       c.low_stock_at_threshold, %(since)s, coalesce(p.cost_price, 0)
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
  JOIN companies c ON c.id = %(company_id)s
  JOIN products p ON p.company_id = %(company_id)s AND p.id = k.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = k.warehouse_id
  LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = p.category_id
 ORDER BY p.id, w.id
ON CONFLICT (company_id, product_id, warehouse_id) DO NOTHING

-- lock_some --
-- The levels a change of rules concerns, in key order; a null filter does not narrow, and is left out
-- of the plan, which is made for the filters that are given. The rows stay here, only counted.
SELECT count(*)
  FROM (SELECT 1
          FROM stock_levels
         WHERE company_id = %(company_id)s
           AND (%(products)s::bigint[] IS NULL OR product_id = ANY(%(products)s::bigint[]))
           AND (%(warehouses)s::bigint[] IS NULL OR warehouse_id = ANY(%(warehouses)s::bigint[]))
           AND (%(category)s::bigint IS NULL
                OR product_id = ANY(ARRAY(SELECT id FROM products
                                           WHERE company_id = %(company_id)s
                                             AND category_id = %(category)s::bigint)))
         ORDER BY product_id, warehouse_id
           FOR UPDATE) AS locked

-- refresh --
-- Brings what a level knows of its product, category, warehouse and company up to date; same filters.
UPDATE stock_levels l
   SET backorders = fresh.backorders, active = fresh.active, threshold = fresh.threshold,
       low_at_threshold = fresh.low_at_threshold
  FROM (SELECT o.product_id, o.warehouse_id,
               coalesce(p.allow_backorders, c.allow_backorders) AS backorders,
               p.archived_at IS NULL AND w.active AS active,
               coalesce(o.own_threshold, p.low_stock_threshold, g.low_stock_threshold,
                        CASE p.product_type WHEN 'standard' THEN c.standard_low_stock_threshold END,
                        c.default_low_stock_threshold) AS threshold,
               c.low_stock_at_threshold AS low_at_threshold
          FROM stock_levels o
          JOIN companies c ON c.id = %(company_id)s
          JOIN products p ON p.company_id = %(company_id)s AND p.id = o.product_id
          JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = o.warehouse_id
          LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = p.category_id
         WHERE o.company_id = %(company_id)s
           AND (%(products)s::bigint[] IS NULL OR o.product_id = ANY(%(products)s::bigint[]))
           AND (%(warehouses)s::bigint[] IS NULL OR o.warehouse_id = ANY(%(warehouses)s::bigint[]))
           AND (%(category)s::bigint IS NULL
                OR o.product_id = ANY(ARRAY(SELECT id FROM products
                                             WHERE company_id = %(company_id)s
                                               AND category_id = %(category)s::bigint)))) AS fresh
 WHERE l.company_id = %(company_id)s
   AND l.product_id = fresh.product_id
   AND l.warehouse_id = fresh.warehouse_id
   AND (l.backorders, l.active, l.threshold, l.low_at_threshold)
       IS DISTINCT FROM (fresh.backorders, fresh.active, fresh.threshold, fresh.low_at_threshold)

-- occupied --
SELECT l.warehouse_id, w.code AS warehouse, trim_scale(l.available) AS available,
       trim_scale(l.reserved) AS reserved, trim_scale(l.damaged) AS damaged,
       trim_scale(l.in_transit) AS in_transit
  FROM stock_levels l
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = l.warehouse_id
 WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s
   AND (l.available <> 0 OR l.reserved <> 0 OR l.damaged <> 0 OR l.in_transit <> 0)
 ORDER BY l.warehouse_id

-- any_level --
SELECT EXISTS (SELECT FROM stock_levels WHERE company_id = %(company_id)s)

-- lock_behind --
-- Low levels whose `recent_sold` begins on another day than the period. A statement of its own: the
-- next one then sees what the postings wrote that these levels may have been taken from.
SELECT array_agg(product_id), array_agg(warehouse_id)
  FROM (SELECT product_id, warehouse_id
          FROM stock_levels
         WHERE company_id = %(company_id)s AND is_low AND recent_since <> %(since)s
         ORDER BY product_id, warehouse_id
         LIMIT %(most)s
           FOR UPDATE SKIP LOCKED) AS behind

-- advance --
-- Lets `recent_sold` begin at the start of the period, later or earlier than it did.
UPDATE stock_levels l
   SET recent_since = %(since)s,
       recent_sold = coalesce((SELECT sum(d.sold)
                                 FROM stock_days d
                                WHERE d.company_id = %(company_id)s
                                  AND d.product_id = l.product_id
                                  AND d.warehouse_id = l.warehouse_id
                                  AND d.day >= %(since)s), 0)
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS behind (product_id, warehouse_id)
 WHERE l.company_id = %(company_id)s
   AND l.product_id = behind.product_id
   AND l.warehouse_id = behind.warehouse_id
