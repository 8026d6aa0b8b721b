"""Reads of stock."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any, NamedTuple

from sqlalchemy import Select, Text, any_, cast, func, select
from sqlalchemy.orm import aliased

from stockflow.catalog.commands import ProductFilters
from stockflow.catalog.models import Product
from stockflow.catalog.queries import explode_bundles, search_products
from stockflow.catalog.sku import sku_key
from stockflow.companies.coded import code_key
from stockflow.foundation import sql
from stockflow.foundation.pagination import Page, decode_cursor, page_of
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock import calendar, ledger
from stockflow.stock.commands import (
    Bucket,
    DocumentType,
    LevelFilters,
    MovementFilters,
    MovementOrder,
    MovementType,
)
from stockflow.stock.level_orders import KEY_LENGTH, in_order, list_name
from stockflow.stock.models import (
    MOVEMENTS_PER_POSTING,
    StockLevel,
    StockMovement,
    StockPosting,
)
from stockflow.warehouses.models import Warehouse

_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class LevelRow:
    """The stock of one product in one warehouse; on hand = available + reserved + damaged.

    `value` is what is on hand cost. `average_cost` is what a unit of it cost, or the last one did; null
    at a past moment at which nothing was on hand.
    """

    product_id: int
    sku: str
    product_name: str
    warehouse_id: int
    warehouse_code: str
    available: QuantityOut
    reserved: QuantityOut
    damaged: QuantityOut
    in_transit: QuantityOut
    on_hand: QuantityOut
    value: MoneyOut
    average_cost: MoneyOut | None
    threshold: QuantityOut | None
    last_counted_at: datetime | None
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class MovementRow:
    """A movement as it is listed."""

    id: int
    posting_id: int
    line: int
    product_id: int
    sku: str
    warehouse_id: int
    warehouse_code: str
    type: MovementType
    bucket: Bucket
    quantity_change: QuantityOut
    quantity_before: QuantityOut
    quantity_after: QuantityOut
    unit_cost: MoneyOut | None
    unit_price: MoneyOut | None
    value_change: MoneyOut
    reason: str | None
    reference: str | None
    document_type: DocumentType | None
    document_id: int | None
    occurred_at: datetime
    recorded_at: datetime


async def list_levels(scope: ReadScope, filters: LevelFilters) -> Page[LevelRow]:
    """Levels by product and warehouse or as asked for, now or at the past moment `as_of`.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    query = in_order(scope, _filtered_levels(scope, filters), filters)
    records = await (await scope.execute(query)).fetchall()
    found = page_of(records, filters.limit, list_name(filters), lambda record: record[-KEY_LENGTH:])
    rows = [LevelRow(*record[:-KEY_LENGTH]) for record in found.items]
    if filters.as_of is not None:
        rows = await past_levels(scope, rows, filters.as_of)
    return Page(rows, found.next_cursor)


def _levels(scope: ReadScope) -> Select[Any]:
    level = StockLevel
    query: Select[Any] = (
        select(
            level.product_id,
            Product.sku,
            Product.name.label("product_name"),
            level.warehouse_id,
            Warehouse.code.label("warehouse_code"),
            *(
                func.trim_scale(column).label(column.key)
                for column in (level.available, level.reserved, level.damaged, level.in_transit)
            ),
            func.trim_scale(level.available + level.reserved + level.damaged).label("on_hand"),
            cast(level.value, Text).label("value"),
            cast(level.average_cost, Text).label("average_cost"),
            func.trim_scale(level.threshold).label("threshold"),
            level.last_counted_at,
            level.updated_at,
        )
        .join(
            Product,
            (Product.company_id == level.company_id) & (Product.id == level.product_id),
        )
        .join(
            Warehouse,
            (Warehouse.company_id == level.company_id) & (Warehouse.id == level.warehouse_id),
        )
        .where(
            level.company_id == scope.company_id,
            Product.company_id == scope.company_id,
            Warehouse.company_id == scope.company_id,
        )
    )
    if scope.actor.warehouse_ids is not None:
        query = query.where(level.warehouse_id.in_(scope.actor.warehouse_ids))
    return query


