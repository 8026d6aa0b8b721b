"""Companies, products and suppliers, warehouses, and the ledger of stock."""

from alembic import op

from stockflow.migrations.core import catalog, companies, stock

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    companies.companies()
    catalog.platform_skus()
    companies.users()
    companies.api_keys()
    companies.audit_entries()
    catalog.categories()
    companies.idempotency_keys()
    companies.imports()
    companies.memberships()
    stock.stock_postings()
    catalog.suppliers()
    stock.warehouses()
    catalog.products()
    catalog.bundle_components()
    catalog.product_suppliers()
    stock.stock_levels()
    stock.stock_days()
    stock.stock_movements()


def downgrade() -> None:
    for table in _NEWEST_FIRST:
        op.drop_table(table)


_NEWEST_FIRST = (
    "stock_movements",
    "stock_days",
    "stock_levels",
    "product_suppliers",
    "bundle_components",
    "products",
    "warehouses",
    "suppliers",
    "stock_postings",
    "memberships",
    "imports",
    "idempotency_keys",
    "categories",
    "audit_entries",
    "api_keys",
    "users",
    "platform_skus",
    "companies",
)
