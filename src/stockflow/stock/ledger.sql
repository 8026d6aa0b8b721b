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
       (SELECT timezone FROM companies WHERE id = %(company_id)s),
       EXISTS (SELECT FROM stock_reservations
                WHERE company_id = %(company_id)s AND reserved_until <= %(now)s)
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
-- Arrays that would hold nothing come empty: `unnest` fills them up with nulls.
WITH entry AS MATERIALIZED (
    SELECT e.line, e.product_id, e.warehouse_id, e.type, e.bucket, e.change, e.sold,
           coalesce(e.day, %(same_day)s::date) AS day, e.sold_day,
           coalesce(e.occurred_at, %(same_moment)s::timestamptz) AS occurred_at,
           e.unit_cost, e.value, e.carries, e.unit_price, e.reason, e.reference, e.clearing, e.n
      FROM unnest(%(line)s::int[], %(product_id)s::bigint[], %(warehouse_id)s::bigint[],
                  %(type)s::text[], %(bucket)s::text[], %(change)s::numeric[], %(sold)s::numeric[],
                  %(day)s::date[], %(sold_day)s::date[], %(occurred_at)s::timestamptz[],
                  %(unit_cost)s::numeric[], %(value)s::numeric[], %(carries)s::boolean[],
                  %(unit_price)s::numeric[], %(reason)s::text[], %(reference)s::text[],
                  %(clearing)s::boolean[])
           WITH ORDINALITY
        AS e (line, product_id, warehouse_id, type, bucket, change, sold, day, sold_day, occurred_at,
              unit_cost, value, carries, unit_price, reason, reference, clearing, n)
     -- Always true, but to the planner a sign of few rows: without statistics it would otherwise compare
     -- every entry with every level and day of the company instead of looking each up by its key.
     WHERE coalesce(e.n, 0) = e.n
), held AS (
    SELECT e.*, l.recent_since, l.last_day, l.active OR e.clearing IS TRUE AS open,
           CASE e.bucket WHEN 'available' THEN l.available WHEN 'reserved' THEN l.reserved
                         WHEN 'damaged' THEN l.damaged ELSE l.in_transit END AS held,
           l.backorders AND e.bucket = 'available' AS may_be_negative,
           e.bucket = 'in_transit' AS transit,
           CASE e.bucket WHEN 'in_transit' THEN l.in_transit
                         ELSE l.available + l.reserved + l.damaged END AS pool_quantity,
           CASE e.bucket WHEN 'in_transit' THEN l.transit_value ELSE l.value END AS pool_value,
           l.average_cost, coalesce(e.value, e.change * e.unit_cost) AS worth,
           -- moves between buckets of what is on hand change no value
           e.carries IS NOT TRUE AND e.type NOT IN ('reserve', 'release', 'damage') AS priced
      FROM entry e
     CROSS JOIN LATERAL (
           SELECT *
             FROM stock_levels l
            WHERE l.company_id = %(company_id)s
              AND l.product_id = e.product_id
              AND l.warehouse_id = e.warehouse_id
           OFFSET 0) AS l
), balance AS MATERIALIZED (
    SELECT held.*,
           held + sum(change) OVER (PARTITION BY product_id, warehouse_id, bucket ORDER BY n) AS after,
           CASE WHEN priced
                THEN moving_value(pool_quantity, pool_value, average_cost, change, worth)
                     FILTER (WHERE priced)
                     OVER (PARTITION BY product_id, warehouse_id, transit ORDER BY n) END AS pool
      FROM held
), verdict AS MATERIALIZED (
    SELECT count(*) FILTER (WHERE (after < 0 AND change < 0 AND NOT may_be_negative) OR NOT open) = 0
           AS good
      FROM balance
), posting AS (
    INSERT INTO stock_postings (company_id, kind, reverses_id, document_type, document_id, user_id,
                                api_key_id, request_id)
    SELECT %(company_id)s, %(kind)s, %(reverses_id)s::bigint, %(document_type)s,
           %(document_id)s::bigint, %(user_id)s::bigint, %(api_key_id)s::bigint, %(request_id)s
      FROM verdict
     WHERE good
    RETURNING id
), valued AS MATERIALIZED (
    SELECT balance.*,
           CASE WHEN carries THEN -lag(pool[4]) OVER (ORDER BY n) ELSE coalesce(pool[4], 0) END
           AS value_change
      FROM balance
), average AS (
    SELECT DISTINCT ON (product_id, warehouse_id) product_id, warehouse_id, pool[3] AS cost
      FROM valued
     WHERE priced AND NOT transit
     ORDER BY product_id, warehouse_id, n DESC
), day AS MATERIALIZED (
    SELECT product_id, warehouse_id, on_day, sum(sold) AS sold, max(recent_since) AS recent_since,
           max(last_day) AS last_day, max(counted_at) AS counted_at,
           sum(CASE bucket WHEN 'available' THEN change ELSE 0 END) AS available,
           sum(CASE bucket WHEN 'reserved' THEN change ELSE 0 END) AS reserved,
           sum(CASE bucket WHEN 'damaged' THEN change ELSE 0 END) AS damaged,
           sum(CASE bucket WHEN 'in_transit' THEN change ELSE 0 END) AS in_transit,
           sum(CASE bucket WHEN 'in_transit' THEN 0 ELSE value_change END) AS value,
           sum(CASE bucket WHEN 'in_transit' THEN value_change ELSE 0 END) AS transit_value
      FROM (SELECT product_id, warehouse_id, day AS on_day, bucket, change, value_change, recent_since,
                   last_day,
                   CASE WHEN coalesce(sold_day, day) = day THEN sold ELSE 0 END AS sold,
                   CASE WHEN type = 'recount' AND %(reverses_id)s::bigint IS NULL THEN occurred_at
                   END AS counted_at
              FROM valued
             UNION ALL
            SELECT product_id, warehouse_id, sold_day, '', 0, 0, recent_since, last_day, sold,
                   NULL
              FROM valued
             WHERE sold_day <> day) AS part, verdict
     WHERE verdict.good
     GROUP BY product_id, warehouse_id, on_day
), level AS (
    UPDATE stock_levels l
       SET available = l.available + d.available,
           reserved = l.reserved + d.reserved,
           damaged = l.damaged + d.damaged,
           in_transit = l.in_transit + d.in_transit,
           value = l.value + d.value,
           transit_value = l.transit_value + d.transit_value,
           average_cost = unit_value(l.available + l.reserved + l.damaged
                                     + d.available + d.reserved + d.damaged,
                                     l.value + d.value, coalesce(d.cost, l.average_cost)),
           recent_sold = l.recent_sold + coalesce(d.recent_sold, 0),
           last_day = greatest(l.last_day, d.last_day),
           last_counted_at = greatest(l.last_counted_at, d.counted_at),
           updated_at = now()
      FROM (SELECT product_id, warehouse_id, max(cost) AS cost, sum(available) AS available, sum(reserved) AS reserved,
                   sum(damaged) AS damaged, sum(in_transit) AS in_transit, sum(value) AS value,
                   sum(transit_value) AS transit_value,
                   sum(sold) FILTER (WHERE on_day >= recent_since) AS recent_sold,
                   max(on_day) AS last_day, max(counted_at) AS counted_at
              FROM day
              LEFT JOIN average USING (product_id, warehouse_id)
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
           in_transit = s.in_transit + day.in_transit,
           value = s.value + day.value,
           transit_value = s.transit_value + day.transit_value
      FROM day
     WHERE s.company_id = %(company_id)s
       AND s.product_id = day.product_id
       AND s.warehouse_id = day.warehouse_id
       AND s.day = day.on_day
       AND day.on_day <= day.last_day
), new_day AS (
    INSERT INTO stock_days AS s
           (company_id, product_id, warehouse_id, day, sold, available, reserved, damaged, in_transit,
            value, transit_value)
    SELECT %(company_id)s, product_id, warehouse_id, on_day, sold, available, reserved, damaged,
           in_transit, value, transit_value
      FROM day
     WHERE last_day IS NULL OR on_day > last_day
           OR (on_day < last_day
               AND NOT EXISTS (SELECT FROM stock_days k
                                WHERE k.company_id = %(company_id)s
                                  AND k.product_id = day.product_id
                                  AND k.warehouse_id = day.warehouse_id
                                  AND k.day = day.on_day))
    -- only where a level did not know its newest day; `stockflow check` would say so
    ON CONFLICT (company_id, product_id, warehouse_id, day) DO UPDATE
       SET sold = s.sold + excluded.sold,
           available = s.available + excluded.available,
           reserved = s.reserved + excluded.reserved,
           damaged = s.damaged + excluded.damaged,
           in_transit = s.in_transit + excluded.in_transit,
           value = s.value + excluded.value,
           transit_value = s.transit_value + excluded.transit_value
), movement AS (
    INSERT INTO stock_movements
           (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change,
            quantity_before, quantity_after, unit_cost, unit_price, value_change, reason, reference,
            occurred_at)
    SELECT %(company_id)s, posting.id * 100000 + n, line, product_id, warehouse_id, type, bucket,
           change, after - change, after, unit_cost, unit_price, value_change, reason, reference,
           occurred_at
      FROM valued, posting
)
SELECT (SELECT id FROM posting), array_agg(after), array_agg(before),
       array_agg(open) FILTER (WHERE NOT good), array_agg(may_be_negative) FILTER (WHERE NOT good)
  FROM (SELECT trim_scale(after) AS after, trim_scale(after - change) AS before, open,
               may_be_negative, good
          FROM balance, verdict
         ORDER BY n) AS outcome

-- post_apart --
-- Entries of as many levels, as most long requests have them: each level is locked, read and checked
-- once, and nothing has to be summed. `FOR UPDATE` gives each row as it is when its lock is had; but
-- the updates look for rows as of the statement's beginning, and miss those a lock was waited for. So
-- what they did is counted: where a level is missing, closed, short, of another time zone, or was
-- written meanwhile, all is undone, and the general way opens it, says which, or waits.
WITH begun AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(
               (%(company_id)s::bigint %% 2147483647)::int,
               ((last_value - (NOT is_called)::int) & 2147483647)::int)::text AS noted
      FROM stock_postings_id_seq
), entry AS MATERIALIZED (
    SELECT e.line, e.product_id, e.warehouse_id, e.type, e.bucket, e.change, e.sold,
           coalesce(e.day, %(same_day)s::date) AS day,
           coalesce(e.occurred_at, %(same_moment)s::timestamptz) AS occurred_at,
           e.unit_cost, e.value, e.unit_price, e.reason, e.reference, e.clearing, e.n
      FROM unnest(%(line)s::int[], %(product_id)s::bigint[], %(warehouse_id)s::bigint[],
                  %(type)s::text[], %(bucket)s::text[], %(change)s::numeric[], %(sold)s::numeric[],
                  %(day)s::date[], %(occurred_at)s::timestamptz[], %(unit_cost)s::numeric[],
                  %(value)s::numeric[], %(unit_price)s::numeric[], %(reason)s::text[],
                  %(reference)s::text[], %(clearing)s::boolean[])
           WITH ORDINALITY
        AS e (line, product_id, warehouse_id, type, bucket, change, sold, day, occurred_at, unit_cost,
              value, unit_price, reason, reference, clearing, n)
     WHERE coalesce(e.n, 0) = e.n
     ORDER BY product_id, warehouse_id
), held AS MATERIALIZED (
    SELECT e.*, l.place, l.last_day, l.active OR e.clearing IS TRUE AS open,
           CASE e.bucket WHEN 'available' THEN l.available WHEN 'reserved' THEN l.reserved
                         WHEN 'damaged' THEN l.damaged ELSE l.in_transit END AS held,
           l.backorders AND e.bucket = 'available' AS may_be_negative,
           CASE e.bucket WHEN 'in_transit' THEN l.in_transit
                         ELSE l.available + l.reserved + l.damaged END AS pool_quantity,
           CASE e.bucket WHEN 'in_transit' THEN l.transit_value ELSE l.value END AS pool_value,
           l.average_cost, coalesce(e.value, e.change * e.unit_cost) AS worth
      FROM entry e
     CROSS JOIN LATERAL (
           SELECT l.*, l.ctid AS place
             FROM stock_levels l
            WHERE l.company_id = %(company_id)s
              AND l.product_id = e.product_id
              AND l.warehouse_id = e.warehouse_id
              FOR UPDATE) AS l
     WHERE (SELECT noted FROM begun) IS NOT NULL
), verdict AS MATERIALIZED (
    SELECT count(*) = %(expected)s
           AND bool_and(open AND (held + change >= 0 OR change > 0 OR may_be_negative))
           AND (SELECT timezone FROM companies WHERE id = %(company_id)s) = %(timezone)s AS good
      FROM held
), posting AS (
    INSERT INTO stock_postings (company_id, kind, reverses_id, document_type, document_id, user_id,
                                api_key_id, request_id)
    SELECT %(company_id)s, %(kind)s, %(reverses_id)s::bigint, %(document_type)s,
           %(document_id)s::bigint, %(user_id)s::bigint, %(api_key_id)s::bigint, %(request_id)s
      FROM verdict
     WHERE good
    RETURNING id
), entered AS MATERIALIZED (
    SELECT *,
           CASE bucket WHEN 'available' THEN change ELSE 0 END AS available,
           CASE bucket WHEN 'reserved' THEN change ELSE 0 END AS reserved,
           CASE bucket WHEN 'damaged' THEN change ELSE 0 END AS damaged,
           CASE bucket WHEN 'in_transit' THEN change ELSE 0 END AS in_transit,
           CASE bucket WHEN 'in_transit' THEN 0 ELSE worth_change END AS on_hand_value,
           CASE bucket WHEN 'in_transit' THEN worth_change ELSE 0 END AS transit_value
      FROM (SELECT held.*, posting.id AS posting_id,
                   value_change(pool_quantity, pool_value, average_cost, change, worth)
                   AS worth_change
              FROM held, posting) AS priced
), level AS (
    UPDATE stock_levels l
       SET available = l.available + e.available,
           reserved = l.reserved + e.reserved,
           damaged = l.damaged + e.damaged,
           in_transit = l.in_transit + e.in_transit,
           value = l.value + e.on_hand_value,
           transit_value = l.transit_value + e.transit_value,
           average_cost = unit_value(l.available + l.reserved + l.damaged
                                     + e.available + e.reserved + e.damaged,
                                     l.value + e.on_hand_value, l.average_cost),
           last_day = greatest(l.last_day, e.day),
           last_counted_at = greatest(l.last_counted_at,
                                      CASE WHEN e.type = 'recount' AND %(reverses_id)s::bigint IS NULL
                                           THEN e.occurred_at END),
           recent_sold = l.recent_sold + CASE WHEN l.recent_since <= e.day THEN e.sold ELSE 0 END,
           updated_at = now()
      FROM entered e
     WHERE l.company_id = %(company_id)s
       AND l.ctid = e.place
    RETURNING 1
), known_day AS (
    UPDATE stock_days s
       SET sold = s.sold + e.sold,
           available = s.available + e.available,
           reserved = s.reserved + e.reserved,
           damaged = s.damaged + e.damaged,
           in_transit = s.in_transit + e.in_transit,
           value = s.value + e.on_hand_value,
           transit_value = s.transit_value + e.transit_value
      FROM entered e
     WHERE s.company_id = %(company_id)s
       AND s.product_id = e.product_id
       AND s.warehouse_id = e.warehouse_id
       AND s.day = e.day
       AND e.day <= e.last_day
    RETURNING 1
), new_day AS (
    INSERT INTO stock_days
           (company_id, product_id, warehouse_id, day, sold, available, reserved, damaged, in_transit,
            value, transit_value)
    SELECT %(company_id)s, product_id, warehouse_id, day, sold, available, reserved, damaged,
           in_transit, on_hand_value, transit_value
      FROM entered e
     WHERE last_day IS NULL OR day > last_day
           OR (day < last_day
               AND NOT EXISTS (SELECT FROM stock_days k
                                WHERE k.company_id = %(company_id)s
                                  AND k.product_id = e.product_id
                                  AND k.warehouse_id = e.warehouse_id
                                  AND k.day = e.day))
    ON CONFLICT DO NOTHING
    RETURNING 1
), movement AS (
    INSERT INTO stock_movements
           (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change,
            quantity_before, quantity_after, unit_cost, unit_price, value_change, reason, reference,
            occurred_at)
    SELECT %(company_id)s, posting_id * 100000 + n, line, product_id, warehouse_id, type, bucket,
           change, held, held + change, unit_cost, unit_price, worth_change, reason, reference,
           occurred_at
      FROM entered
)
SELECT (SELECT id FROM posting
         WHERE %(expected)s = (SELECT count(*) FROM level)
           AND %(expected)s = (SELECT count(*) FROM known_day) + (SELECT count(*) FROM new_day)),
       array_agg(after), array_agg(before)
  FROM (SELECT trim_scale(held + change) AS after, trim_scale(held) AS before
          FROM entered
         ORDER BY n) AS outcome