def _filtered_levels(scope: ReadScope, filters: LevelFilters) -> Select[Any]:
    query = _levels(scope)
    if filters.product_id is not None:
        query = query.where(StockLevel.product_id == filters.product_id)
    if filters.sku is not None:
        query = query.where(Product.sku_key == sku_key(scope.company, filters.sku))
    if filters.warehouse_id is not None:
        query = query.where(StockLevel.warehouse_id == filters.warehouse_id)
    if filters.warehouse is not None:
        query = query.where(Warehouse.code_key == code_key(filters.warehouse))
    if filters.category_id is not None:
        query = query.where(Product.category_id == filters.category_id)
    if term := " ".join(filters.q.split()):
        found = search_products(scope, ProductFilters(), term)
        query = query.where(StockLevel.product_id.in_(select(found.c.product_id)))
    if filters.low is not None:
        query = query.where(StockLevel.is_low.is_(filters.low))
    return query


async def past_levels(
    scope: ReadScope, rows: Sequence[LevelRow], moment: datetime
) -> list[LevelRow]:
    """The same levels with what they held at `moment`."""
    day = calendar.local_day(scope, moment)
    cursor = await scope.execute(
        _SQL["past_balances"],
        {
            "company_id": scope.company_id,
            "products": [row.product_id for row in rows],
            "warehouses": [row.warehouse_id for row in rows],
            "day": day,
            "moment": moment,
            "end_of_day": calendar.end_of_day(scope, day),
        },
    )
    past = {(row[0], row[1]): _Held(*row[2:]) for row in await cursor.fetchall()}
    return [_at(row, past[row.product_id, row.warehouse_id]) for row in rows]


class _Held(NamedTuple):
    available: Decimal
    reserved: Decimal
    damaged: Decimal
    in_transit: Decimal
    value: str
    average_cost: str | None


def _at(row: LevelRow, held: _Held) -> LevelRow:
    on_hand = held.available + held.reserved + held.damaged
    return replace(row, **held._asdict(), on_hand=on_hand)


async def list_movements(scope: ReadScope, filters: MovementFilters) -> Page[MovementRow]:
    """Movements in the order they were recorded; with `after_id`, such that none is ever missed.

    Raises:
        InvalidCursor: the cursor belongs to another list or order.
    """
    scope.require(Permission.READ)
    query = _filtered_movements(scope, filters)
    movement_id = StockMovement.id
    if filters.after_id is not None:
        complete = (await ledger.complete_up_to(scope) + 1) * MOVEMENTS_PER_POSTING
        query = query.where(movement_id > filters.after_id, movement_id < complete)
    oldest_first = filters.after_id is not None or filters.order is MovementOrder.OLDEST
    kind = "movements-oldest" if oldest_first else "movements-newest"
    after = decode_cursor(filters.cursor, kind, (int,))
    if after is not None:
        query = query.where(movement_id > after[0] if oldest_first else movement_id < after[0])
    query = query.order_by(movement_id if oldest_first else movement_id.desc())
    rows = await scope.fetch_all(MovementRow, query.limit(filters.limit + 1))
    return page_of(rows, filters.limit, kind, lambda row: (row.id,))


