"""Adjustments over the limits of a company, which wait for approval."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _adjustment_requests()
    _adjustment_request_lines()
    protect("adjustment_requests", "SELECT, INSERT, UPDATE")
    protect("adjustment_request_lines", "SELECT, INSERT")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _adjustment_requests() -> None:
    tables.create(
        "adjustment_requests",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("status", server_default=sa.text("'waiting'")),
        columns.text("reason"),
        columns.ids_of("warehouse_ids", comment="the warehouses of its lines"),
        columns.id_of("requested_by_user_id", nullable=True),
        columns.id_of("requested_by_api_key_id", nullable=True),
        columns.id_of("decided_by_user_id", nullable=True),
        columns.id_of("decided_by_api_key_id", nullable=True),
        columns.moment("decided_at", nullable=True),
        columns.text("decision_reason", nullable=True),
        columns.id_of("posting_id", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("posted", "(status = 'approved') = (posting_id IS NOT NULL)"),
        tables.check("status", "status IN ('waiting', 'approved', 'rejected', 'withdrawn')"),
        tables.reference("stock_postings", "posting_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("number"),
    )
    tables.index("adjustment_requests", "status", "id")


def _adjustment_request_lines() -> None:
    tables.create(
        "adjustment_request_lines",
        columns.key("company_id"),
        columns.key("request_id"),
        columns.generated_id(),
        columns.whole("line", comment="its place in the document, from 0"),
        columns.id_of("product_id"),
        columns.id_of("warehouse_id"),
        columns.text("type"),
        columns.number("quantity", comment="signed for adjustments, else positive"),
        columns.number("unit_cost", nullable=True),
        columns.number("unit_price", nullable=True),
        columns.number(
            "unit_value",
            server_default="0",
            comment="what one unit was worth when it was asked for",
        ),
        columns.text("reason", nullable=True),
        columns.text("reference", nullable=True),
        columns.moment("occurred_at", nullable=True),
        columns.number("expected_quantity", nullable=True),
        tables.check("quantity", "quantity > 0 OR (type = 'adjustment' AND quantity < 0)"),
        tables.check("type", "type IN ('adjustment', 'write_off')"),
        tables.reference("products", "product_id"),
        tables.reference("adjustment_requests", "request_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("request_id", "id"),
    )
    tables.index("adjustment_request_lines", "product_id")


def downgrade() -> None:
    op.drop_table("adjustment_request_lines")
    op.drop_table("adjustment_requests")
