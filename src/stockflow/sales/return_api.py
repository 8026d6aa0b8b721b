"""`/api/returns`, and `/api/sales-orders/{sales_order_id}/returns`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page, PageFilters
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.sales import return_queries as queries
from stockflow.sales import returns as operations
from stockflow.sales.all_returns import ListedReturn, ReturnFilters, list_all_returns
from stockflow.sales.return_commands import CreateReturn
from stockflow.sales.return_queries import ReturnDocument, ReturnRow

router = APIRouter(
    prefix="/api/sales-orders/{sales_order_id}/returns",
    tags=["Returns"],
    route_class=OperationRoute,
)
all_router = APIRouter(prefix="/api/returns", tags=["Returns"], route_class=OperationRoute)
OrderId = Annotated[Id, Path(alias="sales_order_id")]
ReturnId = Annotated[Id, Path()]


@router.post("", summary="Take back goods of an order", responses=documented(404, 409, 412))
async def create_return(
    scope: Write, order_id: OrderId, command: JsonBody[CreateReturn], expected_version: IfMatch
) -> Created[ReturnDocument]:
    made = await operations.create_return(scope, order_id, command, expected_version)
    return Created(made, f"/api/sales-orders/{order_id}/returns/{made.id}")


@router.get("", summary="List the returns of an order", responses=documented(404))
async def list_returns(
    scope: Read, order_id: OrderId, filters: Annotated[PageFilters, Query()]
) -> Page[ReturnRow]:
    return await queries.list_returns(scope, order_id, filters)


@router.get("/{return_id}", summary="Read a return", responses=documented(404))
async def get_return(scope: Read, order_id: OrderId, return_id: ReturnId) -> ReturnDocument:
    return await queries.get_return(scope, order_id, return_id)


@all_router.get("", summary="List the returns of all orders")
async def list_of_all_orders(
    scope: Read, filters: Annotated[ReturnFilters, Query()]
) -> Page[ListedReturn]:
    return await list_all_returns(scope, filters)
