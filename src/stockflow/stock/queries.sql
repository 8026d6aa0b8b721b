-- past_balances --
-- What levels held at a moment: what they hold now, less what happened on later days, less what
-- happened later on that day. What is in transit has a value of its own.
SELECT product_id, warehouse_id, trim_scale(available) AS available, trim_scale(reserved) AS reserved,
       trim_scale(damaged) AS damaged, trim_scale(in_transit) AS in_transit, value::text,
       unit_value(available + reserved + damaged, value, NULL)::text AS average_cost
  FROM (SELECT l.product_id, l.warehouse_id,
               l.available - d.available - m.available AS available,
               l.reserved - d.reserved - m.reserved AS reserved,
               l.damaged - d.damaged - m.damaged AS damaged,
               l.in_transit - d.in_transit - m.in_transit AS in_transit,
               l.value - d.value - m.value AS value
          FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[])
               AS k (product_id, warehouse_id)
          JOIN stock_levels l ON l.company_id = %(company_id)s
                             AND l.product_id = k.product_id
                             AND l.warehouse_id = k.warehouse_id
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(available), 0) AS available, coalesce(sum(reserved), 0) AS reserved,
                      coalesce(sum(damaged), 0) AS damaged, coalesce(sum(in_transit), 0) AS in_transit,
                      coalesce(sum(value), 0) AS value
                 FROM stock_days
                WHERE company_id = %(company_id)s
                  AND product_id = l.product_id
                  AND warehouse_id = l.warehouse_id
                  AND day > %(day)s) AS d
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(quantity_change) FILTER (WHERE bucket = 'available'), 0) AS available,
                      coalesce(sum(quantity_change) FILTER (WHERE bucket = 'reserved'), 0) AS reserved,
                      coalesce(sum(quantity_change) FILTER (WHERE bucket = 'damaged'), 0) AS damaged,
                      coalesce(sum(quantity_change) FILTER (WHERE bucket = 'in_transit'), 0)
                      AS in_transit,
                      coalesce(sum(value_change) FILTER (WHERE bucket <> 'in_transit'), 0) AS value
                 FROM stock_movements
                WHERE company_id = %(company_id)s
                  AND product_id = l.product_id
                  AND warehouse_id = l.warehouse_id
                  AND occurred_at > %(moment)s AND occurred_at < %(end_of_day)s) AS m) AS past

-- posting --
SELECT id, kind, recorded_at, reverses_id, document_type, document_id, user_id, api_key_id,
       (SELECT r.id FROM stock_postings r
         WHERE r.company_id = %(company_id)s AND r.reverses_id = p.id) AS reversed_by_id
  FROM stock_postings p
 WHERE company_id = %(company_id)s AND id = %(id)s

-- partly_hidden --
SELECT EXISTS (SELECT 1
                 FROM stock_movements
                WHERE company_id = %(company_id)s
                  AND id BETWEEN %(id)s * 100000 AND %(id)s * 100000 + 99999
                  AND warehouse_id <> ALL(%(allowed)s::bigint[]))

-- posted --
SELECT m.line, m.id, m.product_id, p.sku, m.warehouse_id, m.type, m.bucket,
       trim_scale(m.quantity_change) AS quantity_change,
       trim_scale(m.quantity_before) AS quantity_before,
       trim_scale(m.quantity_after) AS quantity_after, m.occurred_at, m.unit_cost::text,
       m.unit_price::text, m.value_change::text
  FROM stock_movements m
  JOIN products p ON p.company_id = %(company_id)s AND p.id = m.product_id
 WHERE m.company_id = %(company_id)s
   AND m.id BETWEEN %(id)s * 100000 AND %(id)s * 100000 + 99999
 ORDER BY m.id

