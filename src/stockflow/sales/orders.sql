-- order --
-- The order as it is shown, without its lines; `allowed` are the warehouses of a limited actor.
SELECT o.id, o.number, o.status, o.customer_id, c.code AS customer_code, c.name AS customer_name,
       o.warehouse_id, (SELECT w.code FROM warehouses w
                         WHERE w.company_id = %(company_id)s AND w.id = o.warehouse_id) AS warehouse_code,
       o.reference, o.expected_date, o.shipping_address, o.notes, o.currency, o.line_count,
       o.total::text AS total, o.cancellation_reason, o.confirmed_at, o.created_at, o.updated_at,
       o.version
  FROM sales_orders o
  JOIN customers c ON c.company_id = %(company_id)s AND c.id = o.customer_id
 WHERE o.company_id = %(company_id)s AND o.id = %(id)s
   AND (%(allowed)s::bigint[] IS NULL OR o.warehouse_ids <@ %(allowed)s::bigint[])

-- lock_orders --
-- With all that decides about them: the company's rules on reserving, and the warehouses, the best first.
-- In the order of ids, like every writer that needs more than one. A statement of its own: those after
-- it see what it waited for.
SELECT o.id, o.number, o.status, o.customer_id, c.code AS customer_code, c.name AS customer_name,
       o.warehouse_id, o.reference, o.expected_date, o.shipping_address, o.notes, o.currency,
       o.line_count, o.total::text AS total, o.cancellation_reason, o.confirmed_at, o.created_at,
       o.version, o.warehouse_ids, o.allocation_rule, o.allocation_warehouses,
       k.allocation_rule AS company_rule, k.reservation_hours,
       coalesce(w.ids, '{}') AS place_ids, coalesce(w.codes, '{}') AS place_codes,
       coalesce(w.active, '{}') AS place_active
  FROM sales_orders o
  JOIN companies k ON k.id = %(company_id)s
  JOIN customers c ON c.company_id = %(company_id)s AND c.id = o.customer_id
 CROSS JOIN LATERAL (
       SELECT array_agg(w.id ORDER BY w.priority, w.id) AS ids,
              array_agg(w.code ORDER BY w.priority, w.id) AS codes,
              array_agg(w.active ORDER BY w.priority, w.id) AS active
         FROM warehouses w
        WHERE w.company_id = %(company_id)s
          AND (w.active OR w.id = ANY(o.warehouse_ids) OR w.id = o.warehouse_id)) AS w
 WHERE o.company_id = %(company_id)s AND o.id = ANY(%(ids)s::bigint[])
   AND (%(allowed)s::bigint[] IS NULL OR o.warehouse_ids <@ %(allowed)s::bigint[])
 ORDER BY o.id
   FOR UPDATE OF o

-- lines --
SELECT l.order_id, l.id, l.line, l.product_id, p.sku, p.name AS product_name, p.product_type,
       p.archived_at IS NOT NULL AS archived, l.warehouse_id,
       trim_scale(l.quantity) AS quantity, l.unit_price::text AS unit_price,
       trim_scale(l.discount_percent) AS discount_percent,
       -- exact: a discount of 4 decimals on a price and a quantity of 4 makes up to 14
       round(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01,
             greatest(4, min_scale(l.quantity * l.unit_price * (100 - l.discount_percent) * 0.01)))::text
       AS line_total,
       trim_scale(l.backordered) AS backordered, trim_scale(l.shipped) AS shipped,
       trim_scale(l.returned) AS returned, trim_scale(l.cancelled) AS cancelled
  FROM sales_order_lines l
 CROSS JOIN LATERAL (
       SELECT * FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = l.product_id
       OFFSET 0) AS p
 WHERE l.company_id = %(company_id)s AND l.order_id = ANY(%(ids)s::bigint[])
 ORDER BY l.order_id, l.line

-- components --
SELECT c.line_id, c.product_id, p.sku, trim_scale(c.quantity) AS quantity
  FROM sales_order_components c
 CROSS JOIN LATERAL (
       SELECT p.sku FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = c.product_id
       OFFSET 0) AS p
 WHERE c.company_id = %(company_id)s AND c.order_id = ANY(%(ids)s::bigint[])
 ORDER BY c.line_id, c.product_id

-- prices --
SELECT id, price, currency
  FROM products
 WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[])

-- insert_order --
WITH placed AS (
    INSERT INTO sales_orders
           (company_id, number, customer_id, warehouse_id, warehouse_ids, reference, expected_date,
            shipping_address, notes, currency, line_count, total)
    VALUES (%(company_id)s, %(number)s, %(customer_id)s, %(warehouse_id)s, %(warehouse_ids)s::bigint[],
            %(reference)s, %(expected_date)s, %(shipping_address)s, %(notes)s, %(currency)s,
            %(line_count)s, %(total)s)
    RETURNING id
), line AS (
    INSERT INTO sales_order_lines
           (company_id, order_id, line, product_id, warehouse_id, quantity, unit_price,
            discount_percent)
    SELECT %(company_id)s, placed.id, l.n - 1, l.product_id, l.warehouse_id, l.quantity, l.unit_price,
           l.discount_percent
      FROM placed,
           unnest(%(products)s::bigint[], %(warehouses)s::bigint[], %(quantities)s::numeric[],
                  %(prices)s::numeric[], %(discounts)s::numeric[]) WITH ORDINALITY
           AS l (product_id, warehouse_id, quantity, unit_price, discount_percent, n)
     ORDER BY l.n
)
SELECT id FROM placed

