"""What the dashboard is made of, and the open documents of a product."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from stockflow.dashboard import queries
from stockflow.dashboard.queries import (
    DeadStock,
    StockWorth,
    TopSeller,
    TradeDay,
    Waiting,
    WarehouseWorth,
    dead_stock,
    open_documents,
    recent_trade,
    running_out,
    stock_worth,
    urgencies,
    waiting,
)
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from stockflow.replenishment.formulas import Urgency
from tests.adjustments.asking import ask, limit
from tests.counting import counts
from tests.factories import Api, done, line, make_bundle, make_product, make_warehouse, move
from tests.purchasing.ordering import make_trade, ordered
from tests.replenishment.reading import days_ago, low_product
from tests.sales.ordering import confirmed, wants
from tests.scopes import in_scope, run
from tests.transfers.journeys import make_transfer, shipped

NONE = Waiting(0, 0, 0, 0, 0, 0, 0, 0, 0)


def _today() -> date:
    return datetime.now(UTC).date()


def _day(days: int) -> str:
    return (_today() + timedelta(days=days)).isoformat()


def test_an_empty_company_has_an_empty_dashboard(api: Api) -> None:
    assert in_scope(api, waiting) == NONE
    assert in_scope(api, stock_worth) == StockWorth("0", "0", [])
    assert in_scope(api, dead_stock) == DeadStock(0, "0.0000", [])
    trade = in_scope(api, recent_trade)
    assert [day.day for day in trade.days] == [
        _today() - timedelta(days=days) for days in range(29, -1, -1)
    ]
    assert all(day.arrived == 0 and day.gone == 0 for day in trade.days)
    assert trade.top_sellers == []
    assert in_scope(api, running_out).within_a_week == []
    assert in_scope(api, urgencies) == dict.fromkeys(Urgency, 0)


def test_what_waits_is_counted(api: Api) -> None:
    trade = make_trade(api)
    here, there = trade.warehouse, make_warehouse(api)
    move(api, line(trade.first, here, "purchase", 100, unit_cost="1"))
    trade.draft()
    trade.submitted()
    trade.approved(expected_date=_day(0))
    trade.approved(expected_date=_day(-1))
    shipped(api, make_transfer(api, here, there, (trade.first, 1), expected_date=_day(-1)))
    make_transfer(api, here, there, (trade.first, 1), expected_date=_day(-1))
    confirmed(api, wants(trade.first, 2), expected_date=_day(1))
    confirmed(api, wants(trade.first, 2), expected_date=_day(-1))
    limit(api, quantity=1)
    done(api.patch("/api/company", {"count_approval_above": "0"}))
    ask(api, line(trade.first, here, "adjustment", 5))
    opened = counts.open_count(api, here, product_ids=[trade.first["id"]])
    counts.count(api, opened, counts.of(trade.first, 5))
    done(counts.act(api, opened, "submission"))

    assert in_scope(api, waiting) == Waiting(1, 1, 1, 2, 1, 1, 1, 2, 1)
    of_destination = Actor(Role.VIEWER, warehouse_ids=frozenset({there["id"]}))
    assert run(api, waiting, actor=of_destination).result == Waiting(0, 0, 0, 0, 0, 1, 1, 0, 0)


def test_what_stock_is_worth(api: Api) -> None:
    small, large = make_warehouse(api), make_warehouse(api)
    product = make_product(api)
    move(
        api,
        line(product, small, "purchase", 2, unit_cost="1.25"),
        line(product, large, "purchase", 4, unit_cost="10"),
    )
    shipped(api, make_transfer(api, large, small, (product, 1)))

    in_large = WarehouseWorth(large["id"], large["code"], large["name"], "30.0000", "0.0000")
    in_small = WarehouseWorth(small["id"], small["code"], small["name"], "2.5000", "10.0000")
    assert in_scope(api, stock_worth) == StockWorth("32.5000", "10.0000", [in_large, in_small])
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({small["id"]}))
    assert run(api, stock_worth, actor=actor).result == StockWorth("2.5000", "10.0000", [in_small])


def test_what_runs_out_within_a_week(api: Api) -> None:
    warehouse = make_warehouse(api)
    first, second = low_product(api, warehouse, left=2), low_product(api, warehouse, left=6)
    low_product(api, warehouse, left=9)

    found = in_scope(api, running_out)

    assert [alert.product_id for alert in found.within_a_week] == [first["id"], second["id"]]
    assert list(in_scope(api, urgencies).values()) == [1, 1, 1, 0]


def test_the_trade_of_the_last_days(api: Api, other: Api) -> None:
    first, second = make_warehouse(api), make_warehouse(api)
    best, good = make_product(api), make_product(api)
    move(
        api,
        line(best, first, "purchase", 100, occurred_at=days_ago(30)),
        line(best, first, "sale", 1, occurred_at=days_ago(30)),
        line(best, first, "purchase", 10, occurred_at=days_ago(29)),
        line(best, first, "sale", 8, occurred_at=days_ago(3)),
        line(best, first, "sale", 4, occurred_at=days_ago(1)),
        line(best, first, "return", 2, occurred_at=days_ago(1)),
        line(best, first, "reserve", 5, occurred_at=days_ago(1)),
        line(good, second, "purchase", 50, occurred_at=days_ago(1)),
        line(good, second, "sale", 3, occurred_at=days_ago(1)),
        line(good, second, "adjustment", -7, occurred_at=days_ago(1)),
    )
    shipped(api, make_transfer(api, first, second, (best, 6)))
    foreign = make_product(other)
    move(other, line(foreign, make_warehouse(other), "purchase", 5))

    trade = in_scope(api, recent_trade)

    moved = [day for day in trade.days if day.arrived or day.gone]
    assert moved == [
        TradeDay(_today() - timedelta(days=29), Decimal(10), Decimal(0)),
        TradeDay(_today() - timedelta(days=3), Decimal(0), Decimal(8)),
        TradeDay(_today() - timedelta(days=1), Decimal(52), Decimal(14)),
    ]
    assert trade.top_sellers == [
        TopSeller(best["id"], best["sku"], best["name"], Decimal(10)),
        TopSeller(good["id"], good["sku"], good["name"], Decimal(3)),
    ]
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({second["id"]}))
    of_second = run(api, recent_trade, actor=actor).result
    assert [top.product_id for top in of_second.top_sellers] == [good["id"]]
    assert sum(day.arrived for day in of_second.days) == 50


def test_dead_stock_is_what_lies_and_does_not_sell(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    warehouse, far = make_warehouse(api), make_warehouse(api)
    dear, cheap, sold, gone = (make_product(api) for _ in range(4))
    move(
        api,
        line(dear, warehouse, "purchase", 3, unit_cost="50", occurred_at=days_ago(200)),
        line(dear, warehouse, "sale", 1, occurred_at=days_ago(90)),
        line(cheap, warehouse, "purchase", 10, unit_cost="2"),
        line(sold, warehouse, "purchase", 9, unit_cost="2", occurred_at=days_ago(200)),
        line(sold, warehouse, "sale", 1, occurred_at=days_ago(89)),
        line(sold, far, "purchase", 1, unit_cost="2"),
        line(gone, warehouse, "purchase", 1, occurred_at=days_ago(200)),
        line(gone, warehouse, "sale", 1, occurred_at=days_ago(150)),
    )

    found = in_scope(api, dead_stock)

    assert (found.products, found.value) == (2, "120.0000")
    assert [(dead.product_id, dead.on_hand, dead.value) for dead in found.dearest] == [
        (dear["id"], Decimal(2), "100.0000"),
        (cheap["id"], Decimal(10), "20.0000"),
    ]
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({far["id"]}))
    of_far = run(api, dead_stock, actor=actor).result
    assert [dead.product_id for dead in of_far.dearest] == [sold["id"]]
    monkeypatch.setattr(queries, "LISTED", 1)
    assert [dead.product_id for dead in in_scope(api, dead_stock).dearest] == [dear["id"]]


def test_open_documents_of_a_product(api: Api) -> None:
    trade = make_trade(api)
    there = make_warehouse(api)
    product = trade.first
    move(api, line(product, trade.warehouse, "purchase", 100))
    kit = make_bundle(api, (product, 3))
    sale = confirmed(
        api,
        wants(product, 2),
        wants(kit, 4),
        expected_date=_day(2),
        warehouse_id=trade.warehouse["id"],
    )
    purchase = trade.approved(ordered(product, 8, "1"), expected_date=_day(1))
    trade.draft(ordered(trade.second, 8, "1"))
    transfer = make_transfer(api, trade.warehouse, there, (product, 5))

    found = in_scope(api, open_documents, product["id"])

    assert [(one.kind, one.id, one.number, one.quantity) for one in found] == [
        ("purchase_order", purchase["id"], purchase["number"], Decimal(8)),
        ("sales_order", sale["id"], sale["number"], Decimal(14)),
        ("transfer", transfer["id"], transfer["number"], Decimal(5)),
    ]
    actor = Actor(Role.VIEWER, warehouse_ids=frozenset({there["id"]}))
    of_there = run(api, open_documents, product["id"], actor=actor).result
    assert [one.kind for one in of_there] == ["transfer"]
