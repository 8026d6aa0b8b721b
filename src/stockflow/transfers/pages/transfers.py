"""Looking at transfers: `/c/{company_id}/transfers`."""

from starlette.responses import Response

from stockflow.catalog.queries import get_product
from stockflow.companies.history import history_of
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.foundation.pagination import PageFilters
from stockflow.transfers.commands import TransferFilters, TransferStatus
from stockflow.transfers.presenting import href, steps, warehouses
from stockflow.transfers.printing import transfer_note_pdf
from stockflow.transfers.queries import (
    TransferRow,
    get_receipt,
    get_transfer,
    list_receipts,
    list_transfers,
)
from stockflow.web.lists import Column, Listing
from stockflow.web.printing import pdf_response, print_style

pages = PageRouter("/transfers")
_ONE = "/{transfer_id:int}"
_RECEIPTS_SHOWN = 100


def _href(row: TransferRow) -> str:
    return href(row.id)


_LISTING = Listing[TransferRow](
    "transfers",
    (
        Column("number", "Number", lambda row: row.number, "code", _href),
        Column("status", "Status", lambda row: row.status, "status"),
        Column("from", "From", lambda row: row.from_warehouse_code, "code"),
        Column("to", "To", lambda row: row.to_warehouse_code, "code"),
        Column("expected_date", "Expected", lambda row: row.expected_date, "day"),
        Column("line_count", "Lines", lambda row: row.line_count, "number"),
        Column("quantity", "Planned", lambda row: row.quantity, "quantity"),
        Column("shipped", "Shipped", lambda row: row.shipped, "quantity"),
        Column("in_transit", "In transit", lambda row: row.in_transit, "quantity"),
        Column("good", "Good", lambda row: row.good, "quantity", shown=False),
        Column("damaged", "Damaged", lambda row: row.damaged, "quantity", shown=False),
        Column("missing", "Missing", lambda row: row.missing, "quantity", shown=False),
        Column("returned", "Returned", lambda row: row.returned, "quantity", shown=False),
        Column("created_at", "Created", lambda row: row.created_at, "moment"),
        Column("shipped_at", "Shipped on", lambda row: row.shipped_at, "moment", shown=False),
        Column("completed_at", "Completed", lambda row: row.completed_at, "moment", shown=False),
        Column("cancelled_at", "Cancelled", lambda row: row.cancelled_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


@pages.get("")
async def transfer_list(page: Page) -> Response:
    return await page.show_list(
        "transfers/list.html",
        _LISTING,
        TransferFilters,
        list_transfers,
        statuses=TransferStatus,
        warehouses=await warehouses(page),
        product=await _filtered_product(page),
    )


async def _filtered_product(page: Page) -> str:
    """What the product is called whose transfers are asked for."""
    product_id = page.filters(TransferFilters).product_id
    if product_id is None:
        return page.query.get("sku", "")
    row = await get_product(page.scope, product_id)
    return f"{row.sku} · {row.name}"


@pages.get(_ONE)
async def transfer(page: Page) -> Response:
    found = await get_transfer(page.scope, page.id("transfer_id"))
    receipts = await list_receipts(page.scope, found.id, PageFilters(limit=_RECEIPTS_SHOWN))
    return page.show(
        "transfers/detail.html",
        transfer=found,
        steps=steps(page, found),
        receipts=receipts.items,
        may_use=page.scope.may_use_warehouse,
    )


@pages.get(_ONE + "/history")
async def history(page: Page) -> Response:
    """What was done with it, loaded behind its page."""
    found = await get_transfer(page.scope, page.id("transfer_id"))
    happened = await history_of(page.scope, "transfer", found.id)
    return page.show("web/history.html", name=found.number, back=href(found.id), happened=happened)


@pages.get(_ONE + "/print")
async def print_transfer(page: Page) -> Response:
    transfer_id = page.id("transfer_id")
    return pdf_response(await transfer_note_pdf(page.scope, transfer_id, print_style(page.reader)))


@pages.get(_ONE + "/receipts/{transfer_receipt_id:int}")
async def receipt(page: Page) -> Response:
    found = await get_transfer(page.scope, page.id("transfer_id"))
    row = await get_receipt(page.scope, found.id, page.id("transfer_receipt_id"))
    return page.show("transfers/receipt.html", transfer=found, receipt=row)
