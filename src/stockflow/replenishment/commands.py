"""Inputs of the replenishment operations."""

from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from stockflow.catalog.commands import SearchText
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


class AlertSort(StrEnum):
    """Orders of the list of alerts; `-` turns one round."""

    URGENCY = "urgency"
    URGENCY_DESCENDING = "-urgency"
    STOCK = "stock"
    STOCK_DESCENDING = "-stock"
    SKU = "sku"
    SKU_DESCENDING = "-sku"
    WAREHOUSE = "warehouse"
    WAREHOUSE_DESCENDING = "-warehouse"
    SUPPLIER = "supplier"
    SUPPLIER_DESCENDING = "-supplier"
    RECOMMENDED = "recommended"
    RECOMMENDED_DESCENDING = "-recommended"


class AlertFilters(AlertRules):
    """Which low-stock alerts to list."""

    warehouse_id: Id | None = None
    urgency: Annotated[
        list[Urgency] | None, Field(max_length=4, description="Only alerts of these urgencies.")
    ] = None
    supplier_id: Annotated[
        Id | None, Field(description="Only what would be ordered from this supplier.")
    ] = None
    category_id: Id | None = None
    q: Annotated[
        SearchText, Field(description="Only the products most like this, as in their search.")
    ] = ""
    sort: AlertSort = AlertSort.URGENCY
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
