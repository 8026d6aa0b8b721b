"""Reads of stock counts and their lines."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, Text, any_, cast, func, literal, select

from stockflow.catalog.commands import ProductFilters
from stockflow.catalog.models import Category, Product
from stockflow.catalog.queries import search_products
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.counting.commands import (
    AbcClass,
    CountFilters,
    CountStatus,
    LineFilters,
    LineStatus,
    Uncounted,
)
from stockflow.counting.errors import BlindCount, CountNotFound
from stockflow.counting.models import StockCount, StockCountLine
from stockflow.foundation.pagination import Page, decode_cursor, page_of, paged
from stockflow.foundation.permissions import GRANTS, Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.documents import ids, list_documents
from stockflow.warehouses.models import Warehouse


@dataclass(frozen=True, slots=True)
class CountRow:
    """A count without its lines; `difference_value` adds up differences whatever their sign.

    `different_count` and `difference_value` are null where a blind count hides them.
    """

    id: int
    number: str
    status: CountStatus
    warehouse_id: int
    warehouse_code: str
    warehouse_name: str
    category_id: int | None
    category: str | None
    abc_class: AbcClass | None
    listed: bool
    blind: bool
    notes: str | None
    recount_above: QuantityOut | None
    line_count: int
    counted_count: int
    recount_count: int
    different_count: int | None
    difference_value: MoneyOut | None
    uncounted: Uncounted | None
    submitted_at: datetime | None
    submitted_by_user_id: int | None
    submitted_by_api_key_id: int | None
    rejection_reason: str | None
    cancelled_at: datetime | None
    cancellation_reason: str | None
    posted_at: datetime | None
    posting_id: int | None
    created_at: datetime
    updated_at: datetime
    version: int

    @property
    def is_narrowed(self) -> bool:
        """Whether it is of some products only."""
        return self.listed or self.category_id is not None or self.abc_class is not None


@dataclass(frozen=True, slots=True)
class LineRow:
    """A line of a count; what tells the expected quantity is null where a blind count hides it."""

    line: int
    product_id: int
    sku: str
    product_name: str
    barcode: str | None
    unit: str
    status: LineStatus
    times_counted: int
    counted: QuantityOut | None
    expected: QuantityOut | None
    difference: QuantityOut | None
    unit_cost: MoneyOut | None
    difference_value: MoneyOut | None
    counted_at: datetime | None
    ledger_position: int | None
    first_counted: QuantityOut | None
    first_expected: QuantityOut | None
    first_counted_at: datetime | None
    counted_by_user_id: int | None
    counted_by_api_key_id: int | None


@dataclass(frozen=True, slots=True)
class CountedLines:
    """The lines a request recorded, and the count as it stands then."""

    count: CountRow
    lines: list[LineRow]

    @property
    def version(self) -> int:
        """The version of the count."""
        return self.count.version


_COUNT: dict[str, Any] = {
    "warehouse_code": Warehouse.code,
    "warehouse_name": Warehouse.name,
    "category": Category.name,
    "recount_above": func.trim_scale(StockCount.recount_above),
    "difference_value": cast(func.round(StockCount.difference_value, 4), Text),
}
_QUANTITIES = ("counted", "expected", "difference", "first_counted", "first_expected")
_LINE: dict[str, Any] = {
    "sku": Product.sku,
    "product_name": Product.name,
    "barcode": Product.barcode,
    "unit": Product.unit,
    "unit_cost": cast(StockCountLine.unit_cost, Text),
    "difference_value": cast(
        func.round(StockCountLine.difference * StockCountLine.unit_cost, 4), Text
    ),
    **{name: func.trim_scale(getattr(StockCountLine, name)) for name in _QUANTITIES},
}


def _counts(scope: ReadScope) -> Select[Any]:
    columns = [
        (_COUNT[name] if name in _COUNT else getattr(StockCount, name)).label(name)
        for name in CountRow.__slots__
    ]
    query: Select[Any] = (
        select(*columns)
        .select_from(StockCount)
        .join(
            Warehouse,
            (Warehouse.company_id == scope.company_id) & (Warehouse.id == StockCount.warehouse_id),
        )
        .outerjoin(
            Category,
            (Category.company_id == scope.company_id) & (Category.id == StockCount.category_id),
        )
        .where(StockCount.company_id == scope.company_id)
    )
    if scope.actor.warehouse_ids is not None:
        query = query.where(StockCount.warehouse_id == any_(ids(scope.actor.warehouse_ids)))
    return query


def hides_expected(scope: ReadScope, count: CountRow) -> bool:
    """Whether the actor may not see what is expected: it is a blind count, and still counted."""
    may_approve = Permission.APPROVE_STOCK in GRANTS[scope.actor.role]
    return count.blind and count.status == CountStatus.COUNTING and not may_approve


def shown_count(scope: ReadScope, count: CountRow) -> CountRow:
    """The count as the actor may see it."""
    if not hides_expected(scope, count):
        return count
    return replace(count, different_count=None, difference_value=None)


def shown_line(scope: ReadScope, count: CountRow, line: LineRow) -> LineRow:
    """A line of the count as the actor may see it."""
    if not hides_expected(scope, count):
        return line
    return replace(
        line,
        expected=None,
        difference=None,
        unit_cost=None,
        difference_value=None,
        first_expected=None,
    )


async def find_count(scope: ReadScope, count_id: int, *, for_update: bool = False) -> CountRow:
    """One count with all that is known of it, whatever the actor may see.

    Raises:
        CountNotFound: also where it is of a warehouse the actor may not see.
    """
    scope.require(Permission.READ)
    query = _counts(scope).where(StockCount.id == count_id)
    if for_update:
        query = query.with_for_update(of=StockCount, key_share=True)
    row = await scope.fetch_one(CountRow, query)
    if row is None:
        raise CountNotFound(facts={"stock_count_id": count_id})
    return row


async def get_count(scope: ReadScope, count_id: int) -> CountRow:
    """One count.

    Raises:
        CountNotFound: no such count.
    """
    return shown_count(scope, await find_count(scope, count_id))


async def list_counts(scope: ReadScope, filters: CountFilters) -> Page[CountRow]:
    """Counts, newest first unless asked otherwise.

    Raises:
        InvalidCursor: the cursor belongs to another list.
    """
    scope.require(Permission.READ)
    query = _counts(scope)
    if filters.warehouse_id is not None:
        query = query.where(StockCount.warehouse_id == filters.warehouse_id)
    if filters.warehouse is not None:
        query = query.where(Warehouse.code_key == code_key(filters.warehouse))
    page = await list_documents(scope, CountRow, query, StockCount, filters)
    return Page([shown_count(scope, row) for row in page.items], page.next_cursor)


def _lines(scope: ReadScope, count_id: int) -> Select[Any]:
    columns = [
        (_LINE[name] if name in _LINE else getattr(StockCountLine, name)).label(name)
        for name in LineRow.__slots__
    ]
    return (
        select(*columns)
        .select_from(StockCountLine)
        .join(
            Product,
            (Product.company_id == scope.company_id) & (Product.id == StockCountLine.product_id),
        )
        .where(StockCountLine.company_id == scope.company_id, StockCountLine.count_id == count_id)
    )


async def list_lines(scope: ReadScope, count_id: int, filters: LineFilters) -> Page[LineRow]:
    """Lines of a count in their order.

    Raises:
        CountNotFound: no such count.
        BlindCount: different lines are asked for, and the actor may not know which these are.
        InvalidCursor: the cursor belongs to another list.
    """
    count = await find_count(scope, count_id)
    if filters.status == "different" and hides_expected(scope, count):
        raise BlindCount
    query = _lines(scope, count_id)
    if filters.status == "different":
        query = query.where(StockCountLine.difference != 0)
    elif filters.status is not None:
        query = query.where(StockCountLine.status == filters.status)
    if filters.product_id is not None:
        query = query.where(StockCountLine.product_id == filters.product_id)
    if filters.sku is not None:
        query = query.where(Product.sku_key == sku_key(scope.company, filters.sku))
    if term := " ".join(filters.q.split()):
        found = search_products(scope, ProductFilters(), term)
        query = query.where(StockCountLine.product_id.in_(select(found.c.product_id)))
    after = decode_cursor(filters.cursor, "stock-count-lines", (int,))
    query = paged(query, [StockCountLine.line.expression], after, filters.limit)
    rows = [shown_line(scope, count, row) for row in await scope.fetch_all(LineRow, query)]
    return page_of(rows, filters.limit, "stock-count-lines", lambda row: (row.line,))


async def lines_of(
    scope: ReadScope, count: CountRow, product_ids: Collection[int]
) -> list[LineRow]:
    """The lines of these products, in their order."""
    # a subquery is hashed or looked up; `= ANY` of a parameter may compare each line with all of it
    wanted = select(func.unnest(literal(list(product_ids), ARRAY(BigInteger()))))
    query = _lines(scope, count.id).where(StockCountLine.product_id.in_(wanted))
    rows = await scope.fetch_all(LineRow, query.order_by(StockCountLine.line))
    return [shown_line(scope, count, row) for row in rows]
