"""Inputs of the transfer operations."""

from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, field_validator, model_validator

from stockflow.foundation.quantity import (
    PRINTABLE,
    Id,
    Line,
    LongText,
    PositiveQuantity,
    Quantity,
    QueryMoment,
    ShortLine,
)
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX
from stockflow.stock.document_lines import ProductLine

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
    note: LongText | None = None
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
    note: LongText | None = None
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


def _each_line_once(lines: list["ShippedLine"] | list["ReceivedLine"] | None) -> None:
    if lines is not None and len({line.line_id for line in lines}) < len(lines):
        raise ValueError("name each line once")


class ShipTransfer(Command):
    """What leaves the source; without `lines`, everything. Lines that are not named stay behind."""

    lines: Annotated[list[ShippedLine] | None, Field(min_length=1, max_length=LINES_MAX)] = None

    @field_validator("lines")
    @classmethod
    def _once(cls, lines: list[ShippedLine] | None) -> list[ShippedLine] | None:
        _each_line_once(lines)
        return lines


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
    note: LongText | None = None

    @field_validator("lines")
    @classmethod
    def _once(cls, lines: list[ReceivedLine] | None) -> list[ReceivedLine] | None:
        _each_line_once(lines)
        return lines


class CancelTransfer(Command):
    """Why a transfer is given up."""

    reason: Line | None = None


class TransferFilters(Command):
    """Which transfers to list, newest first."""

    q: Annotated[
        str | None, Field(max_length=64, pattern=PRINTABLE, description="Part of the number.")
    ] = None
    status: TransferStatus | None = None
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
    created_from: QueryMoment | None = None
    created_before: QueryMoment | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class ReceiptFilters(Command):
    """Which page of a transfer's receipts."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None
