-- serialize --
-- Who puts products of a warehouse on a count queues here, so that each sees what others put on theirs.
SELECT pg_advisory_xact_lock(
           hashtextextended('stockflow.counting:' || %(company_id)s::text || ':' || %(warehouse_id)s::text, 0))

-- category --
SELECT id FROM categories WHERE company_id = %(company_id)s AND name_key = %(name)s

-- abc_class --
-- The products of a warehouse in one class. The value sold of each is added up, largest first; who begins
-- below 80 % of the whole is in A, below 95 % in B. What sold nothing is in C.
WITH product AS (
    SELECT l.product_id,
           greatest((SELECT coalesce(sum(d.sold), 0)
                       FROM stock_days d
                      WHERE d.company_id = %(company_id)s
                        AND d.product_id = l.product_id
                        AND d.warehouse_id = l.warehouse_id
                        AND d.day >= %(since)s), 0)
           * coalesce(nullif(l.average_cost, 0),
                      CASE WHEN p.currency = %(currency)s THEN p.cost_price END, 0) AS value
      FROM stock_levels l
     CROSS JOIN LATERAL (
           SELECT *
             FROM products p
            WHERE p.company_id = %(company_id)s AND p.id = l.product_id
           OFFSET 0) AS p
     WHERE l.company_id = %(company_id)s
       AND l.warehouse_id = %(warehouse_id)s
       AND p.archived_at IS NULL
), placed AS (
    SELECT product_id, value, sum(value) OVER () AS whole,
           sum(value) OVER (ORDER BY value DESC, product_id ROWS UNBOUNDED PRECEDING) - value AS before
      FROM product
)
SELECT product_id
  FROM placed
 WHERE %(class)s = CASE WHEN value = 0 THEN 'C'
                        WHEN before < whole * 0.80 THEN 'A'
                        WHEN before < whole * 0.95 THEN 'B'
                        ELSE 'C' END

-- lines_of_warehouse --
-- A line for each level of the warehouse, by SKU; the category of the count narrows it. Here and below,
-- `OFFSET 0` keeps tens of thousands of rows to lookups by key, whatever statistics there are.
INSERT INTO stock_count_lines (company_id, count_id, line, product_id)
SELECT %(company_id)s, c.id, row_number() OVER (ORDER BY p.sku_key) - 1, p.id
  FROM stock_counts c
  JOIN stock_levels l ON l.company_id = %(company_id)s AND l.warehouse_id = c.warehouse_id
 CROSS JOIN LATERAL (
       SELECT *
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = l.product_id
       OFFSET 0) AS p
 WHERE c.company_id = %(company_id)s
   AND c.id = %(count_id)s
   AND p.archived_at IS NULL
   AND (c.category_id IS NULL OR p.category_id = c.category_id)

-- lines_of_products --
-- The same of these products, whether there is a level of them or not.
INSERT INTO stock_count_lines (company_id, count_id, line, product_id)
SELECT %(company_id)s, c.id, row_number() OVER (ORDER BY p.sku_key) - 1, p.id
  FROM stock_counts c
 CROSS JOIN unnest(%(products)s::bigint[]) AS k (product_id)
 CROSS JOIN LATERAL (
       SELECT *
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = k.product_id
       OFFSET 0) AS p
 WHERE c.company_id = %(company_id)s
   AND c.id = %(count_id)s
   AND p.archived_at IS NULL
   AND (c.category_id IS NULL OR p.category_id = c.category_id)

-- counted_elsewhere --
-- Other open counts of the warehouse with products of this one, and which; up to 1,000 products in all.
WITH other AS (
    SELECT id, number
      FROM stock_counts
     WHERE company_id = %(company_id)s
       AND warehouse_id = %(warehouse_id)s
       AND status IN ('counting', 'submitted')
       AND id <> %(count_id)s
), shared AS (
    SELECT theirs.count_id, mine.product_id
      FROM stock_count_lines mine
     CROSS JOIN LATERAL (
           SELECT n.count_id
             FROM stock_count_lines n
            WHERE n.company_id = %(company_id)s
              AND n.product_id = mine.product_id
              AND n.count_id = ANY(ARRAY(SELECT id FROM other))
           OFFSET 0) AS theirs
     WHERE mine.company_id = %(company_id)s
       AND mine.count_id = %(count_id)s
       AND mine.line >= %(first_line)s
       AND EXISTS (SELECT FROM other)
     LIMIT 1000
)
SELECT other.id, other.number, array_agg(p.sku ORDER BY p.sku_key)
  FROM shared
  JOIN other ON other.id = shared.count_id
  JOIN products p ON p.company_id = %(company_id)s AND p.id = shared.product_id
 GROUP BY other.id, other.number
 ORDER BY other.id

