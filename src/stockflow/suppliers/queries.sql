-- best_suppliers --
-- One product at a time, through the primary keys: a product has few suppliers, and a join over all
-- products of the page would let the planner read all suppliers instead.
SELECT asked.product_id, best.*
  FROM unnest(%(product_ids)s::bigint[]) AS asked (product_id)
 CROSS JOIN LATERAL (
       SELECT s.id, s.name, s.contact_email, s.contact_phone,
              coalesce(t.lead_time_days, s.lead_time_days) AS lead_time_days,
              trim_scale(t.minimum_order_quantity), trim_scale(t.order_multiple),
              t.cost_price::text
         FROM product_suppliers t
         JOIN suppliers s ON s.company_id = %(company_id)s AND s.id = t.supplier_id
        WHERE t.company_id = %(company_id)s
          AND t.product_id = asked.product_id
          AND s.active
        ORDER BY t.is_preferred DESC, lead_time_days NULLS LAST, s.id
        LIMIT 1) AS best
