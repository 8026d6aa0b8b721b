-- settings --
-- A report reads much and is asked for rarely. Most rows of the days are needed, and they lie in the order
-- of time: to look each up in the order of their index takes several times as long as to read all. The
-- planner takes the rows of a company for neighbours, so it must think that looking up costs more.
SET LOCAL work_mem = '64MB';
SET LOCAL random_page_cost = 10

-- report --
-- The first page, and the totals of everything that matches: all levels are valued, set by set.
-- What a level held at a moment is what it holds now, less what happened on later days, less what
-- happened later on that day. A condition that is false for a request costs nothing: it is planned
-- with its values, so that the branch is left out.
WITH later_day AS MATERIALIZED (
    SELECT product_id, warehouse_id, bool_or(day = %(day)s) AS on_that_day,
           sum(available + reserved + damaged) FILTER (WHERE day > %(day)s) AS on_hand,
           sum(in_transit) FILTER (WHERE day > %(day)s AND in_transit <> 0) AS in_transit,
           sum(value) FILTER (WHERE day > %(day)s) AS value,
           sum(transit_value) FILTER (WHERE day > %(day)s AND transit_value <> 0) AS transit_value
      FROM stock_days
     WHERE company_id = %(company_id)s
       AND %(past)s
       AND day >= %(day)s
       AND (%(warehouse_id)s::bigint IS NULL OR warehouse_id = %(warehouse_id)s)
       AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY (%(allowed)s))
     GROUP BY product_id, warehouse_id
), later_that_day AS MATERIALIZED (
    SELECT d.product_id, d.warehouse_id, m.on_hand, m.in_transit, m.value, m.transit_value
      FROM later_day d
     CROSS JOIN LATERAL (
           SELECT sum(quantity_change) FILTER (WHERE bucket <> 'in_transit') AS on_hand,
                  sum(quantity_change) FILTER (WHERE bucket = 'in_transit') AS in_transit,
                  sum(value_change) FILTER (WHERE bucket <> 'in_transit') AS value,
                  sum(value_change) FILTER (WHERE bucket = 'in_transit') AS transit_value
             FROM stock_movements
            WHERE company_id = %(company_id)s
              AND product_id = d.product_id
              AND warehouse_id = d.warehouse_id
              AND occurred_at > %(moment)s AND occurred_at < %(end_of_day)s) AS m
     WHERE d.on_that_day
), held AS NOT MATERIALIZED (
    SELECT l.product_id, l.warehouse_id,
           CASE WHEN d.product_id IS NULL THEN l.available + l.reserved + l.damaged
                ELSE l.available + l.reserved + l.damaged - coalesce(d.on_hand, 0)
                     - coalesce(m.on_hand, 0) END AS on_hand,
           CASE WHEN d.product_id IS NULL THEN l.in_transit
                ELSE l.in_transit - coalesce(d.in_transit, 0) - coalesce(m.in_transit, 0) END
           AS in_transit,
           CASE WHEN d.product_id IS NULL THEN l.value
                ELSE l.value - coalesce(d.value, 0) - coalesce(m.value, 0) END AS value,
           CASE WHEN d.product_id IS NULL THEN l.transit_value
                ELSE l.transit_value - coalesce(d.transit_value, 0) - coalesce(m.transit_value, 0) END
           AS transit_value
      FROM stock_levels l
      LEFT JOIN later_day d ON d.product_id = l.product_id AND d.warehouse_id = l.warehouse_id
      LEFT JOIN later_that_day m ON m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id
     WHERE l.company_id = %(company_id)s
       AND (%(warehouse_id)s::bigint IS NULL OR l.warehouse_id = %(warehouse_id)s)
       AND (%(allowed)s::bigint[] IS NULL OR l.warehouse_id = ANY (%(allowed)s))
       AND (%(category_id)s::bigint IS NULL
            OR l.product_id IN (SELECT id FROM products
                                 WHERE company_id = %(company_id)s AND category_id = %(category_id)s))
     ORDER BY product_id, warehouse_id
), layer AS (
    -- What came in, and counts at the moment: neither a reversal nor reversed by then. `reached` is how
    -- much came in from then on.
    SELECT product_id, warehouse_id, quantity_change AS quantity, value_change AS value, unit_cost,
           sum(quantity_change) OVER (PARTITION BY product_id, warehouse_id ORDER BY id DESC
                                      ROWS UNBOUNDED PRECEDING) AS reached
      FROM stock_movements
     WHERE company_id = %(company_id)s
       AND %(fifo)s
       AND quantity_change > 0 AND bucket <> 'in_transit'
       AND type NOT IN ('reserve', 'release', 'damage')
       AND (NOT %(past)s OR occurred_at <= %(moment)s)
       AND (%(warehouse_id)s::bigint IS NULL OR warehouse_id = %(warehouse_id)s)
       AND (%(allowed)s::bigint[] IS NULL OR warehouse_id = ANY (%(allowed)s))
       AND (%(category_id)s::bigint IS NULL
            OR product_id IN (SELECT id FROM products
                               WHERE company_id = %(company_id)s AND category_id = %(category_id)s))
       AND id / 100000 NOT IN (
           SELECT unnest(ARRAY[p.id, p.reverses_id])
             FROM stock_postings p
            WHERE p.company_id = %(company_id)s AND p.reverses_id IS NOT NULL
              AND (NOT %(past)s
                   OR EXISTS (SELECT FROM stock_movements m
                               WHERE m.company_id = %(company_id)s AND m.id = p.id * 100000 + 1
                                 AND m.occurred_at <= %(moment)s)))
), layered AS (
    -- A level with its newest layers, as far as they are needed to cover what is on hand.
    SELECT h.product_id, h.warehouse_id, max(h.on_hand) AS on_hand, max(h.in_transit) AS in_transit,
           max(h.value) AS book_value, max(h.transit_value) AS transit_value,
           coalesce(max(k.reached), 0) AS reached,
           coalesce(sum(CASE WHEN k.reached <= h.on_hand
                             THEN coalesce(round(k.quantity * k.unit_cost, 4), k.value)
                             ELSE round((h.on_hand - k.reached + k.quantity)
                                        * coalesce(k.unit_cost, k.value / k.quantity), 4) END), 0)
           AS covered
      FROM held h
      LEFT JOIN layer k ON k.product_id = h.product_id AND k.warehouse_id = h.warehouse_id
                       AND k.reached - k.quantity < h.on_hand
     WHERE %(fifo)s
     GROUP BY h.product_id, h.warehouse_id
), valued AS MATERIALIZED (
    SELECT *
      FROM (SELECT * FROM held WHERE NOT %(fifo)s
             UNION ALL
            SELECT product_id, warehouse_id, on_hand, in_transit,
                   CASE WHEN on_hand < 0 THEN book_value
                        WHEN on_hand > reached
                        THEN covered + round((on_hand - reached) * book_value / on_hand, 4)
                        ELSE covered END,
                   transit_value
              FROM layered) AS v
     WHERE (on_hand, in_transit, value, transit_value) <> (0, 0, 0, 0)
), item AS (
    SELECT *
      FROM valued
     ORDER BY product_id, warehouse_id
     LIMIT %(most)s
), part AS (
    SELECT v.warehouse_id, p.category_id, count(*) AS lines, sum(v.value) AS value,
           sum(v.transit_value) AS transit_value
      FROM valued v
      JOIN products p ON p.company_id = %(company_id)s AND p.id = v.product_id
     GROUP BY v.warehouse_id, p.category_id
), total AS (
    SELECT grouping(warehouse_id, category_id) AS kind, warehouse_id, category_id, sum(lines) AS lines,
           sum(value) AS value, sum(transit_value) AS transit_value
      FROM part
     GROUP BY GROUPING SETS ((), (warehouse_id), (category_id))
)
SELECT 0 AS kind, i.product_id AS id, p.sku, p.name, i.warehouse_id, w.code,
       trim_scale(i.on_hand) AS on_hand, trim_scale(i.in_transit) AS in_transit,
       CASE WHEN i.on_hand > 0 THEN round(i.value / i.on_hand, 4)::text END AS unit_cost,
       round(i.value, 4)::text AS value, round(i.transit_value, 4)::text AS transit_value,
       NULL::bigint AS lines
  FROM item i
  JOIN products p ON p.company_id = %(company_id)s AND p.id = i.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = i.warehouse_id
 UNION ALL
