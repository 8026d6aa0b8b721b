"""`/api/warehouses`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.warehouses import operations, queries
from stockflow.warehouses.commands import ChangeWarehouse, CreateWarehouse, WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow

router = APIRouter(prefix="/api/warehouses", tags=["Warehouses"], route_class=OperationRoute)
WarehouseId = Annotated[Id, Path()]


@router.post("", summary="Create a warehouse", responses=documented(409))
async def create_warehouse(
    scope: Write, command: JsonBody[CreateWarehouse]
) -> Created[WarehouseRow]:
    row = await operations.create_warehouse(scope, command)
    return Created(row, f"/api/warehouses/{row.id}")


@router.get("", summary="List warehouses")
async def list_warehouses(
    scope: Read, filters: Annotated[WarehouseFilters, Query()]
) -> Page[WarehouseRow]:
    return await queries.list_warehouses(scope, filters)


@router.get("/{warehouse_id}", summary="Read a warehouse", responses=documented(404))
async def get_warehouse(scope: Read, warehouse_id: WarehouseId) -> WarehouseRow:
    return await queries.get_warehouse(scope, warehouse_id)


@router.patch("/{warehouse_id}", summary="Change a warehouse", responses=documented(404, 409, 412))
async def change_warehouse(
    scope: Write,
    warehouse_id: WarehouseId,
    command: JsonBody[ChangeWarehouse],
    expected_version: IfMatch,
) -> WarehouseRow:
    return await operations.change_warehouse(scope, warehouse_id, command, expected_version)
