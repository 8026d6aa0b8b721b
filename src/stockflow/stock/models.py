"""Tables of the ledger."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Text,
    text,
)
from sqlalchemy.orm import Mapped, mapped_column

from stockflow.foundation.models import (
    Base,
    BigInt,
    CompanyKey,
    CreatedAt,
    GeneratedId,
    KeyPart,
    Moment,
    Money,
    Quantity,
    ZeroMoney,
    ZeroQuantity,
)

MOVEMENTS_PER_POSTING = 100_000
"""A movement's id is its posting's id times this, plus its place in the posting."""


class StockLevel(Base):
    """The stock of one product in one warehouse, with what alerts need to find it when it is low."""

    __tablename__ = "stock_levels"

    company_id: Mapped[CompanyKey]
    product_id: Mapped[KeyPart]
    warehouse_id: Mapped[KeyPart]
    available: Mapped[ZeroQuantity]
    reserved: Mapped[ZeroQuantity]
    damaged: Mapped[ZeroQuantity]
    in_transit: Mapped[ZeroQuantity]
    value: Mapped[ZeroMoney] = mapped_column(
        comment="what is on hand cost, in the company's currency"
    )
    transit_value: Mapped[ZeroMoney] = mapped_column(comment="what is in transit cost")
    average_cost: Mapped[ZeroMoney] = mapped_column(
        comment="value of one unit on hand; kept when nothing is on hand"
    )
    backorders: Mapped[bool] = mapped_column(comment="available may go below zero")
    active: Mapped[bool] = mapped_column(comment="product and warehouse are both active")
    own_threshold: Mapped[Quantity | None] = mapped_column(
        comment="the threshold of this product in this warehouse"
    )
    threshold: Mapped[Quantity | None] = mapped_column(
        comment="the threshold that holds: own, product's, category's, type's or company's"
    )
    low_at_threshold: Mapped[bool] = mapped_column(comment="low begins at the threshold, not below")
    is_low: Mapped[bool] = mapped_column(
        Computed(
            "active AND threshold IS NOT NULL AND (available < threshold"
            " OR (low_at_threshold AND available = threshold))",
            persisted=True,
        )
    )
    recent_sold: Mapped[ZeroQuantity] = mapped_column(
        comment="units sold, net of returns, on `recent_since` and later"
    )
    recent_since: Mapped[date] = mapped_column(Date)
    last_day: Mapped[date | None] = mapped_column(Date, comment="the newest of its days")
    last_counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    updated_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        Index(None, "company_id", "warehouse_id", "product_id"),
        Index(
            "stock_levels_low_idx",
            "company_id",
            "product_id",
            "warehouse_id",
            postgresql_where=text("is_low"),
        ),
        CheckConstraint("available >= 0 OR backorders", name="available_not_negative"),
        CheckConstraint("reserved >= 0", name="reserved_not_negative"),
        CheckConstraint("damaged >= 0", name="damaged_not_negative"),
        CheckConstraint("in_transit >= 0", name="in_transit_not_negative"),
        CheckConstraint("threshold >= 0", name="threshold"),
        {"postgresql_with": {"fillfactor": "80"}},
    )


class StockPosting(Base):
    """One cause of movements. Append-only."""

    __tablename__ = "stock_postings"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    kind: Mapped[str]
    recorded_at: Mapped[CreatedAt]
    reverses_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="the posting this one takes back"
    )
    document_type: Mapped[str | None] = mapped_column(comment="the kind of document that caused it")
    document_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    user_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    api_key_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    request_id: Mapped[str]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(
            ["company_id", "reverses_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
        Index(
            "stock_postings_reverses_id_key",
            "company_id",
            "reverses_id",
            unique=True,
            postgresql_where=text("reverses_id IS NOT NULL"),
        ),
        Index(
            "stock_postings_document_idx",
            "company_id",
            "document_type",
            "document_id",
            "id",
            postgresql_where=text("document_id IS NOT NULL"),
        ),
        CheckConstraint(
            "kind IN ('movements', 'opening', 'import', 'reversal', 'reservation', 'release',"
            " 'shipment', 'return', 'receipt', 'transfer_shipment', 'transfer_receipt',"
            " 'transfer_cancellation', 'count', 'adjustment')",
            name="kind",
        ),
        CheckConstraint(
            "document_type IN ('sales_order', 'purchase_order', 'transfer', 'stock_count',"
            " 'adjustment_request')",
            name="document_type",
        ),
        CheckConstraint(
            "(document_type IS NULL) = (document_id IS NULL)", name="document_is_whole"
        ),
    )


class StockMovement(Base):
    """One change of one bucket of one level. Append-only: the application may only insert and read.

    Balances run in the order of `id`; `occurred_at` may lie further back.
    """

    __tablename__ = "stock_movements"

    company_id: Mapped[CompanyKey]
    id: Mapped[KeyPart]
    line: Mapped[int] = mapped_column(Integer, comment="the line of the request it came from")
    product_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt]
    type: Mapped[str] = mapped_column(Text)
    bucket: Mapped[str] = mapped_column(Text)
    quantity_change: Mapped[Quantity]
    quantity_before: Mapped[Quantity]
    quantity_after: Mapped[Quantity]
    unit_cost: Mapped[Money | None]
    unit_price: Mapped[Money | None]
    value_change: Mapped[ZeroMoney] = mapped_column(
        comment="of the value on hand, or of that in transit; going out, the cost of goods"
    )
    reason: Mapped[str | None]
    reference: Mapped[str | None]
    occurred_at: Mapped[Moment]
    recorded_at: Mapped[CreatedAt]

    # No foreign key to the level, here and in StockDay: the one statement that writes these rows reads
    # and locks the level they belong to, and nobody may delete a level. Checking the key again for
    # every row is an eighth of the cost of a posting. `stockflow check` proves that none is astray.
    __table_args__ = (
        Index(None, "company_id", "product_id", "warehouse_id", "occurred_at"),
        Index(
            "stock_movements_reference_idx",
            "company_id",
            "reference",
            "id",
            postgresql_where=text("reference IS NOT NULL"),
        ),
        Index(
            "stock_movements_inflow_idx",  # the layers of first in, first out
            "company_id",
            "product_id",
            "warehouse_id",
            text("id DESC"),
            postgresql_include=["quantity_change", "value_change", "unit_cost", "occurred_at"],
            postgresql_where=text(
                "quantity_change > 0 AND bucket <> 'in_transit'"
                " AND type NOT IN ('reserve', 'release', 'damage')"
            ),
        ),
        CheckConstraint(
            "quantity_after = quantity_before + quantity_change", name="balance_adds_up"
        ),
        CheckConstraint(
            "bucket IN ('available', 'reserved', 'damaged', 'in_transit')", name="bucket"
        ),
        CheckConstraint(
            "type IN ('purchase', 'sale', 'return', 'adjustment', 'transfer_out', 'transfer_in',"
            " 'damage', 'write_off', 'recount', 'reserve', 'release', 'manufacturing')",
            name="type",
        ),
    )


class StockDay(Base):
    """What happened to a level on one day of the company's calendar: demand, and net changes.

    A checkpoint: past balances are read from days, not from all movements.
    """

    __tablename__ = "stock_days"

    company_id: Mapped[CompanyKey]
    product_id: Mapped[KeyPart]
    warehouse_id: Mapped[KeyPart]
    day: Mapped[date] = mapped_column(Date, primary_key=True)
    sold: Mapped[ZeroQuantity] = mapped_column(comment="units sold, less returned and reversed")
    available: Mapped[ZeroQuantity] = mapped_column(comment="net change")
    reserved: Mapped[ZeroQuantity] = mapped_column(comment="net change")
    damaged: Mapped[ZeroQuantity] = mapped_column(comment="net change")
    in_transit: Mapped[ZeroQuantity] = mapped_column(comment="net change")
    value: Mapped[ZeroMoney] = mapped_column(comment="net change of the value on hand")
    transit_value: Mapped[ZeroMoney] = mapped_column(comment="net change")

    __table_args__ = ({"postgresql_with": {"fillfactor": "80"}},)


class StockReservation(Base):
    """Stock that a line of a document holds of one level and has not taken yet.

    Only what is open is here: a row shrinks as its stock is taken and goes with the last of it. What
    happened is told by the movements.
    """

    __tablename__ = "stock_reservations"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    product_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt]
    quantity: Mapped[Quantity]
    reserved_until: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="from then on the stock is free; null: until taken"
    )
    document_type: Mapped[str]
    document_id: Mapped[BigInt]
    line_id: Mapped[BigInt] = mapped_column(BigInteger, comment="the line of the document")
    reference: Mapped[str] = mapped_column(comment="the document's number")
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "product_id", "warehouse_id"],
            [
                "stock_levels.company_id",
                "stock_levels.product_id",
                "stock_levels.warehouse_id",
            ],
        ),
        Index(None, "company_id", "product_id", "warehouse_id"),
        Index(None, "company_id", "document_type", "document_id"),
        Index(
            "stock_reservations_until_idx",
            "company_id",
            "reserved_until",
            postgresql_where=text("reserved_until IS NOT NULL"),
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("document_type IN ('sales_order')", name="document_type"),
    )
