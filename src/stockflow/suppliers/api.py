"""`/api/suppliers`, what each sells, and `/api/products/{product_id}/suppliers`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from starlette.responses import Response

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import (
    Created,
    IfMatch,
    JsonBody,
    OperationRoute,
    json_response,
)
from stockflow.suppliers import operations, queries, supplied
from stockflow.suppliers.commands import (
    AddSuppliedProduct,
    AddTerms,
    ChangeSupplier,
    ChangeTerms,
    CreateSupplier,
    SetTerms,
    SuppliedFilters,
    SupplierFilters,
    TermsFilters,
)
from stockflow.suppliers.queries import SupplierRow, TermsRow
from stockflow.suppliers.supplied import SuppliedRow

router = APIRouter(prefix="/api/suppliers", tags=["Suppliers"], route_class=OperationRoute)
terms_router = APIRouter(
    prefix="/api/products/{product_id}/suppliers", tags=["Suppliers"], route_class=OperationRoute
)
SupplierId = Annotated[Id, Path()]
ProductId = Annotated[Id, Path()]
_NEW_TERMS = {"model": TermsRow, "description": "The terms are new."}


@router.post("", summary="Create a supplier", responses=documented(409))
async def create_supplier(scope: Write, command: JsonBody[CreateSupplier]) -> Created[SupplierRow]:
    row = await operations.create_supplier(scope, command)
    return Created(row, f"/api/suppliers/{row.id}")


@router.get("", summary="List suppliers")
async def list_suppliers(
    scope: Read, filters: Annotated[SupplierFilters, Query()]
) -> Page[SupplierRow]:
    return await queries.list_suppliers(scope, filters)


@router.get("/{supplier_id}", summary="Read a supplier", responses=documented(404))
async def get_supplier(scope: Read, supplier_id: SupplierId) -> SupplierRow:
    return await queries.get_supplier(scope, supplier_id)


@router.patch("/{supplier_id}", summary="Change a supplier", responses=documented(404, 409, 412))
async def change_supplier(
    scope: Write,
    supplier_id: SupplierId,
    command: JsonBody[ChangeSupplier],
    expected_version: IfMatch,
) -> SupplierRow:
    return await operations.change_supplier(scope, supplier_id, command, expected_version)


@router.get(
    "/{supplier_id}/products", summary="List the products of a supplier", responses=documented(404)
)
async def list_supplied(
    scope: Read, supplier_id: SupplierId, filters: Annotated[SuppliedFilters, Query()]
) -> Page[SuppliedRow]:
    return await supplied.list_supplied(scope, supplier_id, filters)


@router.post(
    "/{supplier_id}/products",
    summary="Add a product to a supplier",
    responses=documented(404, 409),
)
async def add_supplied_product(
    scope: Write, supplier_id: SupplierId, command: JsonBody[AddSuppliedProduct]
) -> Created[TermsRow]:
    row = await supplied.add_supplied_product(scope, supplier_id, command)
    return Created(row, f"/api/products/{row.product_id}/suppliers/{row.supplier_id}")


@terms_router.get("", summary="List the suppliers of a product", responses=documented(404))
async def list_terms(
    scope: Read, product_id: ProductId, filters: Annotated[TermsFilters, Query()]
) -> Page[TermsRow]:
    return await queries.list_terms(scope, product_id, filters)


@terms_router.post("", summary="Add a supplier to a product", responses=documented(404, 409))
async def add_terms(
    scope: Write, product_id: ProductId, command: JsonBody[AddTerms]
) -> Created[TermsRow]:
    row = await operations.add_terms(scope, product_id, command)
    return Created(row, f"/api/products/{product_id}/suppliers/{row.supplier_id}")


@terms_router.get(
    "/{supplier_id}", summary="Read a supplier's terms for a product", responses=documented(404)
)
async def get_terms(scope: Read, product_id: ProductId, supplier_id: SupplierId) -> TermsRow:
    return await queries.get_terms(scope, product_id, supplier_id)


@terms_router.put(
    "/{supplier_id}",
    summary="Create or replace a supplier's terms for a product",
    response_model=TermsRow,
    responses={**documented(404, 409, 412), 201: _NEW_TERMS},
)
async def set_terms(
    scope: Write,
    product_id: ProductId,
    supplier_id: SupplierId,
    command: JsonBody[SetTerms],
    expected_version: IfMatch,
) -> Response:
    row, is_new = await operations.set_terms(
        scope, product_id, supplier_id, command, expected_version
    )
    location = f"/api/products/{product_id}/suppliers/{supplier_id}"
    return json_response(Created(row, location), 201) if is_new else json_response(row)


@terms_router.patch(
    "/{supplier_id}",
    summary="Change a supplier's terms for a product",
    responses=documented(404, 409, 412),
)
async def change_terms(
    scope: Write,
    product_id: ProductId,
    supplier_id: SupplierId,
    command: JsonBody[ChangeTerms],
    expected_version: IfMatch,
) -> TermsRow:
    return await operations.change_terms(scope, product_id, supplier_id, command, expected_version)


@terms_router.delete(
    "/{supplier_id}",
    summary="Take a supplier off a product",
    status_code=204,
    responses=documented(404, 409, 412),
)
async def remove_terms(
    scope: Write, product_id: ProductId, supplier_id: SupplierId, expected_version: IfMatch
) -> Response:
    await operations.remove_terms(scope, product_id, supplier_id, expected_version)
    return Response(status_code=204)


routers = [router, terms_router]
