-- warehouses --
INSERT INTO warehouses (company_id, code, code_key, name)
SELECT %(company_id)s, 'W' || n, 'W' || n, 'Warehouse ' || n
  FROM generate_series(1, %(warehouses)s) AS n
RETURNING id

-- categories --
INSERT INTO categories (company_id, name, name_key)
SELECT %(company_id)s, 'Category ' || n, 'category ' || n
  FROM generate_series(1, 20) AS n
RETURNING id

-- suppliers --
INSERT INTO suppliers (company_id, code, code_key, name, contact_email, lead_time_days)
SELECT %(company_id)s, 'S' || n, 'S' || n, 'Supplier ' || n, 'orders@s' || n || '.example', 3 + n %% 40
  FROM generate_series(1, 50) AS n
RETURNING id

-- products --
-- Names are made of the words given; a barcode is a GTIN-13 with its check digit.
INSERT INTO products (company_id, name, sku, sku_key, category_id, barcode, barcode_key, price,
                      cost_price, currency, low_stock_threshold, reorder_quantity)
SELECT %(company_id)s,
       concat_ws(' ', (%(colours)s::text[])[1 + h %% cardinality(%(colours)s::text[])],
                 (%(stuffs)s::text[])[1 + h / 31 %% cardinality(%(stuffs)s::text[])],
                 (%(things)s::text[])[1 + h / 997 %% cardinality(%(things)s::text[])], 1 + n %% 400),
       sku, sku, %(first_category)s + h %% 20, code || digit, '0' || code || digit,
       1 + h %% 9000 / 100.0, 1 + h %% 4000 / 100.0, 'GBP',
       CASE h %% 4 WHEN 0 THEN 5 + h %% 40 END, CASE h %% 3 WHEN 0 THEN 24 END
  FROM generate_series(0, %(products)s - 1) AS n
 CROSS JOIN LATERAL (SELECT hashint8(n) & 2147483647 AS h,
                            chr(65 + n %% 26) || chr(65 + n / 26 %% 26) || '-' || lpad(n::text, 6, '0')
                            AS sku,
                            '29' || lpad(n::text, 10, '0') AS code) AS drawn
 CROSS JOIN LATERAL (SELECT (1000 - sum(substr(code, place, 1)::int * (1 + 2 * ((place + 1) %% 2)))) %% 10
                            AS digit
                       FROM generate_series(1, 12) AS place) AS checked
 ORDER BY n
RETURNING id

-- terms --
-- Every product has two suppliers, one of them preferred.
INSERT INTO product_suppliers (company_id, product_id, supplier_id, cost_price, minimum_order_quantity,
                               is_preferred)
SELECT %(company_id)s, %(first_product)s + n, %(first_supplier)s + (n + choice * 7) %% 50,
       1 + n %% 500 / 10.0, 6, choice = 0
  FROM generate_series(0, %(products)s - 1) AS n, generate_series(0, 1) AS choice

-- plan --
-- What each level is to become: how much one sale takes, how many days of the last month it sells on
-- besides (low levels only), what is delivered at the start and in the middle of the year, and what is
-- left at the end. The second delivery is dearer: it makes the average cost `average`, exactly.
CREATE TEMPORARY TABLE plan AS
SELECT o, product_id, warehouse_id, threshold, low, step, busy_days, left_over, total, cost, average, first,
       second, average * (first + second - sold) - cost * (first - sold) AS second_value
  FROM (SELECT o, hashint8(o) & 2147483647 AS h, p.id AS product_id,
               %(first_warehouse)s + o %% %(warehouses)s AS warehouse_id,
               coalesce(p.low_stock_threshold, c.default_low_stock_threshold) AS threshold
          FROM generate_series(0::bigint, %(levels)s - 1) AS o
          JOIN companies c ON c.id = %(company_id)s
          JOIN products p ON p.company_id = c.id AND p.id = %(first_product)s + o / %(warehouses)s) AS level
 CROSS JOIN LATERAL (SELECT 1 + h %% 5 AS step, 1 + h / 13 %% 4000 / 100.0 AS cost,
                            NOT %(plenty)s AND h %% 50 = 0 AS low) AS drawn
 CROSS JOIN LATERAL (SELECT CASE WHEN low THEN 5 + h / 50 %% 26 ELSE 0 END AS busy_days,
                            CASE WHEN %(plenty)s THEN 1000000
                                 WHEN low THEN h / 50 %% threshold::int
                                 ELSE threshold::int + h %% 500 END AS left_over,
                            step * (%(middle)s - 1) AS sold) AS first_half
 CROSS JOIN LATERAL (SELECT left_over + step * (greatest(%(rounds)s - 2, 0) + busy_days) AS total) AS year
 CROSS JOIN LATERAL (SELECT CASE WHEN %(plenty)s THEN 0 ELSE least(20 + h / 11 %% 200, total - sold) END
                            AS second) AS middle
 CROSS JOIN LATERAL (SELECT total - second AS first,
                            cost + CASE WHEN second > 0 THEN 0.05 ELSE 0 END AS average) AS paid

