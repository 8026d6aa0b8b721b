-- lock --
-- One row of one table, so that what is read is what the lock was waited for.
SELECT id, number, status, reason, warehouse_ids, requested_by_user_id, requested_by_api_key_id,
       version
  FROM adjustment_requests
 WHERE company_id = %(company_id)s AND id = %(request_id)s
   FOR UPDATE

-- lines --
-- Each product and warehouse by its key, also while the planner knows nothing of the tables.
SELECT l.id, l.line, l.product_id, p.sku, p.name AS product_name, l.warehouse_id,
       w.code AS warehouse_code, l.type, trim_scale(l.quantity) AS quantity,
       l.unit_cost::text AS unit_cost, l.unit_price::text AS unit_price,
       l.unit_value::text AS unit_value,
       round(abs(l.quantity) * l.unit_value, 4)::text AS value, l.reason, l.reference,
       l.occurred_at, trim_scale(l.expected_quantity) AS expected_quantity
  FROM adjustment_request_lines l
 CROSS JOIN LATERAL (
       SELECT sku, name
         FROM products
        WHERE company_id = %(company_id)s AND id = l.product_id
       OFFSET 0) AS p
 CROSS JOIN LATERAL (
       SELECT code
         FROM warehouses
        WHERE company_id = %(company_id)s AND id = l.warehouse_id
       OFFSET 0) AS w
 WHERE l.company_id = %(company_id)s AND l.request_id = %(request_id)s
 ORDER BY l.line

-- open_with_product --
SELECT r.id, r.number, r.status
  FROM adjustment_requests r
 WHERE r.company_id = %(company_id)s AND r.status = 'waiting'
   AND r.id IN (SELECT l.request_id FROM adjustment_request_lines l
                 WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s)
 ORDER BY r.id
 LIMIT 20
