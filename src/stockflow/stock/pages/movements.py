"""`/c/{company_id}/movements` and `/postings`: why stock is what it is."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.stock.commands import Bucket, MovementFilters, MovementType, RecordMovements
from stockflow.stock.operations import Posting, record_movements, reverse_posting
from stockflow.stock.postings import get_posting
from stockflow.stock.presenting import BY_HAND, document_href
from stockflow.stock.queries import MovementRow, list_movements
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses
from stockflow.web.lists import Column, Listing

pages = PageRouter()

_LISTING = Listing[MovementRow](
    "movements",
    (
        Column(
            "occurred_at",
            "When",
            lambda row: row.occurred_at,
            "moment",
            lambda row: f"/postings/{row.posting_id}",
        ),
        Column("type", "Type", lambda row: row.type.replace("_", " ")),
        Column(
            "sku", "SKU", lambda row: row.sku, "code", lambda row: f"/products/{row.product_id}"
        ),
        Column("warehouse_code", "Warehouse", lambda row: row.warehouse_code, "code"),
        Column("bucket", "Bucket", lambda row: row.bucket.replace("_", " ")),
        Column("quantity_change", "Change", lambda row: row.quantity_change, "signed"),
        Column(
            "quantity_before", "Before", lambda row: row.quantity_before, "quantity", shown=False
        ),
        Column("quantity_after", "After", lambda row: row.quantity_after, "quantity"),
        Column("unit_cost", "Unit cost", lambda row: row.unit_cost, "money", shown=False),
        Column("unit_price", "Unit price", lambda row: row.unit_price, "money", shown=False),
        Column("value_change", "Value", lambda row: row.value_change, "total", shown=False),
        Column("reason", "Reason", lambda row: row.reason),
        Column("reference", "Reference", lambda row: row.reference),
        Column(
            "document",
            "Document",
            lambda row: row.document_type and row.document_type.replace("_", " "),
            href=document_href,
        ),
        Column("recorded_at", "Recorded", lambda row: row.recorded_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


@pages.get("/movements")
async def movement_list(page: Page) -> Response:
    return await page.show_list(
        "stock/movements.html",
        _LISTING,
        MovementFilters,
        list_movements,
        warehouses=await _warehouses(page.scope),
        types=MovementType,
        buckets=Bucket,
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


@pages.get("/postings/{posting_id:int}")
async def posting(page: Page) -> Response:
    return page.show(
        "stock/posting.html",
        posting=await get_posting(page.scope, page.id("posting_id")),
        warehouses={row.id: row for row in await _warehouses(page.scope)},
    )


@pages.post("/postings/{posting_id:int}/reverse")
async def reverse(post: Post) -> Response:
    async def run(scope: WriteScope) -> Done:
        return _recorded(await reverse_posting(scope, post.id("posting_id")))

    return await post.act(run, posting)


async def _warehouses(scope: ReadScope) -> list[WarehouseRow]:
    return (await list_warehouses(scope, WarehouseFilters(limit=1000))).items


def _recorded(posted: Posting) -> Done:
    return Done(f"/postings/{posted.posting_id}", "Posted.")