-- delete_lines --
DELETE FROM sales_order_lines WHERE company_id = %(company_id)s AND order_id = %(id)s

-- insert_lines --
INSERT INTO sales_order_lines
       (company_id, order_id, line, product_id, warehouse_id, quantity, unit_price, discount_percent)
SELECT %(company_id)s, %(id)s, l.n - 1, l.product_id, l.warehouse_id, l.quantity, l.unit_price,
       l.discount_percent
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[], %(quantities)s::numeric[],
              %(prices)s::numeric[], %(discounts)s::numeric[]) WITH ORDINALITY
       AS l (product_id, warehouse_id, quantity, unit_price, discount_percent, n)
 ORDER BY l.n

-- levels_with_stock --
-- Levels that have something to reserve, were it only in a reservation that is over, which locking the
-- level frees; null warehouses mean any. Those it does not find are not locked, so an order holds up no
-- other for stock it cannot have.
SELECT l.product_id, l.warehouse_id
  FROM unnest(%(products)s::bigint[]) AS k (product_id)
 CROSS JOIN LATERAL (
       SELECT l.product_id, l.warehouse_id
         FROM stock_levels l
        WHERE l.company_id = %(company_id)s AND l.product_id = k.product_id
          AND l.active
          AND (%(warehouses)s::bigint[] IS NULL OR l.warehouse_id = ANY(%(warehouses)s::bigint[]))
          AND (l.available > 0
               OR l.reserved > 0
                  AND EXISTS (SELECT FROM stock_reservations r
                               WHERE r.company_id = %(company_id)s
                                 AND r.product_id = l.product_id
                                 AND r.warehouse_id = l.warehouse_id
                                 AND r.reserved_until <= %(now)s))
       OFFSET 0) AS l

-- insert_components --
INSERT INTO sales_order_components (company_id, order_id, line_id, product_id, quantity)
SELECT %(company_id)s, %(id)s, c.line_id, c.product_id, c.quantity
  FROM unnest(%(lines)s::bigint[], %(products)s::bigint[], %(quantities)s::numeric[])
       AS c (line_id, product_id, quantity)

-- set_backordered --
UPDATE sales_order_lines l
   SET backordered = b.quantity
  FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS b (line_id, quantity)
 WHERE l.company_id = %(company_id)s AND l.order_id = %(id)s AND l.id = b.line_id

-- set_reserved --
-- Where the order stands now, how it is served, and which warehouses it has to do with.
UPDATE sales_orders o
   SET status = CASE o.status WHEN 'draft' THEN 'confirmed' ELSE o.status END,
       confirmed_at = coalesce(o.confirmed_at, %(now)s),
       allocation_rule = %(rule)s,
       allocation_warehouses = %(kept)s::bigint[],
       warehouse_ids = %(warehouse_ids)s::bigint[],
       version = o.version + 1,
       updated_at = %(now)s
 WHERE o.company_id = %(company_id)s AND o.id = %(id)s

-- ship --
WITH shipment AS (
    INSERT INTO sales_shipments (company_id, order_id, carrier, tracking, notes, posting_id, shipped_at)
    VALUES (%(company_id)s, %(id)s, %(carrier)s, %(tracking)s, %(notes)s, %(posting_id)s, %(now)s)
    RETURNING id
), shipped AS MATERIALIZED (
    SELECT *
      FROM unnest(%(lines)s::bigint[], %(warehouses)s::bigint[], %(quantities)s::numeric[])
           AS s (line_id, warehouse_id, quantity)
), kept AS (
    INSERT INTO sales_shipment_lines
           (company_id, order_id, shipment_id, line_id, warehouse_id, quantity)
    SELECT %(company_id)s, %(id)s, shipment.id, s.line_id, s.warehouse_id, s.quantity
      FROM shipment, shipped s
), line AS (
    UPDATE sales_order_lines l
       SET shipped = l.shipped + s.quantity
      FROM (SELECT line_id, sum(quantity) AS quantity FROM shipped GROUP BY line_id) AS s
     WHERE l.company_id = %(company_id)s AND l.order_id = %(id)s AND l.id = s.line_id
), ordered AS (
    UPDATE sales_orders
       SET status = %(status)s, version = version + 1, updated_at = now()
     WHERE company_id = %(company_id)s AND id = %(id)s
)
SELECT id FROM shipment

-- cancel_lines --
UPDATE sales_order_lines
   SET cancelled = quantity - shipped, backordered = 0
 WHERE company_id = %(company_id)s AND order_id = %(id)s AND shipped + cancelled < quantity

