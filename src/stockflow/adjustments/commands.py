"""Inputs of the adjustment request operations."""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field

from stockflow.foundation.quantity import Id, Line, ShortLine
from stockflow.foundation.routing import Command
from stockflow.stock.commands import LINES_MAX, MovementLine, MovementType
from stockflow.stock.documents import DocumentFilters


class RequestStatus(StrEnum):
    """What became of a request."""

    WAITING = "waiting"
    APPROVED = "approved"
    REJECTED = "rejected"
    WITHDRAWN = "withdrawn"


class AdjustmentLine(MovementLine):
    """One adjustment or write-off, as it would be sent to be posted."""

    type: Literal[MovementType.ADJUSTMENT, MovementType.WRITE_OFF]


class CreateAdjustmentRequest(Command):
    """1 to 10,000 adjustments, and why they are needed."""

    reason: Line
    lines: Annotated[list[AdjustmentLine], Field(min_length=1, max_length=LINES_MAX)]


class ApproveRequest(Command):
    """A word on why it is right, where wanted."""

    reason: Line | None = None


class WithdrawRequest(Command):
    """Why it is not needed any more, where wanted."""

    reason: Line | None = None


class RequestFilters(DocumentFilters[RequestStatus]):
    """Which adjustment requests to list."""

    warehouse_id: Annotated[Id | None, Field(description="A warehouse of one of the lines.")] = None
    warehouse: Annotated[ShortLine | None, Field(description="The warehouse's code.")] = None
    product_id: Annotated[Id | None, Field(description="A product on one of the lines.")] = None
    sku: ShortLine | None = None
