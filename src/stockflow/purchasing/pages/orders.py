"""Looking at purchase orders: `/c/{company_id}/purchase-orders`."""

from dataclasses import dataclass
from decimal import Decimal

from starlette.responses import Response

from stockflow.companies.history import history_of
from stockflow.companies.pages_access import Page, PageRouter
from stockflow.companies.people import names_of
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.pagination import PageFilters
from stockflow.foundation.scope import ReadScope
from stockflow.purchasing.approval import why_not_approve
from stockflow.purchasing.commands import PurchaseOrderFilters, PurchaseOrderStatus
from stockflow.purchasing.lifecycle import LIFECYCLE
from stockflow.purchasing.printing import purchase_order_pdf
from stockflow.purchasing.queries import (
    PurchaseOrderDocument,
    PurchaseOrderRow,
    came,
    get_purchase_order,
    get_receipt,
    is_overdue,
    list_purchase_orders,
    list_receipts,
)
from stockflow.stock.queries import totals_of_products
from stockflow.suppliers.queries import get_supplier
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import list_warehouses
from stockflow.web.lists import Column, Listing
from stockflow.web.printing import pdf_response, print_style

pages = PageRouter("/purchase-orders")
_ONE = "/{purchase_order_id:int}"
_RECEIPTS_SHOWN = 100


@dataclass(frozen=True, slots=True)
class ListedOrder:
    """An order, which share of its units came, and whether it should have come."""

    order: PurchaseOrderRow
    came: Decimal
    overdue: bool

    @property
    def id(self) -> int:
        return self.order.id


def _href(row: ListedOrder) -> str:
    return f"/purchase-orders/{row.id}"


_LISTING = Listing[ListedOrder](
    "purchase-orders",
    (
        Column("number", "Number", lambda row: row.order.number, "code", _href),
        Column("status", "Status", lambda row: row.order.status, "status"),
        Column(
            "supplier",
            "Supplier",
            lambda row: row.order.supplier_name,
            href=lambda row: f"/suppliers/{row.order.supplier_id}",
        ),
        Column("warehouse", "Warehouse", lambda row: row.order.warehouse_code, "code"),
        Column("reference", "Reference", lambda row: row.order.reference, shown=False),
        Column("expected_date", "Expected", lambda row: row.order.expected_date, "day"),
        Column("delivery", "Delivery", lambda row: "overdue" if row.overdue else None, "status"),
        Column("received", "Received, %", lambda row: 100 * row.came, "quantity"),
        Column("line_count", "Lines", lambda row: row.order.line_count, "number", shown=False),
        Column(
            "total",
            "Total",
            lambda row: row.order.total,
            "money",
            currency=lambda row: row.order.currency,
        ),
        Column("currency", "Currency", lambda row: row.order.currency, shown=False),
        Column("payment_terms", "Payment terms", lambda row: row.order.payment_terms, shown=False),
        Column("created_at", "Created", lambda row: row.order.created_at, "moment", shown=False),
        Column("approved_at", "Approved", lambda row: row.order.approved_at, "moment", shown=False),
        Column(
            "received_at", "Completed", lambda row: row.order.received_at, "moment", shown=False
        ),
        Column("id", "Id", lambda row: row.id, "number", shown=False),
    ),
)


async def _listed(scope: ReadScope, filters: PurchaseOrderFilters) -> Rows[ListedOrder]:
    found = await list_purchase_orders(scope, filters)
    shares = await came(scope, [row.id for row in found.items])
    rows = [ListedOrder(row, shares[row.id], is_overdue(scope, row)) for row in found.items]
    return Rows(rows, found.next_cursor)


@pages.get("")
async def order_list(page: Page) -> Response:
    warehouses = await list_warehouses(page.scope, WarehouseFilters(limit=1000))
    return await page.show_list(
        "purchasing/list.html",
        _LISTING,
        PurchaseOrderFilters,
        _listed,
        statuses=PurchaseOrderStatus,
        warehouses=[(row.id, row.code) for row in warehouses.items],
        supplier=await _filtered_supplier(page),
    )


async def _filtered_supplier(page: Page) -> str:
    """What the supplier is called whose orders are asked for."""
    supplier_id = page.filters(PurchaseOrderFilters).supplier_id
    if supplier_id is None:
        return page.query.get("supplier", "")
    row = await get_supplier(page.scope, supplier_id)
    return f"{row.code} · {row.name}" if row.code else row.name


@pages.get(_ONE)
async def order(page: Page) -> Response:
    found = await get_purchase_order(page.scope, page.id("purchase_order_id"))
    receipts = await list_receipts(page.scope, found.id, PageFilters(limit=_RECEIPTS_SHOWN))
    return page.show(
        "purchasing/detail.html",
        order=found,
        receipts=receipts.items,
        **await _beside(page.scope, found),
    )


async def _beside(scope: ReadScope, found: PurchaseOrderDocument) -> dict[str, object]:
    """What a page tells about an order besides the order itself."""
    return {
        "allowed": _allowed(found.status),
        "overdue": is_overdue(scope, found),
        "not_approved_because": await why_not_approve(scope, found.id),
        "stock": await totals_of_products(scope, [line.product_id for line in found.lines]),
        "people": await _people(scope, found),
    }


async def _people(scope: ReadScope, found: PurchaseOrderDocument) -> dict[str, str]:
    """Who made the order, and who approved it where somebody did."""
    made = (found.created_by_user_id, found.created_by_api_key_id)
    approved = (found.approved_by_user_id, found.approved_by_api_key_id)
    names = await names_of(scope, [made, approved])
    known = {"made": names[made]}
    return known if found.approved_at is None else {**known, "approved": names[approved]}


def _allowed(status: str) -> set[str]:
    """What may be done with an order in this status."""
    return {action for action, statuses in LIFECYCLE.allowed_in.items() if status in statuses}


@pages.get(_ONE + "/history")
async def history(page: Page) -> Response:
    """What was done with the order and by whom, loaded behind its page."""
    found = await get_purchase_order(page.scope, page.id("purchase_order_id"))
    happened = await history_of(page.scope, "purchase_order", found.id)
    return page.show(
        "web/history.html",
        name=found.number,
        back=f"/purchase-orders/{found.id}",
        happened=happened,
    )


@pages.get(_ONE + "/print")
async def print_order(page: Page) -> Response:
    order_id = page.id("purchase_order_id")
    return pdf_response(await purchase_order_pdf(page.scope, order_id, print_style(page.reader)))


@pages.get(_ONE + "/receipts/{purchase_receipt_id:int}")
async def receipt(page: Page) -> Response:
    ids = (page.id("purchase_order_id"), page.id("purchase_receipt_id"))
    return page.show("purchasing/receipt.html", receipt=await get_receipt(page.scope, *ids))