-- older --
-- Visits long ago: each delivers what it then sells, so that every level begins the year empty.
INSERT INTO stock_movements
       (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change, quantity_before,
        quantity_after, unit_cost, unit_price, value_change, occurred_at, recorded_at)
SELECT %(company_id)s, (%(posting)s + i / 500) * 100000 + i %% 500 * 2 + 1 + leg, i %% 500 * 2 + leg,
       product_id, warehouse_id, CASE leg WHEN 0 THEN 'purchase' ELSE 'sale' END, 'available',
       CASE leg WHEN 0 THEN step ELSE -step END, CASE leg WHEN 0 THEN 0 ELSE step END,
       CASE leg WHEN 0 THEN step ELSE 0 END, CASE leg WHEN 0 THEN cost END,
       CASE leg WHEN 1 THEN 9.99 END, CASE leg WHEN 0 THEN step ELSE -step END * cost, moment, moment
  FROM generate_series(0::bigint, %(levels)s - 1) AS i
  JOIN plan ON o = (i * 1000003 + %(visit)s * 7919) %% %(levels)s
 CROSS JOIN LATERAL (SELECT %(from_day)s::date + (i * %(days)s / %(levels)s)::int
                            + interval '9 hours' + interval '1 second' * (i %% 20000) AS moment) AS m
 CROSS JOIN generate_series(0, 1) AS leg

-- older_days --
INSERT INTO stock_days (company_id, product_id, warehouse_id, day, sold)
SELECT %(company_id)s, product_id, warehouse_id, %(from_day)s::date + (i * %(days)s / %(levels)s)::int,
       step
  FROM generate_series(0::bigint, %(levels)s - 1) AS i
  JOIN plan ON o = (i * 1000003 + %(visit)s * 7919) %% %(levels)s

-- round --
-- The year: one movement of every level in each round, a delivery in the first and in the middle, else
-- a sale at the average cost.
INSERT INTO stock_movements
       (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change, quantity_before,
        quantity_after, unit_cost, unit_price, value_change, occurred_at, recorded_at)
SELECT %(company_id)s, (%(posting)s + i / 1000) * 100000 + i %% 1000 + 1, i %% 1000, product_id,
       warehouse_id, CASE WHEN %(round)s IN (0, %(middle)s) THEN 'purchase' ELSE 'sale' END, 'available',
       change, before, before + change, unit_cost,
       CASE WHEN %(round)s NOT IN (0, %(middle)s) THEN 9.99 END, value, moment, moment
  FROM generate_series(0::bigint, %(levels)s - 1) AS i
  JOIN plan ON o = (i * 1000003 + %(round)s * 104729) %% %(levels)s
 CROSS JOIN LATERAL (SELECT CASE %(round)s WHEN 0 THEN first WHEN %(middle)s THEN second ELSE -step END
                            AS change,
                            CASE WHEN %(round)s = 0 THEN 0
                                 WHEN %(round)s <= %(middle)s THEN first - step * (%(round)s - 1)
                                 ELSE total - step * (%(round)s - 2) END AS before,
                            CASE %(round)s WHEN 0 THEN cost
                                           WHEN %(middle)s THEN round(second_value / second, 4) END
                            AS unit_cost,
                            CASE WHEN %(round)s = 0 THEN first * cost
                                 WHEN %(round)s < %(middle)s THEN -step * cost
                                 WHEN %(round)s = %(middle)s THEN second_value
                                 ELSE -step * average END AS value,
                            %(from_day)s::date + (i * %(days)s / %(levels)s)::int
                            + interval '9 hours' + interval '1 second' * (i %% 20000) AS moment) AS m

