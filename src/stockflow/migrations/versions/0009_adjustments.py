"""Adjustments over the limits of a company, which wait for approval."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations.protection import protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "adjustment_requests",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
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
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.Text(), nullable=True),
        sa.Column("posting_id", sa.BigInteger(), nullable=True),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column(
            "updated_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("version", sa.Integer(), server_default="1", nullable=False),
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
    op.create_table(
        "adjustment_request_lines",
        sa.Column("company_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("request_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "line", sa.Integer(), nullable=False, comment="its place in the document, from 0"
        ),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column(
            "quantity",
            sa.Numeric(precision=18, scale=4),
            nullable=False,
            comment="signed for adjustments, else positive",
        ),
        sa.Column("unit_cost", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column("unit_price", sa.Numeric(precision=18, scale=4), nullable=True),
        sa.Column(
            "unit_value",
            sa.Numeric(precision=18, scale=4),
            server_default="0",
            nullable=False,
            comment="what one unit was worth when it was asked for",
        ),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reference", sa.Text(), nullable=True),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("expected_quantity", sa.Numeric(precision=18, scale=4), nullable=True),
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
    protect("adjustment_requests", "SELECT, INSERT, UPDATE")
    protect("adjustment_request_lines", "SELECT, INSERT")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def downgrade() -> None:
    op.drop_table("adjustment_request_lines")
    op.drop_table("adjustment_requests")
