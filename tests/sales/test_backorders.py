"""The job that reserves for waiting orders goes in steps, and never stands still."""

from typing import Any

from stockflow.foundation.scope import WriteScope
from stockflow.sales import jobs
from stockflow.sales.reserving import reserve_backorders
from tests.factories import Api, done, line, make_bundle, move, refused
from tests.sales.ordering import (
    confirm,
    confirmed,
    draft,
    jobs_of,
    path,
    quantities,
    read,
    stocked,
    wants,
)
from tests.scopes import in_scope, run
from tests.stock.reading import findings, held


def _allow(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))


def _waiting(api: Api, *orders: Any) -> list[list[Any]]:
    return [[one["backordered"] for one in read(api, order)["lines"]] for order in orders]


def test_orders_that_cannot_be_served_do_not_hold_up_the_others(api: Api) -> None:
    _allow(api)
    (lamp, desk), (here, there) = stocked(api, [0, 0], [0, 0])
    bundle = make_bundle(api, (lamp, 2), (desk, 1))
    stuck = [confirmed(api, wants(bundle, 1)) for _ in range(2)]
    orders = [confirmed(api, wants(desk, 2)) for _ in range(3)]
    # of a bundle both parts are there, but in two places; and in one place, but too few
    move(api, line(lamp, there, "purchase", 5), line(lamp, here, "purchase", 1))
    move(api, line(desk, here, "purchase", 5))

    assert in_scope(api, reserve_backorders, 2) is True
    assert _waiting(api, *stuck, *orders) == [[1], [1], [0], [0], [2]]
    assert in_scope(api, reserve_backorders, 2) is False
    assert _waiting(api, *stuck, *orders) == [[1], [1], [0], [0], [1]]
    assert in_scope(api, reserve_backorders, 2) is False
    assert held(api, desk, here) == (0, 5, 0, 0)
    assert findings(api) == []


def test_the_job_asks_for_itself_until_all_are_served(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr(jobs, "_ORDERS_MAX", 1)
    _allow(api)
    (lamp,), (here,) = stocked(api, [0])
    orders = [confirmed(api, wants(lamp, 1)) for _ in range(2)]
    move(api, line(lamp, here, "purchase", 5))

    async def forget(scope: WriteScope) -> None:
        await scope.execute("DELETE FROM jobs WHERE company_id = %s", (scope.company_id,))

    for waiting, again in (([[0], [1]], True), ([[0], [0]], True), ([[0], [0]], False)):
        in_scope(api, forget)
        in_scope(api, jobs.reserve_backorders)
        assert _waiting(api, *orders) == waiting
        assert (jobs_of(api) == {"reserve-backorders"}) is again


def test_what_is_cancelled_elsewhere_goes_to_who_waits(api: Api) -> None:
    _allow(api)
    (lamp,), (here, there) = stocked(api, [4, 0])
    holder = confirmed(api, wants(lamp, 4))
    limited = draft(api, wants(lamp, 1), wants(lamp, 1))
    limited = confirm(api, limited, warehouses=[there["id"]])
    waiting = confirmed(api, wants(lamp, 3))

    done(api.post(path(holder, "cancellation")))

    assert jobs_of(api) == {"reserve-backorders"}
    in_scope(api, jobs.reserve_backorders)
    assert quantities(read(api, waiting)) == [(3, 0, 0, 0)]
    assert quantities(read(api, limited)) == [(0, 1, 0, 0)] * 2
    # the same warehouses as before, unless others are given
    again = done(api.post(path(limited, "reservation")))
    assert quantities(again) == [(0, 1, 0, 0)] * 2
    problem = refused(
        api.post(path(limited, "reservation"), {"backorder": False}), 409, "insufficient-stock"
    )
    assert [one["line"] for one in problem["lines"]] == [0, 1]
    other = done(api.post(path(limited, "reservation"), {"warehouses": [here["code"]]}))
    assert quantities(other) == [(1, 0, 0, 0), (0, 1, 0, 0)]
    assert findings(api) == []


def test_the_job_takes_as_many_statements_for_long_orders(api: Api) -> None:
    _allow(api)
    products, (here,) = stocked(api, *[[0]] * 5)

    def statements(count: int) -> int:
        confirmed(api, *[wants(product, 1) for product in products[:count]])
        move(api, *[line(product, here, "purchase", 1) for product in products[:count]])
        return run(api, reserve_backorders, 10).statements

    assert statements(1) == statements(5)


def test_who_is_limited_reserves_only_in_their_warehouses(api: Api) -> None:
    _allow(api)
    (lamp,), (here, there) = stocked(api, [0, 0])
    keeper = api.with_key("staff", [here["id"]])
    of_there = confirm(api, draft(api, wants(lamp, 2)), warehouses=[there["id"]])
    anywhere = confirmed(api, wants(lamp, 2))
    theirs = confirm(keeper, draft(api, wants(lamp, 2)))
    move(api, line(lamp, there, "purchase", 9), line(lamp, here, "purchase", 1))

    refused(keeper.post(path(of_there, "reservation")), 404, "sales-order-not-found")
    done(keeper.post(path(anywhere, "reservation")))
    in_scope(api, jobs.reserve_backorders)

    assert held(api, lamp, here) == (0, 1, 0, 0)
    assert _waiting(api, of_there, anywhere, theirs) == [[0], [0], [2]]
    assert done(keeper.get(path(theirs)))["number"] == theirs["number"]
    refused(keeper.get(path(anywhere)), 404, "sales-order-not-found")
    assert findings(api) == []
