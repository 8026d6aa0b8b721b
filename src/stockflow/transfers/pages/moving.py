"""Moving what a transfer holds: it is shipped, received with its differences explained, or called off."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import WriteScope
from stockflow.stock.documents import CancelDocument
from stockflow.transfers.commands import ReceiveTransfer, ShipTransfer
from stockflow.transfers.errors import MoreThanAsked, MoreThanInTransit
from stockflow.transfers.operations import cancel_transfer, receive_transfer, ship_transfer
from stockflow.transfers.presenting import (
    LINES_TYPED_MAX,
    at_source,
    href,
    leave_out_lines,
    steps,
    too_much,
)
from stockflow.transfers.queries import (
    TransferDocument,
    TransferReceiptDocument,
    get_transfer,
)

pages = PageRouter("/transfers/{transfer_id:int}")


@pages.get("/ship")
async def ship_form(page: Page) -> Response:
    """All that is planned; with `pick` in the address to be scanned piece by piece."""
    found = await _moved(page)
    return page.show(
        "transfers/ship.html",
        transfer=found,
        steps=steps(page, found),
        available=await at_source(page, found),
        by_line=found.line_count <= LINES_TYPED_MAX,
        picking="pick" in page.query,
    )


async def _moved(page: Page) -> TransferDocument:
    page.require("MOVE_STOCK")
    if isinstance(page.form.problem, MoreThanAsked | MoreThanInTransit):
        page.form.errors = too_much(page.form.problem)
    return await get_transfer(page.scope, page.id("transfer_id"))


@pages.post("/ship")
async def ship(post: Post) -> Response:
    leave_out_lines(post, "quantity")

    async def run(scope: WriteScope, command: ShipTransfer) -> TransferDocument:
        # what is refused is named by places in the transfer, as the form names its lines
        post.fields.names.clear()
        return await ship_transfer(scope, post.id("transfer_id"), command, post.version)

    return await post.submit(
        ShipTransfer, run, lambda row: Done(href(row.id), f"{row.number} is on its way."), ship_form
    )


@pages.get("/receive")
async def receive_form(page: Page) -> Response:
    """With `filled` in the address, everything that is in transit is filled in as good."""
    found = await _moved(page)
    return page.show(
        "transfers/receive.html",
        transfer=found,
        steps=steps(page, found),
        by_line=found.line_count <= LINES_TYPED_MAX,
        filled="filled" in page.query,
    )


@pages.post("/receive")
async def receive(post: Post) -> Response:
    leave_out_lines(post, "good", "damaged", "missing", "reason")
    return await post.submit(
        ReceiveTransfer,
        lambda scope, command: receive_transfer(
            scope, post.id("transfer_id"), command, post.version
        ),
        _received,
        receive_form,
    )


def _received(row: TransferReceiptDocument) -> Done:
    more = "all of it is here" if row.transfer_status == "completed" else "more is on its way"
    return Done(href(row.transfer_id), f"The delivery is noted; {more}.")


@pages.get("/cancel")
async def cancel_form(page: Page) -> Response:
    found = await _moved(page)
    return page.show("transfers/cancel.html", transfer=found, steps=steps(page, found))


@pages.post("/cancel")
async def cancel(post: Post) -> Response:
    return await post.submit(
        CancelDocument,
        lambda scope, command: cancel_transfer(
            scope, post.id("transfer_id"), command, post.version
        ),
        lambda row: Done(href(row.id), f"{row.number} is called off."),
        cancel_form,
    )
