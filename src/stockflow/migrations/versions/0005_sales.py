"""Customers, sales orders, shipments and returns.

Lines of drafts are replaced as a whole, so lines may be deleted; nothing else of an order is.
"""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
from stockflow.migrations.protection import protect

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_PRIVILEGES = {
    "customers": "SELECT, INSERT, UPDATE",
    "sales_orders": "SELECT, INSERT, UPDATE",
    "sales_order_lines": "SELECT, INSERT, UPDATE, DELETE",
    "sales_order_components": "SELECT, INSERT",
    "sales_shipments": "SELECT, INSERT",
    "sales_shipment_lines": "SELECT, INSERT",
    "sales_returns": "SELECT, INSERT",
    "sales_return_lines": "SELECT, INSERT",
}

_IMPORTS = (
    "kind IN ('warehouses', 'suppliers', 'customers', 'products', 'product-suppliers', 'movements')"
)
_OLD_IMPORTS = "kind IN ('warehouses', 'suppliers', 'products', 'product-suppliers', 'movements')"


def upgrade() -> None:
    _customers()
    _sales_orders()
    _sales_order_lines()
    _sales_returns()
    _sales_shipments()
    _sales_order_components()
    _sales_return_lines()
    _sales_shipment_lines()
    op.drop_constraint(op.f("imports_kind"), "imports")
    op.create_check_constraint(op.f("imports_kind"), "imports", _IMPORTS)
    for table, privileges in _PRIVILEGES.items():
        protect(table, privileges)
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _customers() -> None:
    op.create_table(
        "customers",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("code", sa.Text(), nullable=True),
        sa.Column("code_key", sa.Text(), nullable=True, comment="the code in upper case"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("contact_name", sa.Text(), nullable=True),
        sa.Column("contact_email", sa.Text(), nullable=True),
        sa.Column("contact_phone", sa.Text(), nullable=True),
        sa.Column("billing_address", sa.Text(), nullable=True),
        sa.Column("shipping_address", sa.Text(), nullable=True),
        sa.Column("payment_terms", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=True),
        sa.Column("tax_id", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("customers_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("customers_pkey")),
    )
    op.create_index(
        "customers_company_id_code_key_key", "customers", ["company_id", "code_key"], unique=True
    )


def _sales_orders() -> None:
    op.create_table(
        "sales_orders",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("customer_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "warehouse_id",
            sa.BigInteger(),
            nullable=True,
            comment="where lines without a warehouse of their own come from; null: anywhere",
        ),
        sa.Column(
            "warehouse_ids",
            sa.ARRAY(sa.BigInteger()),
            server_default=sa.text("'{}'::bigint[]"),
            nullable=False,
            comment="all it has to do with",
        ),
        sa.Column("reference", sa.Text(), nullable=True, comment="the customer's own number"),
        sa.Column("expected_date", sa.Date(), nullable=True, comment="when the customer wants it"),
        sa.Column("shipping_address", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("line_count", sa.Integer(), nullable=False),
        columns.number("total", nullable=False, comment="of the lines as ordered, in minor units"),
        sa.Column(
            "allocation_rule", sa.Text(), nullable=True, comment="as confirmed; null: not yet"
        ),
        sa.Column(
            "allocation_warehouses",
            sa.ARRAY(sa.BigInteger()),
            nullable=True,
            comment="as confirmed: the only ones, best first; null: any",
        ),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        columns.moment("confirmed_at", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "allocation_rule IN ('priority', 'most_whole')",
            name=op.f("sales_orders_allocation_rule"),
        ),
        sa.CheckConstraint(
            "status IN ('draft', 'confirmed', 'partially_shipped', 'shipped', 'returned', 'cancelled')",
            name=op.f("sales_orders_status"),
        ),
        sa.CheckConstraint("line_count BETWEEN 1 AND 10000", name=op.f("sales_orders_line_count")),
        sa.CheckConstraint("total >= 0", name=op.f("sales_orders_total")),
        sa.ForeignKeyConstraint(
            ["company_id", "customer_id"],
            ["customers.company_id", "customers.id"],
            name=op.f("sales_orders_company_id_customer_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("sales_orders_company_id_warehouse_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("sales_orders_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("sales_orders_pkey")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("sales_orders_company_id_number_key")
        ),
    )
    op.create_index(
        op.f("sales_orders_company_id_customer_id_id_idx"),
        "sales_orders",
        ["company_id", "customer_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("sales_orders_company_id_status_id_idx"),
        "sales_orders",
        ["company_id", "status", "id"],
        unique=False,
    )


def _sales_order_lines() -> None:
    op.create_table(
        "sales_order_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        sa.Column("line", sa.Integer(), nullable=False, comment="its place in the order, from 0"),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "warehouse_id",
            sa.BigInteger(),
            nullable=True,
            comment="the only one it comes from; null: the order's",
        ),
        columns.number("quantity", nullable=False),
        columns.number("unit_price", nullable=False),
        columns.number("discount_percent", server_default="0", nullable=False),
        columns.number(
            "backordered", server_default="0", nullable=False, comment="reserved when stock arrives"
        ),
        columns.number("shipped", server_default="0", nullable=False),
        columns.number(
            "returned",
            server_default="0",
            nullable=False,
            comment="of what was shipped; taken back",
        ),
        columns.number(
            "cancelled", server_default="0", nullable=False, comment="will not be shipped"
        ),
        sa.CheckConstraint("backordered >= 0", name=op.f("sales_order_lines_backordered")),
        sa.CheckConstraint("cancelled >= 0", name=op.f("sales_order_lines_cancelled")),
        sa.CheckConstraint(
            "discount_percent BETWEEN 0 AND 100", name=op.f("sales_order_lines_discount_percent")
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("sales_order_lines_quantity")),
        sa.CheckConstraint(
            "returned BETWEEN 0 AND shipped", name=op.f("sales_order_lines_returned")
        ),
        sa.CheckConstraint(
            "shipped + cancelled + backordered <= quantity", name=op.f("sales_order_lines_not_more")
        ),
        sa.CheckConstraint("shipped >= 0", name=op.f("sales_order_lines_shipped")),
        sa.CheckConstraint("unit_price >= 0", name=op.f("sales_order_lines_unit_price")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id"],
            ["sales_orders.company_id", "sales_orders.id"],
            name=op.f("sales_order_lines_company_id_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("sales_order_lines_company_id_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("sales_order_lines_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "order_id", "id", name=op.f("sales_order_lines_pkey")
        ),
    )
    op.create_index(
        "sales_order_lines_backordered_idx",
        "sales_order_lines",
        ["company_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("backordered > 0"),
    )
    op.create_index(
        "sales_order_lines_open_idx",
        "sales_order_lines",
        ["company_id", "product_id"],
        unique=False,
        postgresql_where=sa.text("shipped + cancelled < quantity"),
    )


def _sales_returns() -> None:
    op.create_table(
        "sales_returns",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), nullable=True, comment="the customer's own number"),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column(
            "posting_id", sa.BigInteger(), nullable=True, comment="null: all of it was refused"
        ),
        columns.recorded("created_at"),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id"],
            ["sales_orders.company_id", "sales_orders.id"],
            name=op.f("sales_returns_company_id_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("sales_returns_company_id_posting_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "order_id", "id", name=op.f("sales_returns_pkey")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("sales_returns_company_id_number_key")
        ),
    )


def _sales_shipments() -> None:
    op.create_table(
        "sales_shipments",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        sa.Column("carrier", sa.Text(), nullable=True),
        sa.Column("tracking", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        columns.recorded("shipped_at"),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id"],
            ["sales_orders.company_id", "sales_orders.id"],
            name=op.f("sales_shipments_company_id_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("sales_shipments_company_id_posting_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "order_id", "id", name=op.f("sales_shipments_pkey")),
    )


def _sales_order_components() -> None:
    op.create_table(
        "sales_order_components",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("line_id"),
        columns.key("product_id"),
        columns.number("quantity", nullable=False, comment="in one bundle"),
        sa.CheckConstraint("quantity > 0", name=op.f("sales_order_components_quantity")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            ["sales_order_lines.company_id", "sales_order_lines.order_id", "sales_order_lines.id"],
            name=op.f("sales_order_components_company_id_order_id_line_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("sales_order_components_company_id_product_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id",
            "order_id",
            "line_id",
            "product_id",
            name=op.f("sales_order_components_pkey"),
        ),
    )
    op.create_index(
        op.f("sales_order_components_company_id_product_id_order_id_idx"),
        "sales_order_components",
        ["company_id", "product_id", "order_id"],
        unique=False,
    )


def _sales_return_lines() -> None:
    op.create_table(
        "sales_return_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("return_id"),
        columns.key("line_id"),
        columns.key("warehouse_id"),
        columns.number("good", server_default="0", nullable=False),
        columns.number("damaged", server_default="0", nullable=False),
        columns.number(
            "refused", server_default="0", nullable=False, comment="stays the customer's"
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint("refused >= 0", name=op.f("sales_return_lines_refused")),
        sa.CheckConstraint(
            "good + damaged + refused > 0", name=op.f("sales_return_lines_not_empty")
        ),
        sa.CheckConstraint("good >= 0", name=op.f("sales_return_lines_to_available")),
        sa.CheckConstraint("damaged >= 0", name=op.f("sales_return_lines_to_damaged")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            ["sales_order_lines.company_id", "sales_order_lines.order_id", "sales_order_lines.id"],
            name=op.f("sales_return_lines_company_id_order_id_line_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id", "return_id"],
            ["sales_returns.company_id", "sales_returns.order_id", "sales_returns.id"],
            name=op.f("sales_return_lines_company_id_order_id_return_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("sales_return_lines_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id",
            "order_id",
            "return_id",
            "line_id",
            "warehouse_id",
            name=op.f("sales_return_lines_pkey"),
        ),
    )


def _sales_shipment_lines() -> None:
    op.create_table(
        "sales_shipment_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("shipment_id"),
        columns.key("line_id"),
        columns.key("warehouse_id"),
        columns.number("quantity", nullable=False),
        sa.CheckConstraint("quantity > 0", name=op.f("sales_shipment_lines_quantity")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            ["sales_order_lines.company_id", "sales_order_lines.order_id", "sales_order_lines.id"],
            name=op.f("sales_shipment_lines_company_id_order_id_line_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id", "shipment_id"],
            ["sales_shipments.company_id", "sales_shipments.order_id", "sales_shipments.id"],
            name=op.f("sales_shipment_lines_company_id_order_id_shipment_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("sales_shipment_lines_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id",
            "order_id",
            "shipment_id",
            "line_id",
            "warehouse_id",
            name=op.f("sales_shipment_lines_pkey"),
        ),
    )


def downgrade() -> None:
    op.drop_constraint(op.f("imports_kind"), "imports")
    op.create_check_constraint(
        op.f("imports_kind"), "imports", _OLD_IMPORTS, postgresql_not_valid=True
    )  # files of customers were taken in, and stay remembered
    op.drop_table("sales_shipment_lines")
    op.drop_table("sales_return_lines")
    op.drop_table("sales_order_components")
    op.drop_table("sales_shipments")
    op.drop_table("sales_returns")
    op.drop_table("sales_order_lines")
    op.drop_table("sales_orders")
    op.drop_table("customers")
