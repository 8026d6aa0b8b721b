-- no_bucket_is_negative --
-- Only available stock may be, and only where it may be sold before it is there.
SELECT format('product %%s in %%s: %%s, %%s, %%s, %%s', product_id, warehouse_id, available, reserved,
              damaged, in_transit)
  FROM stock_levels
 WHERE company_id = %(company_id)s
   AND (least(reserved, damaged, in_transit) < 0 OR (available < 0 AND NOT backorders))

-- reserved_is_what_is_held --
-- Reserved stock is what documents hold, and what movements reserved besides.
SELECT format('product %%s in %%s: reserved %%s, held %%s, by movements %%s', l.product_id,
              l.warehouse_id, l.reserved, r.held, m.moved)
  FROM stock_levels l
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(quantity), 0) AS held
         FROM stock_reservations
        WHERE company_id = %(company_id)s
          AND product_id = l.product_id AND warehouse_id = l.warehouse_id) AS r
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(m.quantity_change), 0) AS moved
         FROM stock_movements m
         JOIN stock_postings p ON p.company_id = %(company_id)s AND p.id = m.id / 100000
        WHERE m.company_id = %(company_id)s
          AND m.product_id = l.product_id AND m.warehouse_id = l.warehouse_id
          AND m.bucket = 'reserved' AND p.kind IN ('movements', 'reversal')) AS m
 WHERE l.company_id = %(company_id)s AND l.reserved <> r.held + m.moved

-- in_transit_is_under_way --
SELECT format('product %%s in %%s: in transit %%s, under way %%s', l.product_id, l.warehouse_id,
              l.in_transit, t.under_way)
  FROM stock_levels l
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(n.shipped - n.good - n.damaged - n.missing - n.returned), 0) AS under_way
         FROM transfer_lines n
         JOIN transfers t ON t.company_id = %(company_id)s AND t.id = n.transfer_id
        WHERE n.company_id = %(company_id)s
          AND n.product_id = l.product_id AND t.to_warehouse_id = l.warehouse_id
          AND t.status = 'in_transit') AS t
 WHERE l.company_id = %(company_id)s AND l.in_transit <> t.under_way

-- orders_hold_what_they_reserved --
-- What an order holds of a level is what its postings put into reserved, less what they took out, and
-- less what was given back when its time was over.
SELECT format('order %%s, product %%s in %%s: holds %%s, postings %%s',
              coalesce(r.order_id, m.order_id), coalesce(r.product_id, m.product_id),
              coalesce(r.warehouse_id, m.warehouse_id), r.held, m.moved)
  FROM (SELECT document_id AS order_id, product_id, warehouse_id, sum(quantity) AS held
          FROM stock_reservations
         WHERE company_id = %(company_id)s
         GROUP BY document_id, product_id, warehouse_id) AS r
  FULL JOIN (SELECT o.id AS order_id, m.product_id, m.warehouse_id, sum(m.quantity_change) AS moved
               FROM stock_postings p
               JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
               JOIN sales_orders o
                 ON o.company_id = %(company_id)s
                AND (p.document_type = 'sales_order' AND o.id = p.document_id
                     OR p.kind = 'release' AND p.document_id IS NULL AND o.number = m.reference)
              WHERE p.company_id = %(company_id)s AND m.bucket = 'reserved'
              GROUP BY o.id, m.product_id, m.warehouse_id) AS m
         ON (m.order_id, m.product_id, m.warehouse_id) = (r.order_id, r.product_id, r.warehouse_id)
 WHERE coalesce(r.held, 0) <> coalesce(m.moved, 0)

