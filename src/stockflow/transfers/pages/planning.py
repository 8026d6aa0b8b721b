"""Planning transfers: from where, to where, and how much of what."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.transfers.commands import ChangeTransfer, CreateTransfer
from stockflow.transfers.operations import change_transfer, create_transfer
from stockflow.transfers.presenting import ends, href, steps
from stockflow.transfers.queries import TransferDocument, get_transfer

pages = PageRouter("/transfers")
_ONE = "/{transfer_id:int}"


@pages.get("/new")
async def new_transfer(page: Page) -> Response:
    page.require("MOVE_STOCK")
    return page.show("transfers/form.html", transfer=None, **await ends(page, None))


@pages.post("/new")
async def create(post: Post) -> Response:
    post.require_list("lines")
    return await post.submit(CreateTransfer, create_transfer, _saved, new_transfer)


@pages.get(_ONE + "/edit")
async def edit_transfer(page: Page) -> Response:
    page.require("MOVE_STOCK")
    found = await get_transfer(page.scope, page.id("transfer_id"))
    may_change = "change" in steps(page, found)
    return page.show(
        "transfers/form.html", transfer=found, may_change=may_change, **await ends(page, found)
    )


@pages.post(_ONE + "/edit")
async def change(post: Post) -> Response:
    post.require_list("lines")
    return await post.submit(
        ChangeTransfer,
        lambda scope, command: change_transfer(
            scope, post.id("transfer_id"), command, post.version
        ),
        _saved,
        edit_transfer,
    )


def _saved(row: TransferDocument) -> Done:
    return Done(href(row.id), f"{row.number} is saved.")