-- products_with_barcodes --
SELECT barcode_key, id
  FROM products
 WHERE company_id = %(company_id)s
   AND barcode_key = ANY(%(barcodes)s::text[])
   AND archived_at IS NULL

-- tallies --
-- What is known of each product that was counted: its line, if it has one, and what should lie there
-- now or lay there at the moment given. The levels are locked.
SELECT k.product_id, n.line, coalesce(n.times_counted, 0) AS times_counted, n.expected AS old_expected,
       n.counted AS old_counted, n.counted_at AS old_counted_at, n.first_expected, n.first_counted,
       n.first_counted_at,
       l.available + l.reserved
       - CASE WHEN k.moment IS NULL THEN 0
              ELSE (SELECT coalesce(sum(m.quantity_change), 0)
                      FROM stock_movements m
                     WHERE m.company_id = %(company_id)s
                       AND m.product_id = k.product_id
                       AND m.warehouse_id = %(warehouse_id)s
                       AND m.occurred_at > k.moment
                       AND m.bucket IN ('available', 'reserved')) END AS expected,
       coalesce(nullif(l.average_cost, 0),
                CASE WHEN p.currency = %(currency)s THEN p.cost_price END, 0) AS unit_cost
  FROM unnest(%(products)s::bigint[], %(moments)s::timestamptz[]) AS k (product_id, moment)
 CROSS JOIN LATERAL (
       SELECT *
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = k.product_id
       OFFSET 0) AS p
 CROSS JOIN LATERAL (
       SELECT *
         FROM stock_levels l
        WHERE l.company_id = %(company_id)s
          AND l.product_id = k.product_id
          AND l.warehouse_id = %(warehouse_id)s
       OFFSET 0) AS l
  LEFT JOIN LATERAL (
       SELECT *
         FROM stock_count_lines n
        WHERE n.company_id = %(company_id)s
          AND n.product_id = k.product_id
          AND n.count_id = %(count_id)s
       OFFSET 0) AS n ON true

-- lines_there --
-- How many of these products have a line; looked up one by one, however many there are.
SELECT count(*)
  FROM unnest(%(products)s::bigint[]) AS k (product_id)
 CROSS JOIN LATERAL (
       SELECT 1
         FROM stock_count_lines n
        WHERE n.company_id = %(company_id)s
          AND n.product_id = k.product_id
          AND n.count_id = %(count_id)s
       OFFSET 0) AS n

