"""`/api/purchase-orders`, and how a supplier delivers."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page, PageFilters
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.purchasing import operations, performance, printing, queries, receiving
from stockflow.purchasing.commands import (
    ChangePurchaseOrder,
    CreatePurchaseOrder,
    PurchaseOrderFilters,
    ReceivePurchaseOrder,
)
from stockflow.purchasing.performance import Performance
from stockflow.purchasing.queries import (
    PurchaseOrderDocument,
    PurchaseOrderRow,
    PurchaseReceiptDocument,
    PurchaseReceiptRow,
)
from stockflow.stock.documents import CancelDocument, RejectDocument
from stockflow.web.printing import PdfAnswer, PrintFilters, pdf_response

router = APIRouter(prefix="/api/purchase-orders", tags=["Purchasing"], route_class=OperationRoute)
suppliers_router = APIRouter(
    prefix="/api/suppliers", tags=["Suppliers"], route_class=OperationRoute
)
OrderId = Annotated[Id, Path(alias="purchase_order_id")]
ReceiptId = Annotated[Id, Path(alias="purchase_receipt_id")]
_ONE = "/{purchase_order_id}"
_ALL_GOOD = ReceivePurchaseOrder()
_NO_REASON = CancelDocument()


@router.post("", summary="Draft a purchase order", responses=documented(404, 409))
async def create_purchase_order(
    scope: Write, command: JsonBody[CreatePurchaseOrder]
) -> Created[PurchaseOrderDocument]:
    order = await operations.create_purchase_order(scope, command)
    return Created(order, f"/api/purchase-orders/{order.id}")


@router.get("", summary="List purchase orders")
async def list_purchase_orders(
    scope: Read, filters: Annotated[PurchaseOrderFilters, Query()]
) -> Page[PurchaseOrderRow]:
    return await queries.list_purchase_orders(scope, filters)


@router.get(_ONE, summary="Read a purchase order", responses=documented(404))
async def get_purchase_order(scope: Read, order_id: OrderId) -> PurchaseOrderDocument:
    return await queries.get_purchase_order(scope, order_id)


@router.patch(_ONE, summary="Change a purchase order", responses=documented(404, 409, 412))
async def change_purchase_order(
    scope: Write,
    order_id: OrderId,
    command: JsonBody[ChangePurchaseOrder],
    expected_version: IfMatch,
) -> PurchaseOrderDocument:
    return await operations.change_purchase_order(scope, order_id, command, expected_version)


@router.post(
    f"{_ONE}/submission",
    summary="Submit a purchase order for approval",
    responses=documented(404, 409, 412),
)
async def submit_purchase_order(
    scope: Write, order_id: OrderId, expected_version: IfMatch
) -> PurchaseOrderDocument:
    return await operations.submit_purchase_order(scope, order_id, expected_version)


@router.post(
    f"{_ONE}/approval", summary="Approve a purchase order", responses=documented(403, 404, 409, 412)
)
async def approve_purchase_order(
    scope: Write, order_id: OrderId, expected_version: IfMatch
) -> PurchaseOrderDocument:
    return await operations.approve_purchase_order(scope, order_id, expected_version)


@router.post(
    f"{_ONE}/rejection",
    summary="Give a submitted purchase order back",
    responses=documented(404, 409, 412),
)
async def reject_purchase_order(
    scope: Write,
    order_id: OrderId,
    command: JsonBody[RejectDocument],
    expected_version: IfMatch,
) -> PurchaseOrderDocument:
    return await operations.reject_purchase_order(scope, order_id, command, expected_version)


@router.post(
    f"{_ONE}/cancellation",
    summary="Cancel a purchase order, or what is open of it",
    responses=documented(404, 409, 412),
)
async def cancel_purchase_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[CancelDocument] = _NO_REASON,
) -> PurchaseOrderDocument:
    return await operations.cancel_purchase_order(scope, order_id, command, expected_version)


@router.post(f"{_ONE}/receipts", summary="Receive a delivery", responses=documented(404, 409, 412))
async def receive_purchase_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ReceivePurchaseOrder] = _ALL_GOOD,
) -> Created[PurchaseReceiptDocument]:
    receipt = await receiving.receive_purchase_order(scope, order_id, command, expected_version)
    return Created(receipt, f"/api/purchase-orders/{order_id}/receipts/{receipt.id}")


@router.get(
    f"{_ONE}/receipts", summary="List the receipts of a purchase order", responses=documented(404)
)
async def list_receipts(
    scope: Read, order_id: OrderId, filters: Annotated[PageFilters, Query()]
) -> Page[PurchaseReceiptRow]:
    return await queries.list_receipts(scope, order_id, filters)


@router.get(
    f"{_ONE}/receipts/{{purchase_receipt_id}}",
    summary="Read a receipt",
    responses=documented(404),
)
async def get_receipt(
    scope: Read, order_id: OrderId, receipt_id: ReceiptId
) -> PurchaseReceiptDocument:
    return await queries.get_receipt(scope, order_id, receipt_id)


@router.get(
    f"{_ONE}/print",
    summary="Print a purchase order for the supplier",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_purchase_order(
    scope: Read,
    order_id: OrderId,
    asked: Annotated[PrintFilters, Query()],
) -> PdfAnswer:
    return pdf_response(await printing.purchase_order_pdf(scope, order_id, asked.style))


@suppliers_router.get(
    "/{supplier_id}/performance",
    summary="Read how a supplier delivered in a year",
    responses=documented(404),
)
async def supplier_performance(scope: Read, supplier_id: Annotated[Id, Path()]) -> Performance:
    return await performance.supplier_performance(scope, supplier_id)


routers: list[APIRouter] = [router, suppliers_router]
