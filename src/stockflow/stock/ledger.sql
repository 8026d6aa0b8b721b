-- lock_levels --
-- Locks the levels in the order of the input, which the caller sorts, so that two writers never wait
-- for each other; nothing when one is missing, because a level must not be opened while others are
-- held. A statement of its own: the next one then sees what this one waited for.
-- The time zone is settled once a level exists: what is read beside one is final.
-- The shared advisory lock tells followers that a posting with an id above this one is in flight.
SELECT count(*),
       (SELECT pg_advisory_xact_lock_shared(
                   (%(company_id)s::bigint %% 2147483647)::int,
                   ((last_value - (NOT is_called)::int) & 2147483647)::int)::text
          FROM stock_postings_id_seq),
       (SELECT timezone FROM companies WHERE id = %(company_id)s)
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
 CROSS JOIN LATERAL (
       SELECT 1
         FROM stock_levels l
        WHERE l.company_id = %(company_id)s
          AND l.product_id = k.product_id
          AND l.warehouse_id = k.warehouse_id
          FOR UPDATE) AS locked
 WHERE %(expected)s = (
       SELECT count(*)
         FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
        CROSS JOIN LATERAL (
              SELECT 1
                FROM stock_levels l
               WHERE l.company_id = %(company_id)s
                 AND l.product_id = k.product_id
                 AND l.warehouse_id = k.warehouse_id
               OFFSET 0) AS known)

-- balances --
SELECT l.product_id, l.warehouse_id, l.available, l.reserved, l.damaged, l.in_transit, l.backorders
  FROM unnest(%(products)s::bigint[], %(warehouses)s::bigint[]) AS k (product_id, warehouse_id)
 CROSS JOIN LATERAL (
       SELECT *
         FROM stock_levels l
        WHERE l.company_id = %(company_id)s
          AND l.product_id = k.product_id
          AND l.warehouse_id = k.warehouse_id
       OFFSET 0) AS l

