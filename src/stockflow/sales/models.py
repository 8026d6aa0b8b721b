"""Tables of customers, sales orders, shipments and returns.

A line of an order counts in the units of its product, for a bundle in whole bundles. What it has
reserved is not kept here: it follows from `stock_reservations`, whose `line_id` is the line's `id`,
because a reservation that is over must not be counted by anyone.
"""

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
from sqlalchemy.dialects.postgresql import ARRAY
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
    ZeroQuantity,
)

_NO_WAREHOUSES = text("'{}'::bigint[]")


class Customer(Base):
    """Who a company sells to. Never deleted; an inactive one gets no new orders."""

    __tablename__ = "customers"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    code: Mapped[str | None]
    code_key: Mapped[str | None] = mapped_column(comment="the code in upper case")
    name: Mapped[str]
    contact_name: Mapped[str | None]
    contact_email: Mapped[str | None]
    contact_phone: Mapped[str | None]
    billing_address: Mapped[str | None]
    shipping_address: Mapped[str | None]
    payment_terms: Mapped[str | None]
    currency: Mapped[str | None]
    tax_id: Mapped[str | None]
    notes: Mapped[str | None]
    active: Mapped[bool] = mapped_column(server_default=text("true"))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        Index("customers_company_id_code_key_key", "company_id", "code_key", unique=True),
    )


class SalesOrder(Base):
    """What a customer ordered, and how far it is fulfilled.

    `warehouse_ids` are all warehouses the order names, has reserved in or was shipped from: who is
    limited to others does not see it. They are never taken back once the order is confirmed.
    """

    __tablename__ = "sales_orders"

    company_id: Mapped[CompanyKey]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    customer_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="where lines without a warehouse of their own come from; null: anywhere"
    )
    warehouse_ids: Mapped[list[int]] = mapped_column(
        ARRAY(BigInteger), server_default=_NO_WAREHOUSES, comment="all it has to do with"
    )
    reference: Mapped[str | None] = mapped_column(comment="the customer's own number")
    expected_date: Mapped[date | None] = mapped_column(Date, comment="when the customer wants it")
    shipping_address: Mapped[str | None]
    notes: Mapped[str | None]
    currency: Mapped[str]
    line_count: Mapped[int]
    total: Mapped[Money] = mapped_column(comment="of the lines as ordered, in minor units")
    allocation_rule: Mapped[str | None] = mapped_column(comment="as confirmed; null: not yet")
    allocation_warehouses: Mapped[list[int] | None] = mapped_column(
        ARRAY(BigInteger), comment="as confirmed: the only ones, best first; null: any"
    )
    cancellation_reason: Mapped[str | None]
    confirmed_at: Mapped[datetime | None] = mapped_column(DateTime(timezone=True))
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[CreatedAt]
    version: Mapped[Version]

    __table_args__ = (
        ForeignKeyConstraint(["company_id"], ["companies.id"]),
        ForeignKeyConstraint(
            ["company_id", "customer_id"], ["customers.company_id", "customers.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "customer_id", "id"),
        Index(None, "company_id", "status", "id"),
        CheckConstraint(
            "status IN ('draft', 'confirmed', 'partially_shipped', 'shipped', 'returned',"
            " 'cancelled')",
            name="status",
        ),
        CheckConstraint("allocation_rule IN ('priority', 'most_whole')", name="allocation_rule"),
        CheckConstraint("line_count BETWEEN 1 AND 10000", name="line_count"),
        CheckConstraint("total >= 0", name="total"),
    )


class SalesOrderLine(Base):
    """One product of an order.

    What is neither shipped, cancelled, backordered nor reserved is to be reserved again on request:
    its reservation was over. `returned` is what was taken back, to available or to damaged; units
    whose return was refused stay the customer's and do not count.
    """

    __tablename__ = "sales_order_lines"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    line: Mapped[int] = mapped_column(Integer, comment="its place in the order, from 0")
    product_id: Mapped[BigInt]
    warehouse_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="the only one it comes from; null: the order's"
    )
    quantity: Mapped[Quantity]
    unit_price: Mapped[Money]
    discount_percent: Mapped[ZeroQuantity]
    backordered: Mapped[ZeroQuantity] = mapped_column(comment="reserved when stock arrives")
    shipped: Mapped[ZeroQuantity]
    returned: Mapped[ZeroQuantity] = mapped_column(comment="of what was shipped; taken back")
    cancelled: Mapped[ZeroQuantity] = mapped_column(comment="will not be shipped")

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id"], ["sales_orders.company_id", "sales_orders.id"]
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        Index(
            "sales_order_lines_open_idx",
            "company_id",
            "product_id",
            postgresql_where=text("shipped + cancelled < quantity"),
        ),
        Index(
            "sales_order_lines_backordered_idx",
            "company_id",
            "product_id",
            postgresql_where=text("backordered > 0"),
        ),
        CheckConstraint("quantity > 0", name="quantity"),
        CheckConstraint("unit_price >= 0", name="unit_price"),
        CheckConstraint("discount_percent BETWEEN 0 AND 100", name="discount_percent"),
        CheckConstraint("backordered >= 0", name="backordered"),
        CheckConstraint("shipped >= 0", name="shipped"),
        CheckConstraint("cancelled >= 0", name="cancelled"),
        CheckConstraint("shipped + cancelled + backordered <= quantity", name="not_more"),
        CheckConstraint("returned BETWEEN 0 AND shipped", name="returned"),
    )


