"""Warehouses, and the ledger of what lies in them."""

import sqlalchemy as sa

from stockflow.migrations import columns, tables


def warehouses() -> None:
    tables.create(
        "warehouses",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("code"),
        columns.text("code_key", comment="the code in upper case"),
        columns.text("name"),
        columns.text("type", server_default=sa.text("'fulfilment'")),
        columns.text("address", nullable=True),
        columns.text("city", nullable=True),
        columns.text("region", nullable=True),
        columns.text("postal_code", nullable=True),
        columns.text("country", nullable=True, comment="ISO 3166-1 alpha-2"),
        columns.text("contact_name", nullable=True),
        columns.text("contact_email", nullable=True),
        columns.text("contact_phone", nullable=True),
        columns.flag("active", True),
        columns.recorded("created_at"),
        columns.recorded("updated_at"),
        columns.version(),
        tables.check("type", "type IN ('fulfilment', 'retail', 'drop_ship', 'virtual')"),
        tables.reference("companies"),
        tables.primary_key("id"),
        tables.unique("code_key"),
    )


def stock_postings() -> None:
    tables.create(
        "stock_postings",
        columns.key("company_id"),
        columns.generated_id(),
        columns.text("kind"),
        columns.recorded("recorded_at"),
        columns.id_of("reverses_id", nullable=True, comment="the posting this one takes back"),
        columns.id_of("user_id", nullable=True),
        columns.id_of("api_key_id", nullable=True),
        columns.text("request_id"),
        tables.check("kind", "kind IN ('movements', 'opening', 'import', 'reversal')"),
        tables.reference("stock_postings", "reverses_id"),
        tables.reference("companies"),
        tables.primary_key("id"),
    )
    tables.index(
        "stock_postings",
        "reverses_id",
        name="stock_postings_reverses_id_key",
        unique=True,
        where="reverses_id IS NOT NULL",
    )


def stock_levels() -> None:
    tables.create(
        "stock_levels",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("warehouse_id"),
        columns.number("available", server_default="0"),
        columns.number("reserved", server_default="0"),
        columns.number("damaged", server_default="0"),
        columns.number("in_transit", server_default="0"),
        columns.flag("backorders", comment="available may go below zero"),
        columns.flag("active", comment="product and warehouse are both active"),
        columns.number(
            "own_threshold",
            nullable=True,
            comment="the threshold of this product in this warehouse",
        ),
        columns.number(
            "threshold",
            nullable=True,
            comment="the threshold that holds: own, product's, category's, type's or company's",
        ),
        columns.flag("low_at_threshold", comment="low begins at the threshold, not below"),
        sa.Column(
            "is_low",
            sa.Boolean(),
            sa.Computed(
                "active AND threshold IS NOT NULL AND (available < threshold OR (low_at_threshold AND available = threshold))",
                persisted=True,
            ),
            nullable=False,
        ),
        columns.number(
            "recent_sold",
            server_default="0",
            comment="units sold, net of returns, on `recent_since` and later",
        ),
        columns.day("recent_since"),
        columns.moment("last_counted_at", nullable=True),
        columns.recorded("updated_at"),
        tables.check("available_not_negative", "available >= 0 OR backorders"),
        tables.check("damaged_not_negative", "damaged >= 0"),
        tables.check("in_transit_not_negative", "in_transit >= 0"),
        tables.check("reserved_not_negative", "reserved >= 0"),
        tables.check("threshold", "threshold >= 0"),
        tables.reference("products", "product_id"),
        tables.reference("warehouses", "warehouse_id"),
        tables.primary_key("product_id", "warehouse_id"),
        postgresql_with={"fillfactor": "80"},
    )
    tables.index("stock_levels", "warehouse_id", "product_id")
    tables.index(
        "stock_levels", "product_id", "warehouse_id", name="stock_levels_low_idx", where="is_low"
    )


def stock_days() -> None:
    tables.create(
        "stock_days",
        columns.key("company_id"),
        columns.key("product_id"),
        columns.key("warehouse_id"),
        columns.day("day"),
        columns.number(
            "sold", server_default="0", comment="units sold, less returned and reversed"
        ),
        columns.number("available", server_default="0", comment="net change"),
        columns.number("reserved", server_default="0", comment="net change"),
        columns.number("damaged", server_default="0", comment="net change"),
        columns.number("in_transit", server_default="0", comment="net change"),
        tables.primary_key("product_id", "warehouse_id", "day"),
        postgresql_with={"fillfactor": "80"},
    )


def stock_movements() -> None:
    tables.create(
        "stock_movements",
        columns.key("company_id"),
        columns.key("id"),
        columns.whole("line", comment="the line of the request it came from"),
        columns.id_of("product_id"),
        columns.id_of("warehouse_id"),
        columns.text("type"),
        columns.text("bucket"),
        columns.number("quantity_change"),
        columns.number("quantity_before"),
        columns.number("quantity_after"),
        columns.number("unit_cost", nullable=True),
        columns.number("unit_price", nullable=True),
        columns.text("reason", nullable=True),
        columns.text("reference", nullable=True),
        columns.moment("occurred_at"),
        columns.recorded("recorded_at"),
        tables.check("bucket", "bucket IN ('available', 'reserved', 'damaged', 'in_transit')"),
        tables.check(
            "type",
            "type IN ('purchase', 'sale', 'return', 'adjustment', 'transfer_out', 'transfer_in', 'damage', 'write_off', 'recount', 'reserve', 'release', 'manufacturing')",
        ),
        tables.check("balance_adds_up", "quantity_after = quantity_before + quantity_change"),
        tables.primary_key("id"),
    )
    tables.index("stock_movements", "product_id", "warehouse_id", "occurred_at")
    tables.index(
        "stock_movements",
        "reference",
        "id",
        name="stock_movements_reference_idx",
        where="reference IS NOT NULL",
    )
