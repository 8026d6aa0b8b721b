"""What becomes of a count: submitted, approved, given back to be counted again, cancelled."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.companies.queries import get_company
from stockflow.counting.commands import CountStatus, SubmitCount
from stockflow.counting.operations import cancel_count, reject_count
from stockflow.counting.posting import approve_count, submit_count
from stockflow.counting.presenting import href, steps
from stockflow.counting.queries import CountRow, get_count
from stockflow.stock.documents import CancelDocument, RejectDocument

pages = PageRouter("/counts/{stock_count_id:int}")


@pages.get("/submit")
async def submit_form(page: Page) -> Response:
    page.require("MOVE_STOCK")
    found = await get_count(page.scope, page.id("stock_count_id"))
    return page.show(
        "counting/submit.html",
        count=found,
        steps=await steps(page, found),
        approval_above=(await get_company(page.scope)).count_approval_above,
    )


@pages.post("/submit")
async def submit(post: Post) -> Response:
    return await post.submit(
        SubmitCount,
        lambda scope, command: submit_count(
            scope, post.id("stock_count_id"), command, post.version
        ),
        _ended,
        submit_form,
    )


def _ended(row: CountRow) -> Done:
    posted = row.status == CountStatus.POSTED
    said = "is posted: the stock is what was counted." if posted else "waits for approval."
    return Done(href(row.id), f"{row.number} {said}")


@pages.get("/approve")
async def approve_form(page: Page) -> Response:
    page.require("APPROVE_STOCK")
    return await _asked(page, "approve")


@pages.post("/approve")
async def approve(post: Post) -> Response:
    return await post.act(
        lambda scope: approve_count(scope, post.id("stock_count_id"), post.version),
        _ended,
        approve_form,
    )


async def _asked(page: Page, action: str) -> Response:
    found = await get_count(page.scope, page.id("stock_count_id"))
    return page.show(
        "counting/reason.html", count=found, steps=await steps(page, found), action=action
    )


@pages.get("/reject")
async def reject_form(page: Page) -> Response:
    page.require("APPROVE_STOCK")
    return await _asked(page, "reject")


@pages.post("/reject")
async def reject(post: Post) -> Response:
    return await post.submit(
        RejectDocument,
        lambda scope, command: reject_count(
            scope, post.id("stock_count_id"), command, post.version
        ),
        lambda row: Done(href(row.id), f"{row.number} is counted on."),
        reject_form,
    )


@pages.get("/cancel")
async def cancel_form(page: Page) -> Response:
    page.require("MOVE_STOCK")
    return await _asked(page, "cancel")


@pages.post("/cancel")
async def cancel(post: Post) -> Response:
    return await post.submit(
        CancelDocument,
        lambda scope, command: cancel_count(
            scope, post.id("stock_count_id"), command, post.version
        ),
        lambda row: Done(href(row.id), f"{row.number} is cancelled; nothing of it is posted."),
        cancel_form,
    )
