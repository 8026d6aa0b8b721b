-- find --
-- A few of each kind; numbers of documents from their beginning, newest first, names from any word's.
SELECT kind, id, title, detail
  FROM (
(SELECT 1 AS place, 'product' AS kind, p.id, p.sku AS title, p.name AS detail, f.rank::bigint AS rank
   FROM search_products(%(term)s::text, %(term_sku)s, %(term_barcode)s, false, NULL, NULL, %(most)s) AS f
   JOIN products p ON p.company_id = %(company_id)s AND p.id = f.product_id)
 UNION ALL
(SELECT 2, 'sales_order', id, number, status, id
   FROM sales_orders
  WHERE company_id = %(company_id)s AND number >= %(number)s AND number < %(number_end)s
    AND (%(allowed)s::bigint[] IS NULL OR warehouse_ids <@ %(allowed)s::bigint[])
  ORDER BY number DESC LIMIT %(most)s)
 UNION ALL
(SELECT 3, 'purchase_order', id, number, status, id
   FROM purchase_orders
  WHERE company_id = %(company_id)s AND number >= %(number)s AND number < %(number_end)s
    AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
  ORDER BY number DESC LIMIT %(most)s)
 UNION ALL
(SELECT 4, 'transfer', id, number, status, id
   FROM transfers
  WHERE company_id = %(company_id)s AND number >= %(number)s AND number < %(number_end)s
    AND (%(allowed)s::bigint[] IS NULL OR from_warehouse_id = ANY(%(allowed)s::bigint[])
         OR to_warehouse_id = ANY(%(allowed)s::bigint[]))
  ORDER BY number DESC LIMIT %(most)s)
 UNION ALL
(SELECT 5, 'stock_count', id, number, status, id
   FROM stock_counts
  WHERE company_id = %(company_id)s AND number >= %(number)s AND number < %(number_end)s
    AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
  ORDER BY number DESC LIMIT %(most)s)
 UNION ALL
(SELECT 6, 'customer', id, name, code, -id
   FROM customers
  WHERE company_id = %(company_id)s AND active
    AND (lower(name) LIKE lower(%(begins)s) OR lower(name) LIKE lower(%(within)s)
         OR code_key LIKE upper(%(begins)s))
  ORDER BY id LIMIT %(most)s)
 UNION ALL
(SELECT 7, 'supplier', id, name, code, -id
   FROM suppliers
  WHERE company_id = %(company_id)s AND active
    AND (lower(name) LIKE lower(%(begins)s) OR lower(name) LIKE lower(%(within)s)
         OR code_key LIKE upper(%(begins)s))
  ORDER BY id LIMIT %(most)s)) AS found
 ORDER BY place, rank DESC, id DESC
