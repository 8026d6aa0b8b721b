"""Inputs of valuation."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.quantity import Id, PastQueryMoment


class Method(StrEnum):
    """Which cost is given to what is left: see docs/concepts/costs.md."""

    AVERAGE = "average"
    FIFO = "fifo"


class ValuationFilters(PageFilters):
    """What to value, when and how."""

    as_of: Annotated[
        PastQueryMoment | None,
        Field(description="The moment at which stock is valued; now if absent."),
    ] = None
    method: Annotated[
        Method,
        Field(description="The moving average, or first in, first out: the newest remains."),
    ] = Method.AVERAGE
    warehouse_id: Id | None = None
    category_id: Id | None = None