-- post_one --
-- One entry of the available bucket, which is most of what shops send: at half the price of the general
-- way. No row comes back where the level is missing, closed, short or of another time zone; the general
-- way then says which.
WITH begun AS MATERIALIZED (
    SELECT pg_advisory_xact_lock_shared(
               (%(company_id)s::bigint %% 2147483647)::int,
               ((last_value - (NOT is_called)::int) & 2147483647)::int)::text AS noted
      FROM stock_postings_id_seq
), held AS MATERIALIZED (
    SELECT available AS before,
           value_change(available + reserved + damaged, value, average_cost, %(change)s::numeric,
                        coalesce(%(value)s::numeric, %(change)s::numeric * %(unit_cost)s::numeric))
           AS value_change
      FROM stock_levels
     WHERE company_id = %(company_id)s
       AND product_id = %(product_id)s
       AND warehouse_id = %(warehouse_id)s
       AND (active OR %(clearing)s)
       AND (available + %(change)s::numeric >= 0 OR %(change)s::numeric > 0 OR backorders)
       AND (SELECT noted FROM begun) IS NOT NULL
       AND (SELECT timezone FROM companies WHERE id = %(company_id)s) = %(timezone)s
       FOR UPDATE
), level AS (
    UPDATE stock_levels l
       SET available = l.available + %(change)s::numeric,
           value = l.value + held.value_change,
           average_cost = unit_value(l.available + l.reserved + l.damaged + %(change)s::numeric,
                                     l.value + held.value_change, l.average_cost),
           last_day = greatest(l.last_day, %(day)s::date),
           recent_sold = l.recent_sold
               + CASE WHEN l.recent_since <= %(day)s THEN %(sold)s::numeric ELSE 0 END,
           updated_at = now()
      FROM held
     WHERE l.company_id = %(company_id)s
       AND l.product_id = %(product_id)s
       AND l.warehouse_id = %(warehouse_id)s
), posting AS (
    INSERT INTO stock_postings (company_id, kind, reverses_id, document_type, document_id, user_id,
                                api_key_id, request_id)
    SELECT %(company_id)s, %(kind)s, %(reverses_id)s::bigint, %(document_type)s,
           %(document_id)s::bigint, %(user_id)s::bigint, %(api_key_id)s::bigint, %(request_id)s
      FROM held
    RETURNING id
), day AS (
    INSERT INTO stock_days AS s
           (company_id, product_id, warehouse_id, day, sold, available, value)
    SELECT %(company_id)s, %(product_id)s, %(warehouse_id)s, %(day)s, %(sold)s::numeric,
           %(change)s::numeric, value_change
      FROM held
    ON CONFLICT (company_id, product_id, warehouse_id, day) DO UPDATE
       SET sold = s.sold + excluded.sold, available = s.available + excluded.available,
           value = s.value + excluded.value
), movement AS (
    INSERT INTO stock_movements
           (company_id, id, line, product_id, warehouse_id, type, bucket, quantity_change,
            quantity_before, quantity_after, unit_cost, unit_price, value_change, reason, reference,
            occurred_at)
    SELECT %(company_id)s, posting.id * 100000 + 1, %(line)s, %(product_id)s, %(warehouse_id)s,
           %(type)s, 'available', %(change)s::numeric, held.before,
           held.before + %(change)s::numeric, %(unit_cost)s::numeric, %(unit_price)s::numeric,
           held.value_change, %(reason)s, %(reference)s, %(occurred_at)s
      FROM held, posting
)
SELECT posting.id, trim_scale(held.before + %(change)s::numeric), trim_scale(held.before)
  FROM held, posting

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
