-- outlook --
-- A product has few levels, and at most as many days in each as are summed. What is on its way are open
-- lines of approved orders, which alone have a warehouse.
WITH coming AS MATERIALIZED (
    SELECT l.warehouse_id, sum(l.open_quantity) AS quantity, min(o.expected_date) AS first_day
      FROM purchase_order_lines l
      JOIN purchase_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
     WHERE l.company_id = %(company_id)s
       AND l.product_id = %(product_id)s
       AND l.open_quantity > 0
       AND l.warehouse_id IS NOT NULL
     GROUP BY l.warehouse_id
), place AS (
    SELECT warehouse_id
      FROM stock_levels
     WHERE company_id = %(company_id)s AND product_id = %(product_id)s
     UNION
    SELECT warehouse_id FROM coming
)
SELECT w.id AS warehouse_id, w.code AS warehouse_code, w.name AS warehouse_name,
       trim_scale(coalesce(l.available, 0)) AS available,
       trim_scale(coalesce(l.in_transit, 0)) AS in_transit,
       trim_scale(coalesce(coming.quantity, 0)) AS on_order, coming.first_day AS next_arrival,
       trim_scale(demand.period) AS sold_in_period, trim_scale(demand.month) AS sold_30_days,
       trim_scale(demand.quarter) AS sold_90_days
  FROM place
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = place.warehouse_id
  LEFT JOIN stock_levels l ON l.company_id = %(company_id)s
                          AND l.product_id = %(product_id)s
                          AND l.warehouse_id = place.warehouse_id
  LEFT JOIN coming ON coming.warehouse_id = place.warehouse_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(sold) FILTER (WHERE day >= %(since)s::date), 0) AS period,
              coalesce(sum(sold) FILTER (WHERE day >= %(since_30)s::date), 0) AS month,
              coalesce(sum(sold) FILTER (WHERE day >= %(since_90)s::date), 0) AS quarter
         FROM stock_days
        WHERE company_id = %(company_id)s
          AND product_id = %(product_id)s
          AND warehouse_id = place.warehouse_id
          AND day >= least(%(since)s::date, %(since_90)s::date)) AS demand
 WHERE %(allowed)s::bigint[] IS NULL OR place.warehouse_id = ANY(%(allowed)s::bigint[])
 ORDER BY w.code_key
