"""What lies in one warehouse."""

from dataclasses import dataclass

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.quantity import MoneyOut, QuantityOut
from stockflow.foundation.scope import ReadScope
from stockflow.warehouses.queries import get_warehouse

_SQL = sql.load(__package__, "queries.sql")


@dataclass(frozen=True, slots=True)
class WarehouseTotals:
    """The stock of a warehouse over all its products: how many of them it holds, and how many are low."""

    products: int
    available: QuantityOut
    reserved: QuantityOut
    damaged: QuantityOut
    in_transit: QuantityOut
    value: MoneyOut
    low: int


async def totals_of_warehouse(scope: ReadScope, warehouse_id: int) -> WarehouseTotals:
    """The sums of a warehouse's levels.

    Raises:
        WarehouseNotFound: no such warehouse, or the actor is limited to others.
    """
    scope.require(Permission.READ)
    await get_warehouse(scope, warehouse_id)
    names = {"company_id": scope.company_id, "warehouse_id": warehouse_id}
    (totals,) = await scope.fetch_all(WarehouseTotals, _SQL["of_warehouse"], names)
    return totals
