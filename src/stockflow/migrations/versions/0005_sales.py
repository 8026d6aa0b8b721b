"""Customers, sales orders, shipments and returns.

Lines of drafts are replaced as a whole, so lines may be deleted; nothing else of an order is.
"""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
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
    tables.create(
        "customers",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("code", nullable=True),
        columns.text("code_key", nullable=True, comment="the code in upper case"),
        columns.text("name"),
        columns.text("contact_name", nullable=True),
        columns.text("contact_email", nullable=True),
        columns.text("contact_phone", nullable=True),
        columns.text("billing_address", nullable=True),
        columns.text("shipping_address", nullable=True),
        columns.text("payment_terms", nullable=True),
        columns.text("currency", nullable=True),
        columns.text("tax_id", nullable=True),
        columns.text("notes", nullable=True),
        columns.flag("active", True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.reference("companies"),
        tables.primary_key("id"),
    )
    tables.index("customers", "code_key", name="customers_company_id_code_key_key", unique=True)


def _sales_orders() -> None:
    tables.create(
        "sales_orders",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("status", server_default=sa.text("'draft'")),
        columns.id_of("customer_id"),
        columns.id_of(
            "warehouse_id",
            nullable=True,
            comment="where lines without a warehouse of their own come from; null: anywhere",
        ),
        columns.ids_of(
            "warehouse_ids",
            server_default=sa.text("'{}'::bigint[]"),
            comment="all it has to do with",
        ),
        columns.text("reference", nullable=True, comment="the customer's own number"),
        columns.day("expected_date", nullable=True, comment="when the customer wants it"),
        columns.text("shipping_address", nullable=True),
        columns.text("notes", nullable=True),
        columns.text("currency"),
        columns.whole("line_count"),
        columns.number("total", comment="of the lines as ordered, in minor units"),
        columns.text("allocation_rule", nullable=True, comment="as confirmed; null: not yet"),
        columns.ids_of(
            "allocation_warehouses",
            nullable=True,
            comment="as confirmed: the only ones, best first; null: any",
        ),
        columns.text("cancellation_reason", nullable=True),
        columns.moment("confirmed_at", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("allocation_rule", "allocation_rule IN ('priority', 'most_whole')"),
        tables.check(
            "status",
            "status IN ('draft', 'confirmed', 'partially_shipped', 'shipped', 'returned', 'cancelled')",
        ),
        tables.check("line_count", "line_count BETWEEN 1 AND 10000"),
        tables.check("total", "total >= 0"),
        tables.reference("customers", "customer_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("number"),
    )
    tables.index("sales_orders", "customer_id", "id")
    tables.index("sales_orders", "status", "id")


def _sales_order_lines() -> None:
    tables.create(
        "sales_order_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        columns.whole("line", comment="its place in the order, from 0"),
        columns.id_of("product_id"),
        columns.id_of(
            "warehouse_id", nullable=True, comment="the only one it comes from; null: the order's"
        ),
        columns.number("quantity"),
        columns.number("unit_price"),
        columns.number("discount_percent", server_default="0"),
        columns.number("backordered", server_default="0", comment="reserved when stock arrives"),
        columns.number("shipped", server_default="0"),
        columns.number("returned", server_default="0", comment="of what was shipped; taken back"),
        columns.number("cancelled", server_default="0", comment="will not be shipped"),
        tables.check("backordered", "backordered >= 0"),
        tables.check("cancelled", "cancelled >= 0"),
        tables.check("discount_percent", "discount_percent BETWEEN 0 AND 100"),
        tables.check("quantity", "quantity > 0"),
        tables.check("returned", "returned BETWEEN 0 AND shipped"),
        tables.check("not_more", "shipped + cancelled + backordered <= quantity"),
        tables.check("shipped", "shipped >= 0"),
        tables.check("unit_price", "unit_price >= 0"),
        tables.reference("sales_orders", "order_id"),
        tables.reference("products", "product_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("order_id", "id"),
    )
    tables.index(
        "sales_order_lines",
        "product_id",
        name="sales_order_lines_backordered_idx",
        where="backordered > 0",
    )
    tables.index(
        "sales_order_lines",
        "product_id",
        name="sales_order_lines_open_idx",
        where="shipped + cancelled < quantity",
    )


def _sales_returns() -> None:
    tables.create(
        "sales_returns",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("reference", nullable=True, comment="the customer's own number"),
        columns.text("reason", nullable=True),
        columns.id_of("posting_id", nullable=True, comment="null: all of it was refused"),
        columns.recorded("created_at"),
        tables.reference("sales_orders", "order_id"),
        tables.reference("stock_postings", "posting_id"),
        tables.primary_key("order_id", "id"),
        tables.unique("number"),
    )


def _sales_shipments() -> None:
    tables.create(
        "sales_shipments",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.generated_id(),
        columns.text("carrier", nullable=True),
        columns.text("tracking", nullable=True),
        columns.text("notes", nullable=True),
        columns.id_of("posting_id"),
        columns.recorded("shipped_at"),
        tables.reference("sales_orders", "order_id"),
        tables.reference("stock_postings", "posting_id"),
        tables.primary_key("order_id", "id"),
    )


def _sales_order_components() -> None:
    tables.create(
        "sales_order_components",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("line_id"),
        columns.key("product_id"),
        columns.number("quantity", comment="in one bundle"),
        tables.check("quantity", "quantity > 0"),
        tables.reference("sales_order_lines", "order_id", "line_id"),
        tables.reference("products", "product_id"),
        tables.primary_key("order_id", "line_id", "product_id"),
    )
    tables.index("sales_order_components", "product_id", "order_id")


def _sales_return_lines() -> None:
    tables.create(
        "sales_return_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("return_id"),
        columns.key("line_id"),
        columns.key("warehouse_id"),
        columns.number("good", server_default="0"),
        columns.number("damaged", server_default="0"),
        columns.number("refused", server_default="0", comment="stays the customer's"),
        columns.text("reason", nullable=True),
        tables.check("refused", "refused >= 0"),
        tables.check("not_empty", "good + damaged + refused > 0"),
        tables.check("to_available", "good >= 0"),
        tables.check("to_damaged", "damaged >= 0"),
        tables.reference("sales_order_lines", "order_id", "line_id"),
        tables.reference("sales_returns", "order_id", "return_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("order_id", "return_id", "line_id", "warehouse_id"),
    )


def _sales_shipment_lines() -> None:
    tables.create(
        "sales_shipment_lines",
        columns.key("company_id"),
        columns.key("order_id"),
        columns.key("shipment_id"),
        columns.key("line_id"),
        columns.key("warehouse_id"),
        columns.number("quantity"),
        tables.check("quantity", "quantity > 0"),
        tables.reference("sales_order_lines", "order_id", "line_id"),
        tables.reference("sales_shipments", "order_id", "shipment_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("order_id", "shipment_id", "line_id", "warehouse_id"),
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
