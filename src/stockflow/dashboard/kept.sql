-- kept --
-- How long figures stay fresh follows what they cost: 200 times as long, at least 5 seconds and at most
-- 5 minutes. So looking costs next to nothing, and small companies see theirs nearly as they are.
SELECT name, body, computed_at,
       computed_at IS NULL OR computed_at < wanted_at AS is_due,
       computed_at < now() - least(greatest(cost_ms * interval '200 ms', interval '5 seconds'),
                                   interval '5 minutes') AS is_old,
       extract(epoch FROM now() - wanted_at)::float AS waited
  FROM kept_figures
 WHERE company_id = %(company_id)s AND limits = %(limits)s AND name = ANY(%(names)s::text[])

-- want --
-- What is due already is not asked for again, nor what was renewed since it was seen: one job does for
-- all who look.
INSERT INTO kept_figures AS kept (company_id, name, limits, wanted_at)
SELECT %(company_id)s, name, %(limits)s, now()
  FROM unnest(%(names)s::text[]) AS name
 ORDER BY name
    ON CONFLICT (company_id, name, limits) DO UPDATE
   SET wanted_at = now()
 WHERE kept.computed_at >= kept.wanted_at
   AND kept.computed_at = ANY(%(seen)s::timestamptz[])
RETURNING name

-- due --
SELECT name, limits
  FROM kept_figures
 WHERE company_id = %(company_id)s AND (computed_at IS NULL OR computed_at < wanted_at)
   AND name = ANY(%(names)s::text[])
 ORDER BY wanted_at, name, limits
 LIMIT 1

-- keep --
UPDATE kept_figures
   SET computed_at = greatest(now(), wanted_at), cost_ms = %(cost_ms)s, body = %(body)s::jsonb
 WHERE company_id = %(company_id)s AND name = %(name)s AND limits = %(limits)s

-- forget --
-- What nobody has looked at for a month, such as the figures of limits that nobody has any more.
DELETE FROM kept_figures
 WHERE company_id = %(company_id)s AND wanted_at < now() - interval '30 days'
