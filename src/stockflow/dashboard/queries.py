"""Reads of the dashboard; each part is asked for on its own, as some take longer than a page may."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from stockflow.foundation import sql
from stockflow.foundation.permissions import Permission
from stockflow.foundation.scope import ReadScope
from stockflow.replenishment.commands import AlertFilters
from stockflow.replenishment.formulas import ZERO, Urgency
from stockflow.replenishment.queries import Alert, alerts_by_urgency, low_stock_alerts
from stockflow.stock.calendar import end_of_day

TRADE_DAYS, DEAD_DAYS, LISTED = 30, 90, 10
_DOCUMENTS_MAX = 20
_LATE_COMMITS = timedelta(days=1)
_SQL = sql.load(__package__, "dashboard.sql")


@dataclass(frozen=True, slots=True)
class Waiting:
    """How many documents wait for somebody; overdue ones are among those to receive or ship."""

    orders_to_approve: int
    counts_to_approve: int
    adjustments_to_approve: int
    orders_to_receive: int
    orders_overdue: int
    transfers_to_receive: int
    transfers_overdue: int
    sales_to_ship: int
    sales_overdue: int


@dataclass(frozen=True, slots=True)
class RunningOut:
    """The first alerts that run out within a week; `behind` is what `catch_up_later` is told."""

    within_a_week: list[Alert]
    behind: int


@dataclass(frozen=True, slots=True)
class WarehouseWorth:
    """What lies in a warehouse cost, and what is on its way there, in the company's currency."""

    warehouse_id: int
    warehouse_code: str
    warehouse_name: str
    value: str
    transit_value: str


@dataclass(frozen=True, slots=True)
class StockWorth:
    """Both for each warehouse, the most valuable first, and in all."""

    value: str
    transit_value: str
    warehouses: list[WarehouseWorth]


@dataclass(frozen=True, slots=True)
class TradeDay:
    """Units that came in and went out on a day, without those between buckets or warehouses."""

    day: date
    arrived: Decimal
    gone: Decimal


@dataclass(frozen=True, slots=True)
class TopSeller:
    """A product, and how many units of it were sold, less those returned."""

    product_id: int
    sku: str
    product_name: str
    sold: Decimal


@dataclass(frozen=True, slots=True)
class Trade:
    """The last 30 days of the company's calendar, oldest first, and what sold most in them."""

    days: list[TradeDay]
    top_sellers: list[TopSeller]


@dataclass(frozen=True, slots=True)
class DeadProduct:
    """A product that lies and does not sell."""

    product_id: int
    sku: str
    product_name: str
    on_hand: Decimal
    value: str


@dataclass(frozen=True, slots=True)
class DeadStock:
    """How many products did not sell for 90 days, what they cost, and the dearest of them."""

    products: int
    value: str
    dearest: list[DeadProduct]


@dataclass(frozen=True, slots=True)
class OpenDocument:
    """A document with something open of a product: `kind` is that of its type, such as `transfer`."""

    kind: str
    id: int
    number: str
    status: str
    expected_date: date | None
    quantity: Decimal


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a company has done of what it begins with."""

    warehouse: bool
    products: bool
    stock: bool
    supplier: bool
    people: bool


async def first_steps(scope: ReadScope) -> FirstSteps:
    """Which there are of a warehouse, a product, a movement, a supplier, and somebody else."""
    scope.require(Permission.READ)
    names = {"company_id": scope.company_id}
    found = await scope.fetch_one(FirstSteps, _SQL["first_steps"], names)
    assert found is not None, "a row without a table"
    return found


async def waiting(scope: ReadScope) -> Waiting:
    """What there is to approve, receive and ship in the actor's warehouses."""
    found = await scope.fetch_one(Waiting, _SQL["waiting"], {**_names(scope), "today": scope.today})
    assert found is not None, "counts give a row"
    return found


async def urgencies(scope: ReadScope) -> dict[Urgency, int]:
    """How many alerts there are of each urgency, most urgent first; it reads every low level."""
    return await alerts_by_urgency(scope, AlertFilters())


async def running_out(scope: ReadScope) -> RunningOut:
    """Alerts, as the list of them shows them; it reads every low level."""
    soon = AlertFilters(urgency=[Urgency.CRITICAL, Urgency.HIGH], limit=LISTED)
    alerts, behind = await low_stock_alerts(scope, scope.company_id, soon)
    return RunningOut(alerts.alerts, behind)


async def stock_worth(scope: ReadScope) -> StockWorth:
    """The value of all stock; it reads every level."""
    places = await scope.fetch_all(WarehouseWorth, _SQL["value"], _names(scope))
    return StockWorth(
        str(sum((Decimal(place.value) for place in places), ZERO)),
        str(sum((Decimal(place.transit_value) for place in places), ZERO)),
        places,
    )


async def recent_trade(scope: ReadScope) -> Trade:
    """What came and went, and what sold; it reads every movement of 30 days."""
    first = scope.today - timedelta(days=TRADE_DAYS - 1)
    since = end_of_day(scope, first - timedelta(days=1))
    await scope.execute(_SQL["settings"])
    cursor = await scope.execute(
        _SQL["trade"],
        {
            **_names(scope),
            "since": since,
            "early": since - _LATE_COMMITS,
            "timezone": scope.company.timezone.key,
            "most": LISTED,
        },
    )
    rows = await cursor.fetchall()
    known = {row[0]: TradeDay(*row[:3]) for row in rows if row[0] is not None}
    days = [first + timedelta(days=place) for place in range(TRADE_DAYS)]
    return Trade(
        [known.get(day) or TradeDay(day, ZERO, ZERO) for day in days],
        [TopSeller(*row[3:]) for row in rows if row[0] is None],
    )


async def dead_stock(scope: ReadScope) -> DeadStock:
    """What lies and has not sold; it reads every level, and days of every product."""
    cursor = await scope.execute(
        _SQL["dead"],
        {**_names(scope), "since": scope.today - timedelta(days=DEAD_DAYS - 1), "most": LISTED},
    )
    rows = await cursor.fetchall()
    if not rows:
        return DeadStock(0, "0.0000", [])
    *_, products, value = rows[0]
    return DeadStock(products, value, [DeadProduct(*row[:5]) for row in rows])


async def open_documents(scope: ReadScope, product_id: int) -> list[OpenDocument]:
    """The first 20 orders and transfers with something open of a product, soonest first."""
    names = {**_names(scope), "product_id": product_id, "most": _DOCUMENTS_MAX}
    return await scope.fetch_all(OpenDocument, _SQL["documents_of_product"], names)


def _names(scope: ReadScope) -> dict[str, Any]:
    scope.require(Permission.READ)
    allowed = scope.actor.warehouse_ids
    return {
        "company_id": scope.company_id,
        "allowed": None if allowed is None else list(allowed),
    }
