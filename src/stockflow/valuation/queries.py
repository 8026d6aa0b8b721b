"""Reads of valuation."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from stockflow.catalog.category_queries import get_category
from stockflow.foundation import sql
from stockflow.foundation.pagination import decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock import calendar
from stockflow.valuation.commands import Method, ValuationFilters
from stockflow.warehouses.queries import get_warehouse

_SQL = sql.load(__package__, "queries.sql")
_ITEM, _BY_WAREHOUSE, _BY_CATEGORY, _ALL = range(4)
"""What a row of the report is; the last three are PostgreSQL's `grouping`."""


@dataclass(frozen=True, slots=True)
class ValuationLine:
    """What the stock of one product in one warehouse is worth.

    On hand is available, reserved and damaged. `unit_cost` is null where nothing is on hand.
    """

    product_id: int
    sku: str
    product_name: str
    warehouse_id: int
    warehouse_code: str
    on_hand: QuantityOut
    in_transit: QuantityOut
    unit_cost: MoneyOut | None
    value: MoneyOut
    transit_value: MoneyOut


@dataclass(frozen=True, slots=True)
class WarehouseValue:
    """What all stock of one warehouse is worth; in transit is what is on its way there."""

    warehouse_id: int
    warehouse_code: str
    lines: int
    value: MoneyOut
    transit_value: MoneyOut


@dataclass(frozen=True, slots=True)
class CategoryValue:
    """What all stock of one category is worth; null: of products without one."""

    category_id: int | None
    category: str | None
    lines: int
    value: MoneyOut
    transit_value: MoneyOut


@dataclass(frozen=True, slots=True)
class ValuationTotals:
    """Sums over everything that matches, on whichever page it is."""

    lines: int
    value: MoneyOut
    transit_value: MoneyOut
    by_warehouse: list[WarehouseValue]
    by_category: list[CategoryValue]


@dataclass(frozen=True, slots=True)
class Valuation:
    """What stock is worth at a moment, in the company's currency.

    Levels with nothing on hand, nothing in transit and no value are left out. The totals come with the
    first page; on later ones they are null.
    """

    items: list[ValuationLine]
    totals: ValuationTotals | None
    as_of: datetime
    method: Method
    currency: str
    next_cursor: str | None


async def value_stock(scope: ReadScope, filters: ValuationFilters) -> Valuation:
    """A page of what stock is worth, by product and warehouse; the first with the totals of all.

    Raises:
        WarehouseNotFound: there is no such warehouse, or the actor may not see it.
        CategoryNotFound: there is no such category.
        InvalidCursor: the cursor belongs to another list.
    """
    scope.require(Permission.READ)
    if filters.warehouse_id is not None:
        await get_warehouse(scope, filters.warehouse_id)
    if filters.category_id is not None:
        await get_category(scope, filters.category_id)
    kind = f"valuation {filters.method} {filters.as_of}"
    after = decode_cursor(filters.cursor, kind, (int, int))
    names = _names(scope, filters)
    totals = None
    if after is None:
        lines, totals = await _report(scope, names)
    else:
        names |= {"after_product": after[0], "after_warehouse": after[1]}
        lines = await scope.fetch_all(ValuationLine, _SQL["page"], names)
    page = page_of(lines, filters.limit, kind, lambda row: (row.product_id, row.warehouse_id))
    return Valuation(
        page.items,
        totals,
        filters.as_of or scope.now,
        filters.method,
        scope.company.currency,
        page.next_cursor,
    )


def _names(scope: ReadScope, filters: ValuationFilters) -> dict[str, Any]:
    moment = filters.as_of or scope.now
    day = calendar.local_day(scope, moment)
    allowed = scope.actor.warehouse_ids
    return {
        "company_id": scope.company_id,
        "past": filters.as_of is not None,
        "moment": moment,
        "day": day,
        "end_of_day": calendar.end_of_day(scope, day),
        "fifo": filters.method is Method.FIFO,
        "warehouse_id": filters.warehouse_id,
        "category_id": filters.category_id,
        "allowed": None if allowed is None else list(allowed),
        "most": filters.limit + 1,
    }


async def _report(
    scope: ReadScope, names: dict[str, Any]
) -> tuple[list[ValuationLine], ValuationTotals]:
    await scope.execute(_SQL["settings"])
    rows = await (await scope.execute(_SQL["report"], names)).fetchall()
    lines = [ValuationLine(*row[1:-1]) for row in rows if row[0] == _ITEM]
    by_warehouse = [
        WarehouseValue(warehouse_id, code, lines, value, transit_value)
        for kind, _, _, _, warehouse_id, code, *_, value, transit_value, lines in rows
        if kind == _BY_WAREHOUSE
    ]
    by_category = [
        CategoryValue(category_id, name, lines, value, transit_value)
        for kind, category_id, _, name, *_, value, transit_value, lines in rows
        if kind == _BY_CATEGORY
    ]
    ((*_, value, transit_value, count),) = [row for row in rows if row[0] == _ALL]
    return lines, ValuationTotals(count, value, transit_value, by_warehouse, by_category)
