"""Many writers at once: no oversell, no lost update, no deadlock, no drift."""

from typing import Any

import pytest
from httpx2 import Response

from tests.factories import Api, done, line, make_bundle, make_product, make_warehouse, move
from tests.stock.reading import findings, held, levels, movements, posts, together

PATH = "/api/stock/movements"


def _statuses(answers: list[Response]) -> dict[int, int]:
    found = [answer.status_code for answer in answers]
    return {status: found.count(status) for status in sorted(set(found))}


def test_sixty_four_writers_sell_the_last_twenty_units_once(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 20))

    answers = together(api, posts(*[[line(product, warehouse, "sale", 1)]] * 64))

    assert _statuses(answers) == {201: 20, 409: 44}
    lost = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in lost} == {"insufficient-stock"}
    assert {problem["lines"][0]["available"] for problem in lost} == {0}
    assert held(api, product, warehouse) == (0, 0, 0, 0)
    assert len(movements(api, type="sale")) == 20
    assert findings(api) == []


def test_bundles_and_their_components_are_not_oversold_together(api: Api) -> None:
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    bundle = make_bundle(api, (second, 1), (first, 1))
    move(api, line(first, warehouse, "purchase", 12), line(second, warehouse, "purchase", 12))

    answers = together(
        api,
        posts(
            *[[line(bundle, warehouse, "sale", 1)]] * 8,
            *[[line(second, warehouse, "reserve", 1), line(first, warehouse, "sale", 1)]] * 8,
        ),
    )

    assert _statuses(answers) == {201: 12, 409: 4}
    assert held(api, first, warehouse) == (0, 0, 0, 0)
    assert held(api, second, warehouse)[0] == 0
    assert findings(api) == []


def test_crossed_lines_never_deadlock(api: Api) -> None:
    first, second = make_product(api), make_product(api)
    here, there = make_warehouse(api), make_warehouse(api)
    places = [(first, here), (second, here), (first, there), (second, there)]
    move(api, *[line(product, warehouse, "purchase", 1000) for product, warehouse in places])
    lines = [line(product, warehouse, "sale", 1) for product, warehouse in places]

    for _ in range(50):
        assert _statuses(together(api, posts(lines, lines[::-1]))) == {201: 2}

    assert set(levels(api).values()) == {(900, 0, 0, 0)}
    assert findings(api) == []


def test_requests_of_many_levels_that_wait_for_each_other_lose_nothing(api: Api) -> None:
    """Each level's first day, balance and value are written by whoever comes first, by all the others
    as they find them when the lock is theirs."""
    warehouse = make_warehouse(api)
    products = [
        make_product(api, warehouse_id=warehouse["id"], initial_quantity=0) for _ in range(12)
    ]
    buying = [line(product, warehouse, "purchase", 3, unit_cost="0.7") for product in products]
    selling = [line(product, warehouse, "sale", 1) for product in products]
    requests = [buying, buying[::-1], buying[4:], buying[:8], selling[2:9], selling[::2]] * 6

    answers = together(api, posts(*requests))

    accepted = [
        lines for lines, answer in zip(requests, answers, strict=True) if answer.status_code == 201
    ]
    assert set(_statuses(answers)) <= {201, 409}  # who sells first finds nothing
    expected = {(product["id"], warehouse["id"]): 0 for product in products}
    for lines in accepted:
        for one in lines:
            sign = 1 if one["type"] == "purchase" else -1
            expected[one["product_id"], one["warehouse_id"]] += sign * one["quantity"]
    assert {level: held[0] for level, held in levels(api).items()} == expected
    worth = done(api.get("/api/stock/levels", limit=100))["items"]
    assert [level["value"] for level in worth] == [
        f"{level['available'] * 0.7:.4f}" for level in worth
    ]
    assert findings(api) == []


def test_crossed_recounts_and_partial_requests_never_deadlock(api: Api) -> None:
    first, second, warehouse = make_product(api), make_product(api), make_warehouse(api)
    lines = [line(first, warehouse, "recount", 5), line(second, warehouse, "sale", 1)]
    partial = {"lines": lines[::-1], "mode": "valid_rows"}

    answers = together(api, [*posts(*[lines] * 8), *[("POST", PATH, partial)] * 8])

    assert _statuses(answers) == {201: 8, 409: 8}
    assert levels(api) == {
        (first["id"], warehouse["id"]): (5, 0, 0, 0),
        (second["id"], warehouse["id"]): (0, 0, 0, 0),
    }
    assert findings(api) == []


def test_many_writers_open_the_same_levels_at_once(api: Api) -> None:
    products = [make_product(api) for _ in range(10)]
    here, there = make_warehouse(api), make_warehouse(api)
    lines = [
        line(product, warehouse, "purchase", 1)
        for product in products
        for warehouse in (here, there)
    ]

    answers = together(api, posts(*[lines, lines[::-1], lines[5:] + lines[:5]] * 6))

    assert _statuses(answers) == {201: 18}
    assert levels(api) == {
        (product["id"], warehouse["id"]): (18, 0, 0, 0)
        for product in products
        for warehouse in (here, there)
    }
    assert findings(api) == []


def test_writers_of_known_and_of_new_levels_do_not_wait_in_a_circle(api: Api) -> None:
    known, warehouse = make_product(api), make_warehouse(api)
    move(api, line(known, warehouse, "purchase", 1000))
    fresh = [make_product(api) for _ in range(12)]

    answers = together(
        api,
        posts(
            *[
                [line(new, warehouse, "purchase", 1), line(known, warehouse, "sale", 1)]
                for new in fresh
            ],
            *[
                [line(known, warehouse, "sale", 1), line(new, warehouse, "purchase", 1)]
                for new in fresh
            ],
        ),
    )

    assert _statuses(answers) == {201: 24}
    assert held(api, known, warehouse) == (976, 0, 0, 0)
    assert findings(api) == []