-- post --
-- All entries, their running balances, the levels and the days in one statement; nothing is written
-- when an entry is refused. The levels are locked, so what is read here is what is updated.
WITH entry AS MATERIALIZED (
    SELECT *
      FROM unnest(%(line)s::int[], %(product_id)s::bigint[], %(warehouse_id)s::bigint[],
                  %(type)s::text[], %(bucket)s::text[], %(change)s::numeric[], %(sold)s::numeric[],
                  %(day)s::date[], %(sold_day)s::date[], %(occurred_at)s::timestamptz[],
                  %(unit_cost)s::numeric[], %(unit_price)s::numeric[], %(reason)s::text[],
                  %(reference)s::text[], %(clearing)s::boolean[])
           WITH ORDINALITY
        AS e (line, product_id, warehouse_id, type, bucket, change, sold, day, sold_day, occurred_at,
              unit_cost, unit_price, reason, reference, clearing, n)
     -- Always true, but to the planner a sign of few rows: without statistics it would otherwise compare
     -- every entry with every level and day of the company instead of looking each up by its key.
     WHERE coalesce(e.n, 0) = e.n
), balance AS MATERIALIZED (
    SELECT e.*, l.recent_since, l.active OR e.clearing AS open,
           CASE e.bucket WHEN 'available' THEN l.available WHEN 'reserved' THEN l.reserved
                         WHEN 'damaged' THEN l.damaged ELSE l.in_transit END
           + sum(e.change) OVER (PARTITION BY e.product_id, e.warehouse_id, e.bucket ORDER BY e.n)
           AS after,
           l.backorders AND e.bucket = 'available' AS may_be_negative
      FROM entry e
     CROSS JOIN LATERAL (
           SELECT *
             FROM stock_levels l
            WHERE l.company_id = %(company_id)s
              AND l.product_id = e.product_id
              AND l.warehouse_id = e.warehouse_id
           OFFSET 0) AS l
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE (after < 0 AND change < 0 AND NOT may_be_negative) OR NOT open) = 0
           AS good
      FROM balance
), posting AS (
    INSERT INTO stock_postings (company_id, kind, reverses_id, document_type, document_id, user_id, api_key_id,
            request_id)
    SELECT %(company_id)s, %(kind)s, %(reverses_id)s::bigint, %(document_type)s, %(document_id)s::bigint,
           %(user_id)s::bigint, %(api_key_id)s::bigint, %(request_id)s
      FROM verdict
     WHERE good
    RETURNING id
), day AS MATERIALIZED (
    SELECT product_id, warehouse_id, on_day, sum(sold) AS sold, max(recent_since) AS recent_since,
           max(counted_at) AS counted_at,
           sum(CASE bucket WHEN 'available' THEN change ELSE 0 END) AS available,
           sum(CASE bucket WHEN 'reserved' THEN change ELSE 0 END) AS reserved,
           sum(CASE bucket WHEN 'damaged' THEN change ELSE 0 END) AS damaged,
           sum(CASE bucket WHEN 'in_transit' THEN change ELSE 0 END) AS in_transit
      FROM (SELECT product_id, warehouse_id, day AS on_day, bucket, change, recent_since,
                   CASE WHEN sold_day = day THEN sold ELSE 0 END AS sold,
                   CASE WHEN type = 'recount' AND %(reverses_id)s::bigint IS NULL THEN occurred_at
                   END AS counted_at
              FROM balance
             UNION ALL
            SELECT product_id, warehouse_id, sold_day, '', 0, recent_since, sold, NULL
              FROM balance
             WHERE sold_day <> day) AS part, verdict
     WHERE verdict.good
     GROUP BY product_id, warehouse_id, on_day
), level AS (
    UPDATE stock_levels l
       SET available = l.available + d.available,
           reserved = l.reserved + d.reserved,
           damaged = l.damaged + d.damaged,
           in_transit = l.in_transit + d.in_transit,
           recent_sold = l.recent_sold + coalesce(d.recent_sold, 0),
           last_counted_at = greatest(l.last_counted_at, d.counted_at),
           updated_at = now()
      FROM (SELECT product_id, warehouse_id, sum(available) AS available, sum(reserved) AS reserved,
                   sum(damaged) AS damaged, sum(in_transit) AS in_transit,
                   sum(sold) FILTER (WHERE on_day >= recent_since) AS recent_sold,
                   max(counted_at) AS counted_at
              FROM day
             GROUP BY product_id, warehouse_id) AS d
     WHERE l.company_id = %(company_id)s
       AND l.product_id = d.product_id
       AND l.warehouse_id = d.warehouse_id
), known_day AS (
    -- The level is locked, so its days are ours: half the price of INSERT ... ON CONFLICT.
    UPDATE stock_days s
       SET sold = s.sold + day.sold,
           available = s.available + day.available,
           reserved = s.reserved + day.reserved,
           damaged = s.damaged + day.damaged,
           in_transit = s.in_transit + day.in_transit
      FROM day
     WHERE s.company_id = %(company_id)s
       AND s.product_id = day.product_id
       AND s.warehouse_id = day.warehouse_id
       AND s.day = day.on_day
), new_day AS (
    INSERT INTO stock_days
           (company_id, product_id, warehouse_id, day, sold, available, reserved, damaged, in_transit)
    SELECT %(company_id)s, product_id, warehouse_id, on_day, sold, available, reserved, damaged,
           in_transit
      FROM day
     WHERE NOT EXISTS (SELECT FROM stock_days s
                        WHERE s.company_id = %(company_id)s
                          AND s.product_id = day.product_id
                          AND s.warehouse_id = day.warehouse_id
                          AND s.day = day.on_day)
), movement AS (
    INSERT INTO stock_movements
           (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change,
            quantity_before, quantity_after, unit_cost, unit_price, reason, reference, occurred_at)
    SELECT %(company_id)s, posting.id * 100000 + n, line, product_id, warehouse_id, type, bucket,
           change, after - change, after, unit_cost, unit_price, reason, reference, occurred_at
      FROM balance, posting
)
SELECT (SELECT id FROM posting), array_agg(after), array_agg(before),
       array_agg(open) FILTER (WHERE NOT good), array_agg(may_be_negative) FILTER (WHERE NOT good)
  FROM (SELECT trim_scale(after) AS after, trim_scale(after - change) AS before, open,
               may_be_negative, good
          FROM balance, verdict
         ORDER BY n) AS outcome

