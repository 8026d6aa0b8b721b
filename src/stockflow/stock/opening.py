"""Opening levels: the first stock of a product in a warehouse."""

from typing import Any

from stockflow.foundation import sql
from stockflow.foundation.scope import WriteScope
from stockflow.stock.calendar import demand_start

_LEVELS = sql.load(__package__, "levels.sql")


async def open_levels(scope: WriteScope, names: dict[str, Any]) -> None:
    """Open missing levels, holding what their rules come from so that none changes meanwhile."""
    names = {**names, "since": demand_start(scope, scope.company.sales_period_days)}
    for step in (
        "serialize_opening",
        "hold_company",
        "hold_products",
        "hold_categories",
        "hold_warehouses",
        "open",
    ):
        await scope.execute(_LEVELS[step], names)
