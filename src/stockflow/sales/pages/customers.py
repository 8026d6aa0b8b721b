"""`/c/{company_id}/customers`."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from stockflow.companies.coded import code_key
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import ReadScope
from stockflow.sales.commands import SalesOrderFilters
from stockflow.sales.customer_commands import ChangeCustomer, CreateCustomer, CustomerFilters
from stockflow.sales.customer_errors import CustomerNotFound
from stockflow.sales.customer_operations import change_customer, create_customer
from stockflow.sales.customer_queries import (
    CustomerRow,
    customer_by_code,
    get_customer,
    list_customers,
)
from stockflow.sales.queries import list_orders
from stockflow.web.lists import Column, Listing
from stockflow.web.lookup import OPTIONS_MAX, Option, options_response

pages = PageRouter("/customers")
_ORDERS_SHOWN = 20


def _href(row: CustomerRow) -> str:
    return f"/customers/{row.id}"


_LISTING = Listing[CustomerRow](
    "customers",
    (
        Column("name", "Name", lambda row: row.name, "text", _href, sort="name"),
        Column("code", "Code", lambda row: row.code, "code", _href, sort="code"),
        Column("contact_name", "Contact", lambda row: row.contact_name),
        Column("contact_email", "E-mail", lambda row: row.contact_email),
        Column("contact_phone", "Phone", lambda row: row.contact_phone, shown=False),
        Column("shipping_address", "Ship to", lambda row: row.shipping_address, shown=False),
        Column("billing_address", "Bill to", lambda row: row.billing_address, shown=False),
        Column("payment_terms", "Payment terms", lambda row: row.payment_terms, shown=False),
        Column("tax_id", "Tax number", lambda row: row.tax_id, "code", shown=False),
        Column("currency", "Currency", lambda row: row.currency, shown=False),
        Column("status", "Status", lambda row: "active" if row.active else "inactive", "status"),
        Column("created_at", "Added", lambda row: row.created_at, "moment", shown=False),
        Column("updated_at", "Changed", lambda row: row.updated_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", sort="id", shown=False),
    ),
)


@pages.get("")
async def customer_list(page: Page) -> Response:
    return await page.show_list("sales/customers.html", _LISTING, CustomerFilters, list_customers)


@pages.get("/lookup")
async def lookup(page: Page) -> Response:
    """Customers for a field: the one whose code it is, and those like the text."""
    filters = page.filters(CustomerFilters, limit=OPTIONS_MAX)
    text = (filters.q or "").strip()
    found = [row for row in [await _by_code(page.scope, text)] if row is not None]
    if filters.active is not None:
        found = [row for row in found if row.active is filters.active]
    found += (await list_customers(page.scope, filters)).items
    once = {row.id: row for row in found}
    return options_response([_option(row, text) for row in once.values()][:OPTIONS_MAX])


async def _by_code(scope: ReadScope, code: str) -> CustomerRow | None:
    try:
        return await customer_by_code(scope, code)
    except CustomerNotFound:
        return None


def _option(row: CustomerRow, text: str) -> Option:
    return Option(
        id=row.id,
        text=f"{row.code} · {row.name}" if row.code else row.name,
        detail=row.contact_email or row.contact_name or "",
        exact=row.code is not None and code_key(row.code) == code_key(text),
        data={"shipping_address": row.shipping_address},
    )


@pages.get("/new")
async def new_customer(page: Page) -> Response:
    page.require("SELL")
    return page.show("sales/customer_form.html", customer=None)


@pages.post("/new")
async def create(post: Post) -> Response:
    return await post.submit(CreateCustomer, create_customer, _saved, new_customer)


@pages.get("/{customer_id:int}")
async def customer(page: Page) -> Response:
    row = await get_customer(page.scope, page.id("customer_id"))
    filters = SalesOrderFilters(customer_id=row.id, status=[], limit=_ORDERS_SHOWN)
    orders = await list_orders(page.scope, filters)
    return page.show("sales/customer.html", customer=row, orders=orders)


@pages.get("/{customer_id:int}/edit")
async def edit_customer(page: Page) -> Response:
    page.require("SELL")
    row = await get_customer(page.scope, page.id("customer_id"))
    return page.show("sales/customer_form.html", customer=row)


@pages.post("/{customer_id:int}/edit")
async def change(post: Post) -> Response:
    return await _change(post, _saved, edit_customer)


@pages.post("/{customer_id:int}/active")
async def retire(post: Post) -> Response:
    """Retire a customer, or take it into use again."""
    return await _change(post, _retired, customer)


async def _change(
    post: Post,
    then: Callable[[CustomerRow], Done],
    refused_page: Callable[[Page], Awaitable[Response]],
) -> Response:
    return await post.submit(
        ChangeCustomer,
        lambda scope, command: change_customer(
            scope, post.id("customer_id"), command, post.version
        ),
        then,
        refused_page,
    )


def _saved(row: CustomerRow) -> Done:
    return Done(_href(row), f"Customer {row.name} is saved.")


def _retired(row: CustomerRow) -> Done:
    return Done(_href(row), f"{row.name} is {'in use again' if row.active else 'retired'}.")
