-- lock --
-- One row of one table, so that what is read is what the lock was waited for.
SELECT id, number, status, from_warehouse_id, to_warehouse_id, version
  FROM transfers
 WHERE company_id = %(company_id)s AND id = %(transfer_id)s
   FOR UPDATE

-- lines --
-- Each product by its key, also while the planner knows nothing of the table (so below).
SELECT l.id, l.line, l.product_id, p.sku, p.name AS product_name,
       trim_scale(l.quantity) AS quantity, trim_scale(l.shipped) AS shipped,
       trim_scale(l.shipped - l.good - l.damaged - l.missing - l.returned) AS in_transit,
       trim_scale(l.good) AS good, trim_scale(l.damaged) AS damaged,
       trim_scale(l.missing) AS missing, trim_scale(l.returned) AS returned
  FROM transfer_lines l
 CROSS JOIN LATERAL (
       SELECT sku, name
         FROM products
        WHERE company_id = %(company_id)s AND id = l.product_id
       OFFSET 0) AS p
 WHERE l.company_id = %(company_id)s AND l.transfer_id = %(transfer_id)s
 ORDER BY l.line

-- receipt_lines --
SELECT r.line_id, l.line, l.product_id, p.sku, p.name AS product_name,
       trim_scale(r.good) AS good, trim_scale(r.damaged) AS damaged,
       trim_scale(r.missing) AS missing, r.reason
  FROM transfer_receipt_lines r
 CROSS JOIN LATERAL (
       SELECT line, product_id
         FROM transfer_lines
        WHERE company_id = %(company_id)s AND transfer_id = %(transfer_id)s AND id = r.line_id
       OFFSET 0) AS l
 CROSS JOIN LATERAL (
       SELECT sku, name
         FROM products
        WHERE company_id = %(company_id)s AND id = l.product_id
       OFFSET 0) AS p
 WHERE r.company_id = %(company_id)s AND r.transfer_id = %(transfer_id)s
   AND r.receipt_id = %(receipt_id)s
 ORDER BY l.line

-- open_with_product --
SELECT t.id, t.number, t.status
  FROM transfers t
 WHERE t.company_id = %(company_id)s AND t.status IN ('pending', 'in_transit')
   AND t.id IN (SELECT l.transfer_id FROM transfer_lines l
                 WHERE l.company_id = %(company_id)s AND l.product_id = %(product_id)s)
 ORDER BY t.id
 LIMIT 20
