"""What a supplier sells: `/c/{company_id}/suppliers/{supplier_id}/products`."""

from collections.abc import Awaitable, Callable
from dataclasses import replace

from starlette.responses import Response

from stockflow.catalog.queries import get_product
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import WriteScope
from stockflow.suppliers.commands import AddSuppliedProduct, ChangeTerms, SuppliedFilters
from stockflow.suppliers.operations import change_terms, remove_terms
from stockflow.suppliers.pages.suppliers import supplier as supplier_page
from stockflow.suppliers.queries import TermsRow, get_supplier, get_terms
from stockflow.suppliers.supplied import SuppliedRow, add_supplied_product, list_supplied
from stockflow.web.lists import Column, Listing

pages = PageRouter("/suppliers/{supplier_id:int}/products")


def _href(row: SuppliedRow) -> str:
    return f"/products/{row.product_id}"


_LISTING = Listing[SuppliedRow](
    "supplier-products",
    (
        Column("sku", "SKU", lambda row: row.sku, "code", _href),
        Column("product_name", "Product", lambda row: row.product_name, "text", _href),
        Column("supplier_sku", "Supplier's SKU", lambda row: row.supplier_sku, "code"),
        Column("cost_price", "Cost price", lambda row: row.cost_price, "money"),
        Column("minimum", "Minimum", lambda row: row.minimum_order_quantity, "quantity"),
        Column("multiple", "Multiple", lambda row: row.order_multiple, "quantity"),
        Column("lead_time", "Lead time, days", lambda row: row.effective_lead_time_days, "number"),
        Column("is_preferred", "Preferred", lambda row: row.is_preferred, "yes_no"),
        Column("archived", "Archived", lambda row: row.archived, "yes_no", shown=False),
    ),
)


def _in_currency(currency: str) -> Listing[SuppliedRow]:
    """The list with its money in what the supplier is paid in."""
    columns = (
        replace(column, currency=lambda _: currency) if column.kind == "money" else column
        for column in _LISTING.columns
    )
    return Listing(_LISTING.name, tuple(columns))


@pages.get("")
async def products(page: Page) -> Response:
    supplier = await get_supplier(page.scope, page.id("supplier_id"))
    return await page.show_list(
        "suppliers/products.html",
        _in_currency(supplier.currency or page.company.currency),
        SuppliedFilters,
        lambda scope, filters: list_supplied(scope, supplier.id, filters),
        supplier=supplier,
    )


@pages.get("/new")
async def new_product(page: Page) -> Response:
    page.require("EDIT_PARTNERS")
    supplier = await get_supplier(page.scope, page.id("supplier_id"))
    return page.show("suppliers/terms.html", supplier=supplier, product=None, terms=None)


@pages.post("/new")
async def add(post: Post) -> Response:
    return await post.submit(
        AddSuppliedProduct,
        lambda scope, command: add_supplied_product(scope, post.id("supplier_id"), command),
        _saved,
        new_product,
    )


@pages.get("/{product_id:int}")
async def terms(page: Page) -> Response:
    row = await get_terms(page.scope, page.id("product_id"), page.id("supplier_id"))
    return page.show(
        "suppliers/terms.html",
        supplier=await get_supplier(page.scope, row.supplier_id),
        product=await get_product(page.scope, row.product_id),
        terms=row,
    )


@pages.post("/{product_id:int}")
async def change(post: Post) -> Response:
    return await post.submit(ChangeTerms, _changing(post), _saved, terms)


@pages.post("/{product_id:int}/prefer")
async def prefer(post: Post) -> Response:
    return await post.submit(ChangeTerms, _changing(post), _saved, supplier_page, is_preferred=True)


@pages.post("/{product_id:int}/remove")
async def remove(post: Post) -> Response:
    product_id, supplier_id = post.id("product_id"), post.id("supplier_id")
    return await post.act(
        lambda scope: remove_terms(scope, product_id, supplier_id, post.version),
        lambda _: Done(f"/suppliers/{supplier_id}", "The product is taken off the supplier."),
        supplier_page,
    )


def _changing(post: Post) -> Callable[[WriteScope, ChangeTerms], Awaitable[TermsRow]]:
    ids = (post.id("product_id"), post.id("supplier_id"))
    return lambda scope, command: change_terms(scope, *ids, command, post.version)


def _saved(row: TermsRow) -> Done:
    return Done(f"/suppliers/{row.supplier_id}", f"The terms of {row.supplier_name} are saved.")
