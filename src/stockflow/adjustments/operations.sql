-- create --
INSERT INTO adjustment_requests
       (company_id, number, reason, warehouse_ids, requested_by_user_id, requested_by_api_key_id)
VALUES (%(company_id)s, %(number)s, %(reason)s, %(warehouse_ids)s::bigint[], %(user_id)s::bigint,
        %(api_key_id)s::bigint)
RETURNING id

-- add_lines --
INSERT INTO adjustment_request_lines
       (company_id, request_id, line, product_id, warehouse_id, type, quantity, unit_cost,
        unit_price, unit_value, reason, reference, occurred_at, expected_quantity)
SELECT %(company_id)s, %(request_id)s::bigint, n - 1, product_id, warehouse_id, type, quantity,
       unit_cost, unit_price, unit_value, reason, reference, occurred_at, expected_quantity
  FROM unnest(%(product_id)s::bigint[], %(warehouse_id)s::bigint[], %(type)s::text[],
              %(quantity)s::numeric[], %(unit_cost)s::numeric[], %(unit_price)s::numeric[],
              %(unit_value)s::numeric[], %(reason)s::text[], %(reference)s::text[],
              %(occurred_at)s::timestamptz[], %(expected_quantity)s::numeric[])
       WITH ORDINALITY
    AS given (product_id, warehouse_id, type, quantity, unit_cost, unit_price, unit_value, reason,
              reference, occurred_at, expected_quantity, n)
 ORDER BY n

-- lines_to_post --
SELECT product_id, warehouse_id, type, trim_scale(quantity) AS quantity, unit_cost, unit_price,
       reason, reference, occurred_at, trim_scale(expected_quantity) AS expected_quantity
  FROM adjustment_request_lines
 WHERE company_id = %(company_id)s AND request_id = %(request_id)s
 ORDER BY line
