"""`/c/{company_id}/categories`."""

from starlette.responses import Response

from stockflow.catalog.category_operations import (
    archive_category,
    change_category,
    create_category,
    restore_category,
)
from stockflow.catalog.category_queries import CategoryRow, get_category, list_categories
from stockflow.catalog.commands import CategoryFilters, ChangeCategory, CreateCategory
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.web.lists import Column, Listing

pages = PageRouter("/categories")

_LISTING = Listing[CategoryRow](
    "categories",
    (
        Column(
            "name",
            "Name",
            lambda row: row.name,
            href=lambda row: f"/categories/{row.id}",
            sort="name",
        ),
        Column(
            "low_stock_threshold",
            "Low-stock threshold",
            lambda row: row.low_stock_threshold,
            "quantity",
        ),
        Column("updated_at", "Changed", lambda row: row.updated_at, "moment"),
        Column("id", "Id", lambda row: row.id, "number", sort="id", shown=False),
    ),
)


@pages.get("")
async def category_list(page: Page) -> Response:
    return await page.show_list(
        "catalog/categories.html", _LISTING, CategoryFilters, list_categories
    )


@pages.get("/new")
async def new_category(page: Page) -> Response:
    page.require("EDIT_CATALOG")
    return page.show("catalog/category.html", category=None)


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreateCategory, create_category, _saved, new_category)


@pages.get("/{category_id:int}")
async def category(page: Page) -> Response:
    row = await get_category(page.scope, page.id("category_id"))
    return page.show("catalog/category.html", category=row)


@pages.post("/{category_id:int}")
async def change(post: Post) -> Response:
    return await post.submit(
        ChangeCategory,
        lambda scope, command: change_category(
            scope, post.id("category_id"), command, post.version
        ),
        _saved,
        category,
    )


@pages.post("/{category_id:int}/archive")
async def archive(post: Post) -> Response:
    return await post.act(
        lambda scope: archive_category(scope, post.id("category_id"), post.version),
        lambda row: Done(f"/categories/{row.id}", f"{row.name} is archived."),
        category,
    )


@pages.post("/{category_id:int}/restore")
async def restore(post: Post) -> Response:
    return await post.act(
        lambda scope: restore_category(scope, post.id("category_id"), post.version),
        lambda row: Done(f"/categories/{row.id}", f"{row.name} is in use again."),
        category,
    )


def _saved(row: CategoryRow) -> Done:
    return Done(f"/categories/{row.id}", f"Category {row.name} is saved.")