-- lines_of_orders_equal_their_postings --
-- Units of a line times what is in one of them, for a bundle each component, are what its shipments
-- took out of reserved, and what its returns brought to available and to damaged.
WITH part AS (
    SELECT l.order_id, l.line, coalesce(c.product_id, l.product_id) AS product_id,
           l.shipped * coalesce(c.quantity, 1) AS shipped,
           r.good * coalesce(c.quantity, 1) AS good,
           r.damaged * coalesce(c.quantity, 1) AS damaged
      FROM sales_order_lines l
     CROSS JOIN LATERAL (
           SELECT coalesce(sum(good), 0) AS good,
                  coalesce(sum(damaged), 0) AS damaged
             FROM sales_return_lines
            WHERE company_id = %(company_id)s AND order_id = l.order_id AND line_id = l.id) AS r
      LEFT JOIN sales_order_components c
             ON c.company_id = %(company_id)s AND c.order_id = l.order_id AND c.line_id = l.id
     WHERE l.company_id = %(company_id)s
), moved AS (
    SELECT p.document_id AS order_id, m.line, m.product_id,
           coalesce(-sum(m.quantity_change) FILTER (WHERE p.kind = 'shipment'), 0) AS shipped,
           coalesce(sum(m.quantity_change)
                    FILTER (WHERE p.kind = 'return' AND m.bucket = 'available'), 0) AS good,
           coalesce(sum(m.quantity_change)
                    FILTER (WHERE p.kind = 'return' AND m.bucket = 'damaged'), 0) AS damaged
      FROM stock_postings p
      JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
     WHERE p.company_id = %(company_id)s AND p.document_type = 'sales_order'
       AND p.kind IN ('shipment', 'return')
     GROUP BY p.document_id, m.line, m.product_id
)
SELECT format('order %%s line %%s: %%s; postings %%s', coalesce(part.order_id, moved.order_id),
              coalesce(part.line, moved.line), part, moved)
  FROM part
  FULL JOIN moved USING (order_id, line, product_id)
 WHERE coalesce(part.shipped, 0) <> coalesce(moved.shipped, 0)
    OR coalesce(part.good, 0) <> coalesce(moved.good, 0)
    OR coalesce(part.damaged, 0) <> coalesce(moved.damaged, 0)

-- lines_of_orders_add_up --
-- A line counts what its shipments and returns say; what is shipped, cancelled, waiting and still held
-- is never more than was ordered, and fits the status.
SELECT format('order %%s (%%s) line %%s: %%s, holds %%s', o.id, o.status, l.line, l, h.held)
  FROM sales_order_lines l
  JOIN sales_orders o ON o.company_id = %(company_id)s AND o.id = l.order_id
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(quantity), 0) AS shipped
         FROM sales_shipment_lines
        WHERE company_id = %(company_id)s AND order_id = l.order_id AND line_id = l.id) AS s
 CROSS JOIN LATERAL (
       SELECT coalesce(sum(good + damaged), 0) AS returned
         FROM sales_return_lines
        WHERE company_id = %(company_id)s AND order_id = l.order_id AND line_id = l.id) AS r
 CROSS JOIN LATERAL (
       SELECT coalesce(max(units), 0) AS held
         FROM (SELECT sum(v.quantity) / coalesce(max(c.quantity), 1) AS units
                 FROM stock_reservations v
                 LEFT JOIN sales_order_components c
                        ON c.company_id = %(company_id)s AND c.order_id = l.order_id
                       AND c.line_id = l.id AND c.product_id = v.product_id
                WHERE v.company_id = %(company_id)s AND v.document_id = l.order_id
                  AND v.line_id = l.id
                  AND (v.reserved_until IS NULL OR v.reserved_until > %(now)s)
                GROUP BY v.product_id) AS part) AS h
 WHERE l.company_id = %(company_id)s
   AND NOT (l.shipped = s.shipped AND l.returned = r.returned
            AND l.shipped + l.cancelled + l.backordered + h.held <= l.quantity
            AND CASE o.status
                WHEN 'draft' THEN l.shipped + l.cancelled + l.backordered + h.held = 0
                WHEN 'confirmed' THEN l.shipped + l.cancelled = 0
                WHEN 'partially_shipped' THEN l.cancelled = 0
                WHEN 'shipped' THEN l.shipped + l.cancelled = l.quantity
                WHEN 'returned' THEN l.shipped + l.cancelled = l.quantity AND l.returned = l.shipped
                ELSE l.cancelled = l.quantity END)

