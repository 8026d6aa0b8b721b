"""`/c/{company_id}/sales-orders`: the list, one order, its form, and its end."""

from starlette.responses import Response

from stockflow.companies.history import history_of
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.errors import FieldError
from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.quantity import id_of
from stockflow.foundation.scope import WriteScope
from stockflow.sales.commands import (
    ChangeSalesOrder,
    CreateSalesOrder,
    SalesOrderFilters,
    SalesOrderStatus,
)
from stockflow.sales.customer_errors import CustomerInactive, CustomerNotFound
from stockflow.sales.customer_queries import CustomerRow, get_customer
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.operations import cancel_order, change_order, create_order
from stockflow.sales.presenting import LINES_SHOWN, lacking, steps, warehouses_in_use
from stockflow.sales.queries import get_order, list_orders, list_shipments
from stockflow.sales.return_queries import list_returns
from stockflow.sales.rows import SalesOrderDocument, SalesOrderRow
from stockflow.stock.documents import CancelDocument
from stockflow.stock.queries import totals_of_products
from stockflow.web.lists import Column, Listing

pages = PageRouter("/sales-orders")
_PARTS_SHOWN = PageFilters(limit=100)


def href(order_id: int) -> str:
    """Where an order is shown, below the company's address."""
    return f"/sales-orders/{order_id}"


_LISTING = Listing[SalesOrderRow](
    "sales-orders",
    (
        Column("number", "Number", lambda row: row.number, "code", lambda row: href(row.id)),
        Column("status", "Status", lambda row: row.status, "status"),
        Column(
            "customer",
            "Customer",
            lambda row: row.customer_name,
            href=lambda row: f"/customers/{row.customer_id}",
        ),
        Column(
            "customer_code", "Customer code", lambda row: row.customer_code, "code", shown=False
        ),
        Column("reference", "Reference", lambda row: row.reference),
        Column("warehouse", "Warehouse", lambda row: row.warehouse_code, "code", shown=False),
        Column("lines", "Lines", lambda row: row.line_count, "number"),
        Column("total", "Total", lambda row: row.total, "money", currency=lambda row: row.currency),
        Column("currency", "Currency", lambda row: row.currency, shown=False),
        Column("expected", "Expected", lambda row: row.expected_date, "day"),
        Column("created_at", "Ordered", lambda row: row.created_at, "moment"),
        Column("confirmed_at", "Confirmed", lambda row: row.confirmed_at, "moment", shown=False),
        Column("updated_at", "Changed", lambda row: row.updated_at, "moment", shown=False),
        Column("address", "Ship to", lambda row: row.shipping_address, shown=False),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


@pages.get("")
async def order_list(page: Page) -> Response:
    return await page.show_list(
        "sales/orders.html",
        _LISTING,
        SalesOrderFilters,
        list_orders,
        statuses=SalesOrderStatus,
        warehouses=await warehouses_in_use(page),
    )


@pages.get("/new")
async def new_order(page: Page) -> Response:
    page.require("SELL")
    return page.show(
        "sales/order_form.html",
        order=None,
        customer=await _customer_in_address(page),
        stock={},
        lines_max=LINES_SHOWN,
        warehouses=await warehouses_in_use(page),
    )


async def _customer_in_address(page: Page) -> CustomerRow | None:
    """Whom the link to a new order was followed from."""
    chosen = id_of(page.query.get("customer_id", ""))
    return None if chosen is None else await get_customer(page.scope, chosen)


@pages.post("/new")
async def create(post: Post) -> Response:
    post.require_list("lines")
    if not post.fields.tree.get("shipping_address"):
        post.fields.tree.pop("shipping_address", None)  # so that it is the customer's
    return await post.submit(CreateSalesOrder, _create, _saved, new_order)


async def _create(scope: WriteScope, command: CreateSalesOrder) -> SalesOrderDocument:
    try:
        return await create_order(scope, command)
    except (CustomerNotFound, CustomerInactive) as error:
        raise _at_customer(error) from None


def _at_customer(error: CustomerNotFound | CustomerInactive) -> CustomerNotFound | CustomerInactive:
    """The refusal as one of the field in which the customer was named."""
    return type(error)(errors=[FieldError("/customer", error.detail)], facts=error.facts)


@pages.get("/{sales_order_id:int}")
async def order(page: Page) -> Response:
    row = await get_order(page.scope, page.id("sales_order_id"))
    return page.show(
        "sales/order.html",
        order=row,
        steps=steps(page, row),
        lacking=lacking,
        lines_max=LINES_SHOWN,
        shipments=(await list_shipments(page.scope, row.id, _PARTS_SHOWN)).items,
        returns=(await list_returns(page.scope, row.id, _PARTS_SHOWN)).items,
    )


@pages.get("/{sales_order_id:int}/history")
async def history(page: Page) -> Response:
    """What was done with the order, loaded behind its page."""
    row = await get_order(page.scope, page.id("sales_order_id"))
    happened = await history_of(page.scope, "sales_order", row.id)
    return page.show("web/history.html", name=row.number, back=href(row.id), happened=happened)


@pages.get("/{sales_order_id:int}/edit")
async def edit_order(page: Page) -> Response:
    page.require("SELL")
    row = await get_order(page.scope, page.id("sales_order_id"))
    return page.show(
        "sales/order_form.html",
        order=row,
        lines_max=LINES_SHOWN,
        stock=await totals_of_products(page.scope, [line.product_id for line in row.lines]),
        warehouses=await warehouses_in_use(page),
        steps=steps(page, row),
    )


@pages.post("/{sales_order_id:int}/edit")
async def change(post: Post) -> Response:
    if "_lines" in post.fields.values:  # else the form has none, as of a confirmed order
        post.require_list("lines")

    async def run(scope: WriteScope, command: ChangeSalesOrder) -> SalesOrderDocument:
        try:
            return await change_order(scope, post.id("sales_order_id"), command, post.version)
        except (CustomerNotFound, CustomerInactive) as error:
            raise _at_customer(error) from None

    return await post.submit(ChangeSalesOrder, run, _saved, edit_order)


def _saved(row: SalesOrderDocument) -> Done:
    return Done(href(row.id), f"{row.number} is saved.")


@pages.get("/{sales_order_id:int}/cancel")
async def cancel_form(page: Page) -> Response:
    page.require("SELL")
    row = await get_order(page.scope, page.id("sales_order_id"))
    allowed = row.status in LIFECYCLE.allowed_in["cancel"]
    return page.show("sales/order_cancel.html", order=row, allowed=allowed)


@pages.post("/{sales_order_id:int}/cancel")
async def cancel(post: Post) -> Response:
    return await post.submit(
        CancelDocument,
        lambda scope, command: cancel_order(
            scope, post.id("sales_order_id"), command, post.version
        ),
        lambda row: Done(href(row.id), f"What {row.number} had not shipped is cancelled."),
        cancel_form,
    )
