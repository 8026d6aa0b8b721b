"""How stock keeps in step with what its levels are made from."""

from collections.abc import Sequence

from stockflow.catalog.events import (
    CategoryThresholdChanged,
    ProductArchiving,
    ProductCreated,
    ProductRulesChanged,
)
from stockflow.companies.coded import code_key
from stockflow.companies.events import CompanyRulesChanged, TimezoneChanging
from stockflow.foundation import sql
from stockflow.foundation.events import subscribe
from stockflow.foundation.scope import WriteScope
from stockflow.stock.commands import MovementLine, MovementType, PostingKind, RecordMovements
from stockflow.stock.errors import ProductHasStock, TimezoneFixed
from stockflow.stock.ledger import lock_levels
from stockflow.stock.operations import record_movements
from stockflow.warehouses.errors import WarehouseInactive, WarehouseNotFound
from stockflow.warehouses.events import WarehouseActivityChanged
from stockflow.warehouses.queries import resolve_warehouses

_SQL = sql.load(__package__, "levels.sql")


async def refresh_levels(
    scope: WriteScope,
    *,
    products: Sequence[int] | None = None,
    warehouses: Sequence[int] | None = None,
    category: int | None = None,
) -> None:
    """Bring threshold, backorder rule and activity of these levels up to date, locked in key order.

    Without a filter these are all of the company's, however long that takes.
    """
    names: dict[str, object] = {
        "company_id": scope.company_id,
        "products": None if products is None else list(products),
        "warehouses": None if warehouses is None else list(warehouses),
        "category": category,
    }
    if products is None and warehouses is None and category is None:
        await scope.execute("SET LOCAL statement_timeout = 0")
    await _run_planned(scope, names, "lock_some", "refresh")


async def _run_planned(scope: WriteScope, names: dict[str, object], *statements: str) -> None:
    """Run statements with a plan for the filters that are given, instead of one for all of them."""
    await scope.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    for statement in statements:
        await scope.execute(_SQL[statement], names)
    await scope.execute("SET LOCAL plan_cache_mode = force_generic_plan")


@subscribe(ProductCreated)
async def post_opening_stock(scope: WriteScope, event: ProductCreated) -> None:
    """Post the stock a product starts with, in the transaction that creates it.

    A start of zero opens the level and posts nothing, since nothing moves.
    """
    opening = event.opening_stock
    if opening is None:
        return
    ids = set() if opening.warehouse_id is None else {opening.warehouse_id}
    codes = set() if opening.warehouse is None else {opening.warehouse}
    found = await resolve_warehouses(scope, ids, codes)
    warehouse = found.by_id.get(opening.warehouse_id or 0) or found.by_code.get(
        code_key(opening.warehouse or "")
    )
    if warehouse is None:
        raise WarehouseNotFound
    scope.require_warehouse(warehouse.id)
    if not warehouse.active:
        raise WarehouseInactive(facts={"warehouse_id": warehouse.id})
    if opening.quantity == 0:
        await lock_levels(scope, [(event.product_id, warehouse.id)])
        return
    line = MovementLine(
        product_id=event.product_id,
        warehouse_id=warehouse.id,
        type=MovementType.ADJUSTMENT,
        quantity=opening.quantity,
        reason="Opening stock",
    )
    await record_movements(scope, RecordMovements(lines=[line]), kind=PostingKind.OPENING)


@subscribe(ProductArchiving)
async def refuse_while_stock_remains(scope: WriteScope, event: ProductArchiving) -> None:
    """A product with stock in any bucket, in any warehouse, stays."""
    names: dict[str, object] = {
        "company_id": scope.company_id,
        "products": [event.product_id],
        "product_id": event.product_id,
        "warehouses": None,
        "category": None,
    }
    await _run_planned(scope, names, "lock_some")
    cursor = await scope.execute(_SQL["occupied"], names)
    columns = ("warehouse_id", "warehouse", "available", "reserved", "damaged", "in_transit")
    levels = [dict(zip(columns, row, strict=True)) for row in await cursor.fetchall()]
    if levels:
        raise ProductHasStock(facts={"levels": levels})


@subscribe(ProductRulesChanged)
async def _(scope: WriteScope, event: ProductRulesChanged) -> None:
    await refresh_levels(scope, products=event.product_ids)


@subscribe(CategoryThresholdChanged)
async def _(scope: WriteScope, event: CategoryThresholdChanged) -> None:
    await refresh_levels(scope, category=event.category_id)


@subscribe(WarehouseActivityChanged)
async def _(scope: WriteScope, event: WarehouseActivityChanged) -> None:
    await refresh_levels(scope, warehouses=event.warehouse_ids)


@subscribe(CompanyRulesChanged)
async def _(scope: WriteScope, _event: CompanyRulesChanged) -> None:
    await refresh_levels(scope)


@subscribe(TimezoneChanging)
async def refuse_once_stock_has_moved(scope: WriteScope, _event: TimezoneChanging) -> None:
    """Days of demand and of past balances lie in the time zone they were recorded in."""
    if await scope.fetch_value(_SQL["any_level"], {"company_id": scope.company_id}):
        raise TimezoneFixed
