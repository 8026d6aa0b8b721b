-- waiting --
-- Each count goes by an index on the status, and so through the few documents that are open.
SELECT (SELECT count(*) FROM purchase_orders
         WHERE company_id = %(company_id)s AND status = 'submitted'
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[])))
       AS orders_to_approve,
       (SELECT count(*) FROM stock_counts
         WHERE company_id = %(company_id)s AND status = 'submitted'
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[])))
       AS counts_to_approve,
       (SELECT count(*) FROM adjustment_requests
         WHERE company_id = %(company_id)s AND status = 'waiting'
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_ids <@ %(allowed)s::bigint[]))
       AS adjustments_to_approve,
       orders.open AS orders_to_receive, orders.late AS orders_overdue,
       transfers.open AS transfers_to_receive, transfers.late AS transfers_overdue,
       sales.open AS sales_to_ship, sales.late AS sales_overdue
  FROM (SELECT count(*) AS open, count(*) FILTER (WHERE expected_date < %(today)s::date) AS late
          FROM purchase_orders
         WHERE company_id = %(company_id)s AND status IN ('approved', 'partially_received')
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))) AS orders,
       (SELECT count(*) AS open, count(*) FILTER (WHERE expected_date < %(today)s::date) AS late
          FROM transfers
         WHERE company_id = %(company_id)s AND status = 'in_transit'
           AND (%(allowed)s::bigint[] IS NULL
                OR to_warehouse_id = ANY(%(allowed)s::bigint[]))) AS transfers,
       (SELECT count(*) AS open, count(*) FILTER (WHERE expected_date < %(today)s::date) AS late
          FROM sales_orders
         WHERE company_id = %(company_id)s AND status IN ('confirmed', 'partially_shipped')
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_ids <@ %(allowed)s::bigint[])) AS sales

-- value --
SELECT w.id AS warehouse_id, w.code AS warehouse_code, w.name AS warehouse_name,
       held.value::text AS value, held.transit_value::text AS transit_value
  FROM (SELECT warehouse_id, sum(value) AS value, sum(transit_value) AS transit_value
          FROM stock_levels
         WHERE company_id = %(company_id)s
           AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
         GROUP BY warehouse_id) AS held
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = held.warehouse_id
 ORDER BY held.value DESC, w.code_key

-- settings --
-- For what reads much: its sums are then kept in memory instead of sorted on the disk.
SET LOCAL work_mem = '64MB'

-- trade --
-- Movements lie in the order of their ids, which is nearly that of time. So the first posting since a
-- moment is found by halving; the moment given lies a day early, for postings that took long to commit.
-- One row for each day, then one for each product that sold most.
WITH RECURSIVE search (low, high) AS (
    SELECT 0::bigint, coalesce(max(id), 0) + 1
      FROM stock_postings
     WHERE company_id = %(company_id)s
     UNION ALL
    SELECT CASE WHEN found.recorded_at < %(early)s THEN found.id + 1 ELSE search.low END,
           CASE WHEN found.recorded_at < %(early)s THEN search.high
                ELSE (search.low + search.high) / 2 END
      FROM search
     CROSS JOIN LATERAL (
           SELECT id, recorded_at
             FROM stock_postings
            WHERE company_id = %(company_id)s AND id >= (search.low + search.high) / 2
            ORDER BY id
            LIMIT 1) AS found
     WHERE search.low < search.high
), summed AS MATERIALIZED (
    SELECT day, product_id, sum(arrived) AS arrived, sum(gone) AS gone, sum(sold) AS sold
      FROM (SELECT (occurred_at AT TIME ZONE %(timezone)s)::date AS day, product_id,
                   greatest(quantity_change, 0) AS arrived, greatest(-quantity_change, 0) AS gone,
                   CASE WHEN type IN ('sale', 'return') THEN -quantity_change END AS sold
              FROM stock_movements
             WHERE company_id = %(company_id)s
               AND id >= (SELECT max(low) * 100000 FROM search)
               AND occurred_at >= %(since)s
               AND bucket <> 'in_transit'
               AND type NOT IN ('reserve', 'release', 'damage', 'transfer_in', 'transfer_out')
               AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))) AS m
     GROUP BY GROUPING SETS ((day), (product_id))
)
SELECT day, trim_scale(arrived), trim_scale(gone), NULL AS product_id, NULL AS sku, NULL AS name,
       NULL AS sold
  FROM summed
 WHERE product_id IS NULL
 UNION ALL
(SELECT NULL, NULL, NULL, p.id, p.sku, p.name, trim_scale(top.sold)
   FROM (SELECT product_id, sold
           FROM summed
          WHERE product_id IS NOT NULL AND sold > 0
          ORDER BY sold DESC, product_id
          LIMIT %(most)s) AS top
   JOIN products p ON p.company_id = %(company_id)s AND p.id = top.product_id
  ORDER BY top.sold DESC, p.id)