-- post_one --
-- One entry of the available bucket, which is most of what shops send: the update of its level is the
-- lock, the check and the balance in one, at half the price of the general way. No row comes back where
-- the level is missing, closed, short or of another time zone; the general way then says which.
WITH begun AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(
               (%(company_id)s::bigint %% 2147483647)::int,
               ((last_value - (NOT is_called)::int) & 2147483647)::int)::text AS held
      FROM stock_postings_id_seq
), level AS (
    UPDATE stock_levels
       SET available = available + %(change)s::numeric,
           recent_sold = recent_sold
               + CASE WHEN recent_since <= %(day)s THEN %(sold)s::numeric ELSE 0 END,
           updated_at = now()
     WHERE company_id = %(company_id)s
       AND product_id = %(product_id)s
       AND warehouse_id = %(warehouse_id)s
       AND (active OR %(clearing)s)
       AND (available + %(change)s::numeric >= 0 OR %(change)s::numeric > 0 OR backorders)
       AND (SELECT held FROM begun) IS NOT NULL
       AND (SELECT timezone FROM companies WHERE id = %(company_id)s) = %(timezone)s
    RETURNING available
), posting AS (
    INSERT INTO stock_postings (company_id, kind, reverses_id, document_type, document_id, user_id, api_key_id,
            request_id)
    SELECT %(company_id)s, %(kind)s, %(reverses_id)s::bigint, %(document_type)s, %(document_id)s::bigint,
           %(user_id)s::bigint, %(api_key_id)s::bigint, %(request_id)s
      FROM level
    RETURNING id
), day AS (
    INSERT INTO stock_days AS s (company_id, product_id, warehouse_id, day, sold, available)
    SELECT %(company_id)s, %(product_id)s, %(warehouse_id)s, %(day)s, %(sold)s::numeric,
           %(change)s::numeric
      FROM level
    ON CONFLICT (company_id, product_id, warehouse_id, day) DO UPDATE
       SET sold = s.sold + excluded.sold, available = s.available + excluded.available
), movement AS (
    INSERT INTO stock_movements
           (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change,
            quantity_before, quantity_after, unit_cost, unit_price, reason, reference, occurred_at)
    SELECT %(company_id)s, posting.id * 100000 + 1, %(line)s, %(product_id)s, %(warehouse_id)s,
           %(type)s, 'available', %(change)s::numeric, level.available - %(change)s::numeric,
           level.available, %(unit_cost)s::numeric, %(unit_price)s::numeric, %(reason)s, %(reference)s,
           %(occurred_at)s
      FROM level, posting
)
SELECT posting.id, trim_scale(level.available), trim_scale(level.available - %(change)s::numeric)
  FROM level, posting

-- posting --
SELECT id, kind, recorded_at, reverses_id, user_id, api_key_id,
       (SELECT r.id FROM stock_postings r
         WHERE r.company_id = %(company_id)s AND r.reverses_id = p.id) AS reversed_by_id
  FROM stock_postings p
 WHERE company_id = %(company_id)s AND id = %(id)s

-- posted --
SELECT m.line, m.id, m.product_id, p.sku, m.warehouse_id, m.type, m.bucket,
       trim_scale(m.quantity_change) AS quantity_change,
       trim_scale(m.quantity_before) AS quantity_before,
       trim_scale(m.quantity_after) AS quantity_after, m.occurred_at, m.unit_cost::text,
       m.unit_price::text
  FROM stock_movements m
  JOIN products p ON p.company_id = %(company_id)s AND p.id = m.product_id
 WHERE m.company_id = %(company_id)s
   AND m.id BETWEEN %(id)s * 100000 AND %(id)s * 100000 + 99999
 ORDER BY m.id

-- complete_up_to --
-- The highest posting id below which none is in flight. Read before the movements, in a statement of
-- its own: a posting that has not taken its lock by now will draw an id above the sequence's value.
SELECT least(s.last_value - (NOT s.is_called)::int, min(s.last_value - behind))
  FROM stock_postings_id_seq s
  LEFT JOIN LATERAL (
       SELECT ((s.last_value - k.objid::bigint) & 2147483647) AS behind
         FROM pg_locks k
        WHERE k.locktype = 'advisory' AND k.objsubid = 2 AND k.granted
          AND k.database = (SELECT oid FROM pg_database WHERE datname = current_database())
          AND k.classid::bigint = %(company_id)s::bigint %% 2147483647) AS held ON true
 GROUP BY s.last_value, s.is_called
