"""Inputs of the replenishment operations."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from stockflow.foundation.quantity import Id, PositiveQuantity, Quantity
from stockflow.foundation.routing import Command
from stockflow.replenishment.formulas import Urgency

ALERTS_ORDERED_MAX = 10_000


class SalesScope(StrEnum):
    """Whose sales count as demand at a warehouse."""

    WAREHOUSE = "warehouse"
    COMPANY = "company"


class AlertRules(Command):
    """What makes an alert."""

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


class AlertFilters(AlertRules):
    """Which low-stock alerts to list."""

    warehouse_id: Id | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
    cursor: Annotated[str | None, Field(max_length=2000)] = None


class OrderedAlert(Command):
    """An alert to order for, named by its product and warehouse."""

    product_id: Id
    warehouse_id: Id
    quantity: Annotated[
        PositiveQuantity | None, Field(description="If absent, the recommended quantity.")
    ] = None


class OrderFromAlerts(AlertRules):
    """The alerts to order for: these, or all of some urgencies; all critical and high ones if neither."""

    alerts: Annotated[
        list[OrderedAlert] | None, Field(min_length=1, max_length=ALERTS_ORDERED_MAX)
    ] = None
    urgency: Annotated[
        list[Urgency],
        Field(
            min_length=1,
            max_length=4,
            description="Instead of alerts: all of these urgencies.",
        ),
    ] = [Urgency.CRITICAL, Urgency.HIGH]  # noqa: RUF012  # pydantic copies it
    warehouse_id: Annotated[
        Id | None, Field(description="With urgency: only alerts of this warehouse.")
    ] = None

    @model_validator(mode="after")
    def _alerts_or_urgency(self) -> Self:
        if self.alerts is not None and "urgency" in self.model_fields_set:
            raise ValueError("give either alerts or urgency")
        if self.alerts is not None and self.warehouse_id is not None:
            raise ValueError("warehouse_id goes with urgency: alerts name their own")
        return self


class SetThreshold(Command):
    """The threshold of one product in one warehouse; null takes it away again."""

    low_stock_threshold: Quantity | None
