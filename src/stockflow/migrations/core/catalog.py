"""Products, their categories and components, and who supplies them on what terms."""

import sqlalchemy as sa
from alembic import op

from stockflow.migrations import columns, tables


def platform_skus() -> None:
    tables.create(
        "platform_skus",
        columns.text("sku_key"),
        columns.id_of("company_id"),
        columns.id_of("product_id"),
        sa.PrimaryKeyConstraint("sku_key", name=op.f("platform_skus_pkey")),
    )


def categories() -> None:
    tables.create(
        "categories",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("name"),
        columns.text("name_key", comment="the name in lower case"),
        columns.number("low_stock_threshold", nullable=True),
        columns.moment("archived_at", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("low_stock_threshold", "low_stock_threshold >= 0"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("name_key"),
    )


def products() -> None:
    tables.create(
        "products",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("name"),
        columns.text("sku"),
        sa.Column(
            "sku_key",
            sa.Text(collation="C"),
            nullable=False,
            comment="the SKU in normal form, unique in the company",
        ),
        columns.text("product_type", server_default=sa.text("'standard'")),
        columns.id_of("category_id", nullable=True),
        columns.text("description", nullable=True),
        columns.text("barcode", nullable=True, comment="a GTIN as it was given"),
        columns.text("barcode_key", nullable=True, comment="the GTIN in 14 digits"),
        columns.text("unit", server_default=sa.text("'each'")),
        columns.number("price"),
        columns.number("cost_price", nullable=True),
        columns.text("currency"),
        columns.number("low_stock_threshold", nullable=True),
        columns.number("reorder_quantity", nullable=True),
        columns.flag("allow_backorders", nullable=True, comment="null: as the company says"),
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
        tables.check("product_type", "product_type IN ('standard', 'bundle')"),
        tables.check("cost_price", "cost_price >= 0"),
        tables.check("low_stock_threshold", "low_stock_threshold >= 0"),
        tables.check("price", "price >= 0"),
        tables.check("reorder_quantity", "reorder_quantity >= 0"),
        tables.reference("categories", "category_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("sku_key"),
    )
    _product_indexes()


def _product_indexes() -> None:
    tables.index(
        "products",
        "barcode_key",
        name="products_barcode_key",
        unique=True,
        where="archived_at IS NULL AND barcode_key IS NOT NULL",
    )
    tables.index("products", "category_id", "id")
    tables.index("products", "name_key", "id")
    op.create_index(
        "products_search_idx",
        "products",
        ["company_id", "search_text"],
        unique=False,
        postgresql_using="gin",
        postgresql_ops={"search_text": "gin_trgm_ops"},
    )


def bundle_components() -> None:
    tables.create(
        "bundle_components",
        columns.key("company_id"),
        columns.key("bundle_id"),
        columns.key("component_id"),
        columns.number("quantity"),
        tables.check("not_itself", "bundle_id <> component_id"),
        tables.check("quantity", "quantity > 0"),
        tables.reference("products", "bundle_id"),
        tables.reference("products", "component_id"),
        tables.primary_key("bundle_id", "component_id"),
    )
    tables.index("bundle_components", "component_id", "bundle_id")


def suppliers() -> None:
    tables.create(
        "suppliers",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("code", nullable=True),
        columns.text("code_key", nullable=True, comment="the code in upper case"),
        columns.text("name"),
        columns.text("contact_name", nullable=True),
        columns.text("contact_email", nullable=True),
        columns.text("contact_phone", nullable=True),
        columns.whole("lead_time_days", nullable=True),
        columns.text("payment_terms", nullable=True),
        columns.text("currency", nullable=True),
        columns.text("tax_id", nullable=True),
        columns.text("notes", nullable=True),
        columns.flag("active", True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("lead_time_days", "lead_time_days BETWEEN 0 AND 3650"),
        tables.reference("companies"),
        tables.primary_key("id"),
    )
    tables.index("suppliers", "code_key", name="suppliers_company_id_code_key_key", unique=True)


def product_suppliers() -> None:
    tables.create(
        "product_suppliers",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("supplier_id"),
        columns.text("supplier_sku", nullable=True),
        columns.number("cost_price", nullable=True),
        columns.whole("lead_time_days", nullable=True, comment="null: the supplier's own"),
        columns.number("minimum_order_quantity", nullable=True),
        columns.number("order_multiple", nullable=True),
        columns.flag("is_preferred", False),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("cost_price", "cost_price >= 0"),
        tables.check("lead_time_days", "lead_time_days BETWEEN 0 AND 3650"),
        tables.check("minimum_order_quantity", "minimum_order_quantity >= 0"),
        tables.check("order_multiple", "order_multiple > 0"),
        tables.reference("products", "product_id"),
        tables.reference("suppliers", "supplier_id"),
        tables.primary_key("product_id", "supplier_id"),
    )
    tables.index("product_suppliers", "supplier_id", "product_id")
    tables.index(
        "product_suppliers",
        "product_id",
        name="product_suppliers_preferred_key",
        unique=True,
        where="is_preferred",
    )
