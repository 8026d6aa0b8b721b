-- past_balances --
-- What levels held at a moment: what they hold now, less what happened on later days, less what
-- happened later on that day.
SELECT l.product_id, l.warehouse_id,
       trim_scale(l.available - d.available - m.available) AS available,
       trim_scale(l.reserved - d.reserved - m.reserved) AS reserved,
       trim_scale(l.damaged - d.damaged - m.damaged) AS damaged,
       trim_scale(l.in_transit - d.in_transit - m.in_transit) AS in_transit
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
  JOIN stock_levels l ON l.company_id = %(company_id)s
                     AND l.product_id = k.product_id
                     AND l.warehouse_id = k.warehouse_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(available), 0) AS available, coalesce(sum(reserved), 0) AS reserved,
              coalesce(sum(damaged), 0) AS damaged, coalesce(sum(in_transit), 0) AS in_transit
         FROM stock_days
        WHERE company_id = %(company_id)s
          AND product_id = l.product_id
          AND warehouse_id = l.warehouse_id
          AND day > %(day)s) AS d
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(quantity_change) FILTER (WHERE bucket = 'available'), 0) AS available,
              coalesce(sum(quantity_change) FILTER (WHERE bucket = 'reserved'), 0) AS reserved,
              coalesce(sum(quantity_change) FILTER (WHERE bucket = 'damaged'), 0) AS damaged,
              coalesce(sum(quantity_change) FILTER (WHERE bucket = 'in_transit'), 0) AS in_transit
         FROM stock_movements
        WHERE company_id = %(company_id)s
          AND product_id = l.product_id
          AND warehouse_id = l.warehouse_id
          AND occurred_at > %(moment)s AND occurred_at < %(end_of_day)s) AS m
