"""What counts as demand: which movements, of which days, in which warehouses."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from starlette.testclient import TestClient

from stockflow.app import create_app
from stockflow.catalog.commands import CreateProduct
from stockflow.catalog.operations import create_products
from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.scope import WriteScope
from stockflow.foundation.settings import Settings
from stockflow.warehouses.commands import CreateWarehouse
from stockflow.warehouses.operations import upsert_warehouses
from tests.conftest import new_company
from tests.factories import Api, done, line, make_product, make_warehouse, move
from tests.replenishment.reading import alerts, answer, days_ago, low_pair
from tests.scopes import in_scope
from tests.stock.reading import findings, level

DAYS_LATER = 40


@pytest.fixture(scope="module")
def tomorrow(settings: Settings, conninfo: Conninfo) -> Iterator[TestClient]:
    """The application as it will be tomorrow."""
    yield from _at(settings, conninfo, 1)


@pytest.fixture(scope="module")
def later(settings: Settings, conninfo: Conninfo) -> Iterator[TestClient]:
    """The application as it will be in 40 days."""
    yield from _at(settings, conninfo, DAYS_LATER)


def _at(settings: Settings, conninfo: Conninfo, days: int) -> Iterator[TestClient]:
    app = create_app(settings, conninfo, clock=lambda: datetime.now(UTC) + timedelta(days=days))
    with TestClient(app, raise_server_exceptions=False) as client:
        yield client


def _daily(api: Api, **query: Any) -> float | None:
    """The average daily sales of the only alert, None where there is none."""
    found = alerts(api, **query)
    return found[0]["avg_daily_sales"] if found else None


@pytest.mark.parametrize(
    "kind",
    ["purchase", "adjustment", "damage", "reserve", "manufacturing", "recount", "write_off"],
)
def test_only_sales_are_demand(api: Api, kind: str) -> None:
    product, warehouse = low_pair(api, left=10)
    move(api, line(product, warehouse, "damage", 2))

    move(api, line(product, warehouse, kind, 2))

    assert _daily(api) == 1
    assert findings(api) == []


def test_what_is_returned_was_no_demand(api: Api) -> None:
    product, warehouse = low_pair(api, left=5, sold=30)

    move(api, line(product, warehouse, "return", 6))
    assert _daily(api) == 0.8

    move(api, line(product, warehouse, "return", 24), line(product, warehouse, "adjustment", -30))
    assert _daily(api) is None
    assert _daily(api, include_no_sales=True) == 0


def test_more_returns_than_sales_are_no_demand_and_never_negative(api: Api) -> None:
    product, warehouse = low_pair(api, left=5, sold=0)
    move(api, line(product, warehouse, "return", 3))
    assert alerts(api) == []

    (alert,) = alerts(api, include_no_sales=True)

    assert (alert["avg_daily_sales"], alert["days_until_stockout"]) == (0, None)
    assert alert["recommended_reorder_quantity"] == 32


def test_a_cancelled_sale_was_no_demand(api: Api) -> None:
    product, warehouse = low_pair(api, left=10, sold=0)
    kept = move(api, line(product, warehouse, "sale", 3, occurred_at=days_ago(5)))
    cancelled = move(api, line(product, warehouse, "sale", 6, occurred_at=days_ago(10)))
    assert _daily(api) == 0.3

    done(api.post(f"/api/stock/postings/{cancelled['posting_id']}/reversal"), 201)
    assert _daily(api) == 0.1

    done(api.post(f"/api/stock/postings/{kept['posting_id']}/reversal"), 201)
    assert _daily(api) is None
    assert findings(api) == []


@pytest.mark.parametrize(
    ("period", "days", "counts"),
    [(30, 29, True), (30, 30, False), (7, 6, True), (7, 7, False), (1, 0, True), (1, 1, False),
     (365, 364, True), (365, 365, False)],
)  # fmt: skip
@pytest.mark.parametrize("hour", [0, 23])
def test_the_period_ends_today_and_counts_whole_days(
    api: Api, period: int, days: int, counts: bool, hour: int
) -> None:
    if days == 0 and hour > datetime.now(UTC).hour:
        hour = 0  # the rest of today is in the future
    product, warehouse = low_pair(api, left=10, sold=0)
    move(api, line(product, warehouse, "sale", 3, occurred_at=days_ago(days, hour)))

    found = _daily(api, sales_period_days=period)

    assert found == (round(3 / period, 4) if counts else None)


@pytest.mark.parametrize("timezone", ["Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kolkata"])
def test_days_are_those_of_the_company(api: Api, timezone: str) -> None:
    local = new_company(api.http, timezone=timezone)
    product, warehouse = make_product(local), make_warehouse(local)
    today = datetime.now(ZoneInfo(timezone)).replace(hour=0, minute=0, second=0, microsecond=0)
    first_moment = (today - timedelta(days=29)).astimezone(UTC)
    before = first_moment - timedelta(microseconds=1)
    move(
        local,
        line(product, warehouse, "purchase", 8, occurred_at=before.isoformat()),
        line(product, warehouse, "sale", 1, occurred_at=before.isoformat()),
        line(product, warehouse, "sale", 3, occurred_at=first_moment.isoformat()),
    )

    assert _daily(local) == 0.1
    assert _daily(local, sales_period_days=31) == round(4 / 31, 4)
    assert findings(local) == []


def test_sales_elsewhere_count_where_the_company_is_the_scope(api: Api) -> None:
    here, there = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(
        api,
        line(product, here, "purchase", 5),
        line(product, there, "purchase", 200),
        line(product, there, "sale", 60),
        line(product, there, "sale", 30, occurred_at=days_ago(40)),
    )
    assert alerts(api) == []

    (alert,) = alerts(api, sales_scope="company")

    assert alert["warehouse_id"] == here["id"]
    assert (alert["avg_daily_sales"], alert["days_until_stockout"]) == (2, 2)
    (alert,) = alerts(api, sales_scope="company", sales_period_days=45)
    assert alert["avg_daily_sales"] == 2
    move(api, line(product, here, "sale", 3))
    assert _daily(api) == 0.1
    assert _daily(api, sales_scope="company") == 2.1


def test_tomorrow_the_oldest_day_is_forgotten(api: Api, tomorrow: TestClient) -> None:
    product, warehouse = low_pair(api, left=10, sold=0)
    move(
        api,
        line(product, warehouse, "sale", 3, occurred_at=days_ago(29)),
        line(product, warehouse, "sale", 3, occurred_at=days_ago(0)),
    )

    assert _daily(api) == 0.2
    assert _daily(Api(tomorrow, api.company_id, api.key)) == 0.1
    assert _daily(api) == 0.2


def test_after_forty_days_old_sales_are_forgotten_and_new_ones_counted(
    api: Api, later: TestClient
) -> None:
    product, warehouse = low_pair(api, left=10, sold=0)
    move(api, line(product, warehouse, "sale", 3))
    future = Api(later, api.company_id, api.key)
    assert alerts(future) == []

    move(future, line(product, warehouse, "sale", 6))

    assert _daily(future) == 0.2
    assert findings(future) == []
    assert level(future, product, warehouse)["available"] == 1


def test_demand_that_fell_behind_is_exact_before_and_after_it_is_caught_up(
    api: Api, tomorrow: TestClient, later: TestClient
) -> None:
    count = _many_low_levels(api)
    next_day = Api(tomorrow, api.company_id, api.key)
    future = Api(later, api.company_id, api.key)

    def daily(reader: Api, **query: Any) -> set[float]:
        found = answer(reader, limit=1000, **query)
        assert found["total_alerts"] == count
        return {alert["avg_daily_sales"] for alert in found["alerts"]}

    assert daily(api) == {0.2}
    assert _starts(api) == {29: count}
    assert daily(next_day) == {0.1}
    assert _starts(api) == {28: count}, "the first look tomorrow moves the start of the period"
    assert daily(next_day) == {0.1}
    assert daily(api) == {0.2}, "and today's period is exact still"
    assert findings(api) == []
    assert daily(future, include_no_sales=True) == {0}
    assert daily(future, sales_period_days=70) == {round(6 / 70, 4)}
    assert _starts(api) == {29 - DAYS_LATER: count}
    assert daily(next_day) == {0.1}
    assert findings(api) == []


def test_demand_follows_a_period_that_is_lowered_and_raised(api: Api) -> None:
    count = _many_low_levels(api)

    for days, daily in [(7, 0.4286), (60, 0.1), (30, 0.2), (1, 3)]:
        done(api.patch("/api/company", {"sales_period_days": days}))
        for _ in range(2):  # before and after the levels have followed
            found = answer(api, limit=1000)["alerts"]
            assert [alert["avg_daily_sales"] for alert in found] == [daily] * count
            assert _starts(api) == {days - 1: count}
        assert findings(api) == []


def _many_low_levels(api: Api) -> int:
    """More low levels than are left behind; each sold 3 on the period's first day and 3 today."""
    warehouses = [CreateWarehouse(code=f"W{n}", name=f"Warehouse {n}") for n in range(26)]
    in_scope(api, upsert_warehouses, warehouses)
    products = [
        CreateProduct.model_validate({"sku": f"P{n}", "name": f"Product {n}", "price": "1"})
        for n in range(20)
    ]
    in_scope(api, create_products, products)
    pairs = [(product.sku, place.code) for product in products for place in warehouses]
    move(
        api,
        *[
            {"sku": sku, "warehouse": code, "type": kind, "quantity": quantity, "occurred_at": at}
            for sku, code in pairs
            for kind, quantity, at in [
                ("purchase", 8, days_ago(30)),
                ("sale", 3, days_ago(29)),
                ("sale", 3, days_ago(0)),
            ]
        ],
    )
    return len(pairs)


def _starts(api: Api) -> dict[int, int]:
    """How many levels know their demand since how many days ago."""

    async def read(scope: WriteScope) -> dict[int, int]:
        cursor = await scope.execute(
            "SELECT %s - recent_since, count(*) FROM stock_levels WHERE company_id = %s GROUP BY 1",
            (scope.today, scope.company_id),
        )
        return dict(await cursor.fetchall())

    return in_scope(api, read)
