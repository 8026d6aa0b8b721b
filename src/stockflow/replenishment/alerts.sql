-- ranked --
-- Only levels that are low are looked at: the partial index stock_levels_low_idx holds no others. A
-- level carries its demand since `recent_since`; where that is not the start of the period asked for,
-- its days are summed instead. One row comes first that counts all alerts and the levels to advance.
-- A multiplier above 1 asks for levels that are not low yet: those are looked for among all.
-- What is in braces depends on the order asked for, see sorting.py.
WITH low AS MATERIALIZED (
    SELECT l.product_id, l.warehouse_id, l.available, l.threshold * %(multiplier)s::numeric AS threshold,
           l.in_transit, l.last_counted_at, l.is_low AND l.recent_since <> %(own_since)s AS behind,
           CASE WHEN %(company_scope)s THEN (
                     SELECT sum(CASE WHEN a.recent_since = %(since)s THEN a.recent_sold
                                     ELSE (SELECT coalesce(sum(d.sold), 0)
                                             FROM stock_days d
                                            WHERE d.company_id = %(company_id)s
                                              AND d.product_id = a.product_id
                                              AND d.warehouse_id = a.warehouse_id
                                              AND d.day >= %(since)s) END)
                       FROM stock_levels a
                      WHERE a.company_id = %(company_id)s AND a.product_id = l.product_id
                        AND (%(allowed)s::bigint[] IS NULL
                             OR a.warehouse_id = ANY(%(allowed)s::bigint[])))
                WHEN l.recent_since = %(since)s THEN l.recent_sold
                ELSE (SELECT coalesce(sum(d.sold), 0)
                        FROM stock_days d
                       WHERE d.company_id = %(company_id)s
                         AND d.product_id = l.product_id
                         AND d.warehouse_id = l.warehouse_id
                         AND d.day >= %(since)s)
           END AS sold
      FROM stock_levels l
     WHERE l.company_id = %(company_id)s
       AND CASE WHEN %(multiplier)s::numeric <= 1 THEN l.is_low ELSE l.active END
       AND (%(multiplier)s::numeric = 1
            OR l.available < l.threshold * %(multiplier)s::numeric
            OR (l.low_at_threshold AND l.available = l.threshold * %(multiplier)s::numeric))
       AND (%(warehouse_id)s::bigint IS NULL OR l.warehouse_id = %(warehouse_id)s::bigint)
       AND (%(allowed)s::bigint[] IS NULL OR l.warehouse_id = ANY(%(allowed)s::bigint[]))
       AND (%(products)s::bigint[] IS NULL
            OR (l.product_id, l.warehouse_id)
               IN (SELECT * FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[])))
       AND (%(category_id)s::bigint IS NULL
            OR l.product_id IN (SELECT id FROM products
                                 WHERE company_id = %(company_id)s
                                   AND category_id = %(category_id)s::bigint))
       AND (%(term)s::text IS NULL
            OR l.product_id IN (SELECT product_id
                                  FROM search_products(%(term)s::text, %(term_sku)s, %(term_barcode)s,
                                                       false, NULL, NULL, %(found_most)s)))
       AND (%(supplier_id)s::bigint IS NULL
            OR %(supplier_id)s::bigint = (
                   SELECT s.id
                     FROM product_suppliers t
                     JOIN suppliers s ON s.company_id = %(company_id)s AND s.id = t.supplier_id
                    WHERE t.company_id = %(company_id)s AND t.product_id = l.product_id AND s.active
                    ORDER BY t.is_preferred DESC, coalesce(t.lead_time_days, s.lead_time_days)
                             NULLS LAST, s.id
                    LIMIT 1))
), alert AS MATERIALIZED (
    SELECT low.*,
           CASE WHEN available <= 0 THEN 0
                WHEN sold > 0 THEN least(div(available * %(period_days)s, sold), 9007199254740991)
           END AS days
      FROM low
     WHERE sold > 0 OR %(include_no_sales)s
), chosen AS (
    SELECT *
      FROM alert
     WHERE %(urgencies)s::int[] IS NULL OR {urgency} = ANY(%(urgencies)s::int[])
), page AS (
    SELECT *
      FROM (SELECT chosen.*, {key} AS sort_key FROM chosen {joined}) AS keyed
     WHERE %(after_product)s::bigint IS NULL OR ({place}) {behind} ({after})
     ORDER BY {order}
     LIMIT %(most)s
)
SELECT NULL AS product_id, NULL AS warehouse_id, NULL AS available, NULL AS threshold, NULL AS sold,
       NULL AS days, NULL AS last_counted_at, NULL AS product_name, NULL AS sku, NULL AS category,
       NULL AS warehouse_name, NULL AS reorder_quantity, NULL AS in_transit, NULL AS sort_key,
       (SELECT count(*) FROM chosen) AS total, (SELECT count(*) FROM low WHERE behind) AS behind
 UNION ALL
(SELECT page.product_id, page.warehouse_id, trim_scale(available), trim_scale(threshold),
        trim_scale(sold), days::bigint, last_counted_at, p.name, p.sku, g.name, w.name,
        trim_scale(p.reorder_quantity), trim_scale(in_transit), sort_key::text AS shown_key, NULL, NULL
   FROM page
   JOIN products p ON p.company_id = %(company_id)s AND p.id = page.product_id
   JOIN warehouses w ON w.company_id = %(company_id)s AND w.id = page.warehouse_id
   LEFT JOIN categories g ON g.company_id = %(company_id)s AND g.id = p.category_id
  ORDER BY {order})

-- by_urgency --
-- Behind the same beginning: how many alerts there are of each urgency.
SELECT {urgency} AS urgency, count(*) FROM alert GROUP BY 1

-- best_supplier --
-- Of whom each alert's product would be ordered, for orders that depend on it: all at once, as reading
-- them one by one costs twice as much.
LEFT JOIN (SELECT DISTINCT ON (t.product_id)
                  t.product_id, lower(s.name) AS name_key,
                  coalesce(t.lead_time_days, s.lead_time_days) AS lead_time_days,
                  t.minimum_order_quantity, t.order_multiple
             FROM product_suppliers t
             JOIN suppliers s ON s.company_id = %(company_id)s AND s.id = t.supplier_id
            WHERE t.company_id = %(company_id)s
              AND t.product_id = ANY(ARRAY(SELECT DISTINCT product_id FROM chosen))
              AND s.active
            ORDER BY t.product_id, t.is_preferred DESC,
                     coalesce(t.lead_time_days, s.lead_time_days) NULLS LAST, s.id) AS best
       ON best.product_id = chosen.product_id

-- recommended --
-- What formulas.recommended_quantity says, as a key to sort by: the figure shown is that function's.
(SELECT CASE WHEN r.missing > 0 THEN trim_scale(ceil(greatest(r.missing, r.least) / r.step) * r.step)
             ELSE 0 END
   FROM (SELECT greatest(2 * chosen.threshold,
                         greatest(chosen.sold, 0) * coalesce(best.lead_time_days, 0)
                         / %(period_days)s)
                - chosen.available - chosen.in_transit
                - coalesce((SELECT sum(o.open_quantity)
                              FROM purchase_order_lines o
                             WHERE o.company_id = %(company_id)s
                               AND o.product_id = chosen.product_id
                               AND o.warehouse_id = chosen.warehouse_id
                               AND o.open_quantity > 0), 0) AS missing,
                greatest(best.minimum_order_quantity, p.reorder_quantity) AS least,
                coalesce(best.order_multiple, 1) AS step
           FROM products p
          WHERE p.company_id = %(company_id)s AND p.id = chosen.product_id) AS r)
