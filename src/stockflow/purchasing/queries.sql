-- lock --
-- The order before anything else: who receives, cancels, approves or edits it waits here for the others.
SELECT id, number, status, supplier_id, warehouse_id, currency, payment_terms, reference, notes,
       expected_date, line_count, total, author_user_ids, author_api_key_ids, approved_at, version
  FROM purchase_orders
 WHERE company_id = %(company_id)s
   AND id = %(id)s
   AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
   FOR NO KEY UPDATE

-- authors --
SELECT total, author_user_ids, author_api_key_ids
  FROM purchase_orders
 WHERE company_id = %(company_id)s AND id = %(id)s

-- lines --
-- The supplier's own SKU and terms are those of today.
SELECT l.id, l.line, l.product_id, p.sku, p.name AS product_name, t.supplier_sku,
       trim_scale(l.quantity) AS quantity, l.unit_cost::text AS unit_cost,
       round(l.quantity * l.unit_cost, greatest(4, min_scale(l.quantity * l.unit_cost)))::text
       AS line_total,
       trim_scale(l.good) AS good, trim_scale(l.damaged) AS damaged, trim_scale(l.missing) AS missing,
       trim_scale(l.cancelled) AS cancelled, trim_scale(l.open_quantity) AS open_quantity,
       trim_scale(t.minimum_order_quantity) AS minimum_order_quantity,
       trim_scale(t.order_multiple) AS order_multiple
  FROM purchase_order_lines l
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
  LEFT JOIN product_suppliers t ON t.company_id = %(company_id)s
                               AND t.product_id = l.product_id
                               AND t.supplier_id = %(supplier_id)s
 WHERE l.company_id = %(company_id)s AND l.order_id = %(order_id)s
 ORDER BY l.line

-- receipt_lines --
SELECT r.line_id, l.line, l.product_id, p.sku, p.name AS product_name,
       trim_scale(r.good) AS good, trim_scale(r.damaged) AS damaged, trim_scale(r.missing) AS missing,
       r.unit_cost::text AS unit_cost
  FROM purchase_receipt_lines r
  JOIN purchase_order_lines l ON l.company_id = %(company_id)s AND l.id = r.line_id
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
 WHERE r.company_id = %(company_id)s AND r.receipt_id = %(receipt_id)s
 ORDER BY l.line

-- on_order --
-- Lines of approved orders alone have a warehouse, and the index holds only those with something open.
SELECT k.product_id, k.warehouse_id, trim_scale(sum(l.open_quantity))
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
 CROSS JOIN LATERAL (
       SELECT open_quantity
         FROM purchase_order_lines
        WHERE company_id = %(company_id)s
          AND product_id = k.product_id
          AND warehouse_id = k.warehouse_id
          AND open_quantity > 0
       OFFSET 0) AS l
 GROUP BY k.product_id, k.warehouse_id

-- came --
-- More than was ordered counts as all of it.
SELECT order_id, trim_scale(round(sum(least(good + damaged, quantity)) / sum(quantity), 4))
  FROM purchase_order_lines
 WHERE company_id = %(company_id)s AND order_id = ANY(%(orders)s::bigint[])
 GROUP BY order_id

-- performance --
-- The lines are summed for each delivery, so that a delivery counts once.
SELECT count(*) AS deliveries,
       round(avg(r.lead_time_days), 1) AS lead_time_days,
       count(*) FILTER (WHERE o.expected_date IS NOT NULL) AS promised,
       count(*) FILTER (WHERE timezone(%(timezone)s, r.received_at)::date <= o.expected_date) AS on_time,
       trim_scale(coalesce(sum(l.good), 0)) AS good,
       trim_scale(coalesce(sum(l.damaged), 0)) AS damaged,
       trim_scale(coalesce(sum(l.missing), 0)) AS missing
  FROM purchase_orders o
  JOIN purchase_receipts r ON r.company_id = %(company_id)s AND r.order_id = o.id
 CROSS JOIN LATERAL (
       SELECT sum(good) AS good, sum(damaged) AS damaged, sum(missing) AS missing
         FROM purchase_receipt_lines
        WHERE company_id = %(company_id)s AND receipt_id = r.id) AS l
 WHERE o.company_id = %(company_id)s
   AND o.supplier_id = %(supplier_id)s
   AND r.received_at >= %(since)s
   AND (%(allowed)s::bigint[] IS NULL OR o.warehouse_id = ANY(%(allowed)s::bigint[]))

