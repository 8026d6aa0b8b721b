"""`/c/{company_id}/alerts`: what is about to run out, and orders for it."""

from starlette.background import BackgroundTasks
from starlette.responses import Response

from stockflow.catalog.category_queries import list_categories
from stockflow.catalog.commands import CategoryFilters
from stockflow.companies.pages_access import Done, Page, PageRouter, Post
from stockflow.foundation.pagination import Page as Rows
from stockflow.foundation.scope import ReadScope
from stockflow.replenishment.commands import AlertFilters, AlertRules, OrderFromAlerts
from stockflow.replenishment.jobs import catch_up_later
from stockflow.replenishment.ordering import OrdersFromAlerts, order_from_alerts
from stockflow.replenishment.presenting import (
    LISTING,
    ListedAlert,
    what_was_ordered,
    where_it_is,
)
from stockflow.replenishment.queries import alerts_by_urgency, low_stock_alerts
from stockflow.suppliers.queries import get_supplier
from stockflow.warehouses.commands import WarehouseFilters
from stockflow.warehouses.queries import list_warehouses
from stockflow.web.forms import fields_of_query, typed

pages = PageRouter("/alerts")
_CHOICES_MAX = 1000


@pages.get("")
async def alert_list(page: Page) -> Response:
    reading, around = _Reading(), await _around(page)
    response = await page.show_list(
        "replenishment/alerts.html", LISTING, AlertFilters, reading.read, **around
    )
    response.background = reading.catching_up(page)
    return response


async def _around(page: Page) -> dict[str, object]:
    """What is shown above the list: how many alerts there are, and what one may filter by."""
    scope, filters = page.scope, page.filters(AlertFilters)
    return {
        "by_urgency": await alerts_by_urgency(scope, filters),
        "warehouses": (await list_warehouses(scope, WarehouseFilters(limit=_CHOICES_MAX))).items,
        "categories": (await list_categories(scope, CategoryFilters(limit=_CHOICES_MAX))).items,
        "supplier": await _filtered_supplier(page, filters.supplier_id),
    }


@pages.post("")
async def order_chosen(post: Post) -> Response:
    """Order for the chosen rows, by the rules the list was made with."""
    rules = typed(fields_of_query(AlertRules, post.request.query_params))
    post.fields.tree.update(rules.tree, alerts=_chosen(post))
    return await post.submit(OrderFromAlerts, order_from_alerts, _ordered, alert_list)


async def _filtered_supplier(page: Page, supplier_id: int | None) -> str:
    """What the supplier is called from whom the alerts would be ordered."""
    return "" if supplier_id is None else (await get_supplier(page.scope, supplier_id)).name


class _Reading:
    """Reads alerts, and remembers how many levels were behind with their recent demand."""

    def __init__(self) -> None:
        self._behind = 0

    async def read(self, scope: ReadScope, filters: AlertFilters) -> Rows[ListedAlert]:
        found, self._behind = await low_stock_alerts(scope, scope.company_id, filters)
        return Rows([ListedAlert(alert) for alert in found.alerts], found.next_cursor)

    def catching_up(self, page: Page) -> BackgroundTasks:
        tasks = BackgroundTasks()
        catch_up_later(tasks, page.request.app.state.pool, page.scope, self._behind)
        return tasks


def _chosen(post: Post) -> dict[str, object]:
    """The lines whose box is ticked; all rows are sent with their quantities."""
    chosen = set(post.fields.lists.get("_chosen[]", ()))
    lines = post.fields.tree.get("alerts")
    return (
        {key: line for key, line in lines.items() if key in chosen}
        if isinstance(lines, dict)
        else {}
    )


def _ordered(made: OrdersFromAlerts) -> Done:
    return Done(where_it_is(made), what_was_ordered(made))