-- busy --
-- The last month of what is now low: a sale on each of its last busy days.
INSERT INTO stock_movements
       (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change, quantity_before,
        quantity_after, unit_price, value_change, occurred_at, recorded_at)
SELECT %(company_id)s, (%(posting)s + i / 1000) * 100000 + i %% 1000 + 1, i %% 1000, product_id,
       warehouse_id, 'sale', 'available', -step, before, before - step, 9.99, -step * average, moment,
       moment
  FROM (SELECT *, row_number() OVER (ORDER BY ago DESC, o) - 1 AS i,
               total - step * (%(rounds)s - 2 + busy_days - ago) AS before,
               %(today)s::date - ago + interval '16 hours' AS moment
          FROM plan JOIN generate_series(1, 30) AS ago ON ago <= busy_days) AS sale
 ORDER BY i

-- postings --
-- One for each thousand movements, at the time of its first.
INSERT INTO stock_postings (company_id, id, kind, recorded_at, request_id) OVERRIDING SYSTEM VALUE
SELECT %(company_id)s, id / 100000, 'import', recorded_at, 'bench'
  FROM stock_movements
 WHERE company_id = %(company_id)s AND id %% 100000 = 1

-- days --
-- In the order of time, as they come to be: reading a level's days is to cost what it would.
INSERT INTO stock_days (company_id, product_id, warehouse_id, day, sold, available, value)
SELECT company_id, product_id, warehouse_id,
       (occurred_at AT TIME ZONE 'Europe/London')::date AS day,
       coalesce(-sum(quantity_change) FILTER (WHERE type = 'sale'), 0), sum(quantity_change),
       sum(value_change)
  FROM stock_movements
 WHERE company_id = %(company_id)s AND id >= %(posting)s::bigint * 100000
 GROUP BY company_id, product_id, warehouse_id, day
 ORDER BY day, min(id)

-- levels --
INSERT INTO stock_levels (company_id, product_id, warehouse_id, available, value, average_cost, backorders,
                          active, threshold, low_at_threshold, recent_sold, recent_since, last_day,
                          updated_at)
SELECT %(company_id)s, product_id, warehouse_id, left_over, left_over * average, average, false, true,
       threshold, false,
       coalesce(recent.sold, 0), %(since)s::date,
       (SELECT max(d.day) FROM stock_days d
         WHERE d.company_id = %(company_id)s AND d.product_id = plan.product_id
           AND d.warehouse_id = plan.warehouse_id), now()
  FROM plan
  LEFT JOIN LATERAL (SELECT sum(d.sold) AS sold
                       FROM stock_days d
                      WHERE d.company_id = %(company_id)s AND d.product_id = plan.product_id
                        AND d.warehouse_id = plan.warehouse_id AND d.day >= %(since)s::date) AS recent
         ON true
 ORDER BY o

-- yesterday --
-- As if this were the first request of a new day: the demand of low levels begins a day too early.
UPDATE stock_levels l
   SET recent_since = %(since)s::date - 1,
       recent_sold = recent_sold + coalesce(
           (SELECT d.sold FROM stock_days d
             WHERE d.company_id = l.company_id AND d.product_id = l.product_id
               AND d.warehouse_id = l.warehouse_id AND d.day = %(since)s::date - 1), 0)
 WHERE company_id = %(company_id)s AND is_low AND recent_since = %(since)s::date

-- indexes --
SELECT format('ALTER TABLE %s DROP CONSTRAINT %I', conrelid::regclass, conname),
       format('ALTER TABLE %s ADD CONSTRAINT %I %s', conrelid::regclass, conname,
              pg_get_constraintdef(oid))
  FROM pg_constraint
 WHERE conrelid IN ('stock_movements'::regclass, 'stock_days'::regclass) AND contype = 'p'
 UNION ALL
SELECT format('DROP INDEX %s', indexrelid::regclass), pg_get_indexdef(indexrelid)
  FROM pg_index
 WHERE indrelid = 'stock_movements'::regclass AND NOT indisprimary
