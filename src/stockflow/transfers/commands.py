"""Inputs of the transfer operations."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from stockflow.foundation.quantity import (
    Id,
    Line,
    LongText,
    PositiveQuantity,
    Quantity,
    ShortLine,
)
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX
from stockflow.stock.document_lines import ProductLine
from stockflow.stock.documents import DocumentFilters

_ZERO = Decimal(0)
_Code = Annotated[ShortLine | None, Field(description="The warehouse's code.")]


class TransferStatus(StrEnum):
    """Where a transfer stands."""

    PENDING = "pending"
    IN_TRANSIT = "in_transit"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


class NewTransferLine(ProductLine):
    """How much of a product to transfer."""

    quantity: PositiveQuantity


_Lines = Annotated[list[NewTransferLine], Field(min_length=1, max_length=LINES_MAX)]


class CreateTransfer(Command):
    """A transfer of 1 to 10,000 lines; each warehouse is named by id or by code."""

    from_warehouse_id: Id | None = None
    from_warehouse: _Code = None
    to_warehouse_id: Id | None = None
    to_warehouse: _Code = None
    expected_date: Annotated[date | None, Field(description="When it is expected to arrive.")] = (
        None
    )
    notes: LongText | None = None
    lines: _Lines

    @model_validator(mode="after")
    def _warehouses_named_once(self) -> Self:
        for end in ("from", "to"):
            if (_given(self, end, "_id") is None) == (_given(self, end, "") is None):
                raise ValueError(
                    f"name the warehouse by either {end}_warehouse_id or {end}_warehouse (its code)"
                )
        return self


class ChangeTransfer(Command):
    """The fields to change; those left out stay. `lines`, where given, replace all lines."""

    from_warehouse_id: Id | None = None
    from_warehouse: _Code = None
    to_warehouse_id: Id | None = None
    to_warehouse: _Code = None
    expected_date: date | None = None
    notes: LongText | None = None
    lines: _Lines | None = None

    @model_validator(mode="after")
    def _warehouses_named_at_most_once(self) -> Self:
        for end in ("from", "to"):
            if _given(self, end, "_id") is not None and _given(self, end, "") is not None:
                raise ValueError(
                    f"name the warehouse by either {end}_warehouse_id or {end}_warehouse (its code)"
                )
        return self


def _given(command: CreateTransfer | ChangeTransfer, end: str, kind: str) -> object:
    return getattr(command, f"{end}_warehouse{kind}")


class ShippedLine(Command):
    """How much of a line leaves."""

    line_id: Id
    quantity: PositiveQuantity


class ShipTransfer(Command):
    """What leaves the source; without `lines`, everything. Lines that are not named stay behind."""

    lines: Annotated[list[ShippedLine] | None, Field(min_length=1, max_length=LINES_MAX)] = None


class ReceivedLine(Command):
    """What a delivery held of a line."""

    line_id: Id
    good: Quantity = _ZERO
    damaged: Quantity = _ZERO
    missing: Annotated[
        Quantity, Field(description="Shipped, but not in the delivery and not to come.")
    ] = _ZERO
    reason: Annotated[
        Line | None, Field(description="Required where something is damaged or missing.")
    ] = None

    @model_validator(mode="after")
    def _explained(self) -> Self:
        if not (self.good or self.damaged or self.missing):
            raise ValueError("say how much is good, damaged or missing")
        if (self.damaged or self.missing) and self.reason is None:
            raise ValueError("give the reason why something is damaged or missing")
        return self


class ReceiveTransfer(Command):
    """What arrived; without `lines`, everything that is still in transit, all of it good."""

    lines: Annotated[list[ReceivedLine] | None, Field(min_length=1, max_length=LINES_MAX)] = None
    notes: LongText | None = None


class TransferFilters(DocumentFilters[TransferStatus]):
    """Which transfers to list."""

    warehouse_id: Annotated[Id | None, Field(description="Source or destination.")] = None
    warehouse: Annotated[
        ShortLine | None, Field(description="The code of the source or the destination.")
    ] = None
    from_warehouse_id: Id | None = None
    from_warehouse: _Code = None
    to_warehouse_id: Id | None = None
    to_warehouse: _Code = None
    product_id: Annotated[Id | None, Field(description="A product on one of the lines.")] = None
    sku: ShortLine | None = None
