"""Figures of the dashboard that take longer than a page may, kept between looks."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    tables.create(
        "kept_figures",
        columns.key("company_id"),
        columns.text("name"),
        columns.text(
            "limits", comment="'all', or the ids of the only warehouses with commas between"
        ),
        columns.moment("wanted_at"),
        columns.moment("computed_at", nullable=True, comment="before wanted_at: a job is due"),
        columns.whole("cost_ms", nullable=True, comment="what computing them took"),
        sa.Column("body", postgresql.JSONB(astext_type=sa.Text()), nullable=True),
        tables.reference("companies"),
        tables.primary_key("name", "limits"),
    )
    protect("kept_figures", "SELECT, INSERT, UPDATE, DELETE")


def downgrade() -> None:
    op.drop_table("kept_figures")
