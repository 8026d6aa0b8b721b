"""What becomes of a purchase order: submitted, approved, given back, cancelled."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.purchasing.operations import (
    approve_purchase_order,
    cancel_purchase_order,
    reject_purchase_order,
    submit_purchase_order,
)
from stockflow.purchasing.pages.orders import order
from stockflow.purchasing.queries import PurchaseOrderDocument, get_purchase_order
from stockflow.stock.documents import CancelDocument, RejectDocument

pages = PageRouter("/purchase-orders/{purchase_order_id:int}")
_ORDER = "purchase_order_id"


@pages.post("/submit")
async def submit(post: Post) -> Response:
    return await post.act(
        lambda scope: submit_purchase_order(scope, post.id(_ORDER), post.version), done, order
    )


@pages.post("/approve")
async def approve(post: Post) -> Response:
    return await post.act(
        lambda scope: approve_purchase_order(scope, post.id(_ORDER), post.version), done, order
    )


@pages.get("/reject")
async def ask_why_rejected(page: Page) -> Response:
    page.require("BUY")
    found = await get_purchase_order(page.scope, page.id(_ORDER))
    return page.show("purchasing/reason.html", order=found, action="reject")


@pages.post("/reject")
async def reject(post: Post) -> Response:
    return await post.submit(
        RejectDocument,
        lambda scope, command: reject_purchase_order(scope, post.id(_ORDER), command, post.version),
        lambda found: Done(f"/purchase-orders/{found.id}", f"{found.number} is a draft again."),
        ask_why_rejected,
    )


@pages.get("/cancel")
async def ask_why_cancelled(page: Page) -> Response:
    page.require("BUY")
    found = await get_purchase_order(page.scope, page.id(_ORDER))
    return page.show("purchasing/reason.html", order=found, action="cancel")


@pages.post("/cancel")
async def cancel(post: Post) -> Response:
    return await post.submit(
        CancelDocument,
        lambda scope, command: cancel_purchase_order(scope, post.id(_ORDER), command, post.version),
        done,
        ask_why_cancelled,
    )


def done(found: PurchaseOrderDocument) -> Done:
    """What the order is now."""
    status = found.status.replace("_", " ")
    return Done(f"/purchase-orders/{found.id}", f"{found.number} is {status} now.")
