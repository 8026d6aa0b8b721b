"""Inputs of the operations on sales orders."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import AwareDatetime, Field, model_validator

from stockflow.companies.commands import AllocationRule
from stockflow.foundation.quantity import (
    Id,
    Line,
    LongText,
    Money,
    PositiveQuantity,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX
from stockflow.stock.document_lines import ProductLine
from stockflow.stock.documents import DocumentFilters

_WAREHOUSES_MAX = 100


class SalesOrderStatus(StrEnum):
    """How far an order is."""

    DRAFT = "draft"
    CONFIRMED = "confirmed"
    PARTIALLY_SHIPPED = "partially_shipped"
    SHIPPED = "shipped"
    RETURNED = "returned"
    CANCELLED = "cancelled"


class _MayNameWarehouse(Command):
    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None

    @model_validator(mode="after")
    def _warehouse_named_once(self) -> Self:
        if self.warehouse_id is not None and self.warehouse is not None:
            raise ValueError("name the warehouse by either warehouse_id or warehouse (its code)")
        return self


class SoldProduct(ProductLine, _MayNameWarehouse):
    """What a customer orders of one product; without a warehouse it comes from the order's."""

    quantity: Annotated[PositiveQuantity, Field(description="Of a bundle: a whole number.")]
    unit_price: Annotated[Money | None, Field(description="The product's price, if absent.")] = None
    discount_percent: Annotated[Quantity, Field(le=100)] = Decimal(0)


SoldProducts = Annotated[list[SoldProduct], Field(min_length=1, max_length=LINES_MAX)]


class _Details(Command):
    reference: Annotated[Line | None, Field(description="The customer's own number.")] = None
    expected_date: Annotated[
        date | None, Field(description="The day on which the customer wants it.")
    ] = None
    shipping_address: Annotated[
        LongText | None, Field(description="The customer's, if left out of a new order.")
    ] = None
    notes: LongText | None = None


class CreateSalesOrder(_Details, _MayNameWarehouse):
    """A draft: for whom, what, and (where wanted) from which warehouse alone."""

    customer_id: Id | None = None
    customer: Annotated[ShortLine | None, Field(description="The customer's code.")] = None
    lines: SoldProducts

    @model_validator(mode="after")
    def _customer_named_once(self) -> Self:
        if (self.customer_id is None) == (self.customer is None):
            raise ValueError("name the customer by either customer_id or customer (its code)")
        return self


class ChangeSalesOrder(_Details, _MayNameWarehouse):
    """The fields to change; those left out stay. `lines`, where given, replace all lines.

    Once the order is confirmed only reference, expected date, address and notes may change.
    """

    customer_id: Id = 0
    customer: Annotated[ShortLine, Field(description="The customer's code.")] = ""
    lines: SoldProducts = Field(default_factory=list)

    @model_validator(mode="after")
    def _customer_named_once(self) -> Self:
        if self.customer_id and self.customer:
            raise ValueError("name the customer by either customer_id or customer (its code)")
        return self


class ReserveSalesOrder(Command):
    """From where to reserve what an order still needs; what is left out is as the company has it."""

    warehouses: Annotated[
        list[Id | ShortLine] | None,
        Field(
            min_length=1,
            max_length=_WAREHOUSES_MAX,
            description="Ids or codes: the only warehouses for lines that name none, best first.",
        ),
    ] = None
    allocation_rule: AllocationRule | None = None
    reserved_until: Annotated[
        AwareDatetime | None,
        Field(description="From then on what is not shipped is free for others."),
    ] = None
    backorder: Annotated[
        bool | None,
        Field(
            description="False refuses to confirm short; what is short is only ever backordered "
            "where the company allows it."
        ),
    ] = None


class ConfirmSalesOrder(ReserveSalesOrder):
    """From where to serve an order; everything may be left out."""


class ShippedLine(_MayNameWarehouse):
    """How much of a line to ship, from one warehouse or from wherever it is reserved."""

    line_id: Id
    quantity: PositiveQuantity


class ShipSalesOrder(_MayNameWarehouse):
    """What leaves: these lines, or everything that is reserved (in the warehouse)."""

    lines: Annotated[list[ShippedLine] | None, Field(min_length=1, max_length=LINES_MAX)] = None
    carrier: Line | None = None
    tracking: Line | None = None
    notes: LongText | None = None


class SalesOrderFilters(DocumentFilters[SalesOrderStatus]):
    """Which orders to list."""

    customer_id: Id | None = None
    customer: Annotated[ShortLine | None, Field(description="The customer's code.")] = None
    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None
    backordered: Annotated[
        bool | None, Field(description="Only orders with(out) lines that wait for stock.")
    ] = None