-- dead --
-- Products that lie somewhere and sold nowhere since a day. Which days a product has is read until one
-- with a sale is met, and not at all where the newest day of all its levels lies before.
WITH held AS (
    SELECT product_id, sum(available + reserved + damaged) AS on_hand, sum(value) AS value,
           max(last_day) AS last_day
      FROM stock_levels
     WHERE company_id = %(company_id)s
       AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
     GROUP BY product_id
    HAVING sum(available + reserved + damaged) > 0
), dead AS MATERIALIZED (
    SELECT *
      FROM held
     WHERE last_day < %(since)s::date
        OR NOT EXISTS (SELECT FROM stock_days d
                        WHERE d.company_id = %(company_id)s
                          AND d.product_id = held.product_id
                          AND d.day >= %(since)s::date
                          AND d.sold > 0
                          AND (%(allowed)s::bigint[] IS NULL
                               OR d.warehouse_id = ANY(%(allowed)s::bigint[])))
)
SELECT p.id AS product_id, p.sku, p.name AS product_name, trim_scale(top.on_hand) AS on_hand,
       top.value::text AS value, (SELECT count(*) FROM dead) AS products,
       (SELECT sum(value) FROM dead)::text AS total
  FROM (SELECT * FROM dead ORDER BY value DESC, product_id LIMIT %(most)s) AS top
  JOIN products p ON p.company_id = %(company_id)s AND p.id = top.product_id
 ORDER BY top.value DESC, p.id

-- documents_of_product --
-- What is open of a product, ends soonest first. A bundle's order counts for its components as well.
SELECT *
  FROM (SELECT 'purchase_order' AS kind, o.id, o.number, o.status, o.expected_date,
               trim_scale(sum(l.open_quantity)) AS quantity
          FROM purchase_order_lines l
          JOIN purchase_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
         WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s AND l.open_quantity > 0
           AND (%(allowed)s::bigint[] IS NULL OR o.warehouse_id = ANY(%(allowed)s::bigint[]))
         GROUP BY o.company_id, o.id
        UNION ALL
        SELECT 'sales_order', o.id, o.number, o.status, o.expected_date, trim_scale(sum(l.open))
          FROM (SELECT order_id, quantity - shipped - cancelled AS open
                  FROM sales_order_lines
                 WHERE company_id = %(company_id)s AND product_id = %(product_id)s
                   AND shipped + cancelled < quantity
                UNION ALL
                SELECT l.order_id, (l.quantity - l.shipped - l.cancelled) * c.quantity
                  FROM sales_order_components c
                  JOIN sales_order_lines l ON l.company_id = %(company_id)s
                                          AND l.order_id = c.order_id
                                          AND l.id = c.line_id
                 WHERE c.company_id = %(company_id)s AND c.product_id = %(product_id)s
                   AND l.shipped + l.cancelled < l.quantity) AS l
          JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
         WHERE o.status IN ('draft', 'confirmed', 'partially_shipped')
           AND (%(allowed)s::bigint[] IS NULL OR o.warehouse_ids <@ %(allowed)s::bigint[])
         GROUP BY o.company_id, o.id
        UNION ALL
        SELECT 'transfer', t.id, t.number, t.status, t.expected_date,
               trim_scale(sum(CASE t.status
                              WHEN 'pending' THEN l.quantity
                              ELSE l.shipped - l.good - l.damaged - l.missing - l.returned END))
          FROM transfer_lines l
          JOIN transfers t ON t.company_id = %(company_id)s AND t.id = l.transfer_id
         WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s
           AND t.status IN ('pending', 'in_transit')
           AND (%(allowed)s::bigint[] IS NULL
                OR t.from_warehouse_id = ANY(%(allowed)s::bigint[])
                OR t.to_warehouse_id = ANY(%(allowed)s::bigint[]))
         GROUP BY t.company_id, t.id) AS document
 WHERE quantity > 0
 ORDER BY expected_date NULLS LAST, kind, id
 LIMIT %(most)s

-- first_steps --
SELECT EXISTS (SELECT FROM warehouses WHERE company_id = %(company_id)s) AS warehouse,
       EXISTS (SELECT FROM products WHERE company_id = %(company_id)s) AS products,
       EXISTS (SELECT FROM stock_postings WHERE company_id = %(company_id)s) AS stock,
       EXISTS (SELECT FROM suppliers WHERE company_id = %(company_id)s) AS supplier,
       EXISTS (SELECT FROM memberships WHERE company_id = %(company_id)s OFFSET 1)
       OR EXISTS (SELECT FROM invitations WHERE company_id = %(company_id)s) AS people
