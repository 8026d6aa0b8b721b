"""What documents of trade need of the core: company rules, numbers, reservations, cost of goods."""

import sqlalchemy as sa
from alembic import op

from stockflow.foundation.postgres import APP_ROLE
from stockflow.migrations import columns, tables
from stockflow.migrations.protection import protect

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_CHECKS = {
    "companies": {
        "allocation_rule": "allocation_rule IN ('priority', 'most_whole')",
        "reservation_hours": "reservation_hours BETWEEN 1 AND 8760",
        "purchase_approval_above": "purchase_approval_above >= 0",
        "purchase_terms_rule": "purchase_terms_rule IN ('warn', 'refuse')",
        "over_receipt_percent": "over_receipt_percent BETWEEN 0 AND 100",
        "recount_above": "recount_above >= 0",
        "count_approval_above": "count_approval_above >= 0",
        "adjustment_approval_quantity": "adjustment_approval_quantity >= 0",
        "adjustment_approval_value": "adjustment_approval_value >= 0",
    },
    "warehouses": {"priority": "priority BETWEEN 1 AND 1000"},
    "stock_postings": {
        "kind": "kind IN ('movements', 'opening', 'import', 'reversal', 'reservation', 'release', 'shipment', 'return', 'receipt', 'transfer_shipment', 'transfer_receipt', 'transfer_cancellation', 'count', 'adjustment')",
        "document_type": "document_type IN ('sales_order', 'purchase_order', 'transfer', 'stock_count', 'adjustment_request')",
        "document_is_whole": "(document_type IS NULL) = (document_id IS NULL)",
    },
}

_OLD_KINDS = "kind IN ('movements', 'opening', 'import', 'reversal')"

# How the value of a level follows its entries: see docs/concepts/costs.md. The first two are single
# expressions, which the planner puts in the place of the call.
_COSTS = """
CREATE FUNCTION unit_value(quantity numeric, value numeric, otherwise numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT CASE WHEN quantity > 0 THEN round(value / quantity, 4) ELSE otherwise END
$$;

-- By how much an entry changes the value of what lies there. What goes out takes its share; what goes
-- out beyond what is there, the average; what comes in is worth `worth`, else the average. What comes
-- in on backorder is worth what remains of it, and settles what left before at the average.
CREATE FUNCTION value_change(quantity numeric, value numeric, average numeric, change numeric,
                             worth numeric) RETURNS numeric
LANGUAGE sql IMMUTABLE PARALLEL SAFE
AS $$
SELECT CASE
    WHEN change < 0 THEN
        CASE WHEN quantity <= 0 THEN round(change * average, 4)
             WHEN quantity + change >= 0 THEN round(value * change / quantity, 4)
             ELSE round((quantity + change) * average, 4) - value END
    WHEN quantity < 0 THEN
        CASE WHEN quantity + change <= 0 THEN round(value * change / quantity, 4)
             ELSE round(coalesce((quantity + change) * worth / change,
                                 (quantity + change) * average), 4) - value END
    WHEN worth IS NOT NULL THEN round(worth, 4)
    WHEN quantity > 0 THEN round(value * change / quantity, 4)
    ELSE round(change * average, 4) END
$$;

CREATE FUNCTION moving_value_step(state numeric[], quantity numeric, value numeric, average numeric,
                                  change numeric, worth numeric) RETURNS numeric[]
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE
AS $$
DECLARE
    moved numeric;
BEGIN
    IF state IS NULL THEN
        state := ARRAY[quantity, value, average, 0];
    END IF;
    moved := value_change(state[1], state[2], state[3], change, worth);
    RETURN ARRAY[state[1] + change, state[2] + moved,
                 unit_value(state[1] + change, state[2] + moved, state[3]), moved];
END
$$;

-- Quantity, value and average after the entries so far, and by how much the last one changed the value.
CREATE AGGREGATE moving_value(quantity numeric, value numeric, average numeric, change numeric,
                              worth numeric) (
    SFUNC = moving_value_step, STYPE = numeric[]
);
"""