-- record --
-- Writes the lines and brings the sums of their count up to date; the count is locked, so what is
-- added to its sums is what these lines changed.
WITH given AS MATERIALIZED (
    SELECT *
      FROM unnest(%(line)s::int[], %(product_id)s::bigint[], %(status)s::text[],
                  %(times_counted)s::int[], %(expected)s::numeric[], %(counted)s::numeric[],
                  %(unit_cost)s::numeric[], %(counted_at)s::timestamptz[],
                  %(first_expected)s::numeric[], %(first_counted)s::numeric[],
                  %(first_counted_at)s::timestamptz[])
        AS g (line, product_id, status, times_counted, expected, counted, unit_cost, counted_at,
              first_expected, first_counted, first_counted_at)
), before AS (
    SELECT count(*) AS lines, count(*) FILTER (WHERE n.status <> 'uncounted') AS counted,
           count(*) FILTER (WHERE n.status = 'recount') AS recount,
           count(*) FILTER (WHERE n.difference <> 0) AS different,
           coalesce(sum(abs(n.difference) * n.unit_cost), 0) AS value
      FROM given g
     CROSS JOIN LATERAL (
           SELECT *
             FROM stock_count_lines n
            WHERE n.company_id = %(company_id)s
              AND n.product_id = g.product_id
              AND n.count_id = %(count_id)s
           OFFSET 0) AS n
), written AS (
    INSERT INTO stock_count_lines AS n
           (company_id, count_id, line, product_id, status, times_counted, expected, counted, unit_cost,
            counted_at, first_expected, first_counted, first_counted_at, ledger_position,
            counted_by_user_id, counted_by_api_key_id)
    SELECT %(company_id)s, %(count_id)s, line, product_id, status, times_counted, expected, counted,
           unit_cost, counted_at, first_expected, first_counted, first_counted_at,
           (SELECT last_value - (NOT is_called)::int FROM stock_postings_id_seq),
           %(user_id)s::bigint, %(api_key_id)s::bigint
      FROM given
    ON CONFLICT (company_id, product_id, count_id) DO UPDATE
       SET status = excluded.status, times_counted = excluded.times_counted,
           expected = excluded.expected, counted = excluded.counted, unit_cost = excluded.unit_cost,
           counted_at = excluded.counted_at, first_expected = excluded.first_expected,
           first_counted = excluded.first_counted, first_counted_at = excluded.first_counted_at,
           ledger_position = excluded.ledger_position,
           counted_by_user_id = excluded.counted_by_user_id,
           counted_by_api_key_id = excluded.counted_by_api_key_id
    RETURNING n.status, n.difference, n.unit_cost
), after AS (
    SELECT count(*) AS lines, count(*) FILTER (WHERE status = 'recount') AS recount,
           count(*) FILTER (WHERE difference <> 0) AS different,
           sum(abs(difference) * unit_cost) AS value
      FROM written
)
UPDATE stock_counts c
   SET line_count = c.line_count + after.lines - before.lines,
       counted_count = c.counted_count + after.lines - before.counted,
       recount_count = c.recount_count + after.recount - before.recount,
       different_count = c.different_count + after.different - before.different,
       difference_value = c.difference_value + after.value - before.value,
       version = c.version + 1,
       updated_at = now()
  FROM before, after
 WHERE c.company_id = %(company_id)s AND c.id = %(count_id)s

-- withdraw --
-- Takes the last count of a line back: a second count leaves the first, a first one nothing. The count is
-- locked, as above.
WITH was AS (
    SELECT status, difference, unit_cost
      FROM stock_count_lines
     WHERE company_id = %(company_id)s AND count_id = %(count_id)s AND product_id = %(product_id)s
), written AS (
    UPDATE stock_count_lines n
       SET status = CASE WHEN n.times_counted = 1 THEN 'uncounted'
                         WHEN abs(n.first_counted - n.first_expected) > c.recount_above THEN 'recount'
                         ELSE 'counted' END,
           times_counted = n.times_counted - 1,
           expected = n.first_expected, counted = n.first_counted, counted_at = n.first_counted_at,
           first_expected = NULL, first_counted = NULL, first_counted_at = NULL,
           unit_cost = CASE n.times_counted WHEN 2 THEN n.unit_cost END,
           ledger_position = CASE n.times_counted WHEN 2 THEN n.ledger_position END,
           counted_by_user_id = CASE n.times_counted WHEN 2 THEN n.counted_by_user_id END,
           counted_by_api_key_id = CASE n.times_counted WHEN 2 THEN n.counted_by_api_key_id END
      FROM stock_counts c
     WHERE c.company_id = %(company_id)s
       AND c.id = %(count_id)s
       AND n.company_id = %(company_id)s
       AND n.count_id = %(count_id)s
       AND n.product_id = %(product_id)s
    RETURNING n.status, n.difference, n.unit_cost
)
UPDATE stock_counts c
   SET counted_count = c.counted_count - (written.status = 'uncounted')::int,
       recount_count = c.recount_count + (written.status = 'recount')::int
                       - (was.status = 'recount')::int,
       different_count = c.different_count + coalesce(written.difference <> 0, false)::int
                         - (was.difference <> 0)::int,
       difference_value = c.difference_value + coalesce(abs(written.difference) * written.unit_cost, 0)
                          - abs(was.difference) * was.unit_cost,
       version = c.version + 1,
       updated_at = now()
  FROM was, written
 WHERE c.company_id = %(company_id)s AND c.id = %(count_id)s

-- products --
SELECT product_id
  FROM stock_count_lines
 WHERE company_id = %(company_id)s AND count_id = %(count_id)s

