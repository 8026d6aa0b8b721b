"""`/c/{company_id}/movements` and `/postings`: why stock is what it is."""

from functools import partial

from starlette.responses import Response

from stockflow.catalog.queries import get_product
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.people import names_of
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import ReadScope
from stockflow.stock.commands import (
    Bucket,
    MovementFilters,
    MovementOrder,
    MovementType,
    RecordMovements,
)
from stockflow.stock.operations import Posting, record_movements, reverse_posting
from stockflow.stock.postings import PostingHead, get_posting_head
from stockflow.stock.presenting import BY_HAND, MOVEMENTS, POSTED, document_of
from stockflow.stock.queries import MovementRow, list_movements
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses

pages = PageRouter()

_POSTING = "/postings/{posting_id:int}"


@pages.get("/movements")
async def movement_list(page: Page) -> Response:
    return await page.show_list(
        "stock/movements.html",
        MOVEMENTS,
        MovementFilters,
        list_movements,
        warehouses=await _warehouses(page.scope),
        types=MovementType,
        buckets=Bucket,
        product=await _filtered_product(page),
    )


@pages.get("/movements/new")
async def new_movements(page: Page) -> Response:
    page.require("MOVE_STOCK")
    return page.show(
        "stock/movement_form.html", types=BY_HAND, warehouses=await _warehouses(page.scope)
    )


@pages.post("/movements/new")
async def record(post: Post) -> Response:
    post.give_each("lines", ("type", "warehouse_id", "reason", "reference", "occurred_at"))
    return await post.submit(RecordMovements, record_movements, _recorded, new_movements)


@pages.get(_POSTING)
async def posting(page: Page) -> Response:
    head = await get_posting_head(page.scope, page.id("posting_id"))
    return await page.show_list(
        "stock/posting.html",
        POSTED,
        MovementFilters,
        partial(_of_posting, head.id),
        posting=head,
        document=document_of(head),
        author=await _author(page.scope, head),
    )


async def _author(scope: ReadScope, head: PostingHead) -> str:
    """Who recorded a posting."""
    author = (head.user_id, head.api_key_id)
    return (await names_of(scope, [author]))[author]


@pages.post(_POSTING)
async def reverse(post: Post) -> Response:
    """Take the posting back."""
    return await post.act(
        lambda scope: reverse_posting(scope, post.id("posting_id")), _recorded, posting
    )


async def _of_posting(
    posting_id: int, scope: ReadScope, filters: MovementFilters
) -> Rows[MovementRow]:
    """Its movements, in their order."""
    order = MovementOrder.OLDEST
    return await list_movements(
        scope, filters.model_copy(update={"posting_id": posting_id, "order": order})
    )


async def _filtered_product(page: Page) -> str:
    """What the product is called whose movements are asked for."""
    product_id = page.filters(MovementFilters).product_id
    if product_id is None:
        return page.query.get("sku", "")
    row = await get_product(page.scope, product_id)
    return f"{row.sku} · {row.name}"


async def _warehouses(scope: ReadScope) -> list[WarehouseRow]:
    return (await list_warehouses(scope, WarehouseFilters(limit=1000))).items


def _recorded(posted: Posting) -> Done:
    return Done(f"/postings/{posted.posting_id}", "Posted.")
