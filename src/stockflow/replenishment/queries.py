"""Reads of replenishment: the low-stock alerts."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.pagination import decode_cursor, encode_cursor
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.replenishment.commands import AlertFilters, SalesScope
from stockflow.replenishment.formulas import (
    ZERO,
    Urgency,
    average_daily_sales,
    four_decimals,
    recommended_quantity,
    urgency,
)
from stockflow.stock.ledger import demand_start
from stockflow.suppliers.queries import BestSupplier, best_suppliers
from stockflow.warehouses.queries import get_warehouse

_SQL = sql.load(__package__, "alerts.sql")


@dataclass(frozen=True, slots=True)
class AlertSupplier:
    """Whom to order from, and on which terms."""

    id: int
    name: str
    contact_email: str | None
    contact_phone: str | None
    lead_time_days: int | None
    minimum_order_quantity: QuantityOut | None
    cost_price: MoneyOut | None


@dataclass(frozen=True, slots=True)
class Alert:
    """A product that is about to run out in a warehouse; see docs/concepts/alerts.md."""

    product_id: int
    product_name: str
    sku: str
    category: str | None
    warehouse_id: int
    warehouse_name: str
    current_stock: QuantityOut
    threshold: QuantityOut
    days_until_stockout: int | None
    avg_daily_sales: QuantityOut
    last_counted_at: datetime | None
    urgency: Urgency
    recommended_reorder_quantity: QuantityOut
    supplier: AlertSupplier | None


@dataclass(frozen=True, slots=True)
class AlertParameters:
    """What the alerts were computed with."""

    organization_id: int
    warehouse_id: int | None
    threshold_multiplier: float
    include_no_sales: bool
    sales_period_days: int


@dataclass(frozen=True, slots=True)
class Alerts:
    """A page of alerts, most urgent first; `total_alerts` counts all."""

    alerts: list[Alert]
    total_alerts: int
    generated_at: datetime
    parameters: AlertParameters
    next_cursor: str | None


@dataclass(frozen=True, slots=True)
class _Row:
    product_id: int
    warehouse_id: int
    available: Decimal
    threshold: Decimal
    sold: Decimal
    days: int | None
    last_counted_at: datetime | None
    product_name: str
    sku: str
    category: str | None
    warehouse_name: str
    reorder_quantity: Decimal | None


async def low_stock_alerts(
    scope: ReadScope, company_id: int, filters: AlertFilters
) -> tuple[Alerts, int]:
    """A page of alerts, and how many low levels' recent demand is not that of the company's period.

    Raises:
        Forbidden: `company_id` is not the caller's company, whether it exists or not.
        WarehouseNotFound: there is no such warehouse.
        InvalidCursor: the cursor belongs to another list.
    """
    if company_id != scope.company_id:
        raise Forbidden("These credentials are for another company.")
    scope.require(Permission.READ)
    if filters.warehouse_id is not None:
        await get_warehouse(scope, filters.warehouse_id)
    period_days = filters.sales_period_days or scope.company.sales_period_days
    rows, total, behind = await _ranked(scope, filters, period_days)
    page = rows[: filters.limit]
    suppliers = await best_suppliers(scope, [row.product_id for row in page])
    alerts = Alerts(
        [_alert(row, suppliers.get(row.product_id), period_days) for row in page],
        total,
        scope.now,
        AlertParameters(
            scope.company_id,
            filters.warehouse_id,
            float(filters.threshold_multiplier),
            filters.include_no_sales,
            period_days,
        ),
        _next(page) if len(rows) > filters.limit else None,
    )
    return alerts, behind


async def _ranked(
    scope: ReadScope, filters: AlertFilters, period_days: int
) -> tuple[list[_Row], int, int]:
    after = decode_cursor(filters.cursor, "low-stock", (int | None, str, int, int))
    days, available, product, warehouse = after or (None, None, None, None)
    allowed = scope.actor.warehouse_ids
    cursor = await scope.execute(
        _SQL["ranked"],
        {
            "company_id": scope.company_id,
            "multiplier": filters.threshold_multiplier,
            "since": demand_start(scope, period_days),
            "own_since": demand_start(scope, scope.company.sales_period_days),
            "period_days": period_days,
            "company_scope": filters.sales_scope is SalesScope.COMPANY,
            "include_no_sales": filters.include_no_sales,
            "warehouse_id": filters.warehouse_id,
            "allowed": None if allowed is None else list(allowed),
            "after_days": days,
            "after_available": available,
            "after_product": product,
            "after_warehouse": warehouse,
            "most": filters.limit + 1,
        },
    )
    (*_, total, behind), *rows = await cursor.fetchall()
    return [_Row(*row[:-2]) for row in rows], total, behind


def _next(page: list[_Row]) -> str:
    last = page[-1]
    return encode_cursor(
        "low-stock", (last.days, str(last.available), last.product_id, last.warehouse_id)
    )


def _alert(row: _Row, supplier: BestSupplier | None, period_days: int) -> Alert:
    minimums = [supplier.minimum_order_quantity if supplier else None, row.reorder_quantity]
    return Alert(
        product_id=row.product_id,
        product_name=row.product_name,
        sku=row.sku,
        category=row.category,
        warehouse_id=row.warehouse_id,
        warehouse_name=row.warehouse_name,
        current_stock=row.available,
        threshold=four_decimals(row.threshold),
        days_until_stockout=row.days,
        avg_daily_sales=average_daily_sales(row.sold, period_days),
        last_counted_at=row.last_counted_at,
        urgency=urgency(row.available, row.days),
        recommended_reorder_quantity=recommended_quantity(
            available=row.available,
            threshold=row.threshold,
            sold=row.sold,
            period_days=period_days,
            lead_time_days=supplier.lead_time_days if supplier else None,
            on_order=ZERO,  # nothing can be on order before there are purchase orders
            minimum=max((minimum for minimum in minimums if minimum), default=None),
            multiple=supplier.order_multiple if supplier else None,
        ),
        supplier=_supplier(supplier) if supplier else None,
    )


def _supplier(best: BestSupplier) -> AlertSupplier:
    return AlertSupplier(
        best.id,
        best.name,
        best.contact_email,
        best.contact_phone,
        best.lead_time_days,
        best.minimum_order_quantity,
        best.cost_price,
    )
