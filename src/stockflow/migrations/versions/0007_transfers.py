"""Transfers between warehouses: what was asked for, left, arrived, was lost or came back."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
from stockflow.migrations.protection import protect

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _transfers()
    _transfer_lines()
    _transfer_receipts()
    _transfer_receipt_lines()
    protect("transfers", "SELECT, INSERT, UPDATE")
    protect("transfer_lines", "SELECT, INSERT, UPDATE, DELETE")
    protect("transfer_receipts", "SELECT, INSERT")
    protect("transfer_receipt_lines", "SELECT, INSERT")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _transfers() -> None:
    op.create_table(
        "transfers",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'pending'"), nullable=False),
        sa.Column("from_warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("to_warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("expected_date", sa.Date(), nullable=True),
        sa.Column("notes", sa.Text(), nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.moment("shipped_at", nullable=True),
        columns.moment("completed_at", nullable=True),
        columns.moment("cancelled_at", nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        sa.Column("shipment_posting_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "cancellation_posting_id",
            sa.BigInteger(),
            nullable=True,
            comment="what came back to the source",
        ),
        columns.version(),
        sa.CheckConstraint(
            "status IN ('pending', 'in_transit', 'completed', 'cancelled')",
            name=op.f("transfers_status"),
        ),
        sa.CheckConstraint(
            "from_warehouse_id <> to_warehouse_id", name=op.f("transfers_two_warehouses")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "cancellation_posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("transfers_company_id_cancellation_posting_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "from_warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("transfers_company_id_from_warehouse_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "shipment_posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("transfers_company_id_shipment_posting_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "to_warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("transfers_company_id_to_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("transfers_pkey")),
        sa.UniqueConstraint("company_id", "number", name=op.f("transfers_company_id_number_key")),
    )
    op.create_index(
        op.f("transfers_company_id_from_warehouse_id_id_idx"),
        "transfers",
        ["company_id", "from_warehouse_id", "id"],
        unique=False,
    )
    op.create_index(
        op.f("transfers_company_id_status_id_idx"),
        "transfers",
        ["company_id", "status", "id"],
        unique=False,
    )
    op.create_index(
        op.f("transfers_company_id_to_warehouse_id_id_idx"),
        "transfers",
        ["company_id", "to_warehouse_id", "id"],
        unique=False,
    )


def _transfer_lines() -> None:
    op.create_table(
        "transfer_lines",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.generated_id(),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="its place in the document, from 0"
        ),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        columns.number("quantity", nullable=False),
        columns.number("shipped", server_default="0", nullable=False),
        columns.number("good", server_default="0", nullable=False),
        columns.number("damaged", server_default="0", nullable=False),
        columns.number("missing", server_default="0", nullable=False),
        columns.number(
            "returned",
            server_default="0",
            nullable=False,
            comment="back at the source by a cancellation",
        ),
        sa.CheckConstraint(
            "good + damaged + missing + returned <= shipped",
            name=op.f("transfer_lines_within_shipped"),
        ),
        sa.CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND returned >= 0",
            name=op.f("transfer_lines_not_negative"),
        ),
        sa.CheckConstraint("quantity > 0", name=op.f("transfer_lines_quantity")),
        sa.CheckConstraint("shipped BETWEEN 0 AND quantity", name=op.f("transfer_lines_shipped")),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("transfer_lines_company_id_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transfer_id"],
            ["transfers.company_id", "transfers.id"],
            name=op.f("transfer_lines_company_id_transfer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "transfer_id", "id", name=op.f("transfer_lines_pkey")
        ),
    )
    op.create_index(
        op.f("transfer_lines_company_id_product_id_idx"),
        "transfer_lines",
        ["company_id", "product_id"],
        unique=False,
    )


def _transfer_receipts() -> None:
    op.create_table(
        "transfer_receipts",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.generated_id(),
        sa.Column("notes", sa.Text(), nullable=True),
        columns.moment("received_at", nullable=False),
        sa.Column("posting_id", sa.BigInteger(), nullable=False),
        columns.recorded("created_at"),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("transfer_receipts_company_id_posting_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transfer_id"],
            ["transfers.company_id", "transfers.id"],
            name=op.f("transfer_receipts_company_id_transfer_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "transfer_id", "id", name=op.f("transfer_receipts_pkey")
        ),
    )


def _transfer_receipt_lines() -> None:
    op.create_table(
        "transfer_receipt_lines",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.key("receipt_id"),
        columns.key("line_id"),
        columns.number("good", server_default="0", nullable=False),
        columns.number("damaged", server_default="0", nullable=False),
        columns.number("missing", server_default="0", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "good + damaged + missing > 0", name=op.f("transfer_receipt_lines_not_empty")
        ),
        sa.CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0",
            name=op.f("transfer_receipt_lines_not_negative"),
        ),
        sa.CheckConstraint(
            "reason IS NOT NULL OR (damaged = 0 AND missing = 0)",
            name=op.f("transfer_receipt_lines_differences_explained"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transfer_id", "line_id"],
            ["transfer_lines.company_id", "transfer_lines.transfer_id", "transfer_lines.id"],
            name=op.f("transfer_receipt_lines_company_id_transfer_id_line_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "transfer_id", "receipt_id"],
            [
                "transfer_receipts.company_id",
                "transfer_receipts.transfer_id",
                "transfer_receipts.id",
            ],
            name=op.f("transfer_receipt_lines_company_id_transfer_id_receipt_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id",
            "transfer_id",
            "receipt_id",
            "line_id",
            name=op.f("transfer_receipt_lines_pkey"),
        ),
    )


def downgrade() -> None:
    op.drop_table("transfer_receipt_lines")
    op.drop_table("transfer_receipts")
    op.drop_table("transfer_lines")
    op.drop_table("transfers")
