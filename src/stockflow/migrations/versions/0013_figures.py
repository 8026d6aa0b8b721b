"""Figures of the dashboard that take longer than a page may, kept between looks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.migrations import columns
from stockflow.migrations.protection import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "kept_figures",
        columns.key("company_id"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "limits",
            sa.Text(),
            nullable=False,
            comment="'all', or the ids of the only warehouses with commas between",
        ),
        columns.moment("wanted_at", nullable=False),
        columns.moment("computed_at", nullable=True, comment="before wanted_at: a job is due"),
        sa.Column("cost_ms", sa.Integer(), nullable=True, comment="what computing them took"),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        sa.ForeignKeyConstraint(
            ["company_id"], ["companies.id"], name=op.f("kept_figures_company_id_fkey")
        ),
        sa.PrimaryKeyConstraint("company_id", "name", "limits", name=op.f("kept_figures_pkey")),
    )
    protect("kept_figures", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_table("kept_figures")
