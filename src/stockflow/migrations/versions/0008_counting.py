"""Stock counts: a document of one warehouse, with a line for each product to be counted."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns
from stockflow.migrations.protection import protect

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _stock_counts()
    _stock_count_lines()
    protect("stock_counts", "SELECT, INSERT, UPDATE")
    protect("stock_count_lines", "SELECT, INSERT, UPDATE")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _stock_counts() -> None:
    op.create_table(
        "stock_counts",
        columns.key("company_id"),
        columns.generated_id(),
        sa.Column("number", sa.Text(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'counting'"), nullable=False),
        sa.Column("warehouse_id", sa.BigInteger(), nullable=False),
        sa.Column(
            "category_id", sa.BigInteger(), nullable=True, comment="only its products; null: of any"
        ),
        sa.Column("abc_class", sa.Text(), nullable=True, comment="only this class; null: of any"),
        sa.Column(
            "listed", sa.Boolean(), nullable=False, comment="only the products that were named"
        ),
        sa.Column(
            "blind",
            sa.Boolean(),
            nullable=False,
            comment="who counts does not see what is expected",
        ),
        sa.Column("notes", sa.Text(), nullable=True),
        columns.number(
            "recount_above",
            nullable=True,
            comment="the company's rule as it was when the count was opened",
        ),
        sa.Column("line_count", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column(
            "counted_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="lines counted, those to be recounted too",
        ),
        sa.Column(
            "recount_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="lines to be recounted",
        ),
        sa.Column(
            "different_count",
            sa.Integer(),
            server_default=sa.text("0"),
            nullable=False,
            comment="lines that differ from what is expected",
        ),
        sa.Column(
            "difference_value",
            sa.Numeric(),
            server_default=sa.text("0"),
            nullable=False,
            comment="sum of each line's difference without sign",
        ),
        sa.Column(
            "uncounted",
            sa.Text(),
            nullable=True,
            comment="what became of lines nobody counted, as the submitter chose",
        ),
        columns.moment("submitted_at", nullable=True),
        sa.Column("submitted_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("submitted_by_api_key_id", sa.BigInteger(), nullable=True),
        sa.Column("rejection_reason", sa.Text(), nullable=True, comment="of the last rejection"),
        columns.moment("cancelled_at", nullable=True),
        sa.Column("cancellation_reason", sa.Text(), nullable=True),
        columns.moment("posted_at", nullable=True),
        sa.Column("posting_id", sa.BigInteger(), nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        sa.CheckConstraint(
            "(status = 'posted') = (posting_id IS NOT NULL)",
            name=op.f("stock_counts_posted_has_posting"),
        ),
        sa.CheckConstraint("abc_class IN ('A', 'B', 'C')", name=op.f("stock_counts_abc_class")),
        sa.CheckConstraint(
            "status IN ('counting', 'submitted', 'posted', 'cancelled')",
            name=op.f("stock_counts_status"),
        ),
        sa.CheckConstraint("uncounted IN ('leave', 'zero')", name=op.f("stock_counts_uncounted")),
        sa.CheckConstraint(
            "0 <= recount_count AND recount_count <= counted_count AND counted_count <= line_count AND 0 <= different_count AND different_count <= counted_count AND difference_value >= 0",
            name=op.f("stock_counts_sums"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "category_id"],
            ["categories.company_id", "categories.id"],
            name=op.f("stock_counts_company_id_category_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
            name=op.f("stock_counts_company_id_posting_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "warehouse_id"],
            ["warehouses.company_id", "warehouses.id"],
            name=op.f("stock_counts_company_id_warehouse_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("stock_counts_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "id", name=op.f("stock_counts_pkey")),
        sa.UniqueConstraint(
            "company_id", "number", name=op.f("stock_counts_company_id_number_key")
        ),
    )
    op.create_index(
        "stock_counts_open_idx",
        "stock_counts",
        ["company_id", "warehouse_id", "id"],
        unique=False,
        postgresql_where=sa.text("status IN ('counting', 'submitted')"),
    )


def _stock_count_lines() -> None:
    op.create_table(
        "stock_count_lines",
        columns.key("company_id"),
        columns.key("count_id"),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("product_id", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), server_default=sa.text("'uncounted'"), nullable=False),
        sa.Column("times_counted", sa.Integer(), server_default=sa.text("0"), nullable=False),
        columns.number("expected", nullable=True),
        columns.number("counted", nullable=True),
        sa.Column(
            "difference",
            sa.Numeric(precision=18, scale=4),
            sa.Computed("counted - expected", persisted=True),
            nullable=True,
        ),
        columns.number(
            "unit_cost",
            nullable=True,
            comment="of the level then; the product's cost where the level has none",
        ),
        columns.moment("counted_at", nullable=True),
        sa.Column(
            "ledger_position",
            sa.BigInteger(),
            nullable=True,
            comment="the last posting there was when it was recorded",
        ),
        columns.number("first_expected", nullable=True),
        columns.number("first_counted", nullable=True, comment="before it was recounted"),
        columns.moment("first_counted_at", nullable=True),
        sa.Column("counted_by_user_id", sa.BigInteger(), nullable=True),
        sa.Column("counted_by_api_key_id", sa.BigInteger(), nullable=True),
        sa.CheckConstraint(
            "(status = 'uncounted') = (times_counted = 0)",
            name=op.f("stock_count_lines_status_is_true"),
        ),
        sa.CheckConstraint(
            "num_nulls(expected, counted, unit_cost, counted_at, ledger_position) = CASE status WHEN 'uncounted' THEN 5 ELSE 0 END",
            name=op.f("stock_count_lines_counted_whole"),
        ),
        sa.CheckConstraint(
            "status IN ('uncounted', 'counted', 'recount')", name=op.f("stock_count_lines_status")
        ),
        sa.CheckConstraint("counted >= 0", name=op.f("stock_count_lines_counted")),
        sa.CheckConstraint(
            "times_counted BETWEEN 0 AND 2", name=op.f("stock_count_lines_times_counted")
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "count_id"],
            ["stock_counts.company_id", "stock_counts.id"],
            name=op.f("stock_count_lines_company_id_count_id_fkey"),
        ),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id"],
            ["products.company_id", "products.id"],
            name=op.f("stock_count_lines_company_id_product_id_fkey"),
        ),
        sa.PrimaryKeyConstraint(
            "company_id", "count_id", "line", name=op.f("stock_count_lines_pkey")
        ),
        sa.UniqueConstraint(
            "company_id",
            "product_id",
            "count_id",
            name=op.f("stock_count_lines_company_id_product_id_count_id_key"),
        ),
        postgresql_with={"fillfactor": "80"},
    )


def downgrade() -> None:
    op.drop_table("stock_count_lines")
    op.drop_table("stock_counts")
