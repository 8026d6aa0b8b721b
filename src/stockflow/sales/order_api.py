"""`/api/sales-orders`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page, PageFilters
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.sales import operations, printing, queries, reserving, shipping
from stockflow.sales.commands import (
    ChangeSalesOrder,
    ConfirmSalesOrder,
    CreateSalesOrder,
    ReserveSalesOrder,
    SalesOrderFilters,
    ShipSalesOrder,
)
from stockflow.sales.rows import SalesOrderDocument, SalesOrderRow, ShipmentDocument, ShipmentRow
from stockflow.stock.documents import CancelDocument
from stockflow.web.printing import PdfAnswer, PrintFilters, pdf_response

router = APIRouter(prefix="/api/sales-orders", tags=["Sales orders"], route_class=OperationRoute)
OrderId = Annotated[Id, Path(alias="sales_order_id")]
ShipmentId = Annotated[Id, Path()]
_AS_USUAL = ConfirmSalesOrder()
_AS_CONFIRMED = ReserveSalesOrder()
_EVERYTHING = ShipSalesOrder()
_NO_REASON = CancelDocument()


@router.post("", summary="Draft a sales order", responses=documented(404, 409))
async def create_order(
    scope: Write, command: JsonBody[CreateSalesOrder]
) -> Created[SalesOrderDocument]:
    row = await operations.create_order(scope, command)
    return Created(row, f"/api/sales-orders/{row.id}")


@router.get("", summary="List sales orders")
async def list_orders(
    scope: Read, filters: Annotated[SalesOrderFilters, Query()]
) -> Page[SalesOrderRow]:
    return await queries.list_orders(scope, filters)


@router.get("/{sales_order_id}", summary="Read a sales order", responses=documented(404))
async def get_order(scope: Read, order_id: OrderId) -> SalesOrderDocument:
    return await queries.get_order(scope, order_id)


@router.patch(
    "/{sales_order_id}", summary="Change a sales order", responses=documented(404, 409, 412)
)
async def change_order(
    scope: Write,
    order_id: OrderId,
    command: JsonBody[ChangeSalesOrder],
    expected_version: IfMatch,
) -> SalesOrderDocument:
    return await operations.change_order(scope, order_id, command, expected_version)


@router.post(
    "/{sales_order_id}/confirmation",
    summary="Confirm a sales order, reserving its stock",
    responses=documented(404, 409, 412),
)
async def confirm_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ConfirmSalesOrder] = _AS_USUAL,
) -> SalesOrderDocument:
    return await reserving.confirm_order(scope, order_id, command, expected_version)


@router.post(
    "/{sales_order_id}/reservation",
    summary="Reserve what a sales order still needs",
    responses=documented(404, 409, 412),
)
async def reserve_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ReserveSalesOrder] = _AS_CONFIRMED,
) -> SalesOrderDocument:
    return await reserving.reserve_order(scope, order_id, command, expected_version)


@router.post(
    "/{sales_order_id}/shipments",
    summary="Ship from a sales order",
    responses=documented(404, 409, 412),
)
async def ship_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ShipSalesOrder] = _EVERYTHING,
) -> Created[ShipmentDocument]:
    row = await shipping.ship_order(scope, order_id, command, expected_version)
    return Created(row, f"/api/sales-orders/{order_id}/shipments/{row.id}")


@router.get(
    "/{sales_order_id}/shipments",
    summary="List a sales order's shipments",
    responses=documented(404),
)
async def list_shipments(
    scope: Read, order_id: OrderId, filters: Annotated[PageFilters, Query()]
) -> Page[ShipmentRow]:
    return await queries.list_shipments(scope, order_id, filters)


@router.get(
    "/{sales_order_id}/shipments/{shipment_id}",
    summary="Read a shipment",
    responses=documented(404),
)
async def get_shipment(scope: Read, order_id: OrderId, shipment_id: ShipmentId) -> ShipmentDocument:
    return await queries.get_shipment(scope, order_id, shipment_id)


@router.post(
    "/{sales_order_id}/cancellation",
    summary="Cancel what a sales order has not shipped",
    responses=documented(404, 409, 412),
)
async def cancel_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[CancelDocument] = _NO_REASON,
) -> SalesOrderDocument:
    return await operations.cancel_order(scope, order_id, command, expected_version)


@router.get(
    "/{sales_order_id}/print",
    summary="Print a sales order for the customer",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_order(
    scope: Read,
    order_id: OrderId,
    asked: Annotated[PrintFilters, Query()],
) -> PdfAnswer:
    return pdf_response(await printing.sales_order_pdf(scope, order_id, asked.style))


@router.get(
    "/{sales_order_id}/pick-list",
    summary="Print what a sales order has reserved, to pick it",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_pick_list(
    scope: Read,
    order_id: OrderId,
    asked: Annotated[PrintFilters, Query()],
) -> PdfAnswer:
    return pdf_response(await printing.pick_list_pdf(scope, order_id, asked.style))


@router.get(
    "/{sales_order_id}/shipments/{shipment_id}/packing-note",
    summary="Print what is in a shipment",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_packing_note(
    scope: Read,
    order_id: OrderId,
    shipment_id: ShipmentId,
    asked: Annotated[PrintFilters, Query()],
) -> PdfAnswer:
    return pdf_response(await printing.packing_note_pdf(scope, order_id, shipment_id, asked.style))
