"""Two writers of one order: exactly one wins, and nothing is lost."""

from typing import Any

import pytest

from tests.factories import Api, done
from tests.purchasing.ordering import came, make_trade, ordered, path, read, set_rules
from tests.stock.reading import findings, held, movements, together

_CANCEL = {"reason": "Not needed"}
_ALL: dict[str, object] = {}


def _both(api: Api, turn: int, *requests: tuple[str, str, Any], **headers: str) -> list[int]:
    """The statuses, in the order of the requests, sent in an order that depends on the turn."""
    order = requests if turn % 2 == 0 else requests[::-1]
    answers = [answer.status_code for answer in together(api, order, **headers)]
    return answers if turn % 2 == 0 else answers[::-1]


@pytest.mark.parametrize("turn", range(4))
def test_an_order_is_received_or_cancelled(api: Api, turn: int) -> None:
    trade = make_trade(api)
    order = trade.approved()

    statuses = _both(
        api,
        turn,
        ("POST", path(order, "receipts"), _ALL),
        ("POST", path(order, "cancellation"), _CANCEL),
    )

    after = read(api, order)
    if statuses == [201, 409]:
        assert after["status"] == "received"
        assert held(api, trade.first, trade.warehouse) == (10, 0, 0, 0)
    else:
        assert statuses == [409, 200]
        assert after["status"] == "cancelled"
        assert movements(api) == []
    assert after["version"] == order["version"] + 1
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(4))
def test_who_read_the_same_draft_edits_it_or_submits_it(api: Api, turn: int) -> None:
    trade = make_trade(api)
    order = trade.draft()

    statuses = _both(
        api,
        turn,
        ("PATCH", path(order), {"lines": [ordered(trade.first, 1000, "2.50")]}),
        ("POST", path(order, "submission"), None),
        If_Match='"1"',
    )

    assert sorted(statuses) == [200, 412]
    after = read(api, order)
    edited = statuses[0] == 200
    assert after["status"] == ("draft" if edited else "submitted")
    assert after["total"] == ("2500.0000" if edited else "30.0000")


@pytest.mark.parametrize("turn", range(2))
def test_an_order_is_approved_or_rejected_and_edited(api: Api, turn: int) -> None:
    trade = make_trade(api)
    order = trade.submitted()

    statuses = _both(
        api,
        turn,
        ("POST", path(order, "approval"), None),
        ("POST", path(order, "rejection"), {"reason": "Too dear"}),
        ("PATCH", path(order), {"lines": [ordered(trade.first, 1000, "2.50")]}),
    )

    after = read(api, order)
    if statuses[0] == 200:
        assert statuses == [200, 409, 409]
        assert (after["status"], after["total"]) == ("approved", "30.0000")
    else:
        assert statuses[:2] == [409, 200]
        assert after["total"] == ("2500.0000" if statuses[2] == 200 else "30.0000")
        assert after["status"] == "draft"


def test_what_many_receive_at_once_is_never_more_than_ordered(api: Api) -> None:
    set_rules(api, over_receipt_percent=20)
    trade = make_trade(api)
    order = trade.approved()
    lines = [came(order, 1, good=0.5), came(order, 0, good=1, damaged=1)]
    forth, back = {"lines": lines}, {"lines": lines[::-1]}

    answers = together(
        api, [("POST", path(order, "receipts"), forth), ("POST", path(order, "receipts"), back)] * 6
    )

    # 12 of the first are allowed, 2 each time: six fit, while 4.8 of the second allow nine
    assert sorted(answer.status_code for answer in answers) == [201] * 6 + [409] * 6
    codes = {answer.json()["code"] for answer in answers if answer.status_code == 409}
    assert codes == {"more-than-ordered"}
    assert held(api, trade.first, trade.warehouse) == (6, 0, 6, 0)
    assert held(api, trade.second, trade.warehouse) == (3, 0, 0, 0)
    after = read(api, order)
    assert [(line["good"], line["damaged"]) for line in after["lines"]] == [(6, 6), (3, 0)]
    assert after["status"] == "partially_received"
    assert len(done(api.get(path(order, "receipts")))["items"]) == 6
    assert findings(api) == []


def test_orders_for_the_same_products_are_received_at_once(api: Api) -> None:
    trade = make_trade(api)
    usual = [ordered(trade.first, 10, "2.50"), ordered(trade.second, 4, "1.25")]
    orders = [trade.approved(*(usual if n % 2 else usual[::-1])) for n in range(8)]

    answers = together(api, [("POST", path(order, "receipts"), _ALL) for order in orders])

    assert {answer.status_code for answer in answers} == {201}
    assert held(api, trade.first, trade.warehouse) == (80, 0, 0, 0)
    assert held(api, trade.second, trade.warehouse) == (32, 0, 0, 0)
    assert findings(api) == []


@pytest.mark.parametrize("turn", range(2))
def test_a_product_is_archived_or_ordered(api: Api, turn: int) -> None:
    trade = make_trade(api)

    statuses = _both(
        api,
        turn,
        ("DELETE", f"/api/products/{trade.first['id']}", None),
        ("POST", "/api/purchase-orders", trade.body()),
    )

    assert statuses in ([200, 409], [409, 201])
