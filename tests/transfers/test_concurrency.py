"""Several actions on one transfer at once: exactly one wins, and nothing is lost."""

from typing import Any

import pytest
from httpx2 import Response

from tests.factories import Api, done, line
from tests.stock.reading import findings, held, posts, together
from tests.transfers.journeys import (
    at,
    make_transfer,
    quantities,
    received,
    shipped,
    stocked,
)


def _statuses(answers: list[Response]) -> list[int]:
    return sorted(answer.status_code for answer in answers)


def test_a_transfer_is_shipped_once(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    made = make_transfer(api, here, there, (product, 4))

    answers = together(api, [("POST", at(made, "shipment"), None)] * 6)

    assert _statuses(answers) == [200] + [409] * 5
    assert held(api, product, here) == (6, 0, 0, 0)
    assert held(api, product, there) == (0, 0, 0, 4)
    assert findings(api) == []


def test_transfers_and_sales_do_not_take_the_same_units(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    transfers = [make_transfer(api, here, there, (product, 3)) for _ in range(4)]
    requests: list[tuple[str, str, Any]] = [
        ("POST", at(one, "shipment"), None) for one in transfers
    ]

    answers = together(api, [*requests, *posts(*[[line(product, here, "sale", 3)]] * 4)])

    assert sum(answer.status_code < 300 for answer in answers) == 3
    refusals = [answer.json()["code"] for answer in answers if answer.status_code == 409]
    assert refusals == ["insufficient-stock"] * 5
    assert held(api, product, here) == (1, 0, 0, 0)
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(4))
def test_a_transfer_is_received_or_cancelled(api: Api, turn: int) -> None:
    (product,), here, there = stocked(api, 10)
    made = shipped(api, make_transfer(api, here, there, (product, 4)))
    requests = [("POST", at(made, "receipts"), None), ("POST", at(made, "cancellation"), None)]

    answers = together(api, requests[:: (-1) ** turn])

    assert _statuses(answers) in ([200, 409], [201, 409])
    end = done(api.get(at(made)))
    came_back = end["status"] == "cancelled"
    assert quantities(end) == ([(4, 0, 0, 0, 0, 4)] if came_back else [(4, 0, 4, 0, 0, 0)])
    assert held(api, product, here) == ((10 if came_back else 6), 0, 0, 0)
    assert held(api, product, there) == ((0 if came_back else 4), 0, 0, 0)
    assert findings(api) == []


def test_deliveries_never_hold_more_than_was_shipped(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    made = shipped(api, make_transfer(api, here, there, (product, 10)))

    answers = together(api, [("POST", at(made, "receipts"), received(made, (0, 3, 0, 0)))] * 6)

    assert _statuses(answers) == [201] * 3 + [409] * 3
    assert held(api, product, there) == (9, 0, 0, 1)
    assert quantities(done(api.get(at(made)))) == [(10, 1, 9, 0, 0, 0)]
    assert findings(api) == []


def test_a_transfer_is_shipped_as_it_was_or_as_it_became(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    made = make_transfer(api, here, there, (product, 4))
    lines = {"lines": [{"product_id": product["id"], "quantity": 7}]}

    answers = together(
        api,
        [("PATCH", at(made), lines), ("POST", at(made, "shipment"), None)],
        If_Match='"1"',
    )

    assert _statuses(answers) == [200, 412]
    end = done(api.get(at(made)))
    assert (end["status"], end["quantity"]) in {("pending", 7), ("in_transit", 4)}
    assert held(api, product, here)[0] == 10 - end["shipped"]
    assert findings(api) == []


def test_crossing_transfers_never_deadlock(api: Api) -> None:
    products, here, there = stocked(api, 20, 20, 20)
    lines = [(product, 4) for product in products]
    arrived = shipped(api, make_transfer(api, here, there, *lines, *lines))
    done(api.post(at(arrived, "receipts")), 201)
    crossing = [
        make_transfer(api, *ends, *some)
        for ends, some in [
            ((here, there), lines),
            ((there, here), lines[::-1]),
            ((here, there), lines[::-1]),
            ((there, here), lines),
        ]
    ]

    first = together(api, [("POST", at(one, "shipment"), None) for one in crossing])
    second = together(api, [("POST", at(one, "receipts"), None) for one in crossing[::-1]])

    assert _statuses(first) == [200] * 4
    assert _statuses(second) == [201] * 4
    assert held(api, products[0], here) == (12, 0, 0, 0)
    assert held(api, products[0], there) == (8, 0, 0, 0)
    assert findings(api) == []
