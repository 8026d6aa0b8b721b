"""What reads of sales orders give."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated

from pydantic import WithJsonSchema

from stockflow.companies.commands import AllocationRule
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.sales.commands import SalesOrderStatus

LineTotal = Annotated[str, WithJsonSchema({"type": "string", "pattern": r"^\d{1,25}\.\d{4,14}$"})]
"""Quantity times price less discount, exact: only the total of the order is rounded."""


@dataclass(frozen=True, slots=True)
class SalesOrderRow:
    """A sales order without its lines."""

    id: int
    number: str
    status: SalesOrderStatus
    customer_id: int
    customer_code: str | None
    customer_name: str
    warehouse_id: int | None
    warehouse_code: str | None
    reference: str | None
    expected_date: date | None
    shipping_address: str | None
    notes: str | None
    currency: str
    line_count: int
    total: MoneyOut
    cancellation_reason: str | None
    confirmed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class AllocationRow:
    """What a line has reserved in one warehouse, and until when (null: until it is shipped)."""

    warehouse_id: int
    warehouse_code: str
    quantity: QuantityOut
    reserved_until: datetime | None


@dataclass(frozen=True, slots=True)
class SalesOrderLineRow:
    """A line as it is shown.

    What of `quantity` is neither reserved, backordered, shipped nor cancelled had its reservation end.
    """

    id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    warehouse_id: int | None
    quantity: QuantityOut
    unit_price: MoneyOut
    discount_percent: QuantityOut
    line_total: LineTotal
    reserved: QuantityOut
    backordered: QuantityOut
    shipped: QuantityOut
    returned: QuantityOut
    cancelled: QuantityOut
    allocations: list[AllocationRow]


@dataclass(frozen=True, slots=True)
class SalesOrderDocument(SalesOrderRow):
    """A sales order with its lines."""

    lines: list[SalesOrderLineRow]


@dataclass(frozen=True, slots=True)
class ShipmentLineRow:
    """What of a line left one warehouse."""

    line_id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    warehouse_id: int
    warehouse_code: str
    quantity: QuantityOut


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    """What left for the customer at once, without its lines."""

    id: int
    order_id: int
    carrier: str | None
    tracking: str | None
    notes: str | None
    posting_id: int
    shipped_at: datetime
    line_count: int


@dataclass(frozen=True, slots=True)
class ShipmentDocument(ShipmentRow):
    """What left for the customer at once, with its lines."""

    lines: list[ShipmentLineRow]


@dataclass(frozen=True, slots=True)
class LockedOrder:
    """What decides about an order, as it stays until the transaction ends."""

    id: int
    number: str
    status: SalesOrderStatus
    customer_id: int
    customer_code: str | None
    customer_name: str
    warehouse_id: int | None
    reference: str | None
    expected_date: date | None
    shipping_address: str | None
    notes: str | None
    currency: str
    line_count: int
    total: MoneyOut
    cancellation_reason: str | None
    confirmed_at: datetime | None
    created_at: datetime
    version: int
    warehouse_ids: list[int]
    allocation_rule: AllocationRule | None
    allocation_warehouses: list[int] | None
    company_rule: AllocationRule
    reservation_hours: int | None
    place_ids: list[int]
    place_codes: list[str]
    place_active: list[bool]

    @property
    def codes(self) -> dict[int, str]:
        """The codes of all warehouses in use, and of those the order has to do with."""
        return dict(zip(self.place_ids, self.place_codes, strict=True))


@dataclass(frozen=True, slots=True)
class OrderLine:
    """A line as it is kept."""

    order_id: int
    id: int
    line: int
    product_id: int
    sku: str
    product_name: str
    product_type: str
    archived: bool
    warehouse_id: int | None
    quantity: Decimal
    unit_price: str
    discount_percent: Decimal
    line_total: str
    backordered: Decimal
    shipped: Decimal
    returned: Decimal
    cancelled: Decimal

    @property
    def is_bundle(self) -> bool:
        return self.product_type == "bundle"

    @property
    def open_quantity(self) -> Decimal:
        """What may still be shipped."""
        return self.quantity - self.shipped - self.cancelled
