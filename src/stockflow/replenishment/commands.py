"""Inputs of the replenishment operations."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from stockflow.foundation.quantity import Id, Quantity
from stockflow.foundation.routing import Command


class SalesScope(StrEnum):
    """Whose sales count as demand at a warehouse."""

    WAREHOUSE = "warehouse"
    COMPANY = "company"


class AlertFilters(Command):
    """Which low-stock alerts to list."""

    warehouse_id: Id | None = None
    threshold_multiplier: Annotated[
        Decimal,
        Field(
            gt=0,
            le=1000,
            decimal_places=4,
            allow_inf_nan=False,
            description="Looks further ahead (above 1) or only at the worst (below 1).",
        ),
    ] = Decimal(1)
    include_no_sales: Annotated[
        bool, Field(description="Also what is low but has not sold in the period.")
    ] = False
    sales_period_days: Annotated[
        int | None, Field(ge=1, le=365, description="Days of demand; the company's if absent.")
    ] = None
    sales_scope: Annotated[
        SalesScope, Field(description="Sales of this warehouse, or of the product anywhere.")
    ] = SalesScope.WAREHOUSE
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class SetThreshold(Command):
    """The threshold of one product in one warehouse; null takes it away again."""

    low_stock_threshold: Quantity | None
