"""`/api/products` and `/api/categories`."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.catalog import (
    bundles,
    category_operations,
    category_queries,
    labels,
    operations,
    queries,
)
from stockflow.catalog.category_queries import CategoryRow
from stockflow.catalog.commands import (
    CategoryFilters,
    ChangeCategory,
    ChangeProduct,
    CreateCategory,
    CreateProduct,
    ProductFilters,
    SetComponents,
)
from stockflow.catalog.labels import PrintLabels
from stockflow.catalog.operations import CreatedProduct
from stockflow.catalog.queries import ComponentsRow, ProductRow
from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, IfMatch, JsonBody, OperationRoute
from stockflow.web.printing import PdfAnswer, PrintFilters, pdf_response

products = APIRouter(prefix="/api/products", tags=["Products"], route_class=OperationRoute)
categories = APIRouter(prefix="/api/categories", tags=["Categories"], route_class=OperationRoute)
ProductId = Annotated[Id, Path()]
CategoryId = Annotated[Id, Path()]


@products.post("", summary="Create a product, with opening stock where wanted")
async def create_product(scope: Write, command: JsonBody[CreateProduct]) -> Created[CreatedProduct]:
    created = await operations.create_product(scope, command)
    return Created(created, f"/api/products/{created.product_id}")


@products.get("", summary="List and search products")
async def list_products(
    scope: Read, filters: Annotated[ProductFilters, Query()]
) -> Page[ProductRow]:
    return await queries.list_products(scope, filters)


@products.get("/{product_id}", summary="Read a product")
async def get_product(scope: Read, product_id: ProductId) -> ProductRow:
    return await queries.get_product(scope, product_id)


@products.patch("/{product_id}", summary="Change a product")
async def change_product(
    scope: Write,
    product_id: ProductId,
    command: JsonBody[ChangeProduct],
    expected_version: IfMatch,
) -> ProductRow:
    return await operations.change_product(scope, product_id, command, expected_version)


@products.delete("/{product_id}", summary="Archive a product; its history stays")
@products.post("/{product_id}/archival", summary="Archive a product")
async def archive_product(
    scope: Write, product_id: ProductId, expected_version: IfMatch
) -> ProductRow:
    return await operations.archive_product(scope, product_id, expected_version)


@products.delete("/{product_id}/archival", summary="Restore an archived product")
async def restore_product(
    scope: Write, product_id: ProductId, expected_version: IfMatch
) -> ProductRow:
    return await operations.restore_product(scope, product_id, expected_version)


@products.get(
    "/{product_id}/components",
    summary="Read what a bundle is made of",
    responses=documented(409),
)
async def get_components(scope: Read, product_id: ProductId) -> ComponentsRow:
    return await queries.get_components(scope, product_id)


@products.put("/{product_id}/components", summary="Set what a bundle is made of")
async def set_components(
    scope: Write,
    product_id: ProductId,
    command: JsonBody[SetComponents],
    expected_version: IfMatch,
) -> ComponentsRow:
    return await bundles.set_components(scope, product_id, command, expected_version)


@categories.post("", summary="Create a category")
async def create_category(scope: Write, command: JsonBody[CreateCategory]) -> Created[CategoryRow]:
    row = await category_operations.create_category(scope, command)
    return Created(row, f"/api/categories/{row.id}")


@categories.get("", summary="List categories")
async def list_categories(
    scope: Read, filters: Annotated[CategoryFilters, Query()]
) -> Page[CategoryRow]:
    return await category_queries.list_categories(scope, filters)


@categories.get("/{category_id}", summary="Read a category")
async def get_category(scope: Read, category_id: CategoryId) -> CategoryRow:
    return await category_queries.get_category(scope, category_id)


@categories.patch("/{category_id}", summary="Change a category")
async def change_category(
    scope: Write,
    category_id: CategoryId,
    command: JsonBody[ChangeCategory],
    expected_version: IfMatch,
) -> CategoryRow:
    return await category_operations.change_category(scope, category_id, command, expected_version)


@categories.post("/{category_id}/archival", summary="Archive a category")
async def archive_category(
    scope: Write, category_id: CategoryId, expected_version: IfMatch
) -> CategoryRow:
    return await category_operations.archive_category(scope, category_id, expected_version)


@categories.delete("/{category_id}/archival", summary="Restore an archived category")
async def restore_category(
    scope: Write, category_id: CategoryId, expected_version: IfMatch
) -> CategoryRow:
    return await category_operations.restore_category(scope, category_id, expected_version)


@products.post(
    "/labels",
    summary="Print labels for products",
    response_class=PdfAnswer,
    responses=documented(404),
)
async def print_labels(
    scope: Read, command: JsonBody[PrintLabels], asked: Annotated[PrintFilters, Query()]
) -> PdfAnswer:
    return pdf_response(await labels.product_labels_pdf(scope, command, asked.style))


routers = [products, categories]
