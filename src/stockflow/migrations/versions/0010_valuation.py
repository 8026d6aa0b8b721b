"""What came in, by level: valuing stock first in, first out reads this index and nothing else."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_INFLOW = "quantity_change > 0 AND bucket <> 'in_transit' AND type NOT IN ('reserve', 'release', 'damage')"


def upgrade() -> None:
    op.create_index(
        "stock_movements_inflow_idx",
        "stock_movements",
        ["company_id", "product_id", "warehouse_id", sa.text("id DESC")],
        postgresql_include=["quantity_change", "value_change", "unit_cost", "occurred_at"],
        postgresql_where=sa.text(_INFLOW),
    )


def downgrade() -> None:
    op.drop_index("stock_movements_inflow_idx", table_name="stock_movements")
