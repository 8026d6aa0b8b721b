"""The stock card of a product: what was on hand at the end of each day."""

from dataclasses import dataclass
from datetime import date, timedelta

from stockflow.catalog.queries import get_product
from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.stock.commands import CardFilters
from stockflow.warehouses.queries import get_warehouse

_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class StockCard:
    """What was on hand at the end of each day of the company's calendar, oldest first, today last."""

    days: list[date]
    on_hand: list[QuantityOut]


async def card_of(scope: ReadScope, product_id: int, filters: CardFilters) -> StockCard:
    """The card of a product there is, of one warehouse or of all the actor may see.

    Raises:
        ProductNotFound: no such product.
        WarehouseNotFound: no such warehouse, or the actor is limited to others.
    """
    await get_product(scope, product_id)
    if filters.warehouse_id is not None:
        await get_warehouse(scope, filters.warehouse_id)
    return await stock_card(scope, product_id, days=filters.days, warehouse_id=filters.warehouse_id)


async def stock_card(
    scope: ReadScope, product_id: int, *, days: int = 90, warehouse_id: int | None = None
) -> StockCard:
    """The card of the last `days` days, of one warehouse or of all the actor may see.

    A product without stock, or a warehouse that is not the actor's, has a card of zeros.
    """
    scope.require(Permission.READ)
    allowed = scope.actor.warehouse_ids
    cursor = await scope.execute(
        _SQL["card"],
        {
            "company_id": scope.company_id,
            "product_id": product_id,
            "warehouse_id": warehouse_id,
            "allowed": None if allowed is None else list(allowed),
            "first": scope.today - timedelta(days=days - 1),
            "today": scope.today,
        },
    )
    rows = await cursor.fetchall()
    return StockCard([day for day, _ in rows], [on_hand for _, on_hand in rows])