-- statuses_of_orders_fit_their_lines --
SELECT format('order %%s is %%s', o.id, o.status)
  FROM sales_orders o
  JOIN (SELECT order_id, sum(shipped) AS shipped, sum(returned) AS returned,
               sum(quantity - shipped - cancelled) AS open
          FROM sales_order_lines
         WHERE company_id = %(company_id)s
         GROUP BY order_id) AS l ON l.order_id = o.id
 WHERE o.company_id = %(company_id)s
   AND CASE o.status
       WHEN 'draft' THEN o.confirmed_at IS NOT NULL
       WHEN 'partially_shipped' THEN l.shipped = 0 OR l.open = 0
       WHEN 'shipped' THEN l.shipped = 0 OR l.open <> 0 OR l.returned = l.shipped
       WHEN 'returned' THEN l.open <> 0 OR l.returned <> l.shipped
       ELSE false END

-- bundles_are_held_whole --
-- Of a line that is a bundle, what is held in a warehouse makes up whole bundles.
SELECT format('order %%s line %%s in %%s: %%s of %%s parts, %%s to %%s bundles', h.order_id, h.line_id,
              h.warehouse_id, h.parts, c.parts, h.least, h.most)
  FROM (SELECT order_id, line_id, warehouse_id, count(*) AS parts, min(units) AS least,
               max(units) AS most
          FROM (SELECT c.order_id, c.line_id, v.warehouse_id,
                       sum(v.quantity) / max(c.quantity) AS units
                  FROM stock_reservations v
                  JOIN sales_order_components c
                    ON c.company_id = %(company_id)s AND c.order_id = v.document_id
                   AND c.line_id = v.line_id AND c.product_id = v.product_id
                 WHERE v.company_id = %(company_id)s
                   AND (v.reserved_until IS NULL OR v.reserved_until > %(now)s)
                 GROUP BY c.order_id, c.line_id, v.warehouse_id, v.product_id) AS part
         GROUP BY order_id, line_id, warehouse_id) AS h
 CROSS JOIN LATERAL (
       SELECT count(*) AS parts
         FROM sales_order_components
        WHERE company_id = %(company_id)s AND order_id = h.order_id AND line_id = h.line_id) AS c
 WHERE h.parts <> c.parts OR h.least <> h.most OR h.least <> trunc(h.least)

-- what_is_back_is_worth_what_it_left_with --
-- A line all of which came back is worth what it left with; one of which some did, no more than that.
SELECT format('order %%s line %%s product %%s: %%s left with %%s, %%s back with %%s', document_id, line,
              product_id, gone, cost, back, worth)
  FROM (SELECT p.document_id, m.line, m.product_id,
               coalesce(-sum(m.quantity_change) FILTER (WHERE p.kind = 'shipment'), 0) AS gone,
               coalesce(-sum(m.value_change) FILTER (WHERE p.kind = 'shipment'), 0) AS cost,
               coalesce(sum(m.quantity_change) FILTER (WHERE p.kind = 'return'), 0) AS back,
               coalesce(sum(m.value_change) FILTER (WHERE p.kind = 'return'), 0) AS worth
          FROM stock_postings p
          JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
         WHERE p.company_id = %(company_id)s AND p.document_type = 'sales_order'
           AND p.kind IN ('shipment', 'return')
           AND NOT EXISTS (SELECT FROM stock_levels l
                            WHERE l.company_id = %(company_id)s AND l.product_id = m.product_id
                              AND l.backorders)
         GROUP BY p.document_id, m.line, m.product_id) AS line
 WHERE worth > cost OR (gone = back AND worth <> cost)

