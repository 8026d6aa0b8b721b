-- order --
-- Whether there is such an order for the actor, who may be limited to some warehouses.
SELECT id
  FROM sales_orders
 WHERE company_id = %(company_id)s
   AND id = %(order_id)s
   AND (%(warehouse_ids)s::bigint[] IS NULL OR warehouse_ids <@ %(warehouse_ids)s::bigint[])

-- returnable_lines --
-- The lines of the order that are asked for; the order is locked, so what they say stays true.
SELECT l.id, l.line, l.product_id, p.sku, p.product_type = 'bundle' AS is_bundle,
       trim_scale(l.shipped) AS shipped, trim_scale(l.returned) AS returned
  FROM sales_order_lines l
 CROSS JOIN LATERAL (
       SELECT p.sku, p.product_type
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = l.product_id
       OFFSET 0) AS p
 WHERE l.company_id = %(company_id)s
   AND l.order_id = %(order_id)s
   AND l.id = ANY(%(line_ids)s::bigint[])

-- shipped_parts --
-- What left for each of these places in the order, and from where; and what of its cost is still with
-- the customer, who gave back each time the share of what they had. Of a bundle, its components. Every
-- shipment and return is a posting of the order, and its movements know the place.
SELECT m.line, m.product_id, p.sku, p.archived_at IS NOT NULL AS archived,
       trim_scale(-sum(m.quantity_change) FILTER (WHERE m.type = 'sale')) AS quantity,
       (moving_value(0, 0, 0, -m.quantity_change,
                     CASE m.type WHEN 'sale' THEN -m.value_change END ORDER BY m.id))[2] AS cost,
       max(m.unit_price) AS unit_price,
       array_agg(DISTINCT m.warehouse_id) FILTER (WHERE m.type = 'sale') AS warehouse_ids
  FROM stock_postings s
 CROSS JOIN LATERAL (
       SELECT *
         FROM stock_movements m
        WHERE m.company_id = %(company_id)s
          AND m.id BETWEEN s.id * 100000 AND s.id * 100000 + 99999
       OFFSET 0) AS m
 CROSS JOIN LATERAL (
       SELECT p.sku, p.archived_at
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = m.product_id
       OFFSET 0) AS p
 WHERE s.company_id = %(company_id)s
   AND s.document_type = 'sales_order'
   AND s.document_id = %(order_id)s
   AND s.kind IN ('shipment', 'return')
   AND m.line = ANY(%(places)s::int[])
 GROUP BY m.line, m.product_id, p.sku, p.archived_at
 ORDER BY m.line, m.product_id

-- insert --
INSERT INTO sales_returns (company_id, order_id, number, reference, reason, posting_id)
VALUES (%(company_id)s, %(order_id)s, %(number)s, %(reference)s, %(reason)s, %(posting_id)s::bigint)
RETURNING id

-- insert_lines --
INSERT INTO sales_return_lines
       (company_id, order_id, return_id, line_id, warehouse_id, good, damaged, refused,
        reason)
SELECT %(company_id)s, %(order_id)s, %(return_id)s, n.*
  FROM unnest(%(line_ids)s::bigint[], %(warehouse_ids)s::bigint[], %(available)s::numeric[],
              %(damaged)s::numeric[], %(refused)s::numeric[], %(reasons)s::text[]) AS n

-- count_lines --
UPDATE sales_order_lines l
   SET returned = l.returned + n.quantity
  FROM (SELECT line_id, sum(quantity) AS quantity
          FROM unnest(%(line_ids)s::bigint[], %(taken_back)s::numeric[]) AS n (line_id, quantity)
         GROUP BY line_id) AS n
 WHERE l.company_id = %(company_id)s
   AND l.order_id = %(order_id)s
   AND l.id = n.line_id

-- count_order --
-- An order is returned once nothing of it is left with the customer, and nothing will follow.
UPDATE sales_orders o
   SET version = version + 1,
       updated_at = now(),
       status = CASE WHEN status = 'shipped'
                      AND NOT EXISTS (SELECT FROM sales_order_lines l
                                       WHERE l.company_id = %(company_id)s
                                         AND l.order_id = %(order_id)s
                                         AND l.returned < l.shipped)
                     THEN 'returned' ELSE status END
 WHERE o.company_id = %(company_id)s
   AND o.id = %(order_id)s
RETURNING status

