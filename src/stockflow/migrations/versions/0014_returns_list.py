"""The list of all returns, newest first, reads no more of them than it shows."""

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("sales_returns_company_id_id_idx"), "sales_returns", ["company_id", "id"])


def downgrade() -> None:
    op.drop_index(op.f("sales_returns_company_id_id_idx"), "sales_returns")