def _filtered_movements(scope: ReadScope, filters: MovementFilters) -> Select[Any]:
    query = _movements(scope)
    conditions = {
        StockMovement.product_id: filters.product_id,
        StockMovement.warehouse_id: filters.warehouse_id,
        StockMovement.type: filters.type and filters.type.value,
        StockMovement.bucket: filters.bucket and filters.bucket.value,
        StockMovement.reference: filters.reference,
        StockPosting.document_type: filters.document_type and filters.document_type.value,
        Product.sku_key: filters.sku and sku_key(scope.company, filters.sku),
        Warehouse.code_key: filters.warehouse and code_key(filters.warehouse),
    }
    query = query.where(
        *(column == value for column, value in conditions.items() if value is not None)
    )
    if filters.posting_id is not None:
        first = min(filters.posting_id, 2**63 // MOVEMENTS_PER_POSTING - 1) * MOVEMENTS_PER_POSTING
        query = query.where(StockMovement.id.between(first, first + MOVEMENTS_PER_POSTING - 1))
    if filters.document_id is not None:
        query = query.where(StockMovement.id == any_(_of_document(scope, filters)))
    if filters.occurred_from is not None:
        query = query.where(StockMovement.occurred_at >= filters.occurred_from)
    if filters.occurred_before is not None:
        query = query.where(StockMovement.occurred_at < filters.occurred_before)
    return query


def _of_document(scope: ReadScope, filters: MovementFilters) -> Any:
    """The ids of what a document moved, found by its postings and not by going through the ledger."""
    posting, movement = aliased(StockPosting), aliased(StockMovement)
    first = posting.id * MOVEMENTS_PER_POSTING
    return func.array(
        select(movement.id)
        .join(posting, movement.id.between(first, first + MOVEMENTS_PER_POSTING - 1))
        .where(
            movement.company_id == scope.company_id,
            posting.company_id == scope.company_id,
            posting.document_type == filters.document_type,
            posting.document_id == filters.document_id,
        )
        .scalar_subquery()
    )


def _movements(scope: ReadScope) -> Select[Any]:
    movement = StockMovement
    query: Select[Any] = (
        select(
            movement.id,
            (movement.id // MOVEMENTS_PER_POSTING).label("posting_id"),
            movement.line,
            movement.product_id,
            Product.sku,
            movement.warehouse_id,
            Warehouse.code.label("warehouse_code"),
            movement.type,
            movement.bucket,
            *(
                func.trim_scale(column).label(column.key)
                for column in (
                    movement.quantity_change,
                    movement.quantity_before,
                    movement.quantity_after,
                )
            ),
            cast(movement.unit_cost, Text).label("unit_cost"),
            cast(movement.unit_price, Text).label("unit_price"),
            cast(movement.value_change, Text).label("value_change"),
            movement.reason,
            movement.reference,
            StockPosting.document_type,
            StockPosting.document_id,
            movement.occurred_at,
            movement.recorded_at,
        )
        .join(
            Product,
            (Product.company_id == movement.company_id) & (Product.id == movement.product_id),
        )
        .join(
            Warehouse,
            (Warehouse.company_id == movement.company_id) & (Warehouse.id == movement.warehouse_id),
        )
        .join(
            StockPosting,
            (StockPosting.company_id == movement.company_id)
            & (StockPosting.id == movement.id // MOVEMENTS_PER_POSTING),
        )
        .where(
            movement.company_id == scope.company_id,
            StockPosting.company_id == scope.company_id,
            Product.company_id == scope.company_id,
            Warehouse.company_id == scope.company_id,
        )
    )
    if scope.actor.warehouse_ids is not None:
        query = query.where(movement.warehouse_id.in_(scope.actor.warehouse_ids))
    return query


async def levels_of_products(scope: ReadScope, product_ids: Sequence[int]) -> list[LevelRow]:
    """All levels of these products that the actor may see."""
    query = _levels(scope).where(StockLevel.product_id.in_(product_ids))
    return await scope.fetch_all(
        LevelRow, query.order_by(StockLevel.product_id, StockLevel.warehouse_id)
    )


@dataclass(frozen=True, slots=True)
class ProductTotals:
    """The stock of a product over all warehouses the actor may see; `warehouses` that hold any of it.

    Of a bundle, `available` is how many can be made, each in one warehouse, and `warehouses` where.
    """

    product_id: int
    is_bundle: bool
    available: QuantityOut
    on_hand: QuantityOut
    in_transit: QuantityOut
    warehouses: int
    is_low: bool


async def totals_of_products(
    scope: ReadScope, product_ids: Sequence[int]
) -> dict[int, ProductTotals]:
    """Totals by product: one statement, and two more where there are bundles."""
    scope.require(Permission.READ)
    names = {
        "company_id": scope.company_id,
        "products": list(product_ids),
        "allowed": _allowed(scope),
    }
    found = await scope.fetch_all(ProductTotals, _SQL["totals"], names)
    totals = {row.product_id: row for row in found}
    if bundles := [row.product_id for row in found if row.is_bundle]:
        made = await _made_of_parts(scope, bundles)
        for bundle_id, (available, warehouses) in made.items():
            totals[bundle_id] = replace(
                totals[bundle_id], available=available, warehouses=warehouses
            )
    return totals


async def _made_of_parts(
    scope: ReadScope, bundle_ids: Sequence[int]
) -> dict[int, tuple[Decimal, int]]:
    parts = [
        (bundle_id, *part)
        for bundle_id, needed in (await explode_bundles(scope, bundle_ids)).items()
        for part in needed
    ]
    cursor = await scope.execute(
        _SQL["made_of_parts"],
        {
            "company_id": scope.company_id,
            "bundles": [part[0] for part in parts],
            "parts": [part[1] for part in parts],
            "needs": [part[2] for part in parts],
            "allowed": _allowed(scope),
        },
    )
    return {row[0]: (row[1], row[2]) for row in await cursor.fetchall()}


def _allowed(scope: ReadScope) -> list[int] | None:
    allowed = scope.actor.warehouse_ids
    return None if allowed is None else list(allowed)
