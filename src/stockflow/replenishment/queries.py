"""Reads of replenishment: the low-stock alerts."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from stockflow.catalog.queries import SEARCH_RESULTS_MAX
from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.foundation.errors import Forbidden
from stockflow.foundation.pagination import encode_cursor
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.queries import on_order
from stockflow.replenishment.commands import AlertFilters, AlertSort, SalesScope
from stockflow.replenishment.formulas import (
    CRITICAL_DAYS_MAX,
    HIGH_DAYS_MAX,
    MEDIUM_DAYS_MAX,
    ZERO,
    Urgency,
    average_daily_sales,
    four_decimals,
    recommended_quantity,
    urgency,
)
from stockflow.replenishment.sorting import BY_URGENCY, RANKED, URGENCIES, cursor_kind, place_after
from stockflow.stock.calendar import demand_start
from stockflow.suppliers.queries import BestSupplier, best_suppliers
from stockflow.warehouses.queries import get_warehouse


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
class RankedLevel:
    """A level there is an alert for, and what the figures of the alert are computed from."""

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
    in_transit: Decimal
    sort_key: str | None
    """What the list is sorted by, where that is not urgency."""


async def low_stock_alerts(
    scope: ReadScope, company_id: int, filters: AlertFilters
) -> tuple[Alerts, int]:
    """A page of alerts, and how many low levels' recent demand is not that of the company's period.

    Raises:
        Forbidden: `company_id` is not the caller's company, whether it exists or not.
        WarehouseNotFound: there is no such warehouse.
        InvalidCursor: the cursor belongs to another list or order.
    """
    if company_id != scope.company_id:
        raise Forbidden("These credentials are for another company.")
    scope.require(Permission.READ)
    if filters.warehouse_id is not None:
        await get_warehouse(scope, filters.warehouse_id)
    period_days = period_of(scope, filters)
    rows, total, behind = await ranked_levels(scope, filters, filters.limit + 1)
    page = rows[: filters.limit]
    suppliers = await best_suppliers(scope, [row.product_id for row in page])
    quantities = await recommended_quantities(scope, page, suppliers, period_days)
    alerts = Alerts(
        [
            _alert(row, suppliers.get(row.product_id), period_days, quantity)
            for row, quantity in zip(page, quantities, strict=True)
        ],
        total,
        scope.now,
        AlertParameters(
            scope.company_id,
            filters.warehouse_id,
            float(filters.threshold_multiplier),
            filters.include_no_sales,
            period_days,
        ),
        _next(page, filters.sort) if len(rows) > filters.limit else None,
    )
    return alerts, behind


def period_of(scope: ReadScope, filters: AlertFilters) -> int:
    """How many days of demand the alerts are computed from."""
    return filters.sales_period_days or scope.company.sales_period_days


async def ranked_levels(
    scope: ReadScope,
    filters: AlertFilters,
    most: int,
    only: Collection[tuple[int, int]] | None = None,
) -> tuple[list[RankedLevel], int, int]:
    """Up to `most` levels with an alert, most urgent first; how many there are, and how many behind.

    `only`, where given, are the products and warehouses to look at.
    """
    scope.require(Permission.READ)
    names = _names(scope, filters, only)
    names |= place_after(filters.cursor, filters.sort)
    cursor = await scope.execute(RANKED[filters.sort], {**names, "most": most})
    (*_, total, behind), *rows = await cursor.fetchall()
    return [RankedLevel(*row[:-2]) for row in rows], total, behind


async def alerts_by_urgency(scope: ReadScope, filters: AlertFilters) -> dict[Urgency, int]:
    """How many alerts there are of each urgency, whichever of them the filters choose."""
    scope.require(Permission.READ)
    cursor = await scope.execute(BY_URGENCY, _names(scope, filters, None))
    counts = dict.fromkeys(URGENCIES, 0)
    return counts | {URGENCIES[place]: count for place, count in await cursor.fetchall()}


def _names(
    scope: ReadScope, filters: AlertFilters, only: Collection[tuple[int, int]] | None
) -> dict[str, Any]:
    period_days = period_of(scope, filters)
    allowed = scope.actor.warehouse_ids
    term = " ".join(filters.q.split())
    return {
        "company_id": scope.company_id,
        "multiplier": filters.threshold_multiplier,
        "since": demand_start(scope, period_days),
        "own_since": demand_start(scope, scope.company.sales_period_days),
        "period_days": period_days,
        "company_scope": filters.sales_scope is SalesScope.COMPANY,
        "include_no_sales": filters.include_no_sales,
        "warehouse_id": filters.warehouse_id,
        "allowed": None if allowed is None else list(allowed),
        "products": None if only is None else [product for product, _ in only],
        "warehouses": None if only is None else [place for _, place in only],
        "category_id": filters.category_id,
        "supplier_id": filters.supplier_id,
        "urgencies": filters.urgency and [URGENCIES.index(name) for name in filters.urgency],
        "critical_days": CRITICAL_DAYS_MAX,
        "high_days": HIGH_DAYS_MAX,
        "medium_days": MEDIUM_DAYS_MAX,
        "term": term or None,
        "term_sku": sku_key(scope.company, term) if term else None,
        "term_barcode": barcode_key(term) if is_gtin(term) else None,
        "found_most": SEARCH_RESULTS_MAX,
    }


async def recommended_quantities(
    scope: ReadScope,
    rows: Sequence[RankedLevel],
    suppliers: Mapping[int, BestSupplier],
    period_days: int,
) -> list[Decimal]:
    """How much to order for each level, less what is on its way: on order, or in transit."""
    coming = await on_order(scope, [(row.product_id, row.warehouse_id) for row in rows])
    return [
        _recommended(
            row,
            suppliers.get(row.product_id),
            period_days,
            coming.get((row.product_id, row.warehouse_id), ZERO) + row.in_transit,
        )
        for row in rows
    ]


def _recommended(
    row: RankedLevel, supplier: BestSupplier | None, period_days: int, coming: Decimal
) -> Decimal:
    minimums = [supplier.minimum_order_quantity if supplier else None, row.reorder_quantity]
    return recommended_quantity(
        available=row.available,
        threshold=row.threshold,
        sold=row.sold,
        period_days=period_days,
        lead_time_days=supplier.lead_time_days if supplier else None,
        on_order=coming,
        minimum=max((minimum for minimum in minimums if minimum), default=None),
        multiple=supplier.order_multiple if supplier else None,
    )


def _next(page: list[RankedLevel], sort: AlertSort) -> str:
    last = page[-1]
    key = (last.days, str(last.available)) if last.sort_key is None else (last.sort_key,)
    return encode_cursor(cursor_kind(sort), (*key, last.product_id, last.warehouse_id))


def _alert(
    row: RankedLevel, supplier: BestSupplier | None, period_days: int, quantity: Decimal
) -> Alert:
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
        recommended_reorder_quantity=quantity,
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