def upgrade() -> None:
    _document_numbers()
    _stock_reservations()
    _companies()
    _stock_days()
    _stock_levels()
    _stock_movements()
    _stock_postings()
    _warehouses()
    op.add_column(
        "stock_levels", columns.day("last_day", nullable=True, comment="the newest of its days")
    )
    _fill_last_day()
    op.drop_constraint(op.f("stock_postings_kind"), "stock_postings")
    for table, checks in _CHECKS.items():
        for name, rule in checks.items():
            op.create_check_constraint(op.f(f"{table}_{name}"), table, rule)
    op.execute(_COSTS)
    protect("document_numbers", "SELECT, INSERT, UPDATE")
    protect("stock_reservations", "SELECT, INSERT, UPDATE, DELETE")
    op.execute(f"GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA public TO {APP_ROLE}")


def _document_numbers() -> None:
    tables.create(
        "document_numbers",
        columns.key("company_id"),
        columns.text("series"),
        sa.Column("year", sa.Integer(), autoincrement=False, nullable=False),
        columns.whole("last"),
        tables.reference("companies"),
        tables.primary_key("series", "year"),
    )


def _stock_reservations() -> None:
    tables.create(
        "stock_reservations",
        columns.key("company_id"),
        columns.generated_id(),
        columns.id_of("product_id"),
        columns.id_of("warehouse_id"),
        columns.number("quantity"),
        columns.moment(
            "reserved_until",
            nullable=True,
            comment="from then on the stock is free; null: until taken",
        ),
        columns.text("document_type"),
        columns.id_of("document_id"),
        columns.id_of("line_id", comment="the line of the document"),
        columns.text("reference", comment="the document's number"),
        columns.recorded("created_at"),
        tables.check("document_type", "document_type IN ('sales_order')"),
        tables.check("quantity", "quantity > 0"),
        sa.ForeignKeyConstraint(
            ["company_id", "product_id", "warehouse_id"],
            ["stock_levels.company_id", "stock_levels.product_id", "stock_levels.warehouse_id"],
            name=op.f("stock_reservations_company_id_product_id_warehouse_id_fkey"),
        ),
        tables.primary_key("id"),
    )
    tables.index("stock_reservations", "document_type", "document_id")
    tables.index("stock_reservations", "product_id", "warehouse_id")
    tables.index(
        "stock_reservations",
        "reserved_until",
        name="stock_reservations_until_idx",
        where="reserved_until IS NOT NULL",
    )


def _companies() -> None:
    op.add_column(
        "companies",
        columns.flag("backorder_orders", False, comment="sales orders may be confirmed short"),
    )
    op.add_column(
        "companies", columns.text("allocation_rule", server_default=sa.text("'most_whole'"))
    )
    op.add_column(
        "companies",
        columns.whole("reservation_hours", nullable=True, comment="null: until shipped"),
    )
    op.add_column("companies", columns.number("purchase_approval_above", nullable=True))
    op.add_column(
        "companies", columns.text("purchase_terms_rule", server_default=sa.text("'warn'"))
    )
    op.add_column("companies", columns.number("over_receipt_percent", server_default=sa.text("0")))
    op.add_column("companies", columns.number("recount_above", nullable=True))
    op.add_column(
        "companies",
        columns.number("count_approval_above", nullable=True, comment="value of differences"),
    )
    op.add_column("companies", columns.number("adjustment_approval_quantity", nullable=True))
    op.add_column("companies", columns.number("adjustment_approval_value", nullable=True))


def _stock_days() -> None:
    op.add_column(
        "stock_days",
        columns.number("value", server_default="0", comment="net change of the value on hand"),
    )
    op.add_column(
        "stock_days", columns.number("transit_value", server_default="0", comment="net change")
    )


