-- level_is_sum_of_movements --
-- Every bucket of every level equals the sum of its movements.
SELECT l.product_id, l.warehouse_id,
       format('%%s %%s, movements add up to %%s', b.bucket, trim_scale(b.held), trim_scale(coalesce(m.total, 0))) AS finding
  FROM stock_levels l
 CROSS JOIN LATERAL (VALUES ('available', l.available), ('reserved', l.reserved),
                            ('damaged', l.damaged), ('in_transit', l.in_transit)) AS b (bucket, held)
  LEFT JOIN (SELECT product_id, warehouse_id, bucket, sum(quantity_change) AS total
               FROM stock_movements
              WHERE company_id = %(company_id)s
              GROUP BY product_id, warehouse_id, bucket) AS m
         ON m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id AND m.bucket = b.bucket
 WHERE l.company_id = %(company_id)s AND b.held <> coalesce(m.total, 0)

-- value_is_sum_of_movements --
-- What is on hand and what is in transit are worth the sum of what moved in and out.
SELECT l.product_id, l.warehouse_id,
       format('%%s value %%s, movements add up to %%s', b.place, trim_scale(b.held),
              trim_scale(b.moved)) AS finding
  FROM stock_levels l
  LEFT JOIN (SELECT product_id, warehouse_id,
                    sum(value_change) FILTER (WHERE bucket <> 'in_transit') AS value,
                    sum(value_change) FILTER (WHERE bucket = 'in_transit') AS transit_value
               FROM stock_movements
              WHERE company_id = %(company_id)s
              GROUP BY product_id, warehouse_id) AS m
         ON m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id
 CROSS JOIN LATERAL (VALUES ('on-hand', l.value, coalesce(m.value, 0)),
                            ('in-transit', l.transit_value, coalesce(m.transit_value, 0)))
         AS b (place, held, moved)
 WHERE l.company_id = %(company_id)s AND b.held <> b.moved

-- no_value_without_stock --
-- What is not there is worth nothing.
SELECT product_id, warehouse_id,
       format('nothing there is worth %%s on hand, %%s in transit', trim_scale(value),
              trim_scale(transit_value)) AS finding
  FROM stock_levels
 WHERE company_id = %(company_id)s
   AND ((available + reserved + damaged = 0 AND value <> 0) OR (in_transit = 0 AND transit_value <> 0))

-- reserved_covers_reservations --
-- What documents hold is in the bucket reserved; movements may have reserved more besides.
SELECT r.product_id, r.warehouse_id,
       format('reserved %%s, documents hold %%s', trim_scale(l.reserved), trim_scale(r.held)) AS finding
  FROM (SELECT product_id, warehouse_id, sum(quantity) AS held
          FROM stock_reservations
         WHERE company_id = %(company_id)s
         GROUP BY product_id, warehouse_id) AS r
  JOIN stock_levels l ON l.company_id = %(company_id)s
                     AND l.product_id = r.product_id AND l.warehouse_id = r.warehouse_id
 WHERE l.reserved < r.held

-- balances_follow_each_other --
-- Each movement begins with the balance the one before it left.
SELECT product_id, warehouse_id,
       format('movement %%s begins at %%s, the one before it ended at %%s', id,
              trim_scale(quantity_before), trim_scale(previous)) AS finding
  FROM (SELECT product_id, warehouse_id, id, quantity_before,
               lag(quantity_after, 1, 0) OVER (PARTITION BY product_id, warehouse_id, bucket
                                               ORDER BY id) AS previous
          FROM stock_movements
         WHERE company_id = %(company_id)s) AS m
 WHERE quantity_before <> previous

-- days_are_sums_of_movements --
-- Each day of a level is the sum of the movements that occurred on it.
SELECT coalesce(d.product_id, m.product_id) AS product_id,
       coalesce(d.warehouse_id, m.warehouse_id) AS warehouse_id,
       format('day %%s differs from its movements', coalesce(d.day, m.day)) AS finding
  FROM (SELECT * FROM stock_days WHERE company_id = %(company_id)s) AS d
  FULL JOIN (SELECT product_id, warehouse_id, (occurred_at AT TIME ZONE %(timezone)s)::date AS day,
                    coalesce(sum(quantity_change) FILTER (WHERE bucket = 'available'), 0) AS available,
                    coalesce(sum(quantity_change) FILTER (WHERE bucket = 'reserved'), 0) AS reserved,
                    coalesce(sum(quantity_change) FILTER (WHERE bucket = 'damaged'), 0) AS damaged,
                    coalesce(sum(quantity_change) FILTER (WHERE bucket = 'in_transit'), 0) AS in_transit,
                    coalesce(sum(value_change) FILTER (WHERE bucket <> 'in_transit'), 0) AS value,
                    coalesce(sum(value_change) FILTER (WHERE bucket = 'in_transit'), 0) AS transit_value
               FROM stock_movements
              WHERE company_id = %(company_id)s
              GROUP BY 1, 2, 3) AS m
         ON m.product_id = d.product_id AND m.warehouse_id = d.warehouse_id AND m.day = d.day
 WHERE (coalesce(d.available, 0), coalesce(d.reserved, 0), coalesce(d.damaged, 0),
        coalesce(d.in_transit, 0), coalesce(d.value, 0), coalesce(d.transit_value, 0))
       <> (coalesce(m.available, 0), coalesce(m.reserved, 0), coalesce(m.damaged, 0),
           coalesce(m.in_transit, 0), coalesce(m.value, 0), coalesce(m.transit_value, 0))

