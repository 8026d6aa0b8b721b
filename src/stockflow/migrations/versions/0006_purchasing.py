"""Purchase orders and receipts: what is ordered, what is on order, and what came of it."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
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
    op.create_table(
        "purchase_orders",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'draft'"), nullable=False),
        sa.Column("supplier_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "warehouse_id", sa.BigInteger(), nullable=False, comment="where it is delivered to"
        ),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("payment_terms", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True, comment="the supplier's, or one's own"),
        sa.Column("notes", sa.Text(), nullable=True),
        sa.Column("expected_date", sa.Date(), nullable=True),
        sa.Column("line_count", sa.Integer(), nullable=False),
        columns.number("total", nullable=False, comment="of what was ordered"),
        sa.Column("created_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("created_by_api_key_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "author_user_ids",
            sa.ARRAY(sa.BigInteger()),
            server_default="{}",
            nullable=False,
            comment="who created or edited it",
        ),
        sa.Column(
            "author_api_key_ids", sa.ARRAY(sa.BigInteger()), server_default="{}", nullable=False
        ),
        columns.moment("submitted_at", nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True, comment="why it is a draft again"),
        columns.moment("approved_at", nullable=True),
        sa.Column("approved_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("approved_by_api_key_id", sa.BigInteger(), nullable=True),
        columns.moment(
            "cancelled_at", nullable=True, comment="when it, or what was still open, was cancelled"
        ),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        columns.moment("received_at", nullable=True, comment="when nothing was open any more"),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "status IN ('draft', 'submitted', 'approved', 'partially_received', 'received', 'cancelled')",
            name=op.f("purchase_orders_status"),
        ),
        sa.CheckConstraint("total >= 0", name=op.f("purchase_orders_total")),
        sa.ForeignKeyConstraint(
            ["company_id", "supplier_id"],
            ["suppliers.company_id", "suppliers.id"],
            name=op.f("purchase_orders_company_id_supplier_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("purchase_orders_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("purchase_orders_pkey")),
    )
    op.create_index(
        "purchase_orders_number_key", "purchase_orders", ["company_id", "number"], unique=True
    )
    op.create_index(
        "purchase_orders_status_idx",
        "purchase_orders",
        ["company_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        "purchase_orders_supplier_idx",
        "purchase_orders",
        ["company_id", "supplier_id", "id"],
        unique=False,
    )
    op.create_index(
        "purchase_orders_warehouse_idx",
        "purchase_orders",
        ["company_id", "warehouse_id", "id"],
        unique=False,
    )


def _purchase_order_lines() -> None:
    op.create_table(
        "purchase_order_lines",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column("line", sa.Integer(), nullable=False, comment="its place in the order, from 0"),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "warehouse_id",
            sa.BigInteger(),
            nullable=True,
            comment="where it is on order; null until the order is approved",
        ),
        columns.number("quantity", nullable=False),
        columns.number("unit_cost", nullable=False),
        columns.number("good", server_default="0", nullable=False),
        columns.number("damaged", server_default="0", nullable=False),
        columns.number(
            "missing", server_default="0", nullable=False, comment="will not come any more"
        ),
        columns.number("cancelled", server_default="0", nullable=False),
        sa.Column(
            "open_quantity",
            sa.Numeric(precision=18, scale=4),
            sa.Computed(
                "greatest(quantity - good - damaged - missing - cancelled, 0)", persisted=True
            ),
            nullable=False,
        ),
        sa.CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND cancelled >= 0",
            name=op.f("purchase_order_lines_outcome"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("purchase_order_lines_quantity")),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("purchase_order_lines_unit_cost")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id"],
            ["purchase_orders.company_id", "purchase_orders.id"],
            name=op.f("purchase_order_lines_company_id_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("purchase_order_lines_company_id_product_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("purchase_order_lines_pkey")),
    )
    op.create_index(
        "purchase_order_lines_line_key",
        "purchase_order_lines",
        ["company_id", "order_id", "line"],
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
    op.create_table(
        "purchase_receipts",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("order_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "posting_id",
            sa.BigInteger(),
            nullable=True,
            comment="null where everything was missing",
        ),
        sa.Column("delivery_reference", sa.Text(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        columns.moment("received_at", nullable=False),
        sa.Column(
            "lead_time_days",
            sa.Integer(),
            nullable=True,
            comment="days since the approval; null where it came before",
        ),
        sa.Column("user_id", sa.BigInteger(), nullable=True),
        sa.Column("api_key_id", sa.BigInteger(), nullable=True),
        columns.recorded("created_at"),
        sa.CheckConstraint("lead_time_days >= 0", name=op.f("purchase_receipts_lead_time_days")),
        sa.ForeignKeyConstraint(
            ["company_id", "order_id"],
            ["purchase_orders.company_id", "purchase_orders.id"],
            name=op.f("purchase_receipts_company_id_order_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("purchase_receipts_company_id_posting_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("purchase_receipts_pkey")),
    )
    op.create_index(
        "purchase_receipts_order_idx",
        "purchase_receipts",
        ["company_id", "order_id", "id"],
        unique=False,
    )


def _purchase_receipt_lines() -> None:
    op.create_table(
        "purchase_receipt_lines",
        columns.key("company_id"),
        columns.key("receipt_id"),
        columns.key("line_id"),
        columns.number("good", nullable=False),
        columns.number("damaged", nullable=False),
        columns.number("missing", nullable=False),
        columns.number("unit_cost", nullable=False),
        sa.CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND good + damaged + missing > 0",
            name=op.f("purchase_receipt_lines_quantities"),
        ),
        sa.CheckConstraint("unit_cost >= 0", name=op.f("purchase_receipt_lines_unit_cost")),
        sa.ForeignKeyConstraint(
            ["company_id", "line_id"],
            ["purchase_order_lines.company_id", "purchase_order_lines.id"],
            name=op.f("purchase_receipt_lines_company_id_line_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "receipt_id"],
            ["purchase_receipts.company_id", "purchase_receipts.id"],
            name=op.f("purchase_receipt_lines_company_id_receipt_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "receipt_id", "line_id", name=op.f("purchase_receipt_lines_pkey")
        ),
    )


def downgrade() -> None:
    op.drop_table("purchase_receipt_lines")
    op.drop_table("purchase_receipts")
    op.drop_table("purchase_order_lines")
    op.drop_table("purchase_orders")
