"""Row-level security, least privileges and product search.

The application may only insert into and read the ledger and the audit log, and may delete nothing
but bundle components, supplier terms and expired idempotency keys.
"""

from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations.protection import protect

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_CHANGED = "SELECT, INSERT, UPDATE"
_APPENDED = "SELECT, INSERT"
_REMOVED = "SELECT, INSERT, UPDATE, DELETE"

_PRIVILEGES = {
    "memberships": _REMOVED,
    "api_keys": _CHANGED,
    "audit_entries": _APPENDED,
    "idempotency_keys": _REMOVED,
    "warehouses": _CHANGED,
    "suppliers": _CHANGED,
    "product_suppliers": _REMOVED,
    "categories": _CHANGED,
    "products": _CHANGED,
    "bundle_components": _REMOVED,
    "stock_levels": _CHANGED,
    "stock_postings": _APPENDED,
    "stock_movements": _APPENDED,
    "stock_days": _CHANGED,
    "imports": _APPENDED,
}

# Trigram operators are not leakproof, so PostgreSQL will not use their index beneath a row-level
# security policy. This function runs as the owner, whom a policy of its own lets read products, and
# asks for the company of the transaction itself. The policy also hides the statistics of the text
# from the planner; so the function looks at a thousand products first. Words that are common there
# are looked for in the order of ids, which soon finds enough; rare ones through the trigram index.
# One slip leaves the first or the second half of a word whole, or swaps the two letters in its middle:
# `near_word` gives the patterns that find what a misspelt word is to be compared with.
_NEAR_WORD = """
CREATE FUNCTION near_word(word text) RETURNS text[]
LANGUAGE sql IMMUTABLE STRICT
AS $$
SELECT ARRAY[
    '% ' || left(word, half) || '%',
    '%' || right(word, half) || ' %',
    CASE WHEN length(word) % 2 = 1 THEN '% ' || left(word, half) || '%'
         ELSE '%' || left(word, half - 1) || substr(word, half + 1, 1) || substr(word, half, 1)
              || right(word, half - 1) || '%' END
]
FROM (SELECT length(word) / 2 AS half) AS middle
$$
"""

