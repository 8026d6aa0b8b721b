"""`/c/{company_id}/returns`, and the returns of an order."""

from starlette.responses import Response

from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.sales.all_returns import ListedReturn, ReturnFilters, list_all_returns
from stockflow.sales.presenting import leave_out_lines, steps, warehouses_in_use
from stockflow.sales.queries import get_order
from stockflow.sales.return_commands import CreateReturn
from stockflow.sales.return_queries import ReturnDocument, get_return
from stockflow.sales.returns import create_return
from stockflow.web.lists import Column, Listing

pages = PageRouter()
_OF_ORDER = "/sales-orders/{sales_order_id:int}/returns"


def _href(row: ListedReturn | ReturnDocument) -> str:
    return f"/sales-orders/{row.order_id}/returns/{row.id}"


_LISTING = Listing[ListedReturn](
    "returns",
    (
        Column("number", "Number", lambda row: row.number, "code", _href),
        Column(
            "order",
            "Sales order",
            lambda row: row.order_number,
            "code",
            lambda row: f"/sales-orders/{row.order_id}",
        ),
        Column(
            "customer",
            "Customer",
            lambda row: row.customer_name,
            href=lambda row: f"/customers/{row.customer_id}",
        ),
        Column("reference", "Reference", lambda row: row.reference),
        Column("reason", "Reason", lambda row: row.reason),
        Column("good", "Good", lambda row: row.good, "quantity"),
        Column("damaged", "Damaged", lambda row: row.damaged, "quantity"),
        Column("refused", "Refused", lambda row: row.refused, "quantity"),
        Column("lines", "Lines", lambda row: row.line_count, "number", shown=False),
        Column("created_at", "Returned", lambda row: row.created_at, "moment"),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


@pages.get("/returns")
async def return_list(page: Page) -> Response:
    return await page.show_list("sales/returns.html", _LISTING, ReturnFilters, list_all_returns)


@pages.get(f"{_OF_ORDER}/new")
async def new_return(page: Page) -> Response:
    page.require("SELL")
    order = await get_order(page.scope, page.id("sales_order_id"))
    return page.show(
        "sales/return_form.html",
        order=order,
        allowed="return" in steps(page, order),
        warehouses=await warehouses_in_use(page),
    )


@pages.post(f"{_OF_ORDER}/new")
async def create(post: Post) -> Response:
    leave_out_lines(post, "good", "damaged", "refused")
    return await post.submit(
        CreateReturn,
        lambda scope, command: create_return(
            scope, post.id("sales_order_id"), command, post.version
        ),
        lambda row: Done(_href(row), f"{row.number} is recorded."),
        new_return,
    )


@pages.get(f"{_OF_ORDER}/{{return_id:int}}")
async def one_return(page: Page) -> Response:
    row = await get_return(page.scope, page.id("sales_order_id"), page.id("return_id"))
    order = await get_order(page.scope, row.order_id)
    return page.show("sales/return.html", row=row, order=order)
