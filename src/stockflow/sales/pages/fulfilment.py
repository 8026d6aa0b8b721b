"""`/c/{company_id}/sales-orders/{sales_order_id}`: reserving, shipping and printing an order."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import WriteScope
from stockflow.sales.commands import ConfirmSalesOrder, ReserveSalesOrder, ShipSalesOrder
from stockflow.sales.pages.orders import href
from stockflow.sales.presenting import (
    LINES_SHOWN,
    lacking,
    leave_out_lines,
    leaving,
    steps,
    warehouses_in_use,
)
from stockflow.sales.printing import packing_note_pdf, pick_list_pdf, sales_order_pdf
from stockflow.sales.queries import get_order, get_shipment
from stockflow.sales.reserving import confirm_order, reserve_order
from stockflow.sales.rows import SalesOrderDocument, ShipmentDocument
from stockflow.sales.shipping import ship_order
from stockflow.stock.queries import totals_of_products
from stockflow.web.printing import pdf_response, print_style

pages = PageRouter("/sales-orders/{sales_order_id:int}")


async def _reserving(page: Page, action: str) -> Response:
    page.require("SELL")
    row = await get_order(page.scope, page.id("sales_order_id"))
    return page.show(
        "sales/order_reserve.html",
        order=row,
        action=action,
        allowed=action in steps(page, row),
        lacking=lacking,
        lines_max=LINES_SHOWN,
        stock=await totals_of_products(page.scope, [line.product_id for line in row.lines]),
        places=[(one.code, f"{one.code} · {one.name}") for one in await warehouses_in_use(page)],
    )


@pages.get("/confirm")
async def confirm_form(page: Page) -> Response:
    return await _reserving(page, "confirm")


@pages.post("/confirm")
async def confirm(post: Post) -> Response:
    return await post.submit(
        ConfirmSalesOrder,
        lambda scope, command: confirm_order(
            scope, post.id("sales_order_id"), command, post.version
        ),
        lambda row: _reserved(row, "is confirmed"),
        confirm_form,
    )


@pages.get("/reserve")
async def reserve_form(page: Page) -> Response:
    return await _reserving(page, "reserve")


@pages.post("/reserve")
async def reserve(post: Post) -> Response:
    return await post.submit(
        ReserveSalesOrder,
        lambda scope, command: reserve_order(
            scope, post.id("sales_order_id"), command, post.version
        ),
        lambda row: _reserved(row, "has reserved what there is"),
        reserve_form,
    )


def _reserved(row: SalesOrderDocument, said: str) -> Done:
    waiting = any(line.backordered for line in row.lines)
    return Done(href(row.id), f"{row.number} {said}{'; some of it waits for stock' * waiting}.")


@pages.get("/ship")
async def ship_form(page: Page) -> Response:
    """All that is reserved, or what is in one warehouse; with `pick` to be scanned piece by piece."""
    page.require("SELL")
    row = await get_order(page.scope, page.id("sales_order_id"))
    return page.show(
        "sales/order_ship.html",
        order=row,
        leaving=leaving(row, page.query.get("warehouse_id")),
        lines_max=LINES_SHOWN,
        picking="pick" in page.query,
    )


@pages.post("/ship")
async def ship(post: Post) -> Response:
    if "_everything" not in post.fields.values:
        leave_out_lines(post, "quantity")

    async def run(scope: WriteScope, command: ShipSalesOrder) -> ShipmentDocument:
        # what is refused of a shipment is named by places in the order, as the form names its lines
        post.fields.names.clear()
        return await ship_order(scope, post.id("sales_order_id"), command, post.version)

    return await post.submit(ShipSalesOrder, run, _shipped, ship_form)


def _shipped(row: ShipmentDocument) -> Done:
    return Done(f"{href(row.order_id)}/shipments/{row.id}", "It is shipped.")


@pages.get("/shipments/{shipment_id:int}")
async def shipment(page: Page) -> Response:
    row = await get_shipment(page.scope, page.id("sales_order_id"), page.id("shipment_id"))
    order = await get_order(page.scope, row.order_id)
    return page.show("sales/shipment.html", shipment=row, order=order)


@pages.get("/shipments/{shipment_id:int}/packing-note")
async def packing_note(page: Page) -> Response:
    ids = page.id("sales_order_id"), page.id("shipment_id")
    return pdf_response(await packing_note_pdf(page.scope, *ids, print_style(page.reader)))


@pages.get("/print")
async def print_order(page: Page) -> Response:
    order_id = page.id("sales_order_id")
    return pdf_response(await sales_order_pdf(page.scope, order_id, print_style(page.reader)))


@pages.get("/pick-list")
async def pick_list(page: Page) -> Response:
    order_id = page.id("sales_order_id")
    return pdf_response(await pick_list_pdf(page.scope, order_id, print_style(page.reader)))