-- drafted --
-- Lines of orders that are not approved have no warehouse of their own yet: it is the order's.
SELECT k.product_id, k.warehouse_id, trim_scale(sum(l.open_quantity)) AS quantity,
       array_agg(DISTINCT o.number ORDER BY o.number) AS numbers
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
 CROSS JOIN LATERAL (
       SELECT order_id, open_quantity
         FROM purchase_order_lines
        WHERE company_id = %(company_id)s
          AND product_id = k.product_id
          AND warehouse_id IS NULL
          AND open_quantity > 0
       OFFSET 0) AS l
  JOIN purchase_orders o ON o.company_id = %(company_id)s
                        AND o.id = l.order_id
                        AND o.warehouse_id = k.warehouse_id
 GROUP BY k.product_id, k.warehouse_id

-- open_with_product --
-- Only orders that are not finished have lines with something open.
SELECT DISTINCT o.id, o.number, o.status
  FROM purchase_order_lines l
  JOIN purchase_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
 WHERE l.company_id = %(company_id)s
   AND l.product_id = %(product_id)s
   AND l.open_quantity > 0
 ORDER BY o.id
 LIMIT 20

-- costs --
-- What a unit costs by the supplier's terms, else by the product, as far as either is in the currency of
-- the order.
SELECT k.product_id, k.supplier_id,
       coalesce(CASE WHEN coalesce(s.currency, %(currency)s) = %(currency)s THEN t.cost_price END,
                CASE WHEN p.currency = %(currency)s THEN p.cost_price END)
  FROM unnest(%(products)s::bigint[], %(suppliers)s::bigint[]) AS k (product_id, supplier_id)
  JOIN suppliers s ON s.company_id = %(company_id)s AND s.id = k.supplier_id
  JOIN products p ON p.company_id = %(company_id)s AND p.id = k.product_id
  LEFT JOIN product_suppliers t ON t.company_id = %(company_id)s
                               AND t.product_id = k.product_id
                               AND t.supplier_id = k.supplier_id

-- payment_terms --
SELECT id, payment_terms
  FROM suppliers
 WHERE company_id = %(company_id)s AND id = ANY(%(suppliers)s::bigint[])

-- add_lines --
INSERT INTO purchase_order_lines (company_id, order_id, line, product_id, quantity, unit_cost)
SELECT %(company_id)s, *
  FROM unnest(%(orders)s::bigint[], %(lines)s::int[], %(products)s::bigint[],
              %(quantities)s::numeric[], %(unit_costs)s::numeric[])

-- remove_lines --
DELETE FROM purchase_order_lines WHERE company_id = %(company_id)s AND order_id = %(order_id)s

-- put_on_order --
UPDATE purchase_order_lines
   SET warehouse_id = %(warehouse_id)s
 WHERE company_id = %(company_id)s AND order_id = %(order_id)s

-- cancel_rest --
UPDATE purchase_order_lines
   SET cancelled = open_quantity
 WHERE company_id = %(company_id)s AND order_id = %(order_id)s AND open_quantity > 0

-- account --
-- The order is locked, and with it its lines.
UPDATE purchase_order_lines l
   SET good = l.good + k.good, damaged = l.damaged + k.damaged, missing = l.missing + k.missing
  FROM unnest(%(ids)s::bigint[], %(good)s::numeric[], %(damaged)s::numeric[], %(missing)s::numeric[])
       AS k (id, good, damaged, missing)
 WHERE l.company_id = %(company_id)s AND l.id = k.id

-- is_open --
SELECT EXISTS (SELECT FROM purchase_order_lines
                WHERE company_id = %(company_id)s AND order_id = %(order_id)s AND open_quantity > 0)

-- add_receipt --
INSERT INTO purchase_receipts
       (company_id, order_id, posting_id, delivery_reference, notes, received_at, lead_time_days, user_id,
        api_key_id)
VALUES (%(company_id)s, %(order_id)s, %(posting_id)s, %(delivery_reference)s, %(notes)s,
        %(received_at)s, %(lead_time_days)s, %(user_id)s, %(api_key_id)s)
RETURNING id

-- add_receipt_lines --
INSERT INTO purchase_receipt_lines
       (company_id, receipt_id, line_id, good, damaged, missing, unit_cost)
SELECT %(company_id)s, %(receipt_id)s, *
  FROM unnest(%(ids)s::bigint[], %(good)s::numeric[], %(damaged)s::numeric[],
              %(missing)s::numeric[], %(unit_costs)s::numeric[])
