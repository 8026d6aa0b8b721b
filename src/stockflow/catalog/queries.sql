-- resolve --
-- Two index scans, where `id = ANY OR sku_key = ANY` would be one over both or none.
SELECT sku_key, id, sku, name, product_type, archived_at IS NOT NULL, allow_backorders
  FROM products
 WHERE company_id = %(company_id)s AND id = ANY(%(ids)s::bigint[])
UNION ALL
SELECT p.sku_key, p.id, p.sku, p.name, p.product_type, p.archived_at IS NOT NULL, p.allow_backorders
  FROM unnest(%(sku_keys)s::text[]) AS k (sku_key)
       -- one by one: without statistics `= ANY` may compare every product with every key
 CROSS JOIN LATERAL (
       SELECT *
         FROM products
        WHERE company_id = %(company_id)s AND sku_key = k.sku_key
       OFFSET 0) AS p

-- explode --
-- Goes down level by level. Parts met on several paths are summed at each level (DISTINCT over a
-- window), so the work follows the number of products, not the number of paths to them.
WITH RECURSIVE part (bundle_id, product_id, quantity, level) AS (
    SELECT bundle_id, component_id, quantity::numeric, 1
      FROM bundle_components
     WHERE company_id = %(company_id)s AND bundle_id = ANY(%(bundle_ids)s::bigint[])
    UNION ALL
    SELECT DISTINCT p.bundle_id, c.component_id,
           sum(p.quantity * c.quantity) OVER (PARTITION BY p.bundle_id, c.component_id),
           p.level + 1
      FROM part p
      JOIN bundle_components c ON c.company_id = %(company_id)s AND c.bundle_id = p.product_id
     WHERE p.level < %(levels_max)s
)
SELECT part.bundle_id, part.product_id, trim_scale(sum(part.quantity))
  FROM part
  JOIN products p ON p.company_id = %(company_id)s AND p.id = part.product_id
 WHERE p.product_type = 'standard'
 GROUP BY part.bundle_id, part.product_id
 ORDER BY part.bundle_id, part.product_id

-- components --
SELECT p.id AS product_id, p.sku, p.name, p.product_type, trim_scale(c.quantity) AS quantity
  FROM bundle_components c
  JOIN products p ON p.company_id = %(company_id)s AND p.id = c.component_id
 WHERE c.company_id = %(company_id)s AND c.bundle_id = %(bundle_id)s
 ORDER BY p.id

-- nesting --
-- How many levels of bundles lie below the bundle (itself included) and above it, and whether it is
-- found below itself. UNION keeps a bundle once per level, however many ways lead to it.
WITH RECURSIVE below (id, level) AS (
    SELECT %(bundle_id)s::bigint, 1
    UNION
    SELECT c.component_id, b.level + 1
      FROM below b
      JOIN bundle_components c ON c.company_id = %(company_id)s AND c.bundle_id = b.id
      JOIN products p ON p.company_id = %(company_id)s AND p.id = c.component_id
     WHERE p.product_type = 'bundle' AND b.level <= %(levels_max)s
), above (id, level) AS (
    SELECT %(bundle_id)s::bigint, 0
    UNION
    SELECT c.bundle_id, a.level + 1
      FROM above a
      JOIN bundle_components c ON c.company_id = %(company_id)s AND c.component_id = a.id
     WHERE a.level <= %(levels_max)s
)
SELECT EXISTS (SELECT FROM below WHERE id = %(bundle_id)s AND level > 1),
       (SELECT max(level) FROM below) + (SELECT max(level) FROM above)

-- largest --
-- How many components the largest of the topmost bundles holding this one has in all. Nothing below
-- a topmost bundle has more. A bundle's components count once, however many ways lead to it.
WITH RECURSIVE above (id) AS (
    SELECT %(bundle_id)s::bigint
    UNION
    SELECT c.bundle_id
      FROM above a
      JOIN bundle_components c ON c.company_id = %(company_id)s AND c.component_id = a.id
), below (top, id) AS (
    SELECT a.id, a.id
      FROM above a
     WHERE NOT EXISTS (SELECT FROM bundle_components c
                        WHERE c.company_id = %(company_id)s AND c.component_id = a.id)
    UNION
    SELECT b.top, c.component_id
      FROM below b
      JOIN bundle_components c ON c.company_id = %(company_id)s AND c.bundle_id = b.id
      JOIN products p ON p.company_id = %(company_id)s AND p.id = c.component_id
     WHERE p.product_type = 'bundle'
)
SELECT coalesce(max(components), 0)
  FROM (SELECT count(*) AS components
          FROM below b
          JOIN bundle_components c ON c.company_id = %(company_id)s AND c.bundle_id = b.id
         GROUP BY b.top) AS tops

-- bundles_holding --
SELECT p.id, p.sku
  FROM bundle_components c
  JOIN products p ON p.company_id = %(company_id)s AND p.id = c.bundle_id
 WHERE c.company_id = %(company_id)s AND c.component_id = %(product_id)s AND p.archived_at IS NULL
 ORDER BY p.id
 LIMIT 20

-- lock_components --
-- In key order; waits for a component that is being archived, and then shows that it is.
SELECT p.id, p.archived_at IS NOT NULL
  FROM products p
 WHERE p.company_id = %(company_id)s AND p.id = ANY(%(ids)s::bigint[])
 ORDER BY p.id
   FOR KEY SHARE

-- put_components --
INSERT INTO bundle_components (company_id, bundle_id, component_id, quantity)
SELECT %(company_id)s, %(bundle_id)s, c.id, c.quantity
  FROM unnest(%(ids)s::bigint[], %(quantities)s::numeric[]) AS c (id, quantity)

-- claim_skus --
-- A SKU stays with the company that used it first, also when its product gets another.
INSERT INTO platform_skus (sku_key, company_id, product_id)
SELECT s.sku_key, %(company_id)s, s.product_id
  FROM unnest(%(sku_keys)s::text[], %(product_ids)s::bigint[]) AS s (sku_key, product_id)
 ORDER BY s.sku_key
    ON CONFLICT (sku_key) DO NOTHING

-- skus_of_others --
SELECT sku_key
  FROM platform_skus
 WHERE sku_key = ANY(%(sku_keys)s::text[]) AND company_id <> %(company_id)s
