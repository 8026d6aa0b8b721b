"""Transfers between warehouses: what was asked for, left, arrived, was lost or came back."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
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
    tables.create(
        "transfers",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("status", server_default=sa.text("'pending'")),
        columns.id_of("from_warehouse_id"),
        columns.id_of("to_warehouse_id"),
        columns.day("expected_date", nullable=True),
        columns.text("notes", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.moment("shipped_at", nullable=True),
        columns.moment("completed_at", nullable=True),
        columns.moment("cancelled_at", nullable=True),
        columns.text("cancellation_reason", nullable=True),
        columns.id_of("shipment_posting_id", nullable=True),
        columns.id_of(
            "cancellation_posting_id", nullable=True, comment="what came back to the source"
        ),
        columns.version(),
        tables.check("status", "status IN ('pending', 'in_transit', 'completed', 'cancelled')"),
        tables.check("two_warehouses", "from_warehouse_id <> to_warehouse_id"),
        tables.reference("stock_postings", "cancellation_posting_id"),
        tables.reference("warehouses", "from_warehouse_id"),
        tables.reference("stock_postings", "shipment_posting_id"),
        tables.reference("warehouses", "to_warehouse_id"),
        tables.primary_key("id"),
        tables.unique("number"),
    )
    tables.index("transfers", "from_warehouse_id", "id")
    tables.index("transfers", "status", "id")
    tables.index("transfers", "to_warehouse_id", "id")


def _transfer_lines() -> None:
    tables.create(
        "transfer_lines",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.generated_id(),
        columns.whole("line", comment="its place in the document, from 0"),
        columns.id_of("product_id"),
        columns.number("quantity"),
        columns.number("shipped", server_default="0"),
        columns.number("good", server_default="0"),
        columns.number("damaged", server_default="0"),
        columns.number("missing", server_default="0"),
        columns.number(
            "returned", server_default="0", comment="back at the source by a cancellation"
        ),
        tables.check("within_shipped", "good + damaged + missing + returned <= shipped"),
        tables.check(
            "not_negative", "good >= 0 AND damaged >= 0 AND missing >= 0 AND returned >= 0"
        ),
        tables.check("quantity", "quantity > 0"),
        tables.check("shipped", "shipped BETWEEN 0 AND quantity"),
        tables.reference("products", "product_id"),
        tables.reference("transfers", "transfer_id"),
        tables.primary_key("transfer_id", "id"),
    )
    tables.index("transfer_lines", "product_id")


def _transfer_receipts() -> None:
    tables.create(
        "transfer_receipts",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.generated_id(),
        columns.text("notes", nullable=True),
        columns.moment("received_at"),
        columns.id_of("posting_id"),
        columns.recorded("created_at"),
        tables.reference("stock_postings", "posting_id"),
        tables.reference("transfers", "transfer_id"),
        tables.primary_key("transfer_id", "id"),
    )


def _transfer_receipt_lines() -> None:
    tables.create(
        "transfer_receipt_lines",
        columns.key("company_id"),
        columns.key("transfer_id"),
        columns.key("receipt_id"),
        columns.key("line_id"),
        columns.number("good", server_default="0"),
        columns.number("damaged", server_default="0"),
        columns.number("missing", server_default="0"),
        columns.text("reason", nullable=True),
        tables.check("not_empty", "good + damaged + missing > 0"),
        tables.check("not_negative", "good >= 0 AND damaged >= 0 AND missing >= 0"),
        tables.check(
            "differences_explained", "reason IS NOT NULL OR (damaged = 0 AND missing = 0)"
        ),
        tables.reference("transfer_lines", "transfer_id", "line_id"),
        tables.reference("transfer_receipts", "transfer_id", "receipt_id"),
        tables.primary_key("transfer_id", "receipt_id", "line_id"),
    )


def downgrade() -> None:
    op.drop_table("transfer_receipt_lines")
    op.drop_table("transfer_receipts")
    op.drop_table("transfer_lines")
    op.drop_table("transfers")
