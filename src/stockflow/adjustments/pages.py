"""`/c/{company_id}/adjustments`: adjustments that wait for somebody's approval."""

from functools import partial

from starlette.responses import Response

from stockflow.adjustments.commands import (
    ApproveRequest,
    CreateAdjustmentRequest,
    RequestFilters,
    RequestStatus,
    WithdrawRequest,
)
from stockflow.adjustments.lifecycle import LIFECYCLE
from stockflow.adjustments.operations import (
    approve_request,
    create_request,
    reject_request,
    withdraw_request,
)
from stockflow.adjustments.presenting import LISTING, TYPES, ListedRequest, listed, path_of
from stockflow.adjustments.queries import RequestDocument, RequestRow, get_request, list_requests
from stockflow.catalog.queries import get_product
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.people import names_of
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import ReadScope
from stockflow.stock.documents import RejectDocument
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses

pages = PageRouter("/adjustments")
_ONE = "/{adjustment_request_id:int}"
_SAID_ONCE = ("type", "warehouse_id", "reference", "occurred_at")


@pages.get("")
async def request_list(page: Page) -> Response:
    warehouses = await _warehouses(page.scope)
    return await page.show_list(
        "adjustments/list.html",
        LISTING,
        RequestFilters,
        partial(_listed, {row.id: row.code for row in warehouses}),
        statuses=RequestStatus,
        warehouses=warehouses,
        product=await _filtered_product(page),
    )


async def _listed(
    codes: dict[int, str], scope: ReadScope, filters: RequestFilters
) -> Rows[ListedRequest]:
    found = await list_requests(scope, filters)
    people = await _people(scope, found.items)
    return Rows(listed(found.items, codes, people), found.next_cursor)


async def _filtered_product(page: Page) -> str:
    """What the product is called whose adjustments are asked for."""
    product_id = page.filters(RequestFilters).product_id
    if product_id is None:
        return page.query.get("sku", "")
    row = await get_product(page.scope, product_id)
    return f"{row.sku} · {row.name}"


@pages.get("/new")
async def new_request(page: Page) -> Response:
    page.require("MOVE_STOCK")
    return page.show("adjustments/form.html", types=TYPES, warehouses=await _warehouses(page.scope))


@pages.post("/new")
async def create(post: Post) -> Response:
    """Ask for adjustments; also those a form of movements could not post."""
    post.give_each("lines", _SAID_ONCE)
    post.fields.names["/reason"] = "_reason"
    reason = post.fields.values.get("_reason", "")
    return await post.submit(
        CreateAdjustmentRequest, create_request, _asked, new_request, reason=reason
    )


@pages.get(_ONE)
async def request(page: Page) -> Response:
    found = await get_request(page.scope, page.id("adjustment_request_id"))
    people = await _people(page.scope, [found])
    return page.show(
        "adjustments/detail.html",
        request=listed([found], {}, people)[0],
        asked=found.lines,
        allowed={action for action, some in LIFECYCLE.allowed_in.items() if found.status in some},
    )


@pages.post(_ONE + "/approve")
async def approve(post: Post) -> Response:
    return await post.submit(
        ApproveRequest,
        lambda scope, command: approve_request(scope, _id(post), command, post.version),
        lambda done: Done(path_of(done), f"{done.number} is approved and posted."),
        request,
    )


@pages.post(_ONE + "/reject")
async def reject(post: Post) -> Response:
    return await post.submit(
        RejectDocument,
        lambda scope, command: reject_request(scope, _id(post), command, post.version),
        lambda done: Done(path_of(done), f"{done.number} is rejected; no stock was changed."),
        request,
    )


@pages.post(_ONE + "/withdraw")
async def withdraw(post: Post) -> Response:
    return await post.submit(
        WithdrawRequest,
        lambda scope, command: withdraw_request(scope, _id(post), command, post.version),
        lambda done: Done(path_of(done), f"{done.number} is withdrawn; no stock was changed."),
        request,
    )


def _id(post: Post) -> int:
    return post.id("adjustment_request_id")


def _asked(made: RequestDocument) -> Done:
    return Done(path_of(made), f"{made.number} waits for approval; no stock was changed yet.")


async def _warehouses(scope: ReadScope) -> list[WarehouseRow]:
    return (await list_warehouses(scope, WarehouseFilters(limit=1000))).items


async def _people(
    scope: ReadScope, rows: "list[RequestRow] | list[RequestDocument]"
) -> dict[tuple[int | None, int | None], str]:
    """Who asked for these requests, and who decided."""
    asked = {(row.requested_by_user_id, row.requested_by_api_key_id) for row in rows}
    decided = {(row.decided_by_user_id, row.decided_by_api_key_id) for row in rows}
    return await names_of(scope, asked | decided)
