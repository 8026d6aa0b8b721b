"""Looking at stock counts: `/c/{company_id}/counts`."""

from decimal import Decimal

from starlette.responses import Response

from stockflow.companies.history import history_of
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.companies.people import names_of
from stockflow.counting.commands import CountFilters, CountStatus, LineFilters
from stockflow.counting.presenting import ListedLine, href, steps, warehouses, with_names
from stockflow.counting.printing import count_sheet_pdf
from stockflow.counting.queries import CountRow, get_count, hides_expected, list_counts, list_lines
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import ReadScope
from stockflow.web.lists import Column, Listing
from stockflow.web.printing import pdf_response, print_style

pages = PageRouter("/counts")
_ONE = "/{stock_count_id:int}"


def _what(row: CountRow) -> str:
    parts = [
        "chosen products" if row.listed else None,
        row.category,
        f"class {row.abc_class}" if row.abc_class else None,
    ]
    return ", ".join(part for part in parts if part) or "everything"


def _share(row: CountRow) -> Decimal | None:
    return Decimal(100 * row.counted_count) / row.line_count if row.line_count else None


_LISTING = Listing[CountRow](
    "stock-counts",
    (
        Column("number", "Number", lambda row: row.number, "code", lambda row: href(row.id)),
        Column("status", "Status", lambda row: row.status, "status"),
        Column("warehouse", "Warehouse", lambda row: row.warehouse_code, "code"),
        Column("what", "What", _what),
        Column("line_count", "Lines", lambda row: row.line_count, "number"),
        Column("counted_count", "Counted", lambda row: row.counted_count, "number"),
        Column("recount_count", "To recount", lambda row: row.recount_count, "number"),
        Column("different_count", "Different", lambda row: row.different_count, "number"),
        Column("difference_value", "Difference", lambda row: row.difference_value, "total"),
        Column("blind", "Blind", lambda row: row.blind, "yes_no", shown=False),
        Column("created_at", "Opened", lambda row: row.created_at, "moment"),
        Column("submitted_at", "Submitted", lambda row: row.submitted_at, "moment", shown=False),
        Column("posted_at", "Posted", lambda row: row.posted_at, "moment", shown=False),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)
_COUNTED = (
    Column[ListedLine](
        "sku",
        "SKU",
        lambda row: row.line.sku,
        "code",
        lambda row: f"/products/{row.line.product_id}",
    ),
    Column[ListedLine]("product_name", "Product", lambda row: row.line.product_name),
    Column[ListedLine]("barcode", "Barcode", lambda row: row.line.barcode, "code", shown=False),
    Column[ListedLine]("status", "Status", lambda row: row.line.status, "status"),
    Column[ListedLine]("counted", "Counted", lambda row: row.line.counted, "quantity"),
    Column[ListedLine](
        "first_counted",
        "Counted first",
        lambda row: row.line.first_counted,
        "quantity",
        shown=False,
    ),
    Column[ListedLine]("unit", "Unit", lambda row: row.line.unit, shown=False),
    Column[ListedLine]("counted_by", "Counted by", lambda row: row.counted_by),
    Column[ListedLine]("counted_at", "Counted at", lambda row: row.line.counted_at, "moment"),
)
_COMPARED = (
    Column[ListedLine]("expected", "Expected", lambda row: row.line.expected, "quantity"),
    Column[ListedLine]("difference", "Difference", lambda row: row.line.difference, "signed"),
    Column[ListedLine]("difference_value", "Worth", lambda row: row.line.difference_value, "total"),
    Column[ListedLine](
        "first_expected",
        "Expected first",
        lambda row: row.line.first_expected,
        "quantity",
        shown=False,
    ),
    Column[ListedLine](
        "unit_cost", "Cost of one", lambda row: row.line.unit_cost, "money", shown=False
    ),
)
_BLIND_LINES = Listing[ListedLine]("count-lines", _COUNTED)
_LINES = Listing[ListedLine](
    "count-lines", (*_COUNTED[:5], *_COMPARED[:3], *_COUNTED[5:], *_COMPARED[3:])
)


@pages.get("")
async def count_list(page: Page) -> Response:
    return await page.show_list(
        "counting/list.html",
        _LISTING,
        CountFilters,
        list_counts,
        statuses=CountStatus,
        warehouses=await warehouses(page),
    )


@pages.get(_ONE)
async def count(page: Page) -> Response:
    """The count and its lines, which are a list: to be filtered, and taken along as a file."""
    found = await get_count(page.scope, page.id("stock_count_id"))

    async def read(scope: ReadScope, filters: LineFilters) -> Rows[ListedLine]:
        return await with_names(scope, await list_lines(scope, found.id, filters))

    listing = _BLIND_LINES if hides_expected(page.scope, found) else _LINES
    context = await _about(page, found)
    return await page.show_list("counting/detail.html", listing, LineFilters, read, **context)


async def _about(page: Page, found: CountRow) -> dict[str, object]:
    """What the page says of the count itself."""
    submitter = (found.submitted_by_user_id, found.submitted_by_api_key_id)
    return {
        "count": found,
        "hidden": hides_expected(page.scope, found),
        "what": _what(found),
        "share": _share(found),
        "steps": await steps(page, found),
        "submitted_by": (await names_of(page.scope, [submitter]))[submitter],
    }


@pages.get(_ONE + "/history")
async def history(page: Page) -> Response:
    """What was done with it, loaded behind its page."""
    found = await get_count(page.scope, page.id("stock_count_id"))
    happened = await history_of(page.scope, "stock_count", found.id)
    return page.show("web/history.html", name=found.number, back=href(found.id), happened=happened)


@pages.get(_ONE + "/sheet")
async def sheet(page: Page) -> Response:
    """To write on between the shelves; with `results` what was counted so far."""
    printed = await count_sheet_pdf(
        page.scope,
        page.id("stock_count_id"),
        print_style(page.reader),
        results="results" in page.query,
    )
    return pdf_response(printed)
