"""Inputs of the operations on returns."""

from decimal import Decimal
from typing import Annotated, Self

from pydantic import Field, model_validator

from stockflow.foundation.quantity import Id, Line, Quantity, ShortLine
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX

_NONE = Decimal(0)


class ReturnLine(Command):
    """What becomes of the units of one order line that came back to one warehouse."""

    line_id: Annotated[Id, Field(description="The order's line.")]
    good: Annotated[Quantity, Field(description="As good as new: can be sold again.")] = _NONE
    damaged: Annotated[Quantity, Field(description="Kept, but not for sale.")] = _NONE
    refused: Annotated[
        Quantity,
        Field(description="Not taken back: noted, but stays the customer's and moves no stock."),
    ] = _NONE
    warehouse_id: Annotated[
        Id | None,
        Field(description="Where it came back to; by default where all of the line left from."),
    ] = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None
    reason: Line | None = None

    @property
    def taken_back(self) -> Decimal:
        """How much becomes the company's again."""
        return self.good + self.damaged

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if self.warehouse_id is not None and self.warehouse is not None:
            raise ValueError("name the warehouse by either warehouse_id or warehouse (its code)")
        if not self.taken_back + self.refused:
            raise ValueError("say how much came back")
        return self


class CreateReturn(Command):
    """Goods of an order that the customer sent back."""

    lines: Annotated[list[ReturnLine], Field(min_length=1, max_length=LINES_MAX)]
    reference: Annotated[Line | None, Field(description="The customer's own number.")] = None
    reason: Annotated[Line | None, Field(description="For lines without their own.")] = None
