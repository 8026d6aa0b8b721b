"""Purchase orders and receipts: what is ordered, what is on order, and what came of it."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _purchase_orders()
    _purchase_order_lines()
    _purchase_receipts()
    _purchase_receipt_lines()
    protect("purchase_orders", "SELECT, INSERT, UPDATE")
    protect("purchase_order_lines", "SELECT, INSERT, UPDATE, DELETE")
    protect("purchase_receipts", "SELECT, INSERT")
    protect("purchase_receipt_lines", "SELECT, INSERT")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _purchase_orders() -> None:
    tables.create(
        "purchase_orders",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("status", server_default=sa.text("'draft'")),
        columns.id_of("supplier_id"),
        columns.id_of("warehouse_id", comment="where it is delivered to"),
        columns.text("currency"),
        columns.text("payment_terms", nullable=True),
        columns.text("reference", nullable=True, comment="the supplier's, or one's own"),
        columns.text("notes", nullable=True),
        columns.day("expected_date", nullable=True),
        columns.whole("line_count"),
        columns.number("total", comment="of what was ordered"),
        columns.id_of("created_by_user_id", nullable=True),
        columns.id_of("created_by_api_key_id", nullable=True),
        columns.ids_of("author_user_ids", server_default="{}", comment="who created or edited it"),
        columns.ids_of("author_api_key_ids", server_default="{}"),
        columns.moment("submitted_at", nullable=True),
        columns.text("rejection_reason", nullable=True, comment="why it is a draft again"),
        columns.moment("approved_at", nullable=True),
        columns.id_of("approved_by_user_id", nullable=True),
        columns.id_of("approved_by_api_key_id", nullable=True),
        columns.moment(
            "cancelled_at", nullable=True, comment="when it, or what was still open, was cancelled"
        ),
        columns.text("cancellation_reason", nullable=True),
        columns.moment("received_at", nullable=True, comment="when nothing was open any more"),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check(
            "status",
            "status IN ('draft', 'submitted', 'approved', 'partially_received', 'received', 'cancelled')",
        ),
        tables.check("total", "total >= 0"),
        tables.reference("suppliers", "supplier_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("id"),
    )
    tables.index("purchase_orders", "number", name="purchase_orders_number_key", unique=True)
    tables.index("purchase_orders", "status", "id", name="purchase_orders_status_idx")
    tables.index("purchase_orders", "supplier_id", "id", name="purchase_orders_supplier_idx")
    tables.index("purchase_orders", "warehouse_id", "id", name="purchase_orders_warehouse_idx")


def _purchase_order_lines() -> None:
    tables.create(
        "purchase_order_lines",
        columns.key("company_id"),
        columns.generated_id(),
        columns.id_of("order_id"),
        columns.whole("line", comment="its place in the order, from 0"),
        columns.id_of("product_id"),
        columns.id_of(
            "warehouse_id",
            nullable=True,
            comment="where it is on order; null until the order is approved",
        ),
        columns.number("quantity"),
        columns.number("unit_cost"),
        columns.number("good", server_default="0"),
        columns.number("damaged", server_default="0"),
        columns.number("missing", server_default="0", comment="will not come any more"),
        columns.number("cancelled", server_default="0"),
        sa.Column(
            "open_quantity",
            sa.Numeric(precision=18, scale=4),
            sa.Computed(
                "greatest(quantity - good - damaged - missing - cancelled, 0)", persisted=True
            ),
            nullable=False,
        ),
        tables.check("outcome", "good >= 0 AND damaged >= 0 AND missing >= 0 AND cancelled >= 0"),
        tables.check("quantity", "quantity > 0"),
        tables.check("unit_cost", "unit_cost >= 0"),
        tables.reference("purchase_orders", "order_id"),
        tables.reference("products", "product_id"),
        tables.primary_key("id"),
    )
    tables.index(
        "purchase_order_lines",
        "order_id",
        "line",
        name="purchase_order_lines_line_key",
        unique=True,
    )
    op.create_index(
        "purchase_order_lines_open_idx",
        "purchase_order_lines",
        ["company_id", "product_id", "warehouse_id"],
        unique=False,
        postgresql_include=["open_quantity", "order_id"],
        postgresql_where=sa.text("open_quantity > 0"),
    )


def _purchase_receipts() -> None:
    tables.create(
        "purchase_receipts",
        columns.key("company_id"),
        columns.generated_id(),
        columns.id_of("order_id"),
        columns.id_of("posting_id", nullable=True, comment="null where everything was missing"),
        columns.text("delivery_reference", nullable=True),
        columns.text("notes", nullable=True),
        columns.moment("received_at"),
        columns.whole(
            "lead_time_days",
            nullable=True,
            comment="days since the approval; null where it came before",
        ),
        columns.id_of("user_id", nullable=True),
        columns.id_of("api_key_id", nullable=True),
        columns.recorded("created_at"),
        tables.check("lead_time_days", "lead_time_days >= 0"),
        tables.reference("purchase_orders", "order_id"),
        tables.reference("stock_postings", "posting_id"),
        tables.primary_key("id"),
    )
    tables.index("purchase_receipts", "order_id", "id", name="purchase_receipts_order_idx")


def _purchase_receipt_lines() -> None:
    tables.create(
        "purchase_receipt_lines",
        columns.key("company_id"),
        columns.key("receipt_id"),
        columns.key("line_id"),
        columns.number("good"),
        columns.number("damaged"),
        columns.number("missing"),
        columns.number("unit_cost"),
        tables.check(
            "quantities",
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND good + damaged + missing > 0",
        ),
        tables.check("unit_cost", "unit_cost >= 0"),
        tables.reference("purchase_order_lines", "line_id"),
        tables.reference("purchase_receipts", "receipt_id"),
        tables.primary_key("receipt_id", "line_id"),
    )


def downgrade() -> None:
    op.drop_table("purchase_receipt_lines")
    op.drop_table("purchase_receipts")
    op.drop_table("purchase_order_lines")
    op.drop_table("purchase_orders")
