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
# asks for the company of the transaction itself.
_SEARCH = """
CREATE FUNCTION search_products(query text, most integer)
RETURNS TABLE (product_id bigint, rank real)
LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public
SET pg_trgm.word_similarity_threshold = 0.5
SET plan_cache_mode = force_custom_plan
SET random_page_cost = 1.1
AS $$
WITH company AS MATERIALIZED (
    SELECT current_setting('stockflow.company_id')::bigint AS id
), asked AS MATERIALIZED (
    SELECT lower(query) AS term,
           replace(replace(replace(lower(query), '\\', '\\\\'), '%', '\\%'), '_', '\\_') AS pattern
), exact AS (
    SELECT id, 3::real AS rank
      FROM products
     WHERE company_id = (SELECT id FROM company) AND sku_key = upper(query)
    UNION ALL
    SELECT id, 3::real
      FROM products
     WHERE company_id = (SELECT id FROM company)
       AND barcode_key = lpad(query, 14, '0') AND archived_at IS NULL
), begins AS (
    SELECT id, 2::real AS rank
      FROM products
     WHERE company_id = (SELECT id FROM company)
       AND sku_key >= upper(query) AND sku_key < upper(query) || U&'\\FFFF'
     ORDER BY sku_key
     LIMIT most
), contains AS (
    SELECT id,
           CASE WHEN search_text LIKE ' ' || (SELECT pattern FROM asked) || '%' THEN 1.5
                ELSE 1 END::real AS rank
      FROM products
     WHERE company_id = (SELECT id FROM company)
       AND search_text LIKE CASE WHEN length(query) > 2 THEN '%' ELSE '% ' END
                            || (SELECT pattern FROM asked) || '%'
     LIMIT most
), resembles AS (
    SELECT id, word_similarity((SELECT term FROM asked), search_text) AS rank
      FROM products
     WHERE (SELECT count(*) FROM contains) < 20
       AND length(query) > 2
       AND company_id = (SELECT id FROM company)
       AND (SELECT term FROM asked) <% search_text
     LIMIT most
)
SELECT id, max(rank)
  FROM (TABLE exact UNION ALL TABLE begins UNION ALL TABLE contains UNION ALL TABLE resembles) AS found
 GROUP BY id
 ORDER BY max(rank) DESC, id
 LIMIT most
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
    op.execute("CREATE POLICY search ON products FOR SELECT TO CURRENT_USER USING (true)")
    op.execute(_SEARCH)
    op.execute("REVOKE ALL ON FUNCTION search_products FROM PUBLIC")
    op.execute(f"GRANT EXECUTE ON FUNCTION search_products TO {APP_ROLE}")


def downgrade() -> None:
    op.execute("DROP FUNCTION search_products")
    op.execute("DROP POLICY search ON products")
    for table in ["companies", *_PRIVILEGES]:
        op.execute(f"DROP POLICY company_isolation ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
        op.execute(f"REVOKE ALL ON {table} FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON users, platform_skus, alembic_version FROM {APP_ROLE}")
    op.execute(f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {APP_ROLE}")
