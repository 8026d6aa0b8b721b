"""Adjustments over the limits of a company, which wait for approval."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
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
    op.create_table(
        "adjustment_requests",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'waiting'"), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column(
            "warehouse_ids",
            sa.ARRAY(sa.BigInteger()),
            nullable=False,
            comment="the warehouses of its lines",
        ),
        sa.Column("requested_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("requested_by_api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("decided_by_api_key_id", sa.BigInteger(), nullable=True),
        columns.moment("decided_at", nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("posting_id", sa.BigInteger(), nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "(status = 'approved') = (posting_id IS NOT NULL)",
            name=op.f("adjustment_requests_posted"),
        ),
        sa.CheckConstraint(
            "status IN ('waiting', 'approved', 'rejected', 'withdrawn')",
            name=op.f("adjustment_requests_status"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("adjustment_requests_company_id_posting_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("adjustment_requests_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("adjustment_requests_pkey")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("adjustment_requests_company_id_number_key")
        ),
    )
    op.create_index(
        op.f("adjustment_requests_company_id_status_id_idx"),
        "adjustment_requests",
        ["company_id", "status", "id"],
        unique=False,
    )


def _adjustment_request_lines() -> None:
    op.create_table(
        "adjustment_request_lines",
        columns.key("company_id"),
        columns.key("request_id"),
        columns.generated_id(),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="its place in the document, from 0"
        ),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        columns.number("quantity", nullable=False, comment="signed for adjustments, else positive"),
        columns.number("unit_cost", nullable=True),
        columns.number("unit_price", nullable=True),
        columns.number(
            "unit_value",
            server_default="0",
            nullable=False,
            comment="what one unit was worth when it was asked for",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        columns.moment("occurred_at", nullable=True),
        columns.number("expected_quantity", nullable=True),
        sa.CheckConstraint(
            "quantity > 0 OR (type = 'adjustment' AND quantity < 0)",
            name=op.f("adjustment_request_lines_quantity"),
        ),
        sa.CheckConstraint(
            "type IN ('adjustment', 'write_off')", name=op.f("adjustment_request_lines_type")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("adjustment_request_lines_company_id_product_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "request_id"],
            ["adjustment_requests.company_id", "adjustment_requests.id"],
            name=op.f("adjustment_request_lines_company_id_request_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("adjustment_request_lines_company_id_warehouse_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "request_id", "id", name=op.f("adjustment_request_lines_pkey")
        ),
    )
    op.create_index(
        op.f("adjustment_request_lines_company_id_product_id_idx"),
        "adjustment_request_lines",
        ["company_id", "product_id"],
        unique=False,
    )


def downgrade() -> None:
    op.drop_table("adjustment_request_lines")
    op.drop_table("adjustment_requests")
