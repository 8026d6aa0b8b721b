"""core"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.migrations import columns

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gin")
    _companies()
    _platform_skus()
    _users()
    _api_keys()
    _audit_entries()
    _categories()
    _idempotency_keys()
    _imports()
    _memberships()
    _stock_postings()
    _suppliers()
    _warehouses()
    _products()
    _bundle_components()
    _product_suppliers()
    _stock_levels()
    _stock_days()
    _stock_movements()


def _companies() -> None:
    op.create_table(
        "companies",
        columns.generated_id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("timezone", sa.Text(), nullable=False),
        sa.Column(
            "case_sensitive_skus", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column(
            "allow_backorders", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        columns.number("default_low_stock_threshold", server_default=sa.text("10"), nullable=True),
        columns.number("standard_low_stock_threshold", nullable=True),
        sa.Column(
            "low_stock_at_threshold", sa.Boolean(), server_default=sa.text("false"), nullable=False
        ),
        sa.Column("sales_period_days", sa.Integer(), server_default=sa.text("30"), nullable=False),
        columns.recorded("created_at"),
        columns.version(),
        sa.CheckConstraint(
            "default_low_stock_threshold >= 0", name=op.f("companies_default_low_stock_threshold")
        ),
        sa.CheckConstraint(
            "sales_period_days BETWEEN 1 AND 365", name=op.f("companies_sales_period_days")
        ),
        sa.CheckConstraint(
            "standard_low_stock_threshold >= 0", name=op.f("companies_standard_low_stock_threshold")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("companies_pkey")),
    )


def _platform_skus() -> None:
    op.create_table(
        "platform_skus",
        sa.Column("sku_key", sa.Text(), nullable=False),
        sa.Column("company_id", sa.BigInteger(), nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("sku_key", name=op.f("platform_skus_pkey")),
    )


def _users() -> None:
    op.create_table(
        "users",
        columns.generated_id(),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("email_key", sa.Text(), nullable=False, comment="the address in lower case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "password_hash", sa.Text(), nullable=True, comment="argon2id; null: cannot sign in"
        ),
        columns.recorded("created_at"),
        sa.PrimaryKeyConstraint("id", name=op.f("users_pkey")),
        sa.UniqueConstraint("email_key", name=op.f("users_email_key_key")),
    )


def _api_keys() -> None:
    op.create_table(
        "api_keys",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "warehouse_ids",
            sa.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="null: all warehouses",
        ),
        sa.Column(
            "hint",
            sa.Text(),
            nullable=False,
            comment="the last characters of the key, to tell keys apart",
        ),
        sa.Column("secret_hash", postgresql.BYTEA(), nullable=False),
        sa.Column("created_by", sa.BigInteger(), nullable=True),
        columns.recorded("created_at"),
        columns.moment("last_used_at", nullable=True),
        columns.moment("revoked_at", nullable=True),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')", name=op.f("api_keys_role")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("api_keys_company_id_fkey")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["users.id"], name=op.f("api_keys_created_by_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("api_keys_pkey")),
        sa.UniqueConstraint(
            "company_id", "secret_hash", name=op.f("api_keys_company_id_secret_hash_key")
        ),
    )


def _audit_entries() -> None:
    op.create_table(
        "audit_entries",
        columns.key("company_id"),
        columns.generated_id(),
        columns.recorded("occurred_at"),
        sa.Column("entity", sa.Text(), nullable=False),
        sa.Column("entity_id", sa.BigInteger(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column(
            "changes",
            postgresql.JSONB(astext_type=sa.Text()),
            nullable=False,
            comment="field → [before, after]",
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("audit_entries_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("audit_entries_pkey")),
    )
    op.create_index(
        op.f("audit_entries_company_id_entity_entity_id_id_idx"),
        "audit_entries",
        ["company_id", "entity", "entity_id", "id"],
        unique=False,
    )


def _categories() -> None:
    op.create_table(
        "categories",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("name_key", sa.Text(), nullable=False, comment="the name in lower case"),
        columns.number("low_stock_threshold", nullable=True),
        columns.moment("archived_at", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint("low_stock_threshold >= 0", name=op.f("categories_low_stock_threshold")),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("categories_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("categories_pkey")),
        sa.UniqueConstraint(
            "company_id", "name_key", name=op.f("categories_company_id_name_key_key")
        ),
    )


def _idempotency_keys() -> None:
    op.create_table(
        "idempotency_keys",
        columns.key("company_id"),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("fingerprint", postgresql.BYTEA(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("headers", sa.Text(), nullable=True),
        sa.Column("body", postgresql.BYTEA(), nullable=True),
        columns.recorded("created_at"),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("idempotency_keys_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "key", name=op.f("idempotency_keys_pkey")),
    )
    op.create_index(
        op.f("idempotency_keys_company_id_created_at_idx"),
        "idempotency_keys",
        ["company_id", "created_at"],
        unique=False,
    )


def _imports() -> None:
    op.create_table(
        "imports",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("filename", sa.Text(), nullable=False),
        sa.Column("digest", postgresql.BYTEA(), nullable=False),
        sa.Column("summary", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        columns.recorded("created_at"),
        sa.CheckConstraint(
            "kind IN ('warehouses', 'suppliers', 'products', 'product-suppliers', 'movements')",
            name=op.f("imports_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("imports_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("imports_pkey")),
        sa.UniqueConstraint(
            "company_id", "kind", "digest", name=op.f("imports_company_id_kind_digest_key")
        ),
    )


def _memberships() -> None:
    op.create_table(
        "memberships",
        columns.key("company_id"),
        columns.key("user_id"),
        sa.Column(
            "email", sa.Text(), nullable=False, comment="the address as this company spells it"
        ),
        sa.Column("name", sa.Text(), nullable=False, comment="what this company calls the person"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column(
            "warehouse_ids",
            sa.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="null: all warehouses",
        ),
        columns.recorded("created_at"),
        columns.version(),
        sa.CheckConstraint(
            "role IN ('owner', 'admin', 'manager', 'staff', 'viewer')",
            name=op.f("memberships_role"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("memberships_company_id_fkey")
        ),
        sa.ForeignKeyConstraint(["user_id"], ["users.id"], name=op.f("memberships_user_id_fkey")),
        sa.PrimaryKeyConstraint("company_id", "user_id", name=op.f("memberships_pkey")),
    )


def _stock_postings() -> None:
    op.create_table(
        "stock_postings",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("kind", sa.Text(), nullable=False),
        columns.recorded("recorded_at"),
        sa.Column(
            "reverses_id", sa.BigInteger(), nullable=True, comment="the posting this one takes back"
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "kind IN ('movements', 'opening', 'import', 'reversal')",
            name=op.f("stock_postings_kind"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "reverses_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("stock_postings_company_id_reverses_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("stock_postings_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("stock_postings_pkey")),
    )
    op.create_index(
        "stock_postings_reverses_id_key",
        "stock_postings",
        ["company_id", "reverses_id"],
        unique=True,
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )


def _suppliers() -> None:
    op.create_table(
        "suppliers",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_key", sa.Text(), nullable=True, comment="the code in upper case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("lead_time_days", sa.Integer(), nullable=True),
        sa.Column("payment_terms", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "lead_time_days BETWEEN 0 AND 3650", name=op.f("suppliers_lead_time_days")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("suppliers_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("suppliers_pkey")),
    )
    op.create_index(
        "suppliers_company_id_code_key_key", "suppliers", ["company_id", "code_key"], unique=True
    )


def _warehouses() -> None:
    op.create_table(
        "warehouses",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_key", sa.Text(), nullable=False, comment="the code in upper case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), server_default=sa.text("'fulfilment'"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("city", sa.Text(), nullable=True),
        sa.Column("region", sa.Text(), nullable=True),
        sa.Column("postal_code", sa.Text(), nullable=True),
        sa.Column("country", sa.Text(), nullable=True, comment="ISO 3166-1 alpha-2"),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "type IN ('fulfilment', 'retail', 'drop_ship', 'virtual')", name=op.f("warehouses_type")
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("warehouses_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("warehouses_pkey")),
        sa.UniqueConstraint(
            "company_id", "code_key", name=op.f("warehouses_company_id_code_key_key")
        ),
    )


def _products() -> None:
    op.create_table(
        "products",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sku", sa.Text(), nullable=False),
        sa.Column(
            "sku_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="the SKU in normal form, unique in the company",
        ),
        sa.Column("product_type", sa.Text(), server_default=sa.text("'standard'"), nullable=False),
        sa.Column("category_id", sa.BigInteger(), nullable=True),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("barcode", sa.Text(), nullable=True, comment="a GTIN as it was given"),
        sa.Column("barcode_key", sa.Text(), nullable=True, comment="the GTIN in 14 digits"),
        sa.Column("unit", sa.Text(), server_default=sa.text("'each'"), nullable=False),
        columns.number("price", nullable=False),
        columns.number("cost_price", nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        columns.number("low_stock_threshold", nullable=True),
        columns.number("reorder_quantity", nullable=True),
        sa.Column(
            "allow_backorders", sa.Boolean(), nullable=True, comment="null: as the company says"
        ),
        columns.number("weight_kg", nullable=True),
        columns.number("length_cm", nullable=True),
        columns.number("width_cm", nullable=True),
        columns.number("height_cm", nullable=True),
        columns.moment("archived_at", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.Column(
            "name_key",
            sa.Text(collation="C"),
            sa.Computed("lower(name)", persisted=True),
            nullable=False,
            comment="what names are sorted and begin by",
        ),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed(
                "' ' || lower(name || ' ' || sku || ' ' || coalesce(barcode_key, '') || ' ' || coalesce(left(description, 1000), ''))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "product_type IN ('standard', 'bundle')", name=op.f("products_product_type")
        ),
        sa.CheckConstraint("cost_price >= 0", name=op.f("products_cost_price")),
        sa.CheckConstraint("low_stock_threshold >= 0", name=op.f("products_low_stock_threshold")),
        sa.CheckConstraint("price >= 0", name=op.f("products_price")),
        sa.CheckConstraint("reorder_quantity >= 0", name=op.f("products_reorder_quantity")),
        sa.ForeignKeyConstraint(
            ["company_id", "category_id"],
            ["categories.company_id", "categories.id"],
            name=op.f("products_company_id_category_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("products_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("products_pkey")),
        sa.UniqueConstraint("company_id", "sku_key", name=op.f("products_company_id_sku_key_key")),
    )
    op.create_index(
        "products_barcode_key",
        "products",
        ["company_id", "barcode_key"],
        unique=True,
        postgresql_where=sa.text("archived_at IS NULL AND barcode_key IS NOT NULL"),
    )
    op.create_index(
        op.f("products_company_id_category_id_id_idx"),
        "products",
        ["company_id", "category_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("products_company_id_name_key_id_idx"),
        "products",
        ["company_id", "name_key", "id"],
        unique=False,
    )
    op.create_index(
        "products_search_idx",
        "products",
        ["company_id", "search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def _bundle_components() -> None:
    op.create_table(
        "bundle_components",
        columns.key("company_id"),
        columns.key("bundle_id"),
        columns.key("component_id"),
        columns.number("quantity", nullable=False),
        sa.CheckConstraint("bundle_id <> component_id", name=op.f("bundle_components_not_itself")),
        sa.CheckConstraint("quantity > 0", name=op.f("bundle_components_quantity")),
        sa.ForeignKeyConstraint(
            ["company_id", "bundle_id"],
            ["products.company_id", "products.id"],
            name=op.f("bundle_components_company_id_bundle_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "component_id"],
            ["products.company_id", "products.id"],
            name=op.f("bundle_components_company_id_component_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "bundle_id", "component_id", name=op.f("bundle_components_pkey")
        ),
    )
    op.create_index(
        op.f("bundle_components_company_id_component_id_bundle_id_idx"),
        "bundle_components",
        ["company_id", "component_id", "bundle_id"],
        unique=False,
    )


def _product_suppliers() -> None:
    op.create_table(
        "product_suppliers",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("supplier_id"),
        sa.Column("supplier_sku", sa.Text(), nullable=True),
        columns.number("cost_price", nullable=True),
        sa.Column(
            "lead_time_days", sa.Integer(), nullable=True, comment="null: the supplier's own"
        ),
        columns.number("minimum_order_quantity", nullable=True),
        columns.number("order_multiple", nullable=True),
        sa.Column("is_preferred", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint("cost_price >= 0", name=op.f("product_suppliers_cost_price")),
        sa.CheckConstraint(
            "lead_time_days BETWEEN 0 AND 3650", name=op.f("product_suppliers_lead_time_days")
        ),
        sa.CheckConstraint(
            "minimum_order_quantity >= 0", name=op.f("product_suppliers_minimum_order_quantity")
        ),
        sa.CheckConstraint("order_multiple > 0", name=op.f("product_suppliers_order_multiple")),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("product_suppliers_company_id_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "supplier_id"],
            ["suppliers.company_id", "suppliers.id"],
            name=op.f("product_suppliers_company_id_supplier_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "product_id", "supplier_id", name=op.f("product_suppliers_pkey")
        ),
    )
    op.create_index(
        op.f("product_suppliers_company_id_supplier_id_product_id_idx"),
        "product_suppliers",
        ["company_id", "supplier_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "product_suppliers_preferred_key",
        "product_suppliers",
        ["company_id", "product_id"],
        unique=True,
        postgresql_where=sa.text("is_preferred"),
    )


def _stock_levels() -> None:
    op.create_table(
        "stock_levels",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("warehouse_id"),
        columns.number("available", server_default="0", nullable=False),
        columns.number("reserved", server_default="0", nullable=False),
        columns.number("damaged", server_default="0", nullable=False),
        columns.number("in_transit", server_default="0", nullable=False),
        sa.Column(
            "backorders", sa.Boolean(), nullable=False, comment="available may go below zero"
        ),
        sa.Column(
            "active", sa.Boolean(), nullable=False, comment="product and warehouse are both active"
        ),
        columns.number(
            "own_threshold",
            nullable=True,
            comment="the threshold of this product in this warehouse",
        ),
        columns.number(
            "threshold",
            nullable=True,
            comment="the threshold that holds: own, product's, category's, type's or company's",
        ),
        sa.Column(
            "low_at_threshold",
            sa.Boolean(),
            nullable=False,
            comment="low begins at the threshold, not below",
        ),
        sa.Column(
            "is_low",
            sa.Boolean(),
            sa.Computed(
                "active AND threshold IS NOT NULL AND (available < threshold OR (low_at_threshold AND available = threshold))",
                persisted=True,
            ),
            nullable=False,
        ),
        columns.number(
            "recent_sold",
            server_default="0",
            nullable=False,
            comment="units sold, net of returns, on `recent_since` and later",
        ),
        sa.Column("recent_since", sa.Date(), nullable=False),
        columns.moment("last_counted_at", nullable=True),
        columns.recorded("updated_at"),
        sa.CheckConstraint(
            "available >= 0 OR backorders", name=op.f("stock_levels_available_not_negative")
        ),
        sa.CheckConstraint("damaged >= 0", name=op.f("stock_levels_damaged_not_negative")),
        sa.CheckConstraint("in_transit >= 0", name=op.f("stock_levels_in_transit_not_negative")),
        sa.CheckConstraint("reserved >= 0", name=op.f("stock_levels_reserved_not_negative")),
        sa.CheckConstraint("threshold >= 0", name=op.f("stock_levels_threshold")),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("stock_levels_company_id_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("stock_levels_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "product_id", "warehouse_id", name=op.f("stock_levels_pkey")
        ),
        postgresql_with={"fillfactor": "80"},
    )
    op.create_index(
        op.f("stock_levels_company_id_warehouse_id_product_id_idx"),
        "stock_levels",
        ["company_id", "warehouse_id", "product_id"],
        unique=False,
    )
    op.create_index(
        "stock_levels_low_idx",
        "stock_levels",
        ["company_id", "product_id", "warehouse_id"],
        unique=False,
        postgresql_where=sa.text("is_low"),
    )


def _stock_days() -> None:
    op.create_table(
        "stock_days",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("warehouse_id"),
        sa.Column("day", sa.Date(), nullable=False),
        columns.number(
            "sold",
            server_default="0",
            nullable=False,
            comment="units sold, less returned and reversed",
        ),
        columns.number("available", server_default="0", nullable=False, comment="net change"),
        columns.number("reserved", server_default="0", nullable=False, comment="net change"),
        columns.number("damaged", server_default="0", nullable=False, comment="net change"),
        columns.number("in_transit", server_default="0", nullable=False, comment="net change"),
        sa.PrimaryKeyConstraint(
            "company_id", "product_id", "warehouse_id", "day", name=op.f("stock_days_pkey")
        ),
        postgresql_with={"fillfactor": "80"},
    )


def _stock_movements() -> None:
    op.create_table(
        "stock_movements",
        columns.key("company_id"),
        columns.key("id"),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="the line of the request it came from"
        ),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("bucket", sa.Text(), nullable=False),
        columns.number("quantity_change", nullable=False),
        columns.number("quantity_before", nullable=False),
        columns.number("quantity_after", nullable=False),
        columns.number("unit_cost", nullable=True),
        columns.number("unit_price", nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        columns.moment("occurred_at", nullable=False),
        columns.recorded("recorded_at"),
        sa.CheckConstraint(
            "bucket IN ('available', 'reserved', 'damaged', 'in_transit')",
            name=op.f("stock_movements_bucket"),
        ),
        sa.CheckConstraint(
            "type IN ('purchase', 'sale', 'return', 'adjustment', 'transfer_out', 'transfer_in', 'damage', 'write_off', 'recount', 'reserve', 'release', 'manufacturing')",
            name=op.f("stock_movements_type"),
        ),
        sa.CheckConstraint(
            "quantity_after = quantity_before + quantity_change",
            name=op.f("stock_movements_balance_adds_up"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("stock_movements_pkey")),
    )
    op.create_index(
        op.f("stock_movements_company_id_product_id_warehouse_id_occurred_at_idx"),
        "stock_movements",
        ["company_id", "product_id", "warehouse_id", "occurred_at"],
        unique=False,
    )
    op.create_index(
        "stock_movements_reference_idx",
        "stock_movements",
        ["company_id", "reference", "id"],
        unique=False,
        postgresql_where=sa.text("reference IS NOT NULL"),
    )
    # ### end Alembic commands ###


def downgrade() -> None:
    # ### commands auto generated by Alembic - please adjust! ###
    op.drop_index(
        op.f("stock_movements_company_id_product_id_warehouse_id_occurred_at_idx"),
        table_name="stock_movements",
    )
    op.drop_table("stock_movements")
    op.drop_table("stock_days")
    op.drop_index(
        "stock_levels_low_idx", table_name="stock_levels", postgresql_where=sa.text("is_low")
    )
    op.drop_index(
        op.f("stock_levels_company_id_warehouse_id_product_id_idx"), table_name="stock_levels"
    )
    op.drop_table("stock_levels")
    op.drop_index(
        "product_suppliers_preferred_key",
        table_name="product_suppliers",
        postgresql_where=sa.text("is_preferred"),
    )
    op.drop_index(
        op.f("product_suppliers_company_id_supplier_id_product_id_idx"),
        table_name="product_suppliers",
    )
    op.drop_table("product_suppliers")
    op.drop_index(
        op.f("bundle_components_company_id_component_id_bundle_id_idx"),
        table_name="bundle_components",
    )
    op.drop_table("bundle_components")
    op.drop_index("products_search_idx", table_name="products", postgresql_using="gin")
    op.drop_index(op.f("products_company_id_name_key_id_idx"), table_name="products")
    op.drop_index(op.f("products_company_id_category_id_id_idx"), table_name="products")
    op.drop_index(
        "products_barcode_key",
        table_name="products",
        postgresql_where=sa.text("archived_at IS NULL AND barcode_key IS NOT NULL"),
    )
    op.drop_table("products")
    op.drop_table("warehouses")
    op.drop_index("suppliers_company_id_code_key_key", table_name="suppliers")
    op.drop_table("suppliers")
    op.drop_index(
        "stock_postings_reverses_id_key",
        table_name="stock_postings",
        postgresql_where=sa.text("reverses_id IS NOT NULL"),
    )
    op.drop_table("stock_postings")
    op.drop_table("memberships")
    op.drop_table("imports")
    op.drop_index(op.f("idempotency_keys_company_id_created_at_idx"), table_name="idempotency_keys")
    op.drop_table("idempotency_keys")
    op.drop_table("categories")
    op.drop_index(
        op.f("audit_entries_company_id_entity_entity_id_id_idx"), table_name="audit_entries"
    )
    op.drop_table("audit_entries")
    op.drop_table("api_keys")
    op.drop_table("users")
    op.drop_table("platform_skus")
    op.drop_table("companies")
    # ### end Alembic commands ###