-- count_as_zero --
-- Nothing lies there of what nobody counted. Archived products are left out: they are empty already.
-- Subqueries of one row each, where a join might compare every line with every level.
WITH zeroed AS (
    UPDATE stock_count_lines n
       SET status = 'counted', times_counted = 1, counted = 0, counted_at = %(now)s,
           (expected, unit_cost) = (
               SELECT l.available + l.reserved,
                      coalesce(nullif(l.average_cost, 0),
                               CASE WHEN p.currency = %(currency)s THEN p.cost_price END, 0)
                 FROM stock_levels l
                 JOIN products p ON p.company_id = %(company_id)s AND p.id = n.product_id
                WHERE l.company_id = %(company_id)s
                  AND l.product_id = n.product_id
                  AND l.warehouse_id = %(warehouse_id)s),
           ledger_position = (SELECT last_value - (NOT is_called)::int FROM stock_postings_id_seq),
           counted_by_user_id = %(user_id)s::bigint,
           counted_by_api_key_id = %(api_key_id)s::bigint
     WHERE n.company_id = %(company_id)s
       AND n.count_id = %(count_id)s
       AND n.status = 'uncounted'
       AND (SELECT p.archived_at IS NULL
              FROM products p
             WHERE p.company_id = %(company_id)s AND p.id = n.product_id)
    RETURNING n.difference, n.unit_cost
)
UPDATE stock_counts c
   SET counted_count = c.counted_count + more.lines,
       different_count = c.different_count + more.different,
       difference_value = c.difference_value + more.value
  FROM (SELECT count(*) AS lines, count(*) FILTER (WHERE difference <> 0) AS different,
               coalesce(sum(abs(difference) * unit_cost), 0) AS value
          FROM zeroed) AS more
 WHERE c.company_id = %(company_id)s AND c.id = %(count_id)s

-- counted_since --
-- Lines whose level knows of a later count, now that these lines are posted.
SELECT n.line, n.product_id, p.sku
  FROM stock_count_lines n
 CROSS JOIN LATERAL (
       SELECT *
         FROM stock_levels l
        WHERE l.company_id = %(company_id)s
          AND l.product_id = n.product_id
          AND l.warehouse_id = %(warehouse_id)s
       OFFSET 0) AS l
  JOIN products p ON p.company_id = %(company_id)s AND p.id = n.product_id
 WHERE n.company_id = %(company_id)s
   AND n.count_id = %(count_id)s
   AND l.last_counted_at > n.counted_at
 ORDER BY n.line

-- to_post --
SELECT n.line, n.product_id, p.sku, trim_scale(n.difference), n.counted_at
  FROM stock_count_lines n
 CROSS JOIN LATERAL (
       SELECT p.sku
         FROM products p
        WHERE p.company_id = %(company_id)s AND p.id = n.product_id
       OFFSET 0) AS p
 WHERE n.company_id = %(company_id)s
   AND n.count_id = %(count_id)s
   AND n.status <> 'uncounted'
 ORDER BY n.line

-- with_status --
-- The first lines in a status, to name them.
SELECT n.line, n.product_id, p.sku
  FROM stock_count_lines n
  JOIN products p ON p.company_id = %(company_id)s AND p.id = n.product_id
 WHERE n.company_id = %(company_id)s
   AND n.count_id = %(count_id)s
   AND n.status = %(status)s
 ORDER BY n.line
 LIMIT %(most)s

-- counted_by_others --
SELECT EXISTS (
       SELECT
         FROM stock_count_lines
        WHERE company_id = %(company_id)s
          AND count_id = %(count_id)s
          AND status <> 'uncounted'
          AND (counted_by_user_id, counted_by_api_key_id)
              IS DISTINCT FROM (%(user_id)s::bigint, %(api_key_id)s::bigint))

-- open_with_product --
-- Open counts which found more or less of the product than there should be.
SELECT c.id, c.number, c.status
  FROM stock_count_lines n
  JOIN stock_counts c ON c.company_id = %(company_id)s AND c.id = n.count_id
 WHERE n.company_id = %(company_id)s
   AND n.product_id = %(product_id)s
   AND n.difference <> 0
   AND c.status IN ('counting', 'submitted')
 ORDER BY c.id
 LIMIT 20
