"""From low-stock alerts to drafts of purchase orders, one for each supplier and warehouse."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from stockflow.foundation.errors import FieldError, Invalid
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope, WriteScope
from stockflow.purchasing.drafting import Draft, DraftLine, costs, payment_terms_of
from stockflow.purchasing.operations import create_drafts
from stockflow.purchasing.queries import Drafted, PurchaseOrderRow, drafted, purchase_orders
from stockflow.replenishment.commands import (
    ALERTS_ORDERED_MAX,
    AlertFilters,
    AlertRules,
    OrderFromAlerts,
)
from stockflow.replenishment.formulas import urgency
from stockflow.replenishment.queries import (
    RankedLevel,
    period_of,
    ranked_levels,
    recommended_quantities,
)
from stockflow.stock.document_lines import ProductLine, products_of
from stockflow.suppliers.queries import BestSupplier, best_suppliers
from stockflow.warehouses.queries import get_warehouse

Level = tuple[int, int]


@dataclass(frozen=True, slots=True)
class SkippedAlert:
    """Nothing was ordered for an alert; `code` is one of `docs/guides/purchase-orders.md`."""

    product_id: int
    warehouse_id: int
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class OrdersFromAlerts:
    """The drafts that were made, and what to know about them.

    `already_drafted` names what other drafts and submitted orders hold of what was ordered now: only
    approved orders count as on order. `left_over` alerts were too many to be looked at, the least urgent.
    """

    orders: list[PurchaseOrderRow]
    skipped: list[SkippedAlert]
    already_drafted: list[Drafted]
    left_over: int


@dataclass(frozen=True, slots=True)
class _Wish:
    """What to order for one alert."""

    level: RankedLevel
    supplier: BestSupplier | None
    quantity: Decimal

    @property
    def key(self) -> Level:
        return (self.level.product_id, self.level.warehouse_id)


async def order_from_alerts(scope: WriteScope, command: OrderFromAlerts) -> OrdersFromAlerts:
    """Draft orders for alerts, grouped by supplier and warehouse; the number of statements is constant.

    Raises:
        Invalid: an alert is given twice.
        WarehouseNotFound: no such warehouse.
        LinesRefused: a product was archived meanwhile.
    """
    scope.require(Permission.BUY)
    given = _quantities(command)
    if command.warehouse_id is not None:
        await get_warehouse(scope, command.warehouse_id)
    # the rank of levels is planned for its filters, unlike what else a transaction does that writes
    await scope.execute("SET LOCAL plan_cache_mode = force_custom_plan")
    wishes, left_over = await _wishes(scope, command, given)
    await scope.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    skipped = _without_alert(wishes, given) + [
        _skipped(wish, *why) for wish in wishes if (why := _why_not(wish))
    ]
    wanted = [wish for wish in wishes if not _why_not(wish)]
    lines = await _lines(scope, wanted) if wanted else {}
    skipped += [
        _skipped(wish, "cost-unknown", "Neither the supplier's terms nor the product name a cost.")
        for wish in wanted
        if wish.key not in lines
    ]
    ordered = [wish for wish in wanted if wish.key in lines]
    already = await drafted(scope, lines) if lines else []
    orders = await _draft(scope, ordered, lines) if ordered else []
    return OrdersFromAlerts(orders, skipped, already, left_over)


def _quantities(command: OrderFromAlerts) -> dict[Level, Decimal | None] | None:
    """The quantities asked for by product and warehouse; None where alerts are chosen by urgency."""
    if command.alerts is None:
        return None
    given: dict[Level, Decimal | None] = {}
    errors = []
    for place, alert in enumerate(command.alerts):
        key = (alert.product_id, alert.warehouse_id)
        if key in given:
            errors.append(FieldError(f"/alerts/{place}", "is given earlier too"))
        given[key] = alert.quantity
    if errors:
        raise Invalid(errors=errors)
    return given


async def _wishes(
    scope: ReadScope, command: OrderFromAlerts, given: Mapping[Level, Decimal | None] | None
) -> tuple[list[_Wish], int]:
    rules = {name: getattr(command, name) for name in AlertRules.model_fields}
    if given is not None:
        rules["include_no_sales"] = True  # whoever names an alert has seen it
    filters = AlertFilters(**rules, warehouse_id=command.warehouse_id)
    rows, total, _ = await ranked_levels(
        scope, filters, ALERTS_ORDERED_MAX, None if given is None else list(given)
    )
    if given is None:
        rows = [row for row in rows if urgency(row.available, row.days) in command.urgency]
    suppliers = await best_suppliers(scope, sorted({row.product_id for row in rows}))
    quantities = await recommended_quantities(scope, rows, suppliers, period_of(scope, filters))
    wishes = [
        _Wish(row, suppliers.get(row.product_id), _asked(given, row) or quantity)
        for row, quantity in zip(rows, quantities, strict=True)
    ]
    return wishes, max(total - ALERTS_ORDERED_MAX, 0)


def _asked(given: Mapping[Level, Decimal | None] | None, row: RankedLevel) -> Decimal | None:
    return given[row.product_id, row.warehouse_id] if given else None


def _why_not(wish: _Wish) -> tuple[str, str] | None:
    if wish.supplier is None:
        return "no-supplier", "No active supplier sells the product."
    if not wish.quantity:
        return "enough-on-order", "What is available, on order and in transit is enough."
    return None


def _skipped(wish: _Wish, code: str, detail: str) -> SkippedAlert:
    return SkippedAlert(*wish.key, code, detail)


def _without_alert(wishes: Sequence[_Wish], given: Collection[Level] | None) -> list[SkippedAlert]:
    found = {wish.key for wish in wishes}
    return [
        SkippedAlert(*key, "no-alert", "There is no alert for this product and warehouse now.")
        for key in given or ()
        if key not in found
    ]


async def _lines(scope: WriteScope, wishes: Sequence[_Wish]) -> dict[Level, DraftLine]:
    """A line for each wish whose cost is known, its product held."""
    product_ids = sorted({wish.level.product_id for wish in wishes})
    named = [ProductLine(product_id=product_id) for product_id in product_ids]
    await products_of(scope, named, bundles=False)
    pairs = {(wish.level.product_id, wish.supplier.id) for wish in wishes if wish.supplier}
    known = await costs(scope, pairs, scope.company.currency)
    return {
        wish.key: DraftLine(wish.level.product_id, wish.quantity, cost)
        for wish in wishes
        if wish.supplier
        and (cost := known.get((wish.level.product_id, wish.supplier.id))) is not None
    }


async def _draft(
    scope: WriteScope, wishes: Sequence[_Wish], lines: Mapping[Level, DraftLine]
) -> list[PurchaseOrderRow]:
    """One order for each supplier and warehouse, its most urgent lines first."""
    grouped: dict[tuple[int, int], list[DraftLine]] = defaultdict(list)
    for wish in wishes:
        if wish.supplier:
            grouped[wish.supplier.id, wish.level.warehouse_id].append(lines[wish.key])
    payment_terms = await payment_terms_of(scope, {supplier for supplier, _ in grouped})
    drafts = [
        Draft(supplier, warehouse, None, payment_terms[supplier], None, None, own)
        for (supplier, warehouse), own in sorted(grouped.items())
    ]
    return await purchase_orders(scope, await create_drafts(scope, drafts))
