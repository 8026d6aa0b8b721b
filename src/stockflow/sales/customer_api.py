"""`/api/customers`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.sales import customer_operations as operations
from stockflow.sales import customer_queries as queries
from stockflow.sales.customer_commands import ChangeCustomer, CreateCustomer, CustomerFilters
from stockflow.sales.customer_queries import CustomerRow

router = APIRouter(prefix="/api/customers", tags=["Customers"], route_class=OperationRoute)
CustomerId = Annotated[Id, Path()]


@router.post("", summary="Create a customer", responses=documented(409))
async def create_customer(scope: Write, command: JsonBody[CreateCustomer]) -> Created[CustomerRow]:
    row = await operations.create_customer(scope, command)
    return Created(row, f"/api/customers/{row.id}")


@router.get("", summary="List customers")
async def list_customers(
    scope: Read, filters: Annotated[CustomerFilters, Query()]
) -> Page[CustomerRow]:
    return await queries.list_customers(scope, filters)


@router.get("/{customer_id}", summary="Read a customer", responses=documented(404))
async def get_customer(scope: Read, customer_id: CustomerId) -> CustomerRow:
    return await queries.get_customer(scope, customer_id)


@router.patch("/{customer_id}", summary="Change a customer", responses=documented(404, 409, 412))
async def change_customer(
    scope: Write,
    customer_id: CustomerId,
    command: JsonBody[ChangeCustomer],
    expected_version: IfMatch,
) -> CustomerRow:
    return await operations.change_customer(scope, customer_id, command, expected_version)
