"""`/api/stock`, and the stock of a product and of a warehouse."""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from stockflow.companies.access import Read, Write
from stockflow.foundation.pagination import Page
from stockflow.foundation.problems import documented
from stockflow.foundation.quantity import Id
from stockflow.foundation.routing import Created, JsonBody, OperationRoute
from stockflow.stock import (
    card,
    operations,
    postings,
    product_stock,
    queries,
    warehouse_stock,
)
from stockflow.stock.access import FreshRead
from stockflow.stock.card import StockCard
from stockflow.stock.commands import CardFilters, LevelFilters, MovementFilters, RecordMovements
from stockflow.stock.operations import Posting
from stockflow.stock.postings import PostingRow
from stockflow.stock.product_stock import ProductStock
from stockflow.stock.queries import LevelRow, MovementRow
from stockflow.stock.warehouse_stock import WarehouseTotals

router = APIRouter(tags=["Stock"], route_class=OperationRoute)
PostingId = Annotated[Id, Path()]


@router.post("/api/stock/movements", summary="Post movements", responses=documented(404, 409))
async def record_movements(scope: Write, command: JsonBody[RecordMovements]) -> Created[Posting]:
    posting = await operations.record_movements(scope, command)
    return Created(posting, f"/api/stock/postings/{posting.posting_id}")


@router.get("/api/stock/movements", summary="List or follow movements")
async def list_movements(
    scope: Read, filters: Annotated[MovementFilters, Query()]
) -> Page[MovementRow]:
    return await queries.list_movements(scope, filters)


@router.get("/api/stock/levels", summary="List stock levels, now or at a past moment")
async def list_levels(
    scope: FreshRead, filters: Annotated[LevelFilters, Query()]
) -> Page[LevelRow]:
    return await queries.list_levels(scope, filters)


@router.get("/api/stock/postings/{posting_id}", summary="Read a posting", responses=documented(404))
async def get_posting(scope: Read, posting_id: PostingId) -> PostingRow:
    return await postings.get_posting(scope, posting_id)


@router.post(
    "/api/stock/postings/{posting_id}/reversal",
    summary="Take a posting back",
    responses=documented(404, 409),
)
async def reverse_posting(scope: Write, posting_id: PostingId) -> Created[Posting]:
    posting = await operations.reverse_posting(scope, posting_id)
    return Created(posting, f"/api/stock/postings/{posting.posting_id}")


@router.get(
    "/api/products/{product_id}/stock",
    summary="Read the stock of a product",
    responses=documented(404),
)
async def get_product_stock(scope: FreshRead, product_id: Annotated[Id, Path()]) -> ProductStock:
    return await product_stock.product_stock(scope, product_id)


@router.get(
    "/api/products/{product_id}/stock/card",
    summary="Read what was on hand of a product day by day",
    responses=documented(404),
)
async def get_stock_card(
    scope: Read,
    product_id: Annotated[Id, Path()],
    filters: Annotated[CardFilters, Query()],
) -> StockCard:
    return await card.card_of(scope, product_id, filters)


@router.get(
    "/api/warehouses/{warehouse_id}/stock",
    summary="Read what lies in a warehouse in all",
    responses=documented(404),
)
async def get_warehouse_stock(
    scope: FreshRead, warehouse_id: Annotated[Id, Path()]
) -> WarehouseTotals:
    return await warehouse_stock.totals_of_warehouse(scope, warehouse_id)