-- cancel_order --
UPDATE sales_orders
   SET status = %(status)s, cancellation_reason = %(reason)s, version = version + 1,
       updated_at = now()
 WHERE company_id = %(company_id)s AND id = %(id)s

-- shipments --
SELECT s.id, s.order_id, s.carrier, s.tracking, s.notes, s.posting_id, s.shipped_at,
       (SELECT count(*)
          FROM sales_shipment_lines l
         WHERE l.company_id = %(company_id)s AND l.order_id = %(id)s AND l.shipment_id = s.id)
       AS line_count
  FROM sales_shipments s
 WHERE s.company_id = %(company_id)s AND s.order_id = %(id)s
   AND s.id > %(after)s AND (%(only)s::bigint IS NULL OR s.id = %(only)s::bigint)
 ORDER BY s.id
 LIMIT %(limit)s

-- shipment_lines --
SELECT s.line_id, l.line, l.product_id, p.sku, p.name AS product_name,
       s.warehouse_id, w.code AS warehouse_code, trim_scale(s.quantity) AS quantity
  FROM sales_shipment_lines s
  JOIN sales_order_lines l ON l.company_id = %(company_id)s
                          AND l.order_id = %(id)s AND l.id = s.line_id
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = s.warehouse_id
 WHERE s.company_id = %(company_id)s AND s.order_id = %(id)s
   AND s.shipment_id = %(shipment_id)s
 ORDER BY l.line, s.warehouse_id

-- codes --
SELECT id, code FROM warehouses WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[])

-- waiting --
-- Whether anything that is backordered needs one of these products, itself or in a bundle.
SELECT EXISTS (SELECT FROM sales_order_lines
                WHERE company_id = %(company_id)s AND product_id = ANY(%(products)s::bigint[])
                  AND backordered > 0)
    OR EXISTS (SELECT FROM sales_order_components c
                 JOIN sales_order_lines l ON l.company_id = %(company_id)s
                                         AND l.order_id = c.order_id AND l.id = c.line_id
                WHERE c.company_id = %(company_id)s AND c.product_id = ANY(%(products)s::bigint[])
                  AND l.backordered > 0)

-- servable --
-- Orders with a backordered line of which one unit can be had in a warehouse it may come from, the
-- oldest first: whoever is found here and served first gets something, so the job never stands still.
SELECT o.id
  FROM (SELECT DISTINCT l.order_id
          FROM sales_order_lines l
          JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
         WHERE l.company_id = %(company_id)s AND l.backordered > 0
           AND EXISTS (
               SELECT FROM warehouses w
                WHERE w.company_id = %(company_id)s AND w.active
                  AND CASE WHEN l.warehouse_id IS NOT NULL THEN w.id = l.warehouse_id
                           ELSE o.allocation_warehouses IS NULL
                                OR w.id = ANY(o.allocation_warehouses) END
                  AND NOT EXISTS (
                      SELECT FROM (SELECT l.product_id, 0.0001 AS quantity
                                    WHERE NOT EXISTS (SELECT FROM sales_order_components c
                                                       WHERE c.company_id = %(company_id)s
                                                         AND c.order_id = l.order_id
                                                         AND c.line_id = l.id)
                                   UNION ALL
                                  SELECT c.product_id, c.quantity
                                    FROM sales_order_components c
                                   WHERE c.company_id = %(company_id)s
                                     AND c.order_id = l.order_id
                                     AND c.line_id = l.id) AS part
                       WHERE NOT EXISTS (SELECT FROM stock_levels s
                                          WHERE s.company_id = %(company_id)s
                                            AND s.product_id = part.product_id
                                            AND s.warehouse_id = w.id
                                            AND s.available >= part.quantity AND s.active)))) AS found
  JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = found.order_id
 ORDER BY o.confirmed_at, o.id
 LIMIT %(most)s

-- open_with_product --
SELECT o.id, o.number, o.status
  FROM sales_orders o
 WHERE o.company_id = %(company_id)s
   AND o.id IN (SELECT l.order_id FROM sales_order_lines l
                 WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s
                   AND l.shipped + l.cancelled < l.quantity
                 UNION
                SELECT c.order_id
                  FROM sales_order_components c
                  JOIN sales_order_lines l ON l.company_id = %(company_id)s
                                          AND l.order_id = c.order_id AND l.id = c.line_id
                 WHERE c.company_id = %(company_id)s AND c.product_id = %(product_id)s
                   AND l.shipped + l.cancelled < l.quantity)
 ORDER BY o.id
 LIMIT 20

-- change_order --
UPDATE sales_orders
   SET customer_id = %(customer_id)s, warehouse_id = %(warehouse_id)s,
       warehouse_ids = %(warehouse_ids)s::bigint[], reference = %(reference)s,
       expected_date = %(expected_date)s, shipping_address = %(shipping_address)s,
       notes = %(notes)s, line_count = %(line_count)s, total = %(total)s::numeric,
       version = version + 1, updated_at = now()
 WHERE company_id = %(company_id)s AND id = %(id)s