-- returns --
-- Returns of an order, oldest first, or the one with `id`. Who is limited to some warehouses does not
-- see those that came back to others.
SELECT r.id, r.number, r.order_id, o.number AS order_number, r.reference, r.reason, r.posting_id,
       s.line_count, s.good, s.damaged, s.refused, r.created_at
  FROM sales_returns r
  JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = r.order_id
 CROSS JOIN LATERAL (
       SELECT count(*) AS line_count, trim_scale(sum(l.good)) AS good,
              trim_scale(sum(l.damaged)) AS damaged,
              trim_scale(sum(l.refused)) AS refused,
              array_agg(DISTINCT l.warehouse_id) AS warehouse_ids
         FROM sales_return_lines l
        WHERE l.company_id = %(company_id)s
          AND l.order_id = r.order_id
          AND l.return_id = r.id) AS s
 WHERE r.company_id = %(company_id)s
   AND r.order_id = %(order_id)s
   AND (%(id)s::bigint IS NULL OR r.id = %(id)s)
   AND (%(after)s::bigint IS NULL OR r.id > %(after)s)
   AND (%(warehouse_ids)s::bigint[] IS NULL OR s.warehouse_ids <@ %(warehouse_ids)s::bigint[])
 ORDER BY r.id
 LIMIT %(limit)s

-- lines --
-- One order line at a time, by its key: without statistics the planner would compare all with all.
SELECT l.line_id, o.line, o.product_id, p.sku, p.name AS product_name, l.warehouse_id,
       w.code AS warehouse_code, trim_scale(l.good) AS good,
       trim_scale(l.damaged) AS damaged, trim_scale(l.refused) AS refused,
       l.reason
  FROM sales_return_lines l
 CROSS JOIN LATERAL (
       SELECT o.line, o.product_id
         FROM sales_order_lines o
        WHERE o.company_id = %(company_id)s AND o.order_id = %(order_id)s AND o.id = l.line_id
       OFFSET 0) AS o
 CROSS JOIN LATERAL (
       SELECT p.sku, p.name
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = o.product_id
       OFFSET 0) AS p
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = l.warehouse_id
 WHERE l.company_id = %(company_id)s
   AND l.order_id = %(order_id)s
   AND l.return_id = %(id)s
 ORDER BY o.line, l.warehouse_id

-- all_returns --
-- Returns of all orders, newest first. Who is limited to some warehouses sees those of orders and
-- warehouses within the limit.
SELECT r.id, r.number, r.order_id, r.order_number, r.reference, r.reason, r.posting_id,
       s.line_count, s.good, s.damaged, s.refused, r.created_at, r.customer_id,
       c.name AS customer_name
  FROM (SELECT r.*, o.number AS order_number, o.customer_id
          FROM sales_returns r
          JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = r.order_id
         WHERE r.company_id = %(company_id)s
           AND (%(after)s::bigint IS NULL OR r.id < %(after)s)
           AND (%(customer_id)s::bigint IS NULL OR o.customer_id = %(customer_id)s)
           AND (%(created_from)s::timestamptz IS NULL OR r.created_at >= %(created_from)s)
           AND (%(created_before)s::timestamptz IS NULL OR r.created_at < %(created_before)s)
           AND (%(q)s::text IS NULL
                OR position(lower(%(q)s) IN lower(concat_ws(E'\n', r.number, r.reference, o.number))) > 0)
           AND (%(warehouse_ids)s::bigint[] IS NULL
                OR o.warehouse_ids <@ %(warehouse_ids)s::bigint[]
                   AND NOT EXISTS (SELECT FROM sales_return_lines l
                                    WHERE l.company_id = %(company_id)s
                                      AND l.order_id = r.order_id
                                      AND l.return_id = r.id
                                      AND l.warehouse_id <> ALL(%(warehouse_ids)s::bigint[])))
         ORDER BY r.id DESC
         LIMIT %(limit)s) AS r
  JOIN customers c ON c.company_id = %(company_id)s AND c.id = r.customer_id
 CROSS JOIN LATERAL (
       SELECT count(*) AS line_count, trim_scale(sum(l.good)) AS good,
              trim_scale(sum(l.damaged)) AS damaged,
              trim_scale(sum(l.refused)) AS refused
         FROM sales_return_lines l
        WHERE l.company_id = %(company_id)s
          AND l.order_id = r.order_id
          AND l.return_id = r.id) AS s
 ORDER BY r.id DESC
