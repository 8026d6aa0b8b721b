"""`/api/sales-orders`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.sales import operations, queries, reserving, shipping
from stockflow.sales.commands import (
    CancelSalesOrder,
    ChangeSalesOrder,
    ConfirmSalesOrder,
    CreateSalesOrder,
    ReserveSalesOrder,
    SalesOrderFilters,
    ShipmentFilters,
    ShipSalesOrder,
)
from stockflow.sales.rows import SalesOrderRow, SalesOrderWhole, ShipmentRow

router = APIRouter(prefix="/api/sales-orders", tags=["Sales orders"], route_class=OperationRoute)
OrderId = Annotated[Id, Path()]
ShipmentId = Annotated[Id, Path()]


@router.post("", summary="Draft a sales order", responses=documented(404, 409))
async def create_order(
    scope: Write, command: JsonBody[CreateSalesOrder]
) -> Created[SalesOrderWhole]:
    row = await operations.create_order(scope, command)
    return Created(row, f"/api/sales-orders/{row.id}")


@router.get("", summary="List sales orders")
async def list_orders(
    scope: Read, filters: Annotated[SalesOrderFilters, Query()]
) -> Page[SalesOrderRow]:
    return await queries.list_orders(scope, filters)


@router.get("/{order_id}", summary="Read a sales order", responses=documented(404))
async def get_order(scope: Read, order_id: OrderId) -> SalesOrderWhole:
    return await queries.get_order(scope, order_id)


@router.patch("/{order_id}", summary="Change a sales order", responses=documented(404, 409, 412))
async def change_order(
    scope: Write,
    order_id: OrderId,
    command: JsonBody[ChangeSalesOrder],
    expected_version: IfMatch,
) -> SalesOrderWhole:
    return await operations.change_order(scope, order_id, command, expected_version)


@router.post(
    "/{order_id}/confirmation",
    summary="Confirm a sales order, reserving its stock",
    responses=documented(404, 409, 412),
)
async def confirm_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ConfirmSalesOrder] | None = None,
) -> SalesOrderWhole:
    return await reserving.confirm_order(
        scope, order_id, command or ConfirmSalesOrder(), expected_version
    )


@router.post(
    "/{order_id}/reservation",
    summary="Reserve what a sales order still needs",
    responses=documented(404, 409, 412),
)
async def reserve_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ReserveSalesOrder] | None = None,
) -> SalesOrderWhole:
    return await reserving.reserve_order(
        scope, order_id, command or ReserveSalesOrder(), expected_version
    )


@router.post(
    "/{order_id}/shipments",
    summary="Ship from a sales order",
    responses=documented(404, 409, 412),
)
async def ship_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[ShipSalesOrder] | None = None,
) -> Created[ShipmentRow]:
    row = await shipping.ship_order(scope, order_id, command or ShipSalesOrder(), expected_version)
    return Created(row, f"/api/sales-orders/{order_id}/shipments/{row.id}")


@router.get(
    "/{order_id}/shipments", summary="List a sales order's shipments", responses=documented(404)
)
async def list_shipments(
    scope: Read, order_id: OrderId, filters: Annotated[ShipmentFilters, Query()]
) -> Page[ShipmentRow]:
    return await queries.list_shipments(scope, order_id, filters)


@router.get(
    "/{order_id}/shipments/{shipment_id}", summary="Read a shipment", responses=documented(404)
)
async def get_shipment(scope: Read, order_id: OrderId, shipment_id: ShipmentId) -> ShipmentRow:
    return await queries.get_shipment(scope, order_id, shipment_id)


@router.post(
    "/{order_id}/cancellation",
    summary="Cancel what a sales order has not shipped",
    responses=documented(404, 409, 412),
)
async def cancel_order(
    scope: Write,
    order_id: OrderId,
    expected_version: IfMatch,
    command: JsonBody[CancelSalesOrder] | None = None,
) -> SalesOrderWhole:
    return await operations.cancel_order(
        scope, order_id, command or CancelSalesOrder(), expected_version
    )
