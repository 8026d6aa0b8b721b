"""`/c/{company_id}/products`."""

from dataclasses import dataclass

from starlette.responses import Response

from stockflow.catalog.category_queries import list_categories
from stockflow.catalog.commands import (
    CategoryFilters,
    ChangeProduct,
    CreateProduct,
    ProductFilters,
    ProductType,
)
from stockflow.catalog.operations import (
    CreatedProduct,
    change_product,
    create_product,
)
from stockflow.catalog.queries import ProductRow, get_product, list_products
from stockflow.catalog.sku import barcode_key, is_gtin, sku_key
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import Company, ReadScope
from stockflow.stock.queries import ProductTotals, totals_of_products
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import list_warehouses
from stockflow.web.lists import Column, Listing
from stockflow.web.lookup import OPTIONS_MAX, Option, options_response
from stockflow.web.rendering import amount_input

pages = PageRouter("/products")


@dataclass(frozen=True, slots=True)
class ListedProduct:
    """A product with its stock in all warehouses the member may see."""

    product: ProductRow
    stock: ProductTotals

    @property
    def id(self) -> int:
        return self.product.id


def _href(row: ListedProduct) -> str:
    return f"/products/{row.id}"


def _state(row: ListedProduct) -> str | None:
    if row.product.archived_at is not None:
        return "archived"
    return "low" if row.stock.is_low else None


_LISTING = Listing[ListedProduct](
    "products",
    (
        Column("sku", "SKU", lambda row: row.product.sku, "code", _href, sort="sku"),
        Column("name", "Name", lambda row: row.product.name, "text", _href, sort="name"),
        Column("category", "Category", lambda row: row.product.category),
        Column("available", "Available", lambda row: row.stock.available, "quantity"),
        Column("on_hand", "On hand", lambda row: row.stock.on_hand, "quantity"),
        Column("in_transit", "In transit", lambda row: row.stock.in_transit, "quantity"),
        Column("warehouses", "Warehouses", lambda row: row.stock.warehouses, "number", shown=False),
        Column("unit", "Unit", lambda row: row.product.unit, shown=False),
        Column(
            "price",
            "Price",
            lambda row: row.product.price,
            "money",
            currency=lambda row: row.product.currency,
        ),
        Column(
            "cost_price",
            "Cost price",
            lambda row: row.product.cost_price,
            "money",
            shown=False,
            currency=lambda row: row.product.currency,
        ),
        Column("barcode", "Barcode", lambda row: row.product.barcode, "code", shown=False),
        Column("product_type", "Type", lambda row: row.product.product_type, shown=False),
        Column("state", "State", _state, "status"),
        Column(
            "created_at",
            "Added",
            lambda row: row.product.created_at,
            "moment",
            sort="created_at",
            shown=False,
        ),
        Column(
            "updated_at",
            "Changed",
            lambda row: row.product.updated_at,
            "moment",
            sort="updated_at",
            shown=False,
        ),
        Column("id", "Id", lambda row: row.id, "number", sort="id", shown=False),
    ),
)


async def _listed(scope: ReadScope, filters: ProductFilters) -> Rows[ListedProduct]:
    found = await list_products(scope, filters)
    stock = await totals_of_products(scope, [row.id for row in found.items])
    return Rows([ListedProduct(row, stock[row.id]) for row in found.items], found.next_cursor)


@pages.get("")
async def product_list(page: Page) -> Response:
    return await page.show_list(
        "catalog/products.html",
        _LISTING,
        ProductFilters,
        _listed,
        categories=await _category_names(page.scope),
        types=ProductType,
    )


@pages.get("/lookup")
async def lookup(page: Page) -> Response:
    """Products for a field: the one whose barcode or SKU it is, and those like the text."""
    filters = page.filters(ProductFilters, limit=OPTIONS_MAX)
    text = " ".join(filters.q.split())
    found = (await _listed(page.scope, filters)).items
    return options_response(_option(page.company, row, text) for row in found)


def _option(company: Company, listed: ListedProduct, text: str) -> Option:
    row = listed.product
    same_sku = sku_key(company, text) == sku_key(company, row.sku)
    same_barcode = (
        is_gtin(text) and row.barcode is not None and barcode_key(text) == barcode_key(row.barcode)
    )
    return Option(
        id=row.id,
        text=f"{row.sku} · {row.name}",
        detail=row.category or "",
        exact=same_sku or same_barcode,
        data={
            "price": row.price,
            "sale_price": amount_input(row.price) if row.currency == company.currency else None,
            "available": listed.stock.available,
            "cost_price": row.cost_price,
            "unit": row.unit,
            "product_type": row.product_type,
        },
    )


@pages.get("/new")
async def new_product(page: Page) -> Response:
    page.require("EDIT_CATALOG")
    warehouses = await list_warehouses(page.scope, WarehouseFilters(active=True, limit=1000))
    return page.show(
        "catalog/product_form.html",
        product=None,
        types=ProductType,
        categories=await _category_names(page.scope),
        warehouses=warehouses.items,
    )


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreateProduct, create_product, _created, new_product)


@pages.get("/{product_id:int}/edit")
async def edit_product(page: Page) -> Response:
    page.require("EDIT_CATALOG")
    return page.show(
        "catalog/product_form.html",
        product=await get_product(page.scope, page.id("product_id")),
        types=ProductType,
        categories=await _category_names(page.scope),
        warehouses=[],
    )


@pages.post("/{product_id:int}/edit")
async def change(post: Post) -> Response:
    return await post.submit(
        ChangeProduct,
        lambda scope, command: change_product(scope, post.id("product_id"), command, post.version),
        _saved,
        edit_product,
    )


async def _category_names(scope: ReadScope) -> list[tuple[int, str]]:
    found = await list_categories(scope, CategoryFilters(limit=1000))
    return [(row.id, row.name) for row in found.items]


def _created(made: CreatedProduct) -> Done:
    return _saved(made.product)


def _saved(row: ProductRow) -> Done:
    return Done(f"/products/{row.id}", f"{row.sku} is saved.")
