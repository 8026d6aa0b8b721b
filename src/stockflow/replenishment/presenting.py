"""Alerts and the orders made from them, in words."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from stockflow.replenishment.ordering import OrdersFromAlerts
from stockflow.replenishment.queries import Alert
from stockflow.web.lists import Column, Listing

_SKIPPED: Final[Mapping[str, str]] = {
    "no-alert": "not low any more",
    "no-supplier": "without an active supplier",
    "enough-on-order": "with enough on its way",
    "cost-unknown": "without a known cost",
}


@dataclass(frozen=True, slots=True)
class ListedAlert:
    """An alert with a number of its own, for the fields of its row."""

    alert: Alert

    @property
    def id(self) -> str:
        """The ids of product and warehouse as one number: the index of a line of a form is one."""
        return f"{self.alert.product_id}{self.alert.warehouse_id:020d}"


def _supplier_href(row: ListedAlert) -> str | None:
    return f"/suppliers/{row.alert.supplier.id}" if row.alert.supplier else None


LISTING: Final = Listing[ListedAlert](
    "low-stock",
    (
        Column(
            "sku",
            "SKU",
            lambda row: row.alert.sku,
            "code",
            lambda row: f"/products/{row.alert.product_id}",
            sort="sku",
        ),
        Column("product_name", "Product", lambda row: row.alert.product_name),
        Column("urgency", "Urgency", lambda row: row.alert.urgency, "status", sort="urgency"),
        Column(
            "warehouse",
            "Warehouse",
            lambda row: row.alert.warehouse_name,
            href=lambda row: f"/warehouses/{row.alert.warehouse_id}",
            sort="warehouse",
        ),
        Column(
            "current_stock",
            "Available",
            lambda row: row.alert.current_stock,
            "quantity",
            lambda row: (
                f"/movements?product_id={row.alert.product_id}"
                f"&warehouse_id={row.alert.warehouse_id}"
            ),
            sort="stock",
        ),
        Column("threshold", "Threshold", lambda row: row.alert.threshold, "quantity", shown=False),
        Column("days_left", "Days left", lambda row: row.alert.days_until_stockout, "number"),
        Column(
            "sold_a_day",
            "Sold a day",
            lambda row: row.alert.avg_daily_sales,
            "quantity",
            shown=False,
        ),
        Column(
            "supplier",
            "Supplier",
            lambda row: row.alert.supplier and row.alert.supplier.name,
            href=_supplier_href,
            sort="supplier",
        ),
        Column(
            "lead_time_days",
            "Lead time (days)",
            lambda row: row.alert.supplier and row.alert.supplier.lead_time_days,
            "number",
            shown=False,
        ),
        Column("category", "Category", lambda row: row.alert.category, shown=False),
        Column(
            "last_counted_at",
            "Last counted",
            lambda row: row.alert.last_counted_at,
            "moment",
            shown=False,
        ),
        Column(
            "recommended",
            "Recommended",
            lambda row: row.alert.recommended_reorder_quantity,
            "quantity",
            sort="recommended",
        ),
    ),
)


def what_was_ordered(made: OrdersFromAlerts) -> str:
    """How many drafts were made, and why some alerts were left out."""
    return " ".join(filter(None, (_drafts(made), _left_out(made), _drafted_twice(made))))


def where_it_is(made: OrdersFromAlerts) -> str:
    """Where to look at the drafts."""
    if not made.orders:
        return "/alerts"
    if len(made.orders) == 1:
        return f"/purchase-orders/{made.orders[0].id}"
    return "/purchase-orders?status=draft"


def _drafts(made: OrdersFromAlerts) -> str:
    count = len(made.orders)
    if not count:
        return "Nothing was ordered."
    return "A draft of an order was made." if count == 1 else f"{count} drafts of orders were made."


def _left_out(made: OrdersFromAlerts) -> str:
    reasons = Counter(alert.code for alert in made.skipped)
    if not reasons:
        return ""
    parts = (f"{count} {_SKIPPED.get(code, code)}" for code, count in sorted(reasons.items()))
    return f"Left out: {', '.join(parts)}."


def _drafted_twice(made: OrdersFromAlerts) -> str:
    products = {drafted.product_id for drafted in made.already_drafted}
    if not products:
        return ""
    return f"Other drafts hold {len(products)} of the products too: look before you submit."