class SalesOrderComponent(Base):
    """How many of a product one bundle of a line holds, as it was when the order was confirmed.

    Rounded to the smallest unit of the ledger, so that any number of bundles is exact. Only lines
    whose product is a bundle have components.
    """

    __tablename__ = "sales_order_components"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    line_id: Mapped[KeyPart]
    product_id: Mapped[KeyPart]
    quantity: Mapped[Quantity] = mapped_column(comment="in one bundle")

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            [
                "sales_order_lines.company_id",
                "sales_order_lines.order_id",
                "sales_order_lines.id",
            ],
        ),
        ForeignKeyConstraint(["company_id", "product_id"], ["products.company_id", "products.id"]),
        Index(None, "company_id", "product_id", "order_id"),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class SalesShipment(Base):
    """What left for a customer at once, by one posting.

    The movements of the posting have the order line's place as their `line`: the cost of goods of a
    line is their value.
    """

    __tablename__ = "sales_shipments"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    carrier: Mapped[str | None]
    tracking: Mapped[str | None]
    notes: Mapped[str | None]
    posting_id: Mapped[BigInt]
    shipped_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id"], ["sales_orders.company_id", "sales_orders.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
    )


class SalesShipmentLine(Base):
    """How much of an order's line left one warehouse in a shipment; of a bundle, whole bundles."""

    __tablename__ = "sales_shipment_lines"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    shipment_id: Mapped[KeyPart]
    line_id: Mapped[KeyPart]
    warehouse_id: Mapped[KeyPart]
    quantity: Mapped[Quantity]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id", "shipment_id"],
            ["sales_shipments.company_id", "sales_shipments.order_id", "sales_shipments.id"],
        ),
        ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            [
                "sales_order_lines.company_id",
                "sales_order_lines.order_id",
                "sales_order_lines.id",
            ],
        ),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        CheckConstraint("quantity > 0", name="quantity"),
    )


class SalesReturn(Base):
    """What a customer brought or sent back at once; its posting, unless all was refused."""

    __tablename__ = "sales_returns"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    id: Mapped[GeneratedId]
    number: Mapped[str]
    reference: Mapped[str | None] = mapped_column(comment="the customer's own number")
    reason: Mapped[str | None]
    posting_id: Mapped[BigInt | None] = mapped_column(
        BigInteger, comment="null: all of it was refused"
    )
    created_at: Mapped[CreatedAt]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id"], ["sales_orders.company_id", "sales_orders.id"]
        ),
        ForeignKeyConstraint(
            ["company_id", "posting_id"], ["stock_postings.company_id", "stock_postings.id"]
        ),
        UniqueConstraint("company_id", "number"),
        Index(None, "company_id", "id"),
    )


class SalesReturnLine(Base):
    """What became of the returned units of an order's line, in one warehouse."""

    __tablename__ = "sales_return_lines"

    company_id: Mapped[CompanyKey]
    order_id: Mapped[KeyPart]
    return_id: Mapped[KeyPart]
    line_id: Mapped[KeyPart]
    warehouse_id: Mapped[KeyPart]
    good: Mapped[ZeroQuantity]
    damaged: Mapped[ZeroQuantity]
    refused: Mapped[ZeroQuantity] = mapped_column(comment="stays the customer's")
    reason: Mapped[str | None]

    __table_args__ = (
        ForeignKeyConstraint(
            ["company_id", "order_id", "return_id"],
            ["sales_returns.company_id", "sales_returns.order_id", "sales_returns.id"],
        ),
        ForeignKeyConstraint(
            ["company_id", "order_id", "line_id"],
            [
                "sales_order_lines.company_id",
                "sales_order_lines.order_id",
                "sales_order_lines.id",
            ],
        ),
        ForeignKeyConstraint(
            ["company_id", "warehouse_id"], ["warehouses.company_id", "warehouses.id"]
        ),
        CheckConstraint("good >= 0", name="good"),
        CheckConstraint("damaged >= 0", name="damaged"),
        CheckConstraint("refused >= 0", name="refused"),
        CheckConstraint("good + damaged + refused > 0", name="not_empty"),
    )
