"""Receiving a delivery, at a desk or with a scanner in the hand."""

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.errors import StockFlowError
from stockflow.purchasing.commands import ReceivePurchaseOrder
from stockflow.purchasing.errors import MoreThanOrdered
from stockflow.purchasing.queries import (
    PurchaseOrderDocument,
    PurchaseReceiptDocument,
    get_purchase_order,
)
from stockflow.purchasing.receiving import receive_purchase_order
from stockflow.web.forms import Typed

pages = PageRouter("/purchase-orders/{purchase_order_id:int}")
_COUNTED = ("good", "damaged", "missing")


@pages.get("/receive")
async def receive(page: Page) -> Response:
    """With `filled` in the address, everything that is open is filled in as good."""
    page.require("MOVE_STOCK")
    order = await get_purchase_order(page.scope, page.id("purchase_order_id"))
    if isinstance(page.form.problem, MoreThanOrdered):
        page.form.errors = _at_lines(page.form.problem)
    shown = {"filled": "filled" in page.query, "repeated": _repeated(order)}
    return page.show("purchasing/receive.html", order=order, **shown)


def _repeated(order: PurchaseOrderDocument) -> set[int]:
    """The products on several lines."""
    lines = Counter(line.product_id for line in order.lines)
    return {product_id for product_id, count in lines.items() if count > 1}


@pages.post("/receive")
async def note_delivery(post: Post) -> Response:
    _leave_out_untouched(post.fields)
    return await post.submit(
        ReceivePurchaseOrder,
        lambda scope, command: receive_purchase_order(
            scope, post.id("purchase_order_id"), command, post.version
        ),
        _received,
        receive,
    )


def _leave_out_untouched(fields: Typed) -> None:
    """The form has all lines of the order; of some, nothing came. None is not all: they must be named."""
    lines = fields.tree.setdefault("lines", {})
    if isinstance(lines, dict):
        for place, line in list(lines.items()):
            if isinstance(line, dict) and not any(
                line.get(name) not in ("", "0", None) for name in _COUNTED
            ):
                del lines[place]


def _at_lines(refusal: StockFlowError) -> Mapping[str, str]:
    """The refusal names lines by their place in the order, as the form does."""
    lines = refusal.facts.get("lines")
    assert isinstance(lines, list)
    return {f"lines.{line['line']}": _too_much(line) for line in lines}


def _too_much(line: Mapping[str, Decimal]) -> str:
    said = f"is too much: {line['ordered']:f} ordered"
    if line["received_before"]:
        said += f", {line['received_before']:f} came before"
    return f"{said}; at most {max(line['allowed'], Decimal(0)):f} now"


def _received(receipt: PurchaseReceiptDocument) -> Done:
    status = receipt.order_status.replace("_", " ")
    said = f"The delivery is noted; {receipt.order_number} is {status}."
    return Done(f"/purchase-orders/{receipt.order_id}", said)
