"""What pages tell of sales orders: which steps are open, and what each line still needs."""

from dataclasses import dataclass
from decimal import Decimal
from operator import itemgetter

from stockflow.companies.pages_access import Page, Post
from stockflow.sales.lifecycle import LIFECYCLE
from stockflow.sales.rows import SalesOrderDocument, SalesOrderLineRow
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import WarehouseRow, list_warehouses

LINES_SHOWN = 1000
"""How many lines of an order a page has at most; longer orders come by the API."""
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


@dataclass(frozen=True, slots=True)
class Leaving:
    """What can leave for an order: `reserved` by line id, in one warehouse or in all `places`."""

    places: list[tuple[int, str]]
    warehouse_id: int | None
    reserved: dict[int, Decimal]


def leaving(order: SalesOrderDocument, wanted: str | None) -> Leaving:
    """What of an order is reserved in the warehouse with the id `wanted`, or anywhere."""
    held = [(line.id, one) for line in order.lines for one in line.allocations]
    places = sorted({(one.warehouse_id, one.warehouse_code) for _, one in held}, key=itemgetter(1))
    warehouse_id = next((place for place, _ in places if str(place) == wanted), None)
    reserved = {line.id: Decimal(0) for line in order.lines}
    for line_id, one in held:
        if warehouse_id in (None, one.warehouse_id):
            reserved[line_id] += one.quantity
    return Leaving(places, warehouse_id, reserved)


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