def test_sixteen_clients_with_one_idempotency_key_have_one_effect(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    requests = posts(*[[line(product, warehouse, "purchase", 5)]] * 16)

    answers = together(api, requests, Idempotency_Key="one")

    assert _statuses(answers) == {201: 16}
    assert len({answer.content for answer in answers}) == 1
    assert held(api, product, warehouse) == (5, 0, 0, 0)
    assert len(movements(api)) == 1
    assert findings(api) == []


def test_a_refused_request_may_be_sent_again_with_its_key(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    body = {"lines": [line(product, warehouse, "sale", 1)]}

    first = api.post(PATH, body, Idempotency_Key="one")
    move(api, line(product, warehouse, "purchase", 1))
    second = api.post(PATH, body, Idempotency_Key="one")
    third = api.post(PATH, body, Idempotency_Key="one")

    assert [answer.status_code for answer in (first, second, third)] == [409, 201, 201]
    assert second.content == third.content
    assert held(api, product, warehouse) == (0, 0, 0, 0)


@pytest.mark.parametrize("new", [False, True])
def test_of_eight_who_saw_the_same_quantity_one_wins(api: Api, new: bool) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    seen = 0 if new else 10
    if not new:
        move(api, line(product, warehouse, "purchase", seen))

    answers = together(
        api,
        posts(
            *[
                [line(product, warehouse, "recount", 20 + n, expected_quantity=seen)]
                for n in range(8)
            ]
        ),
    )

    assert _statuses(answers) == {201: 1, 409: 7}
    (won,) = [answer.json() for answer in answers if answer.status_code == 201]
    after = won["movements"][0]["quantity_after"]
    problems = [answer.json() for answer in answers if answer.status_code == 409]
    assert {problem["code"] for problem in problems} == {"stock-changed"}
    assert {problem["lines"][0]["available"] for problem in problems} == {after}
    assert held(api, product, warehouse) == (after, 0, 0, 0)
    assert findings(api) == []


def test_recounts_at_once_leave_the_last_count(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)

    answers = together(
        api, posts(*[[line(product, warehouse, "recount", n)] for n in range(1, 13)])
    )

    assert _statuses(answers) == {201: 12}
    last = movements(api)[-1]["quantity_after"]
    assert held(api, product, warehouse) == (last, 0, 0, 0)
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(4))
def test_a_product_is_archived_or_bought_but_not_both(api: Api, turn: int) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    if turn % 2:
        move(api, line(product, warehouse, "recount", 0))
    requests: list[tuple[str, str, Any]] = [
        *posts(*[[line(product, warehouse, "purchase", 1)]] * 4),
        ("DELETE", f"/api/products/{product['id']}", None),
    ]

    answers = together(api, requests if turn < 2 else requests[::-1])

    archived = done(api.get(f"/api/products/{product['id']}"))["archived_at"] is not None
    bought = sum(answer.status_code == 201 for answer in answers)
    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert archived == (bought == 0)
    assert sum(row[0] for row in levels(api).values()) == bought
    assert findings(api) == []


def test_a_warehouse_is_retired_or_filled_but_takes_nothing_afterwards(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    new = [make_product(api) for _ in range(4)]
    move(api, line(product, warehouse, "purchase", 1))
    path = f"/api/warehouses/{warehouse['id']}"

    answers = together(
        api,
        [
            *posts(*[[line(one, warehouse, "purchase", 1)] for one in [product, *new]]),
            ("PATCH", path, {"active": False}),
            *posts(*[[line(one, warehouse, "purchase", 1)] for one in [product, *new]]),
        ],
    )

    assert {answer.status_code for answer in answers} <= {200, 201, 409}
    assert done(api.get(path))["active"] is False
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(3))
def test_thresholds_change_while_levels_are_opened(api: Api, turn: int) -> None:
    products = [make_product(api, category="Bikes") for _ in range(4)]
    here, there = make_warehouse(api), make_warehouse(api)
    category = products[0]["category_id"]
    opening = posts(
        *[
            [line(product, warehouse, "purchase", 1)]
            for product in products
            for warehouse in (here, there)
        ]
    )
    changing: list[tuple[str, str, Any]] = [
        ("PATCH", "/api/company", {"default_low_stock_threshold": 50}),
        ("PATCH", f"/api/categories/{category}", {"low_stock_threshold": 7}),
        ("PATCH", f"/api/products/{products[0]['id']}", {"low_stock_threshold": 8}),
        ("PATCH", f"/api/products/{products[1]['id']}", {"allow_backorders": True}),
        ("PATCH", "/api/company", {"allow_backorders": True, "low_stock_at_threshold": True}),
        ("PATCH", f"/api/products/{products[2]['id']}", {"category_id": None}),
        (
            "PUT",
            f"/api/products/{products[3]['id']}/thresholds/{here['id']}",
            {"low_stock_threshold": 9},
        ),
        ("PATCH", f"/api/warehouses/{there['id']}", {"name": "There"}),
    ]
    orders = [changing + opening, opening + changing]
    orders.append([one for pair in zip(opening, changing, strict=True) for one in pair])

    answers = together(api, orders[turn])

    assert set(_statuses(answers)) <= {200, 201}
    assert findings(api) == []
    thresholds = [item["threshold"] for item in done(api.get("/api/stock/levels"))["items"]]
    assert thresholds == [8, 8, 7, 7, 50, 50, 9, 7]