_SEARCH = r"""
CREATE FUNCTION search_products(
    query text,            -- words with single spaces between them
    as_sku text,           -- the query as a SKU in normal form
    as_barcode text,       -- the query as a barcode in 14 digits; null when it is none
    in_archive boolean,
    in_category bigint,    -- null: in any
    of_type text,          -- null: of any
    most integer
)
RETURNS TABLE (product_id bigint, rank integer)
LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 100
SET search_path = pg_catalog, public, pg_temp
SET plan_cache_mode = force_custom_plan
SET random_page_cost = 1.1
SET enable_seqscan = off
SET enable_bitmapscan = on
SET max_parallel_workers_per_gather = 0
SET jit = off
AS $$
DECLARE
    company CONSTANT bigint := current_setting('stockflow.company_id')::bigint;
    term CONSTANT text := lower(query);
    escaped CONSTANT text := replace(replace(replace(term, '\', '\\'), '%', '\%'), '_', '\_');
    -- One or two letters find beginnings of words, everything else any part of the text. The longest
    -- words come first: they are the fewest, and the ones the index is asked for.
    patterns CONSTANT text[] := ARRAY(
        SELECT CASE WHEN word ~ '^[a-z0-9]{1,2}$' THEN '% ' ELSE '%' END || word || '%'
          FROM unnest(string_to_array(escaped, ' ')) AS word
         ORDER BY length(word) DESC
    );
    longest CONSTANT text := patterns[1];
    second CONSTANT text := patterns[2];
    slips CONSTANT text[] := ARRAY(
        SELECT word
          FROM unnest(string_to_array(translate(term, '%_\', ''), ' ')) AS word
         WHERE length(word) > 3
         ORDER BY length(word) DESC
         LIMIT 2
    );
    is_common boolean;
    is_short boolean;
    short_names text[];
    short_skus text[];
    unindexed text[];
    near text[];
    near_too text[];
BEGIN
    SELECT count(*) > 100 INTO is_common
      FROM (SELECT p.search_text FROM products p
             WHERE p.company_id = company ORDER BY p.id LIMIT 1000) AS sample
     WHERE sample.search_text LIKE ALL (patterns);
    -- What has no three letters in a row, nor begins a word, has no trigram to ask the index for. It is
    -- looked for in names and SKUs only, which their own indexes answer without reading the table.
    is_short := NOT is_common AND longest !~ '\w{3}|^% ';
    IF is_short THEN
        short_names := ARRAY(SELECT p.name_key FROM products p
                              WHERE p.company_id = company AND p.name_key LIKE longest
                              ORDER BY p.name_key);
        short_skus := ARRAY(SELECT p.sku_key FROM products p
                             WHERE p.company_id = company AND lower(p.sku_key) LIKE longest
                             ORDER BY p.sku_key);
    END IF;
    unindexed := CASE WHEN is_common OR is_short THEN patterns ELSE patterns[3:] END;
    PERFORM set_config('enable_bitmapscan', CASE WHEN is_common THEN 'off' ELSE 'on' END, true);

    RETURN QUERY
    WITH found AS (
        (SELECT p.id, 3000 AS score
           FROM products p
          WHERE p.company_id = company AND p.sku_key = as_sku
            AND (p.archived_at IS NOT NULL) = in_archive
            AND (in_category IS NULL OR p.category_id = in_category)
            AND (of_type IS NULL OR p.product_type = of_type))
        UNION ALL
        (SELECT p.id, 3000
           FROM products p
          WHERE p.company_id = company AND p.barcode_key = as_barcode
            AND p.archived_at IS NULL AND NOT in_archive
            AND (in_category IS NULL OR p.category_id = in_category)
            AND (of_type IS NULL OR p.product_type = of_type))
        UNION ALL
        (SELECT p.id, 2000
           FROM products p
          WHERE p.company_id = company AND p.sku_key ^@ as_sku
            AND (p.archived_at IS NOT NULL) = in_archive
            AND (in_category IS NULL OR p.category_id = in_category)
            AND (of_type IS NULL OR p.product_type = of_type)
          ORDER BY p.sku_key
          LIMIT most)
        UNION ALL
        (SELECT p.id, 1500
           FROM products p
          WHERE p.company_id = company AND p.name_key ^@ term
            AND (p.archived_at IS NOT NULL) = in_archive
            AND (in_category IS NULL OR p.category_id = in_category)
            AND (of_type IS NULL OR p.product_type = of_type)
          ORDER BY p.name_key, p.id
          LIMIT most)
        UNION ALL
        (SELECT p.id,
                CASE WHEN p.search_text LIKE '% ' || escaped || '%' THEN 1200
                     WHEN p.search_text LIKE '%' || escaped || '%' THEN 1100
                     ELSE 1000 END
           FROM products p
          WHERE p.company_id = company
            AND (is_common OR is_short OR p.search_text LIKE longest)
            AND (is_common OR is_short OR second IS NULL OR p.search_text LIKE second)
            AND (NOT is_short OR p.name_key = ANY (short_names) OR p.sku_key = ANY (short_skus))
            AND p.search_text LIKE ALL (unindexed)
            AND (p.archived_at IS NOT NULL) = in_archive
            AND (in_category IS NULL OR p.category_id = in_category)
            AND (of_type IS NULL OR p.product_type = of_type)
          -- adding 0 keeps the planner from walking all ids where few products match
          ORDER BY CASE WHEN is_common THEN p.id ELSE p.id + 0 END
          LIMIT most)
    )
    SELECT f.id, max(f.score) FROM found f GROUP BY f.id ORDER BY max(f.score) DESC, f.id LIMIT most;
    IF FOUND THEN
        RETURN;
    END IF;

    -- Nothing contains the words, so they may be misspelt: compare the term with what comes near it.
    near := near_word(slips[1]);
    near_too := near_word(coalesce(slips[2], slips[1]));
    SELECT count(*) > 100 INTO is_common
      FROM (SELECT p.search_text FROM products p
             WHERE p.company_id = company ORDER BY p.id LIMIT 1000) AS sample
     WHERE sample.search_text LIKE ANY (near) AND sample.search_text LIKE ANY (near_too);
    PERFORM set_config('enable_bitmapscan', CASE WHEN is_common THEN 'off' ELSE 'on' END, true);

    RETURN QUERY
    SELECT f.id, f.likeness
      FROM (SELECT p.id,
                   round(1000 * word_similarity(left(term, 60), left(p.search_text, 200)))::integer
                       AS likeness
              FROM products p
             WHERE p.company_id = company
               AND (is_common OR (
                    (p.search_text LIKE near[1] OR p.search_text LIKE near[2]
                        OR p.search_text LIKE near[3])
                    AND (p.search_text LIKE near_too[1] OR p.search_text LIKE near_too[2]
                        OR p.search_text LIKE near_too[3])))
               AND p.search_text LIKE ANY (near) AND p.search_text LIKE ANY (near_too)
               AND (p.archived_at IS NOT NULL) = in_archive
               AND (in_category IS NULL OR p.category_id = in_category)
               AND (of_type IS NULL OR p.product_type = of_type)
             LIMIT least(most, 500)) AS f
     WHERE f.likeness >= 200;
END
$$
"""


def upgrade() -> None:
    op.execute(f"GRANT USAGE ON SCHEMA public TO {APP_ROLE}")
    protect("companies", _CHANGED, key="id")
    for table, privileges in _PRIVILEGES.items():
        protect(table, privileges)
    op.execute(f"GRANT {_CHANGED} ON users TO {APP_ROLE}")
    op.execute(f"GRANT {_APPENDED} ON platform_skus TO {APP_ROLE}")
    op.execute(f"GRANT SELECT ON alembic_version TO {APP_ROLE}")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")
    # the owner of the schema may list companies, for the command line, and nothing else of them
    op.execute("CREATE POLICY directory ON companies FOR SELECT TO CURRENT_USER USING (true)")
    op.execute("CREATE POLICY search ON products FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(_NEAR_WORD)
    op.execute(_SEARCH)
    op.execute("REVOKE ALL ON FUNCTION near_word, search_products FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION search_products TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION search_products, near_word")
    op.execute("DROP POLICY search ON products")
    op.execute("DROP POLICY directory ON companies")
    for table in ["companies", *_PRIVILEGES]:
        op.execute(f"DROP POLICY company_isolation ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON users, platform_skus, alembic_version FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APP_ROLE}")
