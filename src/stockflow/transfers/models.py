"""Tables of transfers."""

from datetime import date, datetime

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Date,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Integer,
    UniqueConstraint,
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
    Quantity,
    Version,
    ZeroQuantity,
)


class Transfer(Base):
    """Stock that goes from one warehouse to another. Never deleted."""

    __tablename__ = "transfers"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    from_warehouse_id: Mapped[BigInt]
    to_warehouse_id: Mapped[BigInt]
    expected_date: Mapped[date | None] = mapped_column(Date)
    notes: Mapped[str | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    shipped_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    completed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancellation_reason: Mapped[str | None]
    shipment_posting_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    cancellation_posting_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="what came back to the source"
    )
    version: Mapped[Version]

    __table_args__ = (
        UniqueConstraint("company_id", "number"),
        ForeignKeyConstraint(
            ["company_id", "from_warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "to_warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "shipment_posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
        ),
        ForeignKeyConstraint(
            ["company_id", "cancellation_posting_id"],
            ["stock_postings.company_id", "stock_postings.id"],
        ),
        Index(None, "company_id", "status", "id"),
        Index(None, "company_id", "from_warehouse_id", "id"),
        Index(None, "company_id", "to_warehouse_id", "id"),
        CheckConstraint("from_warehouse_id <> to_warehouse_id", name="two_warehouses"),
        CheckConstraint(
            "status IN ('pending', 'in_transit', 'completed', 'cancelled')", name="status"
        ),
    )


class TransferLine(Base):
    """One product of a transfer: how much was asked for, left, arrived, was lost or came back."""

    __tablename__ = "transfer_lines"

    company_id: Mapped[CompanyKey]
    transfer_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    line: Mapped[int] = mapped_column(Integer, comment="its place in the document, from 0")
    product_id: Mapped[BigInt]
    quantity: Mapped[Quantity]
    shipped: Mapped[ZeroQuantity]
    good: Mapped[ZeroQuantity]
    damaged: Mapped[ZeroQuantity]
    missing: Mapped[ZeroQuantity]
    returned: Mapped[ZeroQuantity] = mapped_column(comment="back at the source by a cancellation")

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "transfer_id"], ["transfers.company_id", "transfers.id"]
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        Index(None, "company_id", "product_id"),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("shipped BETWEEN 0 AND quantity", name="shipped"),
        CheckConstraint(
            "good >= 0 AND damaged >= 0 AND missing >= 0 AND returned >= 0", name="not_negative"
        ),
        CheckConstraint("good + damaged + missing + returned <= shipped", name="within_shipped"),
    )


class TransferReceipt(Base):
    """What one delivery of a transfer turned out to hold. Never changed."""

    __tablename__ = "transfer_receipts"

    company_id: Mapped[CompanyKey]
    transfer_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    notes: Mapped[str | None]
    received_at: Mapped[datetime] = mapped_column(DateTime(timezone=True))
    posting_id: Mapped[BigInt]
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "transfer_id"], ["transfers.company_id", "transfers.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
    )


class TransferReceiptLine(Base):
    """How much of a line of a transfer one delivery held, and why it was not all of it good."""

    __tablename__ = "transfer_receipt_lines"

    company_id: Mapped[CompanyKey]
    transfer_id: Mapped[KeyPart]
    receipt_id: Mapped[KeyPart]
    line_id: Mapped[KeyPart]
    good: Mapped[ZeroQuantity]
    damaged: Mapped[ZeroQuantity]
    missing: Mapped[ZeroQuantity]
    reason: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "transfer_id", "receipt_id"],
            [
                "transfer_receipts.company_id",
                "transfer_receipts.transfer_id",
                "transfer_receipts.id",
            ],
        ),
        ForeignKeyConstraint(
            ["company_id", "transfer_id", "line_id"],
            ["transfer_lines.company_id", "transfer_lines.transfer_id", "transfer_lines.id"],
        ),
        CheckConstraint("good >= 0 AND damaged >= 0 AND missing >= 0", name="not_negative"),
        CheckConstraint("good + damaged + missing > 0", name="not_empty"),
        CheckConstraint(
            "reason IS NOT NULL OR (damaged = 0 AND missing = 0)", name="differences_explained"
        ),
    )
