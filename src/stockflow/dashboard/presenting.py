"""How the dashboard says what waits, and the search what it found."""

from collections.abc import Iterable
from dataclasses import dataclass

from stockflow.companies.page import Page
from stockflow.dashboard.find import Found, FoundKind
from stockflow.dashboard.queries import Waiting
from stockflow.web.rendering import words

PLACES = {
    FoundKind.PRODUCT: ("/products", "Product"),
    FoundKind.SALES_ORDER: ("/sales-orders", "Sales order"),
    FoundKind.PURCHASE_ORDER: ("/purchase-orders", "Purchase order"),
    FoundKind.TRANSFER: ("/transfers", "Transfer"),
    FoundKind.STOCK_COUNT: ("/counts", "Count"),
    FoundKind.CUSTOMER: ("/customers", "Customer"),
    FoundKind.SUPPLIER: ("/suppliers", "Supplier"),
}
"""Where things have their pages, and what one of them is called."""

_DOCUMENTS = {
    FoundKind.SALES_ORDER,
    FoundKind.PURCHASE_ORDER,
    FoundKind.TRANSFER,
    FoundKind.STOCK_COUNT,
}


@dataclass(frozen=True, slots=True)
class Todo:
    """So many documents wait for somebody; `href` lists them, below the company's address.

    `overdue_href` lists those that are late, where the list can be asked for them.
    """

    label: str
    href: str
    count: int
    overdue: int = 0
    overdue_href: str | None = None


def todo(waiting: Waiting) -> list[Todo]:
    """What waits, in the order of a day's work."""
    return [
        Todo(
            "Orders to receive",
            "/purchase-orders?status=approved,partially_received",
            waiting.orders_to_receive,
            waiting.orders_overdue,
            "/purchase-orders?overdue=true",
        ),
        Todo(
            "Transfers to receive",
            "/transfers?status=in_transit",
            waiting.transfers_to_receive,
            waiting.transfers_overdue,
        ),
        Todo(
            "Orders to ship",
            "/sales-orders?status=confirmed,partially_shipped",
            waiting.sales_to_ship,
            waiting.sales_overdue,
        ),
        Todo("Orders to approve", "/purchase-orders?status=submitted", waiting.orders_to_approve),
        Todo("Counts to approve", "/counts?status=submitted", waiting.counts_to_approve),
        Todo(
            "Adjustments to approve", "/adjustments?status=waiting", waiting.adjustments_to_approve
        ),
    ]


def items_of(page: Page, found: Iterable[Found]) -> list[dict[str, str]]:
    """What was found as the command palette wants it."""
    return [
        {
            "text": one.title,
            "detail": " · ".join(filter(None, (PLACES[one.kind][1], _detail(one)))),
            "href": page.path(f"{PLACES[one.kind][0]}/{one.id}"),
        }
        for one in found
    ]


def _detail(one: Found) -> str | None:
    """A name or code as it is; a status in words."""
    return words(one.detail) if one.kind in _DOCUMENTS else one.detail
