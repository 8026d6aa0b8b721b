"""Many writers of orders at once: exactly one wins, nothing is lost, nobody waits in a circle."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from stockflow.sales.jobs import reserve_backorders
from tests.factories import Api, done, line, make_bundle, move
from tests.sales.ordering import (
    confirmed,
    draft,
    path,
    quantities,
    read,
    ship,
    statuses,
    stocked,
    wants,
)
from tests.scopes import in_scope
from tests.stock.reading import findings, held, levels, posts, together


def _post(order: Any, action: str, **body: Any) -> tuple[str, str, Any]:
    return "POST", path(order, action), body


def test_of_many_shipments_of_one_order_one_wins(api: Api) -> None:
    (lamp,), (here,) = stocked(api, [10])
    order = confirmed(api, wants(lamp, 4))

    answers = together(api, [_post(order, "shipments")] * 8)

    assert statuses(answers) == {201: 1, 409: 7}
    assert quantities(read(api, order)) == [(0, 0, 4, 0)]
    assert held(api, lamp, here) == (6, 0, 0, 0)
    assert findings(api) == []


def test_partial_shipments_at_once_never_ship_more_than_reserved(api: Api) -> None:
    (lamp,), (here,) = stocked(api, [10])
    order = confirmed(api, wants(lamp, 5))
    lines = [{"line_id": order["lines"][0]["id"], "quantity": 2}]

    answers = together(api, [_post(order, "shipments", lines=lines)] * 6)

    assert statuses(answers) == {201: 2, 409: 4}
    assert quantities(read(api, order)) == [(1, 0, 4, 0)]
    assert held(api, lamp, here) == (5, 1, 0, 0)
    assert findings(api) == []


def test_the_last_stock_is_reserved_once(api: Api) -> None:
    (lamp, desk), (here, there) = stocked(api, [4, 1], [2, 3])
    bundle = make_bundle(api, (desk, 1), (lamp, 1))
    orders = [
        draft(api, *lines)
        for lines in [[wants(lamp, 1), wants(desk, 1)], [wants(desk, 1), wants(lamp, 1)]] * 3
    ] + [draft(api, wants(bundle, 1)) for _ in range(3)]

    answers = together(api, [_post(order, "confirmation") for order in orders])

    # by bundle from one warehouse, by line from either
    won = statuses(answers)[200]
    assert set(statuses(answers)) == {200, 409}
    found = levels(api)
    assert sum(found[lamp["id"], place["id"]][1] for place in (here, there)) == won
    assert sum(found[desk["id"], place["id"]][1] for place in (here, there)) == won
    assert 3 <= won <= 5
    assert {
        answer.json()["code"] for answer in answers if answer.status_code == 409
    } == {"insufficient-stock"}  # fmt: skip
    assert findings(api) == []


def test_one_draft_is_confirmed_once_and_not_after_it_changed(api: Api) -> None:
    (lamp,), (here,) = stocked(api, [100])
    order = draft(api, wants(lamp, 4))
    change = ("PATCH", path(order), {"lines": [wants(lamp, 7)]})

    answers = together(api, [_post(order, "confirmation"), change] * 4)

    after = read(api, order)
    assert after["status"] == "confirmed"
    assert statuses(answers)[409] >= 3
    reserved = after["lines"][0]["reserved"]
    assert reserved == after["lines"][0]["quantity"]
    assert held(api, lamp, here) == (100 - reserved, reserved, 0, 0)
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(3))
def test_an_order_is_shipped_or_cancelled_but_not_both(api: Api, turn: int) -> None:
    (lamp,), (here,) = stocked(api, [10])
    order = confirmed(api, wants(lamp, 4))
    requests = [_post(order, "shipments"), _post(order, "cancellation")]

    answers = together(api, requests if turn else requests[::-1])

    assert sorted(answer.status_code for answer in answers)[1] == 409
    after = read(api, order)
    shipped = after["status"] == "shipped"
    assert quantities(after) == [(0, 0, 4, 0) if shipped else (0, 0, 0, 4)]
    assert held(api, lamp, here) == ((6 if shipped else 10), 0, 0, 0)
    assert findings(api) == []


def test_orders_sales_and_the_job_never_wait_in_a_circle(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (lamp, desk), (here, there) = stocked(api, [3, 3], [3, 3])
    many = [confirmed(api, wants(lamp, 4), wants(desk, 4)) for _ in range(3)]
    drafts = [draft(api, wants(desk, 2), wants(lamp, 2)) for _ in range(4)]
    arriving = [
        line(product, place, "purchase", 2) for product in (desk, lamp) for place in (there, here)
    ]
    requests = [
        *[_post(order, "confirmation") for order in drafts],
        *[_post(order, "shipments") for order in many],
        *posts(*[arriving] * 4),
        _post(many[2], "cancellation"),
        *[_post(order, "reservation") for order in many],
    ]

    with ThreadPoolExecutor(1) as thread:
        job = thread.submit(lambda: [in_scope(api, reserve_backorders) for _ in range(4)])
        answers = together(api, requests)
        job.result()
    in_scope(api, reserve_backorders)

    assert set(statuses(answers)) <= {200, 201, 409}
    orders = [read(api, order) for order in [*many, *drafts]]
    for place, product in enumerate((lamp, desk)):
        reserved = sum(found[1] for key, found in levels(api).items() if key[0] == product["id"])
        held_by_orders = sum(
            one["reserved"]
            for order in orders
            for one in order["lines"]
            if one["product_id"] == product["id"]
        )
        assert reserved == held_by_orders, place
    for order in orders:
        for one in order["lines"]:
            told = one["reserved"] + one["backordered"] + one["shipped"] + one["cancelled"]
            assert told == one["quantity"]
    assert findings(api) == []


def test_two_runs_of_the_job_reserve_what_arrived_once(api: Api) -> None:
    done(api.patch("/api/company", {"backorder_orders": True}))
    (lamp,), (here,) = stocked(api, [0])
    orders = [confirmed(api, wants(lamp, 3)) for _ in range(4)]
    move(api, line(lamp, here, "purchase", 7))

    with ThreadPoolExecutor(3) as threads:
        for run in [threads.submit(in_scope, api, reserve_backorders) for _ in range(3)]:
            run.result()

    assert [quantities(read(api, order))[0][:2] for order in orders] == [
        (3, 0),
        (3, 0),
        (1, 2),
        (0, 3),
    ]
    assert held(api, lamp, here) == (0, 7, 0, 0)
    ship(api, orders[0])
    assert findings(api) == []
