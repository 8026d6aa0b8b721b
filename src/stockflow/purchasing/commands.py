"""Inputs of the purchasing operations."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from stockflow.foundation.quantity import (
    Id,
    Line,
    LongText,
    Money,
    PastMoment,
    PositiveQuantity,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX
from stockflow.stock.document_lines import ProductLine, WarehouseNamed
from stockflow.stock.documents import DocumentFilters


class PurchaseOrderStatus(StrEnum):
    """How far an order is."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    APPROVED = "approved"
    PARTIALLY_RECEIVED = "partially_received"
    RECEIVED = "received"
    CANCELLED = "cancelled"


class OrderedProduct(ProductLine):
    """What to order of one product."""

    quantity: PositiveQuantity
    unit_cost: Annotated[
        Money | None,
        Field(description="If absent, the cost of the supplier's terms, else the product's."),
    ] = None


OrderedProducts = Annotated[list[OrderedProduct], Field(min_length=1, max_length=LINES_MAX)]


class CreatePurchaseOrder(WarehouseNamed):
    """A draft: from whom, to which warehouse, and what."""

    supplier_id: Id | None = None
    supplier: Annotated[ShortLine | None, Field(description="The supplier's code.")] = None
    expected_date: date | None = None
    payment_terms: Annotated[
        Line | None, Field(description="If left out, those of the supplier.")
    ] = None
    reference: Line | None = None
    notes: LongText | None = None
    lines: OrderedProducts

    @model_validator(mode="after")
    def _supplier_named_once(self) -> Self:
        if (self.supplier_id is None) == (self.supplier is None):
            raise ValueError("name the supplier by either supplier_id or supplier (its code)")
        return self


class ChangePurchaseOrder(Command):
    """The fields to change; those left out stay. `lines`, where given, replace all lines."""

    supplier_id: Id = 0
    supplier: Annotated[ShortLine, Field(description="The supplier's code.")] = ""
    warehouse_id: Id = 0
    warehouse: Annotated[ShortLine, Field(description="The warehouse's code.")] = ""
    expected_date: date | None = None
    payment_terms: Line | None = None
    reference: Line | None = None
    notes: LongText | None = None
    lines: Annotated[OrderedProducts, Field(default_factory=list)]

    @model_validator(mode="after")
    def _named_once(self) -> Self:
        if self.supplier_id and self.supplier:
            raise ValueError("name the supplier by either supplier_id or supplier (its code)")
        if self.warehouse_id and self.warehouse:
            raise ValueError("name the warehouse by either warehouse_id or warehouse (its code)")
        return self


class ReceivedProduct(Command):
    """What came of one line of the order; at least one of the quantities is above zero."""

    line_id: Id
    good: Annotated[Quantity, Field(description="Becomes available.")] = Decimal(0)
    damaged: Annotated[Quantity, Field(description="Becomes damaged stock.")] = Decimal(0)
    missing: Annotated[Quantity, Field(description="Did not come, and will not.")] = Decimal(0)
    unit_cost: Annotated[Money | None, Field(description="If absent, the order's.")] = None

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not (self.good or self.damaged or self.missing):
            raise ValueError("good, damaged or missing must be above zero")
        return self

    @property
    def accounted(self) -> Decimal:
        return self.good + self.damaged + self.missing


class ReceivePurchaseOrder(Command):
    """One delivery: these lines, or without `lines` everything that is still open in good condition."""

    lines: Annotated[list[ReceivedProduct] | None, Field(min_length=1, max_length=LINES_MAX)] = None
    delivery_reference: Annotated[
        Line | None, Field(description="Such as the number of the delivery note.")
    ] = None
    notes: LongText | None = None
    received_at: Annotated[PastMoment | None, Field(description="Now, if absent.")] = None


class PurchaseOrderFilters(DocumentFilters[PurchaseOrderStatus]):
    """Which orders to list."""

    supplier_id: Id | None = None
    supplier: Annotated[ShortLine | None, Field(description="The supplier's code.")] = None
    warehouse_id: Id | None = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None
    overdue: Annotated[
        bool | None,
        Field(description="Whether it is expected before today and not received yet."),
    ] = None