-- totals --
-- One row for each product asked for, also where it has no level.
SELECT p.id AS product_id, p.product_type = 'bundle' AS is_bundle,
       trim_scale(coalesce(sum(l.available), 0)) AS available,
       trim_scale(coalesce(sum(l.available + l.reserved + l.damaged), 0)) AS on_hand,
       trim_scale(coalesce(sum(l.in_transit), 0)) AS in_transit,
       count(*) FILTER (WHERE l.available + l.reserved + l.damaged <> 0) AS warehouses,
       coalesce(bool_or(l.is_low), false) AS is_low
  FROM products p
  LEFT JOIN stock_levels l ON l.company_id = %(company_id)s
                          AND l.product_id = p.id
                          AND (%(allowed)s::bigint[] IS NULL
                               OR l.warehouse_id = ANY(%(allowed)s::bigint[]))
 WHERE p.company_id = %(company_id)s AND p.id = ANY(%(products)s::bigint[])
 GROUP BY p.company_id, p.id

-- made_of_parts --
-- How many whole bundles the available components of each warehouse make, summed; a warehouse that
-- lacks a component makes none.
SELECT bundle_id, trim_scale(sum(bundles)), count(*)
  FROM (SELECT part.bundle_id, l.warehouse_id, min(div(l.available, part.need)) AS bundles
          FROM unnest(%(bundles)s::bigint[], %(parts)s::bigint[], %(needs)s::numeric[])
               AS part (bundle_id, product_id, need)
          JOIN stock_levels l ON l.company_id = %(company_id)s
                             AND l.product_id = part.product_id
                             AND (%(allowed)s::bigint[] IS NULL
                                  OR l.warehouse_id = ANY(%(allowed)s::bigint[]))
         GROUP BY part.bundle_id, l.warehouse_id
        HAVING count(*) = (SELECT count(*) FROM unnest(%(bundles)s::bigint[]) AS b (bundle_id)
                            WHERE b.bundle_id = part.bundle_id)) AS made
 WHERE bundles > 0
 GROUP BY bundle_id

-- card --
-- Backwards from what is on hand now: the end of a day is that of the day after, less what the day after
-- changed. A day ahead of the company's calendar, by a clock that is fast, counts as today.
SELECT series.day::date,
       trim_scale((SELECT coalesce(sum(available + reserved + damaged), 0)
                     FROM stock_levels
                    WHERE company_id = %(company_id)s
                      AND product_id = %(product_id)s
                      AND (%(warehouse_id)s::bigint IS NULL
                           OR warehouse_id = %(warehouse_id)s::bigint)
                      AND (%(allowed)s::bigint[] IS NULL
                           OR warehouse_id = ANY(%(allowed)s::bigint[])))
                  - coalesce(sum(net.change) OVER (ORDER BY series.day DESC
                                                   ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0))
  FROM generate_series(%(first)s::date, %(today)s::date, interval '1 day') AS series (day)
  LEFT JOIN (SELECT least(day, %(today)s::date) AS day, sum(available + reserved + damaged) AS change
               FROM stock_days
              WHERE company_id = %(company_id)s
                AND product_id = %(product_id)s
                AND day >= %(first)s::date
                AND (%(warehouse_id)s::bigint IS NULL OR warehouse_id = %(warehouse_id)s::bigint)
                AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY(%(allowed)s::bigint[]))
              GROUP BY 1) AS net ON net.day = series.day
 ORDER BY series.day

-- of_warehouse --
-- What lies in one warehouse, over all its products.
SELECT count(*) FILTER (WHERE available + reserved + damaged <> 0) AS products,
       trim_scale(coalesce(sum(available), 0)) AS available,
       trim_scale(coalesce(sum(reserved), 0)) AS reserved,
       trim_scale(coalesce(sum(damaged), 0)) AS damaged,
       trim_scale(coalesce(sum(in_transit), 0)) AS in_transit,
       coalesce(sum(value), 0)::text AS value,
       count(*) FILTER (WHERE is_low) AS low
  FROM stock_levels
 WHERE company_id = %(company_id)s AND warehouse_id = %(warehouse_id)s
