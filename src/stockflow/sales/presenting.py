"""What pages tell of sales orders: which steps are open, and what each line still needs."""

from collections.abc import Collection
from decimal import Decimal

from stockflow.companies.pages_access import Page, Post
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.rows import SalesOrderDocument, SalesOrderLineRow
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses

_WAREHOUSES_MAX = 1000


def lacking(line: SalesOrderLineRow) -> Decimal:
    """What of a line is neither reserved nor shipped nor cancelled."""
    return line.quantity - line.reserved - line.shipped - line.cancelled


def steps(page: Page, order: SalesOrderDocument) -> set[str]:
    """What the member may do with the order now, by the actions of its lifecycle."""
    if not page.may("SELL"):
        return set()
    useless = {
        "reserve": not any(lacking(line) > 0 for line in order.lines),
        "ship": not any(line.reserved for line in order.lines),
        "return": not any(line.shipped > line.returned for line in order.lines),
    }
    return {
        action
        for action, statuses in LIFECYCLE.allowed_in.items()
        if order.status in statuses and not useless.get(action)
    }


async def warehouses_in_use(page: Page) -> list[WarehouseRow]:
    """The active warehouses the member may use, by their priority."""
    filters = WarehouseFilters(active=True, limit=_WAREHOUSES_MAX)
    found = (await list_warehouses(page.scope, filters)).items
    return sorted(found, key=lambda row: (row.priority, row.code))


def places_of(order: SalesOrderDocument) -> list[tuple[int, str]]:
    """The warehouses in which an order has something reserved, by their codes."""
    found = {
        (allocation.warehouse_id, allocation.warehouse_code)
        for line in order.lines
        for allocation in line.allocations
    }
    return sorted(found, key=lambda place: place[1])


def reserved_in(line: SalesOrderLineRow, warehouse_ids: Collection[int]) -> Decimal:
    """How much of a line is reserved in these warehouses."""
    return sum(
        (one.quantity for one in line.allocations if one.warehouse_id in warehouse_ids),
        Decimal(0),
    )


def leave_out_lines(post: Post, *names: str) -> None:
    """Make lines for which none of these fields was typed no lines, whatever the page knows of them."""
    post.require_list("lines")
    lines = post.fields.tree["lines"]
    if isinstance(lines, dict):
        post.fields.tree["lines"] = {
            key: line
            for key, line in lines.items()
            if not isinstance(line, dict) or any(line.get(name) for name in names)
        }