-- purchase_lines_equal_their_postings --
WITH moved AS (
    SELECT p.document_id AS order_id, m.line, m.product_id,
           coalesce(sum(m.quantity_change) FILTER (WHERE m.bucket = 'available'), 0) AS good,
           coalesce(sum(m.quantity_change) FILTER (WHERE m.bucket = 'damaged'), 0) AS damaged
      FROM stock_postings p
      JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
     WHERE p.company_id = %(company_id)s AND p.document_type = 'purchase_order'
     GROUP BY p.document_id, m.line, m.product_id
)
SELECT format('purchase order %%s line %%s: %%s; postings %%s', coalesce(l.order_id, m.order_id),
              coalesce(l.line, m.line), l, m)
  FROM (SELECT * FROM purchase_order_lines WHERE company_id = %(company_id)s) AS l
  FULL JOIN moved m ON (m.order_id, m.line, m.product_id) = (l.order_id, l.line, l.product_id)
  LEFT JOIN LATERAL (
       SELECT sum(good) AS good, sum(damaged) AS damaged, sum(missing) AS missing
         FROM purchase_receipt_lines
        WHERE company_id = %(company_id)s AND line_id = l.id) AS r ON true
 WHERE coalesce(l.good, 0) <> coalesce(m.good, 0) OR coalesce(l.damaged, 0) <> coalesce(m.damaged, 0)
    OR l.good <> coalesce(r.good, 0) OR l.damaged <> coalesce(r.damaged, 0)
    OR l.missing <> coalesce(r.missing, 0)

-- statuses_of_purchase_orders_fit_their_lines --
-- Never more came than was ordered and the company tolerates; what came, came after the approval.
SELECT format('purchase order %%s is %%s: %%s of %%s accounted for, %%s open', o.id, o.status,
              l.accounted, l.quantity, l.open)
  FROM purchase_orders o
  JOIN companies c ON c.id = %(company_id)s
  JOIN (SELECT order_id, sum(quantity) AS quantity, sum(open_quantity) AS open,
               sum(good + damaged + missing) AS accounted,
               max((good + damaged + missing) / quantity) AS most
          FROM purchase_order_lines
         WHERE company_id = %(company_id)s
         GROUP BY order_id) AS l ON l.order_id = o.id
 WHERE o.company_id = %(company_id)s
   AND NOT (CASE o.status
            WHEN 'draft' THEN l.accounted = 0
            WHEN 'submitted' THEN l.accounted = 0
            WHEN 'approved' THEN l.accounted = 0
            WHEN 'partially_received' THEN l.accounted > 0 AND l.open > 0
            WHEN 'received' THEN l.accounted > 0 AND l.open = 0
            ELSE l.open = 0 OR o.approved_at IS NULL END
            AND l.most <= 1 + c.over_receipt_percent / 100
            AND (o.approved_at IS NOT NULL OR l.accounted = 0))

-- receipts_are_worth_what_was_paid --
-- Where stock is never sold before it is there: else some of it settles what was.
SELECT format('purchase order %%s line %%s: %%s units at %%s are worth %%s', o.id, m.line,
              m.quantity_change, r.unit_cost, m.value_change)
  FROM purchase_orders o
  JOIN purchase_receipts c ON c.company_id = %(company_id)s AND c.order_id = o.id
  JOIN purchase_receipt_lines r ON r.company_id = %(company_id)s AND r.receipt_id = c.id
  JOIN purchase_order_lines l ON l.company_id = %(company_id)s AND l.id = r.line_id
  JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = c.posting_id
                        AND m.line = l.line
  JOIN stock_levels s ON s.company_id = %(company_id)s
                     AND s.product_id = m.product_id AND s.warehouse_id = m.warehouse_id
 WHERE o.company_id = %(company_id)s AND NOT s.backorders
   AND m.value_change <> round(m.quantity_change * r.unit_cost, 4)

