"""`/c/{company_id}/warehouses`."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.stock.commands import MovementFilters
from stockflow.stock.queries import list_movements
from stockflow.stock.warehouse_stock import totals_of_warehouse
from stockflow.warehouses.commands import (
    ChangeWarehouse,
    CreateWarehouse,
    WarehouseFilters,
    WarehouseType,
)
from stockflow.warehouses.operations import change_warehouse, create_warehouse
from stockflow.warehouses.queries import WarehouseRow, get_warehouse, list_warehouses
from stockflow.web.lists import Column, Listing
from stockflow.web.rendering import words

pages = PageRouter("/warehouses")
_MOVEMENTS_SHOWN = 10


def _href(row: WarehouseRow) -> str:
    return f"/warehouses/{row.id}"


_LISTING = Listing[WarehouseRow](
    "warehouses",
    (
        Column("code", "Code", lambda row: row.code, "code", _href, sort="code"),
        Column("name", "Name", lambda row: row.name, "text", _href, sort="name"),
        Column("type", "Type", lambda row: words(row.type)),
        Column("city", "City", lambda row: row.city),
        Column("country", "Country", lambda row: row.country, shown=False),
        Column("priority", "Priority", lambda row: row.priority, "number"),
        Column("status", "Status", lambda row: "active" if row.active else "inactive", "status"),
        Column("id", "Id", lambda row: row.id, "number", sort="id", shown=False),
    ),
)


@pages.get("")
async def warehouse_list(page: Page) -> Response:
    return await page.show_list(
        "warehouses/list.html", _LISTING, WarehouseFilters, list_warehouses, types=WarehouseType
    )


@pages.get("/new")
async def new_warehouse(page: Page) -> Response:
    page.require("EDIT_WAREHOUSES")
    return page.show("warehouses/form.html", warehouse=None, types=WarehouseType)


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreateWarehouse, create_warehouse, _saved, new_warehouse)


@pages.get("/{warehouse_id:int}")
async def warehouse(page: Page) -> Response:
    row = await get_warehouse(page.scope, page.id("warehouse_id"))
    return page.show("warehouses/detail.html", warehouse=row)


@pages.get("/{warehouse_id:int}/stock")
async def stock(page: Page) -> Response:
    """What lies there and what moved lately, loaded behind the page."""
    row = await get_warehouse(page.scope, page.id("warehouse_id"))
    newest = MovementFilters(warehouse_id=row.id, limit=_MOVEMENTS_SHOWN)
    return page.show(
        "warehouses/stock.html",
        warehouse=row,
        totals=await totals_of_warehouse(page.scope, row.id),
        movements=(await list_movements(page.scope, newest)).items,
    )


@pages.get("/{warehouse_id:int}/edit")
async def edit_warehouse(page: Page) -> Response:
    page.require("EDIT_WAREHOUSES")
    row = await get_warehouse(page.scope, page.id("warehouse_id"))
    return page.show("warehouses/form.html", warehouse=row, types=WarehouseType)


@pages.post("/{warehouse_id:int}/edit")
async def change(post: Post) -> Response:
    return await post.submit(
        ChangeWarehouse,
        lambda scope, command: change_warehouse(
            scope, post.id("warehouse_id"), command, post.version
        ),
        _saved,
        edit_warehouse,
    )


def _saved(row: WarehouseRow) -> Done:
    return Done(_href(row), f"Warehouse {row.code} is saved.")
