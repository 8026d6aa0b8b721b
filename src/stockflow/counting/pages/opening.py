"""Opening a count: where, and of what; and what may be changed of it later."""

from starlette.responses import Response

from stockflow.catalog.category_queries import list_categories
from stockflow.catalog.commands import CategoryFilters
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.counting.commands import AbcClass, ChangeCount, CreateCount
from stockflow.counting.operations import change_count, create_count
from stockflow.counting.presenting import href, named_products, steps, warehouses
from stockflow.counting.queries import CountRow, get_count

pages = PageRouter("/counts")
_ONE = "/{stock_count_id:int}"


@pages.get("/new")
async def new_count(page: Page) -> Response:
    page.require("MOVE_STOCK")
    categories = await list_categories(page.scope, CategoryFilters(limit=1000))
    return page.show(
        "counting/new.html",
        warehouses=await warehouses(page, active=True),
        categories=categories.items,
        classes=[(one.value, f"Class {one.value}") for one in AbcClass],
    )


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(
        CreateCount, create_count, _opened, new_count, **named_products(post.fields)
    )


def _opened(row: CountRow) -> Done:
    products = "1 product" if row.line_count == 1 else f"{row.line_count} products"
    return Done(href(row.id), f"{row.number} is open: {products} to count.")


@pages.get(_ONE + "/edit")
async def edit_count(page: Page) -> Response:
    page.require("MOVE_STOCK")
    found = await get_count(page.scope, page.id("stock_count_id"))
    return page.show("counting/edit.html", count=found, steps=await steps(page, found))


@pages.post(_ONE + "/edit")
async def change(post: Post) -> Response:
    return await post.submit(
        ChangeCount,
        lambda scope, command: change_count(
            scope, post.id("stock_count_id"), command, post.version
        ),
        lambda row: Done(href(row.id), f"{row.number} is saved."),
        edit_count,
    )