-- transfer_lines_equal_their_postings --
WITH moved AS (
    SELECT p.document_id AS transfer_id, m.line, m.product_id,
           coalesce(-sum(m.quantity_change) FILTER (
               WHERE p.kind = 'transfer_shipment' AND m.bucket = 'available'), 0) AS shipped,
           coalesce(sum(m.quantity_change) FILTER (
               WHERE p.kind = 'transfer_receipt' AND m.bucket = 'available'), 0) AS good,
           coalesce(sum(m.quantity_change) FILTER (
               WHERE p.kind = 'transfer_receipt' AND m.bucket = 'damaged'), 0) AS damaged,
           coalesce(sum(m.quantity_change) FILTER (
               WHERE p.kind = 'transfer_cancellation' AND m.bucket = 'available'), 0) AS returned,
           coalesce(sum(m.quantity_change) FILTER (WHERE m.bucket = 'in_transit'), 0) AS under_way,
           coalesce(sum(m.value_change) FILTER (WHERE p.kind <> 'transfer_receipt'), 0) AS made
      FROM stock_postings p
      JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
     WHERE p.company_id = %(company_id)s AND p.document_type = 'transfer'
     GROUP BY p.document_id, m.line, m.product_id
)
SELECT format('transfer %%s line %%s: %%s; postings %%s', coalesce(l.transfer_id, m.transfer_id),
              coalesce(l.line, m.line), l, m)
  FROM (SELECT * FROM transfer_lines WHERE company_id = %(company_id)s) AS l
  FULL JOIN moved m ON (m.transfer_id, m.line, m.product_id) = (l.transfer_id, l.line, l.product_id)
  LEFT JOIN LATERAL (
       SELECT sum(good) AS good, sum(damaged) AS damaged, sum(missing) AS missing
         FROM transfer_receipt_lines
        WHERE company_id = %(company_id)s AND transfer_id = l.transfer_id AND line_id = l.id) AS r
         ON true
 WHERE (coalesce(l.shipped, 0), coalesce(l.good, 0), coalesce(l.damaged, 0), coalesce(l.returned, 0),
        coalesce(l.shipped - l.good - l.damaged - l.missing - l.returned, 0))
       <> (coalesce(m.shipped, 0), coalesce(m.good, 0), coalesce(m.damaged, 0),
           coalesce(m.returned, 0), coalesce(m.under_way, 0))
    OR coalesce(m.made, 0) <> 0
    OR (l.good, l.damaged, l.missing)
       <> (coalesce(r.good, 0), coalesce(r.damaged, 0), coalesce(r.missing, 0))

-- transfers_lose_only_the_value_of_what_is_missing --
-- What goes out and comes in again keeps its value; where nothing is missing, all of it.
SELECT format('posting %%s changed the value by %%s, %%s units missing', p.id, m.value, -m.units)
  FROM stock_postings p
 CROSS JOIN LATERAL (
       SELECT sum(m.value_change) AS value, sum(m.quantity_change) AS units
         FROM stock_movements m
        WHERE m.company_id = %(company_id)s AND m.id / 100000 = p.id) AS m
 WHERE p.company_id = %(company_id)s AND p.document_type = 'transfer'
   AND NOT CASE WHEN m.units = 0 THEN m.value = 0
                ELSE m.units < 0 AND m.value <= 0 AND p.kind = 'transfer_receipt' END

-- statuses_of_transfers_fit_their_lines --
SELECT format('transfer %%s is %%s: %%s', t.id, t.status, l)
  FROM transfers t
  JOIN (SELECT transfer_id, sum(shipped) AS shipped, sum(good + damaged + missing) AS received,
               sum(returned) AS returned
          FROM transfer_lines
         WHERE company_id = %(company_id)s
         GROUP BY transfer_id) AS l ON l.transfer_id = t.id
 WHERE t.company_id = %(company_id)s
   AND NOT CASE t.status
           WHEN 'pending' THEN l.shipped = 0 AND t.shipment_posting_id IS NULL
           WHEN 'in_transit' THEN l.shipped > l.received AND l.returned = 0
           WHEN 'completed' THEN l.shipped = l.received + l.returned AND l.received > 0
           ELSE l.received = 0 AND l.shipped = l.returned END

