"""Tables of purchasing."""

from datetime import date, datetime
from decimal import Decimal

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
    Computed,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    Numeric,
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
    Version,
    ZeroQuantity,
)


class PurchaseOrder(Base):
    """An order to a supplier for one warehouse. Never deleted; it ends received or cancelled."""

    __tablename__ = "purchase_orders"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    supplier_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt] = mapped_column(BigInteger, comment="where it is delivered to")
    currency: Mapped[str]
    payment_terms: Mapped[str | None]
    reference: Mapped[str | None] = mapped_column(comment="the supplier's, or one's own")
    notes: Mapped[str | None]
    expected_date: Mapped[date | None] = mapped_column(Date)
    line_count: Mapped[int] = mapped_column(Integer)
    total: Mapped[Money] = mapped_column(comment="of what was ordered")
    created_by_user_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    created_by_api_key_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    author_user_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default="{}", comment="who created or edited it"
    )
    author_api_key_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    rejection_reason: Mapped[str | None] = mapped_column(comment="why it is a draft again")
    approved_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    approved_by_user_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    approved_by_api_key_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    cancelled_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="when it, or what was still open, was cancelled"
    )
    cancellation_reason: Mapped[str | None]
    received_at: Mapped[datetime | None] = mapped_column(
        DateTime(timezone=True), comment="when nothing was open any more"
    )
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "supplier_id"], ["suppliers.company_id", "suppliers.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        Index("purchase_orders_number_key", "company_id", "number", unique=True),
        Index("purchase_orders_status_idx", "company_id", "status", "id"),
        Index("purchase_orders_supplier_idx", "company_id", "supplier_id", "id"),
        Index("purchase_orders_warehouse_idx", "company_id", "warehouse_id", "id"),
        CheckConstraint(
            "status IN ('draft', 'submitted', 'approved', 'partially_received', 'received',"
            " 'cancelled')",
            name="status",
        ),
        CheckConstraint("total >= 0", name="total"),
    )


class PurchaseOrderLine(Base):
    """One product of an order: what was ordered, what came of it, and what is still open."""

    __tablename__ = "purchase_order_lines"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    order_id: Mapped[BigInt]
    line: Mapped[int] = mapped_column(Integer, comment="its place in the order, from 0")
    product_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="where it is on order; null until the order is approved"
    )
    quantity: Mapped[Quantity]
    unit_cost: Mapped[Money]
    good: Mapped[ZeroQuantity]
    damaged: Mapped[ZeroQuantity]
    missing: Mapped[ZeroQuantity] = mapped_column(comment="will not come any more")
    cancelled: Mapped[ZeroQuantity]
    open_quantity: Mapped[Decimal] = mapped_column(
        Numeric(18, 4),
        Computed("greatest(quantity - good - damaged - missing - cancelled, 0)", persisted=True),
    )

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id"], ["purchase_orders.company_id", "purchase_orders.id"]
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        Index("purchase_order_lines_line_key", "company_id", "order_id", "line", unique=True),
        Index(
            "purchase_order_lines_open_idx",
            "company_id",
            "product_id",
            "warehouse_id",
            postgresql_include=["open_quantity", "order_id"],
            postgresql_where=text("open_quantity > 0"),
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
        CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND cancelled >= 0", name="outcome"
        ),
    )


class PurchaseReceipt(Base):
    """One delivery of an order, as it was counted in. Never changed."""

    __tablename__ = "purchase_receipts"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    order_id: Mapped[BigInt]
    posting_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="null where everything was missing"
    )
    delivery_reference: Mapped[str | None]
    notes: Mapped[str | None]
    received_at: Mapped[Moment]
    lead_time_days: Mapped[int | None] = mapped_column(
        Integer, comment="days since the approval; null where it came before"
    )
    user_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    api_key_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id"], ["purchase_orders.company_id", "purchase_orders.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
        Index("purchase_receipts_order_idx", "company_id", "order_id", "id"),
        CheckConstraint("lead_time_days >= 0", name="lead_time_days"),
    )


class PurchaseReceiptLine(Base):
    """What one delivery brought of one line of the order."""

    __tablename__ = "purchase_receipt_lines"

    company_id: Mapped[CompanyKey]
    receipt_id: Mapped[KeyPart]
    line_id: Mapped[KeyPart]
    good: Mapped[Quantity]
    damaged: Mapped[Quantity]
    missing: Mapped[Quantity]
    unit_cost: Mapped[Money]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "receipt_id"], ["purchase_receipts.company_id", "purchase_receipts.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "line_id"],
            ["purchase_order_lines.company_id", "purchase_order_lines.id"],
        ),
        CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND good + damaged + missing > 0",
            name="quantities",
        ),
        CheckConstraint("unit_cost >= 0", name="unit_cost"),
    )