-- demand_is_sales_less_returns --
-- The units sold on each day of a level are its sales less its returns, whichever bucket they left or
-- came back to; what a reversal takes back belongs to the day of the movement it reverses, which has
-- the same place from the other end.
SELECT coalesce(d.product_id, m.product_id) AS product_id,
       coalesce(d.warehouse_id, m.warehouse_id) AS warehouse_id,
       format('day %%s says %%s sold, movements %%s', coalesce(d.day, m.day),
              trim_scale(coalesce(d.sold, 0)), trim_scale(coalesce(m.sold, 0))) AS finding
  FROM (SELECT product_id, warehouse_id, day, sold
          FROM stock_days
         WHERE company_id = %(company_id)s AND sold <> 0) AS d
  FULL JOIN (SELECT product_id, warehouse_id, day, sum(sold) AS sold
               FROM (SELECT m.product_id, m.warehouse_id,
                            (m.occurred_at AT TIME ZONE %(timezone)s)::date AS day,
                            -m.quantity_change AS sold
                       FROM stock_movements m
                      WHERE m.company_id = %(company_id)s
                        AND m.type IN ('sale', 'return')
                        AND NOT EXISTS (SELECT FROM stock_postings p
                                         WHERE p.company_id = %(company_id)s
                                           AND p.id = m.id / 100000
                                           AND p.reverses_id IS NOT NULL)
                      UNION ALL
                     SELECT m.product_id, m.warehouse_id,
                            (o.occurred_at AT TIME ZONE %(timezone)s)::date, -m.quantity_change
                       FROM stock_postings p
                       JOIN stock_movements m ON m.company_id = %(company_id)s
                                             AND m.id BETWEEN p.id * 100000 AND p.id * 100000 + 99999
                       JOIN stock_movements o ON o.company_id = %(company_id)s
                                             AND o.id = p.reverses_id * 100000 + 1 - m.id
                                                 + (SELECT max(id) FROM stock_movements
                                                     WHERE company_id = %(company_id)s
                                                       AND id BETWEEN p.id * 100000
                                                                  AND p.id * 100000 + 99999)
                      WHERE p.company_id = %(company_id)s AND p.reverses_id IS NOT NULL
                        AND m.type IN ('sale', 'return')) AS demand
              GROUP BY product_id, warehouse_id, day) AS m
         ON m.product_id = d.product_id AND m.warehouse_id = d.warehouse_id AND m.day = d.day
 WHERE coalesce(d.sold, 0) <> coalesce(m.sold, 0)

-- recent_demand_is_sum_of_days --
SELECT l.product_id, l.warehouse_id,
       format('recent demand %%s, days since %%s add up to %%s', trim_scale(l.recent_sold),
              l.recent_since, trim_scale(coalesce(d.sold, 0))) AS finding
  FROM stock_levels l
  LEFT JOIN LATERAL (
       SELECT sum(sold) AS sold
         FROM stock_days
        WHERE company_id = %(company_id)s AND product_id = l.product_id
          AND warehouse_id = l.warehouse_id AND day >= l.recent_since) AS d ON true
 WHERE l.company_id = %(company_id)s AND l.recent_sold <> coalesce(d.sold, 0)

-- levels_know_their_rules --
-- Threshold, backorder rule and activity of each level follow from product, category, warehouse, company.
SELECT l.product_id, l.warehouse_id, 'threshold, backorders or activity is out of date' AS finding
  FROM stock_levels l
  JOIN companies c ON c.id = %(company_id)s
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = l.warehouse_id
  LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = p.category_id
 WHERE l.company_id = %(company_id)s
   AND (l.backorders, l.active, l.threshold, l.low_at_threshold)
       IS DISTINCT FROM
       (coalesce(p.allow_backorders, c.allow_backorders), p.archived_at IS NULL AND w.active,
        coalesce(l.own_threshold, p.low_stock_threshold, g.low_stock_threshold,
                 CASE p.product_type WHEN 'standard' THEN c.standard_low_stock_threshold END,
                 c.default_low_stock_threshold),
        c.low_stock_at_threshold)

-- movements_have_postings --
SELECT m.product_id, m.warehouse_id, format('movement %%s has no posting', m.id) AS finding
  FROM stock_movements m
  LEFT JOIN stock_postings p ON p.company_id = %(company_id)s AND p.id = m.id / 100000
 WHERE m.company_id = %(company_id)s AND p.id IS NULL

-- archived_products_are_empty --
SELECT l.product_id, l.warehouse_id, 'the archived product still has stock' AS finding
  FROM stock_levels l
  JOIN products p ON p.company_id = %(company_id)s AND p.id = l.product_id
 WHERE l.company_id = %(company_id)s AND p.archived_at IS NOT NULL
   AND (l.available, l.reserved, l.damaged, l.in_transit) <> (0, 0, 0, 0)

-- movements_and_days_have_levels --
SELECT r.product_id, r.warehouse_id, 'movements or days without a level' AS finding
  FROM (SELECT product_id, warehouse_id FROM stock_movements WHERE company_id = %(company_id)s
         UNION
        SELECT product_id, warehouse_id FROM stock_days WHERE company_id = %(company_id)s) AS r
  LEFT JOIN stock_levels l ON l.company_id = %(company_id)s
                          AND l.product_id = r.product_id AND l.warehouse_id = r.warehouse_id
 WHERE l.product_id IS NULL

-- newest_day_is_known --
-- The ledger adds to the newest day of a level, and opens later ones, without looking for them.
SELECT l.product_id, l.warehouse_id,
       format('newest day %%s, its days end with %%s', l.last_day, d.day) AS finding
  FROM stock_levels l
  LEFT JOIN LATERAL (
       SELECT max(day) AS day
         FROM stock_days
        WHERE company_id = %(company_id)s AND product_id = l.product_id
          AND warehouse_id = l.warehouse_id) AS d ON true
 WHERE l.company_id = %(company_id)s AND l.last_day IS DISTINCT FROM d.day
