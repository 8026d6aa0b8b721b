-- create --
INSERT INTO transfers
       (company_id, number, from_warehouse_id, to_warehouse_id, expected_date, notes)
VALUES (%(company_id)s, %(number)s, %(from_warehouse_id)s::bigint, %(to_warehouse_id)s::bigint,
        %(expected_date)s::date, %(notes)s)
RETURNING id

-- add_lines --
INSERT INTO transfer_lines (company_id, transfer_id, line, product_id, quantity)
SELECT %(company_id)s, %(transfer_id)s, n - 1, product_id, quantity
  FROM unnest(%(products)s::bigint[], %(quantities)s::numeric[])
       WITH ORDINALITY AS given (product_id, quantity, n)
 ORDER BY n

-- remove_lines --
DELETE FROM transfer_lines WHERE company_id = %(company_id)s AND transfer_id = %(transfer_id)s

-- ship_lines --
UPDATE transfer_lines l
   SET shipped = given.quantity
  FROM unnest(%(lines)s::bigint[], %(quantities)s::numeric[]) AS given (line_id, quantity)
 WHERE l.company_id = %(company_id)s AND l.transfer_id = %(transfer_id)s AND l.id = given.line_id

-- receive --
INSERT INTO transfer_receipts (company_id, transfer_id, notes, received_at, posting_id)
VALUES (%(company_id)s, %(transfer_id)s, %(notes)s, %(now)s, %(posting_id)s::bigint)
RETURNING id

-- receive_lines --
-- What a delivery held is kept, and added to the lines of the transfer.
WITH given AS MATERIALIZED (
    SELECT *
      FROM unnest(%(lines)s::bigint[], %(good)s::numeric[], %(damaged)s::numeric[],
                  %(missing)s::numeric[], %(reasons)s::text[])
        AS given (line_id, good, damaged, missing, reason)
), kept AS (
    INSERT INTO transfer_receipt_lines
           (company_id, transfer_id, receipt_id, line_id, good, damaged, missing, reason)
    SELECT %(company_id)s, %(transfer_id)s, %(receipt_id)s::bigint, line_id, good, damaged, missing,
           reason
      FROM given
)
UPDATE transfer_lines l
   SET good = l.good + given.good, damaged = l.damaged + given.damaged,
       missing = l.missing + given.missing
  FROM given
 WHERE l.company_id = %(company_id)s AND l.transfer_id = %(transfer_id)s AND l.id = given.line_id

-- return_lines --
UPDATE transfer_lines
   SET returned = shipped - good - damaged - missing
 WHERE company_id = %(company_id)s AND transfer_id = %(transfer_id)s
   AND shipped > good + damaged + missing
