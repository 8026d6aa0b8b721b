"""`/c/{company_id}/levels`: what lies where, now or at a past moment."""

from starlette.responses import Response

from stockflow.catalog.category_queries import list_categories
from stockflow.catalog.commands import CategoryFilters
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.stock.commands import LevelFilters
from stockflow.stock.queries import LevelRow, list_levels
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import list_warehouses
from stockflow.web.lists import Column, Listing

pages = PageRouter("/levels")


def _state(row: LevelRow) -> str | None:
    return "low" if row.threshold is not None and row.available < row.threshold else None


_LISTING = Listing[LevelRow](
    "stock-levels",
    (
        Column(
            "sku",
            "SKU",
            lambda row: row.sku,
            "code",
            lambda row: f"/products/{row.product_id}",
            sort="sku",
        ),
        Column("product_name", "Product", lambda row: row.product_name),
        Column(
            "warehouse_code",
            "Warehouse",
            lambda row: row.warehouse_code,
            "code",
            lambda row: f"/warehouses/{row.warehouse_id}",
            sort="warehouse",
        ),
        Column(
            "available",
            "Available",
            lambda row: row.available,
            "quantity",
            lambda row: f"/movements?product_id={row.product_id}&warehouse_id={row.warehouse_id}",
        ),
        Column("reserved", "Reserved", lambda row: row.reserved, "quantity"),
        Column("damaged", "Damaged", lambda row: row.damaged, "quantity"),
        Column("in_transit", "In transit", lambda row: row.in_transit, "quantity"),
        Column("on_hand", "On hand", lambda row: row.on_hand, "quantity"),
        Column("threshold", "Threshold", lambda row: row.threshold, "quantity", shown=False),
        Column("state", "State", _state, "status"),
        Column("average_cost", "Average cost", lambda row: row.average_cost, "money", shown=False),
        Column("value", "Value", lambda row: row.value, "total"),
        Column(
            "last_counted_at",
            "Last counted",
            lambda row: row.last_counted_at,
            "moment",
            shown=False,
        ),
        Column("updated_at", "Last moved", lambda row: row.updated_at, "moment", shown=False),
    ),
)


@pages.get("")
async def level_list(page: Page) -> Response:
    warehouses = await list_warehouses(page.scope, WarehouseFilters(limit=1000))
    categories = await list_categories(page.scope, CategoryFilters(limit=1000))
    return await page.show_list(
        "stock/levels.html",
        _LISTING,
        LevelFilters,
        list_levels,
        warehouses=warehouses.items,
        categories=categories.items,
    )
