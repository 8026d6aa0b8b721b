"""Low-stock alerts, orders made from them, how long stock lasts, and thresholds."""

from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Path, Query, Request
from starlette.responses import Response

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, JsonBody, OperationRoute, json_response
from stockflow.replenishment import ordering, outlook, queries, thresholds
from stockflow.replenishment.commands import AlertFilters, OrderFromAlerts, SetThreshold
from stockflow.replenishment.jobs import catch_up_later
from stockflow.replenishment.ordering import OrdersFromAlerts
from stockflow.replenishment.outlook import ProductOutlook
from stockflow.replenishment.queries import Alerts
from stockflow.replenishment.thresholds import Threshold
from stockflow.stock.access import FreshRead

router = APIRouter(tags=["Replenishment"], route_class=OperationRoute)
ProductId = Annotated[Id, Path()]
_DRAFTED = {"model": OrdersFromAlerts, "description": "Orders were drafted."}


@router.get(
    "/api/companies/{company_id}/alerts/low-stock",
    summary="List what is about to run out",
    responses=documented(404),
)
async def low_stock_alerts(
    request: Request,
    tasks: BackgroundTasks,
    scope: FreshRead,
    company_id: Annotated[Id, Path()],
    filters: Annotated[AlertFilters, Query()],
) -> Alerts:
    alerts, behind = await queries.low_stock_alerts(scope, company_id, filters)
    catch_up_later(tasks, request.app.state.pool, scope, behind)
    return alerts


@router.get(
    "/api/products/{product_id}/outlook",
    summary="Read how fast a product sells, and when it runs out",
    responses=documented(404),
)
async def get_outlook(scope: FreshRead, product_id: ProductId) -> ProductOutlook:
    return await outlook.outlook_of(scope, product_id)


@router.post(
    "/api/purchase-orders/from-alerts",
    summary="Draft purchase orders for low-stock alerts",
    response_model=OrdersFromAlerts,
    responses={**documented(404, 409), 201: _DRAFTED},
    tags=["Purchasing"],
)
async def order_from_alerts(scope: Write, command: JsonBody[OrderFromAlerts]) -> Response:
    made = await ordering.order_from_alerts(scope, command)
    location = "/api/purchase-orders?status=draft"
    return json_response(Created(made, location), 201) if made.orders else json_response(made)


@router.get(
    "/api/products/{product_id}/thresholds",
    summary="List a product's thresholds by warehouse",
    responses=documented(404),
)
async def list_thresholds(scope: Read, product_id: ProductId) -> Page[Threshold]:
    return await thresholds.list_thresholds(scope, product_id)


@router.put(
    "/api/products/{product_id}/thresholds/{warehouse_id}",
    summary="Set the threshold of a product in a warehouse",
    responses=documented(404, 409),
)
async def set_threshold(
    scope: Write,
    product_id: ProductId,
    warehouse_id: Annotated[Id, Path()],
    command: JsonBody[SetThreshold],
) -> Threshold:
    return await thresholds.set_threshold(scope, product_id, warehouse_id, command)
