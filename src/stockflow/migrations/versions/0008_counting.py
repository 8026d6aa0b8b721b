"""Stock counts: a document of one warehouse, with a line for each product to be counted."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
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
    tables.create(
        "stock_counts",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("number"),
        columns.text("status", server_default=sa.text("'counting'")),
        columns.id_of("warehouse_id"),
        columns.id_of("category_id", nullable=True, comment="only its products; null: of any"),
        columns.text("abc_class", nullable=True, comment="only this class; null: of any"),
        columns.flag("listed", comment="only the products that were named"),
        columns.flag("blind", comment="who counts does not see what is expected"),
        columns.text("notes", nullable=True),
        columns.number(
            "recount_above",
            nullable=True,
            comment="the company's rule as it was when the count was opened",
        ),
        columns.whole("line_count", 0),
        columns.whole("counted_count", 0, comment="lines counted, those to be recounted too"),
        columns.whole("recount_count", 0, comment="lines to be recounted"),
        columns.whole("different_count", 0, comment="lines that differ from what is expected"),
        sa.Column(
            "difference_value",
            sa.Numeric(),
            server_default=sa.text("0"),
            nullable=False,
            comment="sum of each line's difference without sign",
        ),
        columns.text(
            "uncounted",
            nullable=True,
            comment="what became of lines nobody counted, as the submitter chose",
        ),
        columns.moment("submitted_at", nullable=True),
        columns.id_of("submitted_by_user_id", nullable=True),
        columns.id_of("submitted_by_api_key_id", nullable=True),
        columns.text("rejection_reason", nullable=True, comment="of the last rejection"),
        columns.moment("cancelled_at", nullable=True),
        columns.text("cancellation_reason", nullable=True),
        columns.moment("posted_at", nullable=True),
        columns.id_of("posting_id", nullable=True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("posted_has_posting", "(status = 'posted') = (posting_id IS NOT NULL)"),
        tables.check("abc_class", "abc_class IN ('A', 'B', 'C')"),
        tables.check("status", "status IN ('counting', 'submitted', 'posted', 'cancelled')"),
        tables.check("uncounted", "uncounted IN ('leave', 'zero')"),
        tables.check(
            "sums",
            "0 <= recount_count AND recount_count <= counted_count AND counted_count <= line_count AND 0 <= different_count AND different_count <= counted_count AND difference_value >= 0",
        ),
        tables.reference("categories", "category_id"),
        tables.reference("stock_postings", "posting_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("number"),
    )
    tables.index(
        "stock_counts",
        "warehouse_id",
        "id",
        name="stock_counts_open_idx",
        where="status IN ('counting', 'submitted')",
    )


def _stock_count_lines() -> None:
    tables.create(
        "stock_count_lines",
        columns.key("company_id"),
        columns.key("count_id"),
        sa.Column("line", sa.Integer(), autoincrement=False, nullable=False),
        columns.id_of("product_id"),
        columns.text("status", server_default=sa.text("'uncounted'")),
        columns.whole("times_counted", 0),
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
        columns.id_of(
            "ledger_position",
            nullable=True,
            comment="the last posting there was when it was recorded",
        ),
        columns.number("first_expected", nullable=True),
        columns.number("first_counted", nullable=True, comment="before it was recounted"),
        columns.moment("first_counted_at", nullable=True),
        columns.id_of("counted_by_user_id", nullable=True),
        columns.id_of("counted_by_api_key_id", nullable=True),
        tables.check("status_is_true", "(status = 'uncounted') = (times_counted = 0)"),
        tables.check(
            "counted_whole",
            "num_nulls(expected, counted, unit_cost, counted_at, ledger_position) = CASE status WHEN 'uncounted' THEN 5 ELSE 0 END",
        ),
        tables.check("status", "status IN ('uncounted', 'counted', 'recount')"),
        tables.check("counted", "counted >= 0"),
        tables.check("times_counted", "times_counted BETWEEN 0 AND 2"),
        tables.reference("stock_counts", "count_id"),
        tables.reference("products", "product_id"),
        tables.primary_key("count_id", "line"),
        tables.unique("product_id", "count_id"),
        postgresql_with={"fillfactor": "80"},
    )


def downgrade() -> None:
    op.drop_table("stock_count_lines")
    op.drop_table("stock_counts")
