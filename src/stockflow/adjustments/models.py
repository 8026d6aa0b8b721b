"""Tables of adjustment requests."""

from datetime import datetime

from sqlalchemy import (
    ARRAY,
    BigInteger,
    CheckConstraint,
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
    Money,
    Quantity,
    Version,
    ZeroMoney,
)


class AdjustmentRequest(Base):
    """Adjustments somebody asked for, and what became of it. Never deleted."""

    __tablename__ = "adjustment_requests"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'waiting'"))
    reason: Mapped[str]
    warehouse_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), comment="the warehouses of its lines"
    )
    requested_by_user_id: Mapped[BigInt | None]
    requested_by_api_key_id: Mapped[BigInt | None]
    decided_by_user_id: Mapped[BigInt | None]
    decided_by_api_key_id: Mapped[BigInt | None]
    decided_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    decision_reason: Mapped[str | None]
    posting_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "status", "id"),
        CheckConstraint(
            "status IN ('waiting', 'approved', 'rejected', 'withdrawn')", name="status"
        ),
        CheckConstraint("(status = 'approved') = (posting_id IS NOT NULL)", name="posted"),
    )


class AdjustmentRequestLine(Base):
    """One movement that is asked for, as it would be posted."""

    __tablename__ = "adjustment_request_lines"

    company_id: Mapped[CompanyKey]
    request_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    line: Mapped[int] = mapped_column(Integer, comment="its place in the document, from 0")
    product_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt]
    type: Mapped[str]
    quantity: Mapped[Quantity] = mapped_column(comment="signed for adjustments, else positive")
    unit_cost: Mapped[Money | None]
    unit_price: Mapped[Money | None]
    unit_value: Mapped[ZeroMoney] = mapped_column(
        comment="what one unit was worth when it was asked for"
    )
    reason: Mapped[str | None]
    reference: Mapped[str | None]
    occurred_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    expected_quantity: Mapped[Quantity | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "request_id"],
            ["adjustment_requests.company_id", "adjustment_requests.id"],
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        Index(None, "company_id", "product_id"),
        CheckConstraint("type IN ('adjustment', 'write_off')", name="type"),
        CheckConstraint("quantity > 0 OR (type = 'adjustment' AND quantity < 0)", name="quantity"),
    )