SELECT t.kind, t.category_id, NULL, g.name, t.warehouse_id, w.code, NULL, NULL, NULL,
       round(coalesce(t.value, 0), 4)::text, round(coalesce(t.transit_value, 0), 4)::text,
       coalesce(t.lines, 0)::bigint
  FROM total t
  LEFT JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = t.warehouse_id
  LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = t.category_id
 ORDER BY kind, id, warehouse_id

-- page --
-- A later page: the levels after the cursor are looked up one by one, until there are enough. The same
-- as `report` in every figure, but for the totals.
SELECT v.product_id, p.sku, p.name AS product_name, v.warehouse_id, w.code AS warehouse_code,
       trim_scale(v.on_hand) AS on_hand, trim_scale(v.in_transit) AS in_transit,
       CASE WHEN v.on_hand > 0 THEN round(v.value / v.on_hand, 4)::text END AS unit_cost,
       round(v.value, 4)::text AS value, round(v.transit_value, 4)::text AS transit_value
  FROM (SELECT h.product_id, h.warehouse_id, h.on_hand, h.in_transit, h.transit_value,
               CASE WHEN NOT %(fifo)s OR h.on_hand < 0 THEN h.value
                    WHEN h.on_hand > 0
                    THEN f.covered + round((h.on_hand - f.quantity) * h.value / h.on_hand, 4)
                    ELSE 0 END AS value
          FROM (SELECT l.product_id, l.warehouse_id,
                       l.available + l.reserved + l.damaged - d.on_hand - m.on_hand AS on_hand,
                       l.in_transit - d.in_transit - m.in_transit AS in_transit,
                       l.value - d.value - m.value AS value,
                       l.transit_value - d.transit_value - m.transit_value AS transit_value
                  FROM stock_levels l
                 CROSS JOIN LATERAL (
                       SELECT coalesce(sum(available + reserved + damaged), 0) AS on_hand,
                              coalesce(sum(in_transit), 0) AS in_transit,
                              coalesce(sum(value), 0) AS value,
                              coalesce(sum(transit_value), 0) AS transit_value
                         FROM stock_days
                        WHERE company_id = %(company_id)s
                          AND product_id = l.product_id
                          AND warehouse_id = l.warehouse_id
                          AND %(past)s AND day > %(day)s) AS d
                 CROSS JOIN LATERAL (
                       SELECT coalesce(sum(quantity_change) FILTER (WHERE bucket <> 'in_transit'), 0)
                              AS on_hand,
                              coalesce(sum(quantity_change) FILTER (WHERE bucket = 'in_transit'), 0)
                              AS in_transit,
                              coalesce(sum(value_change) FILTER (WHERE bucket <> 'in_transit'), 0)
                              AS value,
                              coalesce(sum(value_change) FILTER (WHERE bucket = 'in_transit'), 0)
                              AS transit_value
                         FROM stock_movements
                        WHERE company_id = %(company_id)s
                          AND product_id = l.product_id
                          AND warehouse_id = l.warehouse_id
                          AND %(past)s
                          AND occurred_at > %(moment)s AND occurred_at < %(end_of_day)s) AS m
                 WHERE l.company_id = %(company_id)s
                   AND (l.product_id, l.warehouse_id) > (%(after_product)s, %(after_warehouse)s)
                   AND (%(warehouse_id)s::bigint IS NULL OR l.warehouse_id = %(warehouse_id)s)
                   AND (%(allowed)s::bigint[] IS NULL OR l.warehouse_id = ANY (%(allowed)s))
                   AND (%(category_id)s::bigint IS NULL
                        OR EXISTS (SELECT FROM products c
                                    WHERE c.company_id = %(company_id)s AND c.id = l.product_id
                                      AND c.category_id = %(category_id)s))
                 ORDER BY l.product_id, l.warehouse_id
                OFFSET 0) AS h
         CROSS JOIN LATERAL (
               SELECT coalesce(sum(least(quantity, quantity - reached)), 0) AS quantity,
                      coalesce(sum(CASE WHEN reached <= 0
                                        THEN coalesce(round(quantity * unit_cost, 4), value)
                                        ELSE round((quantity - reached)
                                                   * coalesce(unit_cost, value / quantity), 4)
                                        END), 0) AS covered
                 FROM (SELECT quantity_change AS quantity, value_change AS value, unit_cost,
                              sum(quantity_change) OVER (ORDER BY id DESC ROWS UNBOUNDED PRECEDING)
                              - h.on_hand AS reached
                         FROM stock_movements
                        WHERE company_id = %(company_id)s
                          AND product_id = h.product_id
                          AND warehouse_id = h.warehouse_id
                          AND %(fifo)s
                          AND quantity_change > 0 AND bucket <> 'in_transit'
                          AND type NOT IN ('reserve', 'release', 'damage')
                          AND (NOT %(past)s OR occurred_at <= %(moment)s)
                          AND id / 100000 NOT IN (
                              SELECT unnest(ARRAY[p.id, p.reverses_id])
                                FROM stock_postings p
                               WHERE p.company_id = %(company_id)s AND p.reverses_id IS NOT NULL
                                 AND (NOT %(past)s
                                      OR EXISTS (SELECT FROM stock_movements m
                                                  WHERE m.company_id = %(company_id)s
                                                    AND m.id = p.id * 100000 + 1
                                                    AND m.occurred_at <= %(moment)s)))) AS layer
                WHERE reached < quantity) AS f) AS v
  JOIN products p ON p.company_id = %(company_id)s AND p.id = v.product_id
  JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = v.warehouse_id
 WHERE (v.on_hand, v.in_transit, v.value, v.transit_value) <> (0, 0, 0, 0)
 ORDER BY v.product_id, v.warehouse_id
 LIMIT %(most)s