-- counts_post_their_differences --
-- A posted count moved the difference of each line, and nothing else; any other moved nothing.
SELECT format('count %%s (%%s) line %%s: difference %%s, posted %%s', coalesce(l.count_id, m.count_id),
              l.status, coalesce(l.line, m.line), l.difference, m.moved)
  FROM (SELECT n.count_id, n.line, n.product_id, c.status,
               CASE c.status WHEN 'posted' THEN coalesce(n.difference, 0) ELSE 0 END AS difference
          FROM stock_count_lines n
          JOIN stock_counts c ON c.company_id = %(company_id)s AND c.id = n.count_id
         WHERE n.company_id = %(company_id)s) AS l
  FULL JOIN (SELECT p.document_id AS count_id, m.line, m.product_id,
                    sum(m.quantity_change) AS moved
               FROM stock_postings p
               JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
              WHERE p.company_id = %(company_id)s AND p.document_type = 'stock_count'
              GROUP BY p.document_id, m.line, m.product_id) AS m
         ON (m.count_id, m.line, m.product_id) = (l.count_id, l.line, l.product_id)
 WHERE coalesce(l.difference, 0) <> coalesce(m.moved, 0)

-- counts_add_up --
SELECT format('count %%s: %%s; lines %%s', c.id, c, l)
  FROM stock_counts c
 CROSS JOIN LATERAL (
       SELECT count(*) AS lines, count(*) FILTER (WHERE status <> 'uncounted') AS counted,
              count(*) FILTER (WHERE status = 'recount') AS recount,
              count(*) FILTER (WHERE difference <> 0) AS different,
              coalesce(sum(abs(difference) * unit_cost), 0) AS value
         FROM stock_count_lines
        WHERE company_id = %(company_id)s AND count_id = c.id) AS l
 WHERE c.company_id = %(company_id)s
   AND (c.line_count, c.counted_count, c.recount_count, c.different_count, c.difference_value)
       <> (l.lines, l.counted, l.recount, l.different, l.value)

-- requests_post_what_they_ask_for --
SELECT format('request %%s (%%s) line %%s: asked %%s, posted %%s', coalesce(l.request_id, m.request_id),
              l.status, coalesce(l.line, m.line), l.asked, m.moved)
  FROM (SELECT n.request_id, n.line, n.product_id, n.warehouse_id, r.status,
               CASE n.type WHEN 'write_off' THEN 'damaged' ELSE 'available' END AS bucket,
               CASE WHEN r.status <> 'approved' THEN 0
                    WHEN n.type = 'write_off' THEN -n.quantity ELSE n.quantity END AS asked
          FROM adjustment_request_lines n
          JOIN adjustment_requests r ON r.company_id = %(company_id)s AND r.id = n.request_id
         WHERE n.company_id = %(company_id)s) AS l
  FULL JOIN (SELECT p.document_id AS request_id, m.line, m.product_id, m.warehouse_id, m.bucket,
                    sum(m.quantity_change) AS moved
               FROM stock_postings p
               JOIN stock_movements m ON m.company_id = %(company_id)s AND m.id / 100000 = p.id
              WHERE p.company_id = %(company_id)s AND p.document_type = 'adjustment_request'
              GROUP BY p.document_id, m.line, m.product_id, m.warehouse_id, m.bucket) AS m
         ON (m.request_id, m.line, m.product_id, m.warehouse_id, m.bucket)
            = (l.request_id, l.line, l.product_id, l.warehouse_id, l.bucket)
 WHERE coalesce(l.asked, 0) <> coalesce(m.moved, 0)