def _stock_levels() -> None:
    op.add_column(
        "stock_levels",
        columns.number(
            "value", server_default="0", comment="what is on hand cost, in the company's currency"
        ),
    )
    op.add_column(
        "stock_levels",
        columns.number("transit_value", server_default="0", comment="what is in transit cost"),
    )
    op.add_column(
        "stock_levels",
        columns.number(
            "average_cost",
            server_default="0",
            comment="value of one unit on hand; kept when nothing is on hand",
        ),
    )


def _stock_movements() -> None:
    op.add_column(
        "stock_movements",
        columns.number(
            "value_change",
            server_default="0",
            comment="of the value on hand, or of that in transit; going out, the cost of goods",
        ),
    )


def _stock_postings() -> None:
    op.add_column(
        "stock_postings",
        columns.text("document_type", nullable=True, comment="the kind of document that caused it"),
    )
    op.add_column("stock_postings", columns.id_of("document_id", nullable=True))
    tables.index(
        "stock_postings",
        "document_type",
        "document_id",
        "id",
        name="stock_postings_document_idx",
        where="document_id IS NOT NULL",
    )


def _warehouses() -> None:
    op.add_column(
        "warehouses",
        columns.whole("priority", 100, comment="orders are served from low ones first"),
    )


def _fill_last_day() -> None:
    """For the levels of all companies, which even their owner sees only while nothing is forced."""
    for table in ("stock_levels", "stock_days"):
        op.execute(f"ALTER TABLE {table} NO FORCE ROW LEVEL SECURITY")
    op.execute(
        "UPDATE stock_levels l SET last_day = (SELECT max(day) FROM stock_days d"
        " WHERE d.company_id = l.company_id AND d.product_id = l.product_id"
        " AND d.warehouse_id = l.warehouse_id)"
    )
    for table in ("stock_levels", "stock_days"):
        op.execute(f"ALTER TABLE {table} FORCE ROW LEVEL SECURITY")


def downgrade() -> None:
    op.execute("DROP AGGREGATE moving_value(numeric, numeric, numeric, numeric, numeric)")
    op.execute("DROP FUNCTION moving_value_step, value_change, unit_value")
    op.drop_constraint(op.f("stock_postings_document_is_whole"), "stock_postings")
    op.drop_constraint(op.f("stock_postings_document_type"), "stock_postings")
    op.drop_constraint(op.f("stock_postings_kind"), "stock_postings")
    op.create_check_constraint(op.f("stock_postings_kind"), "stock_postings", _OLD_KINDS)
    op.drop_column("warehouses", "priority")
    op.drop_index(
        "stock_postings_document_idx",
        table_name="stock_postings",
        postgresql_where=sa.text("document_id IS NOT NULL"),
    )
    op.drop_column("stock_postings", "document_id")
    op.drop_column("stock_postings", "document_type")
    op.drop_column("stock_movements", "value_change")
    op.drop_column("stock_levels", "last_day")
    op.drop_column("stock_levels", "average_cost")
    op.drop_column("stock_levels", "transit_value")
    op.drop_column("stock_levels", "value")
    op.drop_column("stock_days", "transit_value")
    op.drop_column("stock_days", "value")
    op.drop_column("companies", "adjustment_approval_value")
    op.drop_column("companies", "adjustment_approval_quantity")
    op.drop_column("companies", "count_approval_above")
    op.drop_column("companies", "recount_above")
    op.drop_column("companies", "over_receipt_percent")
    op.drop_column("companies", "purchase_terms_rule")
    op.drop_column("companies", "purchase_approval_above")
    op.drop_column("companies", "reservation_hours")
    op.drop_column("companies", "allocation_rule")
    op.drop_column("companies", "backorder_orders")
    op.drop_index(
        "stock_reservations_until_idx",
        table_name="stock_reservations",
        postgresql_where=sa.text("reserved_until IS NOT NULL"),
    )
    op.drop_index(
        op.f("stock_reservations_company_id_product_id_warehouse_id_idx"),
        table_name="stock_reservations",
    )
    op.drop_index(
        op.f("stock_reservations_company_id_document_type_document_id_idx"),
        table_name="stock_reservations",
    )
    op.drop_table("stock_reservations")
    op.drop_table("document_numbers")
