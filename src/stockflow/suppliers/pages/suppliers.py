"""`/c/{company_id}/suppliers`."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from stockflow.companies.coded import code_key
from stockflow.companies.history import history_of
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.commands import PurchaseOrderFilters, PurchaseOrderStatus
from stockflow.purchasing.performance import supplier_performance
from stockflow.purchasing.queries import list_purchase_orders
from stockflow.suppliers.commands import (
    ChangeSupplier,
    CreateSupplier,
    SuppliedFilters,
    SupplierFilters,
)
from stockflow.suppliers.operations import change_supplier, create_supplier
from stockflow.suppliers.queries import (
    SupplierRow,
    get_supplier,
    list_suppliers,
    supplier_ids_by_code,
)
from stockflow.suppliers.supplied import list_supplied
from stockflow.web.lists import Column, Listing
from stockflow.web.lookup import OPTIONS_MAX, Option, options_response

pages = PageRouter("/suppliers")

_OPEN = [
    PurchaseOrderStatus.DRAFT,
    PurchaseOrderStatus.SUBMITTED,
    PurchaseOrderStatus.APPROVED,
    PurchaseOrderStatus.PARTIALLY_RECEIVED,
]
_PRODUCTS_SHOWN = 50
_ORDERS_SHOWN = 10


def _href(row: SupplierRow) -> str:
    return f"/suppliers/{row.id}"


_LISTING = Listing[SupplierRow](
    "suppliers",
    (
        Column("code", "Code", lambda row: row.code, "code", _href, sort="code"),
        Column("name", "Name", lambda row: row.name, "text", _href, sort="name"),
        Column("contact_name", "Contact", lambda row: row.contact_name),
        Column("contact_email", "E-mail", lambda row: row.contact_email),
        Column("contact_phone", "Phone", lambda row: row.contact_phone, shown=False),
        Column("lead_time_days", "Lead time, days", lambda row: row.lead_time_days, "number"),
        Column("payment_terms", "Payment terms", lambda row: row.payment_terms, shown=False),
        Column("currency", "Currency", lambda row: row.currency, shown=False),
        Column("tax_id", "Tax number", lambda row: row.tax_id, shown=False),
        Column("status", "Status", lambda row: "active" if row.active else "inactive", "status"),
        Column("updated_at", "Changed", lambda row: row.updated_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", sort="id", shown=False),
    ),
)


@pages.get("")
async def supplier_list(page: Page) -> Response:
    return await page.show_list("suppliers/list.html", _LISTING, SupplierFilters, list_suppliers)


@pages.get("/lookup")
async def lookup(page: Page) -> Response:
    """Suppliers for a field: the one whose code it is, and those like the text."""
    filters = page.filters(SupplierFilters, limit=OPTIONS_MAX)
    rows = await _named_first(page.scope, filters)
    return options_response(_option(row, filters.q or "") for row in rows)


async def _named_first(scope: ReadScope, filters: SupplierFilters) -> list[SupplierRow]:
    """The supplier with this code, which many with like names must not hide, and the others."""
    rows = (await list_suppliers(scope, filters)).items
    if not filters.q or any(code_key(row.code or "") == code_key(filters.q) for row in rows):
        return rows
    named = await supplier_ids_by_code(scope, [filters.q])
    found = [await get_supplier(scope, supplier_id) for supplier_id in named.values()]
    return [*(row for row in found if filters.active in (None, row.active)), *rows]


def _option(row: SupplierRow, text: str) -> Option:
    told = [row.contact_name or "", "" if row.active else "inactive"]
    return Option(
        id=row.id,
        text=f"{row.code} · {row.name}" if row.code else row.name,
        detail=" · ".join(part for part in told if part),
        exact=row.code is not None and code_key(row.code) == code_key(text),
    )


@pages.get("/new")
async def new_supplier(page: Page) -> Response:
    page.require("EDIT_PARTNERS")
    return page.show("suppliers/form.html", supplier=None)


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreateSupplier, create_supplier, _saved, new_supplier)


@pages.get("/{supplier_id:int}")
async def supplier(page: Page) -> Response:
    row = await get_supplier(page.scope, page.id("supplier_id"))
    orders = PurchaseOrderFilters(supplier_id=row.id, status=_OPEN, limit=_ORDERS_SHOWN)
    products = page.filters(SuppliedFilters, limit=_PRODUCTS_SHOWN)
    return page.show(
        "suppliers/detail.html",
        supplier=row,
        orders=await list_purchase_orders(page.scope, orders),
        products=await list_supplied(page.scope, row.id, products),
    )


@pages.get("/{supplier_id:int}/performance")
async def performance(page: Page) -> Response:
    """How the supplier delivers, loaded behind the page."""
    row = await get_supplier(page.scope, page.id("supplier_id"))
    found = await supplier_performance(page.scope, row.id)
    return page.show("suppliers/performance.html", supplier=row, performance=found)


@pages.get("/{supplier_id:int}/history")
async def history(page: Page) -> Response:
    """What was done with the supplier and by whom, loaded behind its page."""
    row = await get_supplier(page.scope, page.id("supplier_id"))
    happened = await history_of(page.scope, "supplier", row.id)
    return page.show("web/history.html", name=row.name, back=_href(row), happened=happened)


@pages.get("/{supplier_id:int}/edit")
async def edit_supplier(page: Page) -> Response:
    page.require("EDIT_PARTNERS")
    row = await get_supplier(page.scope, page.id("supplier_id"))
    return page.show("suppliers/form.html", supplier=row)


@pages.post("/{supplier_id:int}/edit")
async def change(post: Post) -> Response:
    return await _change(post, _saved, edit_supplier)


@pages.post("/{supplier_id:int}/active")
async def retire(post: Post) -> Response:
    """Retire a supplier, or take it into use again."""
    return await _change(post, _retired, supplier)


async def _change(
    post: Post,
    then: Callable[[SupplierRow], Done],
    refused_page: Callable[[Page], Awaitable[Response]],
) -> Response:
    return await post.submit(
        ChangeSupplier,
        lambda scope, command: change_supplier(
            scope, post.id("supplier_id"), command, post.version
        ),
        then,
        refused_page,
    )


def _saved(row: SupplierRow) -> Done:
    return Done(_href(row), f"Supplier {row.name} is saved.")


def _retired(row: SupplierRow) -> Done:
    return Done(_href(row), f"{row.name} is {'in use again' if row.active else 'retired'}.")