-- postings_are_known_to_their_documents --
-- Each posting of a document that tells of its postings is told of once, and each it tells of is there.
SELECT format('posting %%s of kind %%s, told of by %%s', coalesce(p.id, d.posting_id), p.kind, d.teller)
  FROM (SELECT * FROM stock_postings
         WHERE company_id = %(company_id)s AND document_id IS NOT NULL
           AND NOT (document_type = 'sales_order' AND kind IN ('reservation', 'release'))) AS p
  FULL JOIN (
       SELECT posting_id, 'shipment' AS teller, order_id AS document_id
         FROM sales_shipments WHERE company_id = %(company_id)s
        UNION ALL
       SELECT posting_id, 'return', order_id
         FROM sales_returns WHERE company_id = %(company_id)s
        UNION ALL
       SELECT posting_id, 'receipt', order_id
         FROM purchase_receipts WHERE company_id = %(company_id)s
        UNION ALL
       SELECT shipment_posting_id, 'transfer_shipment', id
         FROM transfers WHERE company_id = %(company_id)s
        UNION ALL
       SELECT cancellation_posting_id, 'transfer_cancellation', id
         FROM transfers WHERE company_id = %(company_id)s
        UNION ALL
       SELECT posting_id, 'transfer_receipt', transfer_id
         FROM transfer_receipts WHERE company_id = %(company_id)s
        UNION ALL
       SELECT posting_id, 'count', id FROM stock_counts WHERE company_id = %(company_id)s
        UNION ALL
       SELECT posting_id, 'adjustment', id
         FROM adjustment_requests WHERE company_id = %(company_id)s) AS d
         ON (d.posting_id, d.teller, d.document_id) = (p.id, p.kind, p.document_id)
 WHERE (p.id IS NULL AND d.posting_id IS NOT NULL) OR (p.id IS NOT NULL AND d.posting_id IS NULL)

-- every_change_is_audited_once --
-- A document's version counts its changes, and each of them left one audit entry.
SELECT format('%%s %%s is at version %%s after %%s changes', d.entity, d.id, d.version, a.changes)
  FROM (SELECT 'sales_order' AS entity, id, version FROM sales_orders
         WHERE company_id = %(company_id)s
        UNION ALL
       SELECT 'purchase_order', id, version FROM purchase_orders WHERE company_id = %(company_id)s
        UNION ALL
       SELECT 'transfer', id, version FROM transfers WHERE company_id = %(company_id)s
        UNION ALL
       SELECT 'stock_count', id, version FROM stock_counts WHERE company_id = %(company_id)s
        UNION ALL
       SELECT 'adjustment_request', id, version FROM adjustment_requests
        WHERE company_id = %(company_id)s) AS d
 CROSS JOIN LATERAL (
       SELECT count(*) FILTER (WHERE action <> 'created') AS changes,
              count(*) FILTER (WHERE action = 'created') AS creations
         FROM audit_entries
        WHERE company_id = %(company_id)s AND entity = d.entity AND entity_id = d.id) AS a
 WHERE d.version <> 1 + a.changes OR a.creations <> 1

-- value_in_is_value_out_and_on_hand --
-- What came into the company is worth what left it and what is in it, on hand or on its way. Moves
-- between buckets change no value; what comes in adds to it and what goes out takes from it, unless
-- stock is sold before it is there.
SELECT format('worth %%s in, %%s out, %%s held; %%s wrong', m.coming, m.going, l.held, m.wrong)
  FROM (SELECT coalesce(sum(m.value_change) FILTER (WHERE m.value_change > 0), 0) AS coming,
               coalesce(-sum(m.value_change) FILTER (WHERE m.value_change < 0), 0) AS going,
               count(*) FILTER (
                   WHERE m.type IN ('reserve', 'release', 'damage') AND m.value_change <> 0
                      OR NOT l.backorders AND sign(m.value_change) = -sign(m.quantity_change)
                         AND m.value_change <> 0) AS wrong
          FROM stock_movements m
          JOIN stock_levels l ON l.company_id = %(company_id)s AND l.product_id = m.product_id
                             AND l.warehouse_id = m.warehouse_id
         WHERE m.company_id = %(company_id)s) AS m,
       (SELECT coalesce(sum(value + transit_value), 0) AS held,
               count(*) FILTER (
                   WHERE NOT backorders AND (least(value, transit_value) < 0
                      OR available + reserved + damaged > 0
                         AND average_cost
                             <> round(value / (available + reserved + damaged), 4))) AS wrong
          FROM stock_levels
         WHERE company_id = %(company_id)s) AS l
 WHERE m.coming - m.going <> l.held OR m.wrong + l.wrong > 0
