-- hold --
WITH wanted AS (
    SELECT *
      FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[], %(quantities)s::numeric[],
                  %(lines)s::bigint[]) AS w (product_id, warehouse_id, quantity, line_id)
)
INSERT INTO stock_reservations
       (company_id, product_id, warehouse_id, quantity, reserved_until, document_type, document_id,
        line_id, reference)
SELECT %(company_id)s, product_id, warehouse_id, quantity, %(until)s::timestamptz, %(type)s,
       %(id)s::bigint, line_id, %(reference)s
  FROM wanted

-- held_by --
SELECT id, product_id, warehouse_id, trim_scale(quantity) AS quantity, reserved_until, document_id,
       line_id
  FROM stock_reservations
 WHERE company_id = %(company_id)s AND document_type = %(type)s
   AND document_id = ANY(%(ids)s::bigint[])
   AND (reserved_until IS NULL OR reserved_until > %(now)s)
 ORDER BY id

-- let_go --
WITH taken AS MATERIALIZED (
    SELECT id, quantity FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS t (id, quantity)
), smaller AS (
    UPDATE stock_reservations r
       SET quantity = r.quantity - taken.quantity
      FROM taken
     WHERE r.company_id = %(company_id)s AND r.id = ANY(%(ids)s::bigint[]) AND r.id = taken.id
       AND r.quantity <> taken.quantity
)
DELETE FROM stock_reservations r
 USING taken
 WHERE r.company_id = %(company_id)s AND r.id = ANY(%(ids)s::bigint[]) AND r.id = taken.id
   AND r.quantity = taken.quantity

-- held_at --
SELECT r.product_id, r.warehouse_id, trim_scale(sum(r.quantity))
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
  JOIN stock_reservations r ON r.company_id = %(company_id)s
                           AND r.product_id = k.product_id AND r.warehouse_id = k.warehouse_id
 GROUP BY r.product_id, r.warehouse_id

-- expired --
-- Gives back what was held of these locked levels, oldest first.
DELETE FROM stock_reservations r
 USING unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
 WHERE r.company_id = %(company_id)s
   AND r.product_id = k.product_id AND r.warehouse_id = k.warehouse_id
   AND r.reserved_until <= %(now)s
RETURNING r.product_id, r.warehouse_id, r.quantity, r.reserved_until, r.reference

-- any_over --
SELECT EXISTS (SELECT FROM stock_reservations
                WHERE company_id = %(company_id)s AND reserved_until <= %(now)s)

-- next_end --
SELECT min(reserved_until) FROM stock_reservations WHERE company_id = %(company_id)s

-- levels_over --
-- Levels that hold what is over, those that have done so longest first.
SELECT DISTINCT product_id, warehouse_id
  FROM (SELECT product_id, warehouse_id
          FROM stock_reservations
         WHERE company_id = %(company_id)s AND reserved_until <= %(now)s
         ORDER BY reserved_until
         LIMIT %(most)s) AS over
