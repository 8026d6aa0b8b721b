"""The stock card of a product: what was on hand at the end of each day."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope

CARD_DAYS = 90
_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class StockCard:
    """What was on hand at the end of each day of the company's calendar, oldest first, today last."""

    days: list[date]
    on_hand: list[Decimal]


async def stock_card(
    scope: ReadScope, product_id: int, *, days: int = CARD_DAYS, warehouse_id: int | None = None
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
