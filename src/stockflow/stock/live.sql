-- touched --
-- What postings behind one and up to another touched, newest first; one movement more than is looked at
-- tells that the oldest posting among these may be there in part.
SELECT id / 100000, product_id, warehouse_id
  FROM stock_movements
 WHERE company_id = %(company_id)s
   AND id >= (%(after)s::bigint + 1) * 100000
   AND id < (%(upto)s::bigint + 1) * 100000
 ORDER BY id DESC
 LIMIT %(most)s + 1
