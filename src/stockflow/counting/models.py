"""Tables of stock counts."""

from datetime import datetime
from decimal import Decimal

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Computed,
    DateTime,
    ForeignKeyConstraint,
    Index,
    Numeric,
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
)

OPEN = "status IN ('counting', 'submitted')"


class StockCount(Base):
    """A count of one warehouse, or of some of its products. Its sums follow its lines."""

    __tablename__ = "stock_counts"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'counting'"))
    warehouse_id: Mapped[BigInt]
    category_id: Mapped[BigInt | None] = mapped_column(comment="only its products; null: of any")
    abc_class: Mapped[str | None] = mapped_column(comment="only this class; null: of any")
    listed: Mapped[bool] = mapped_column(comment="only the products that were named")
    blind: Mapped[bool] = mapped_column(comment="who counts does not see what is expected")
    notes: Mapped[str | None]
    recount_above: Mapped[Quantity | None] = mapped_column(
        comment="the company's rule as it was when the count was opened"
    )
    line_count: Mapped[int] = mapped_column(server_default=text("0"))
    counted_count: Mapped[int] = mapped_column(
        server_default=text("0"), comment="lines counted, those to be recounted too"
    )
    recount_count: Mapped[int] = mapped_column(
        server_default=text("0"), comment="lines to be recounted"
    )
    different_count: Mapped[int] = mapped_column(
        server_default=text("0"), comment="lines that differ from what is expected"
    )
    difference_value: Mapped[Decimal] = mapped_column(
        Numeric(), server_default=text("0"), comment="sum of each line's difference without sign"
    )
    uncounted: Mapped[str | None] = mapped_column(
        comment="what became of lines nobody counted, as the submitter chose"
    )
    submitted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    submitted_by_user_id: Mapped[BigInt | None]
    submitted_by_api_key_id: Mapped[BigInt | None]
    rejection_reason: Mapped[str | None] = mapped_column(comment="of the last rejection")
    cancelled_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    cancellation_reason: Mapped[str | None]
    posted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    posting_id: Mapped[BigInt | None] = mapped_column(BigInteger)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "category_id"], ["categories.company_id", "categories.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
        UniqueConstraint("company_id", "number"),
        Index(
            "stock_counts_open_idx",
            "company_id",
            "warehouse_id",
            "id",
            postgresql_where=text(OPEN),
        ),
        CheckConstraint(
            "status IN ('counting', 'submitted', 'posted', 'cancelled')", name="status"
        ),
        CheckConstraint("abc_class IN ('A', 'B', 'C')", name="abc_class"),
        CheckConstraint("uncounted IN ('leave', 'zero')", name="uncounted"),
        CheckConstraint(
            "(status = 'posted') = (posting_id IS NOT NULL)", name="posted_has_posting"
        ),
        CheckConstraint(
            "0 <= recount_count AND recount_count <= counted_count AND counted_count <= line_count"
            " AND 0 <= different_count AND different_count <= counted_count"
            " AND difference_value >= 0",
            name="sums",
        ),
    )


class StockCountLine(Base):
    """What was counted of one product, and what the ledger expected at that moment.

    `expected` is what should lie there: available and reserved; damaged goods are kept apart.
    """

    __tablename__ = "stock_count_lines"

    company_id: Mapped[CompanyKey]
    count_id: Mapped[KeyPart]
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    product_id: Mapped[BigInt]
    status: Mapped[str] = mapped_column(server_default=text("'uncounted'"))
    times_counted: Mapped[int] = mapped_column(server_default=text("0"))
    expected: Mapped[Quantity | None]
    counted: Mapped[Quantity | None]
    difference: Mapped[Quantity | None] = mapped_column(
        Computed("counted - expected", persisted=True)
    )
    unit_cost: Mapped[Money | None] = mapped_column(
        comment="of the level then; the product's cost where the level has none"
    )
    counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    ledger_position: Mapped[BigInt | None] = mapped_column(
        comment="the last posting there was when it was recorded"
    )
    first_expected: Mapped[Quantity | None]
    first_counted: Mapped[Quantity | None] = mapped_column(comment="before it was recounted")
    first_counted_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    counted_by_user_id: Mapped[BigInt | None]
    counted_by_api_key_id: Mapped[BigInt | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "count_id"], ["stock_counts.company_id", "stock_counts.id"]
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        # by product first: so other counts of a product are found too
        UniqueConstraint("company_id", "product_id", "count_id"),
        CheckConstraint("status IN ('uncounted', 'counted', 'recount')", name="status"),
        CheckConstraint("counted >= 0", name="counted"),
        CheckConstraint("times_counted BETWEEN 0 AND 2", name="times_counted"),
        CheckConstraint(
            "num_nulls(expected, counted, unit_cost, counted_at, ledger_position)"
            " = CASE status WHEN 'uncounted' THEN 5 ELSE 0 END",
            name="counted_whole",
        ),
        CheckConstraint("(status = 'uncounted') = (times_counted = 0)", name="status_is_true"),
        {"postgresql_with": {"fillfactor": "80"}},
    )
