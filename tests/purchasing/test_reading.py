"""Lists, and who sees which orders."""

from typing import Any

import pytest

from tests.factories import Api, done, make_warehouse, refused
from tests.purchasing.ordering import (
    PATH,
    Trade,
    act,
    attempt,
    everything_about,
    make_trade,
    ordered,
    path,
    receive,
)


def _listed(api: Api, **query: Any) -> list[int]:
    return [item["id"] for item in done(api.get(PATH, **query))["items"]]


@pytest.fixture
def trade(api: Api) -> Trade:
    return make_trade(api, code="BRIGHT")


def test_orders_are_listed_newest_first_without_lines(api: Api, trade: Trade) -> None:
    orders = [trade.draft() for _ in range(3)]

    items = done(api.get(PATH))["items"]

    assert [item["id"] for item in items] == [order["id"] for order in orders][::-1]
    whole = orders[2]
    assert items[0] == {name: whole[name] for name in items[0]}
    assert whole.keys() - items[0].keys() == {
        "lines",
        "warnings",
        "notes",
        "created_by_user_id",
        "created_by_api_key_id",
        "approved_by_user_id",
        "approved_by_api_key_id",
        "rejection_reason",
        "cancellation_reason",
    }
    page = done(api.get(PATH, limit=2, order="oldest"))
    rest = done(api.get(PATH, limit=2, order="oldest", cursor=page["next_cursor"]))
    assert [item["id"] for item in page["items"] + rest["items"]] == [o["id"] for o in orders]
    assert rest["next_cursor"] is None
    refused(api.get(PATH, cursor=page["next_cursor"]), 400, "invalid-cursor")


def test_orders_are_filtered(api: Api, trade: Trade) -> None:
    elsewhere = make_trade(api)
    draft = trade.draft(reference="Offer 100%")
    submitted, approved = trade.submitted(), elsewhere.approved()

    assert _listed(api, status="submitted") == [submitted["id"]]
    assert _listed(api, status=["approved", "draft"]) == [approved["id"], draft["id"]]
    assert _listed(api, supplier_id=elsewhere.supplier["id"]) == [approved["id"]]
    assert _listed(api, supplier="bright") == [submitted["id"], draft["id"]]
    assert _listed(api, warehouse_id=trade.warehouse["id"]) == [submitted["id"], draft["id"]]
    assert _listed(api, warehouse=elsewhere.warehouse["code"]) == [approved["id"]]
    assert _listed(api, q=approved["number"][-3:].lower()) == [approved["id"]]
    assert _listed(api, q="00%") == [draft["id"]]
    assert _listed(api, q="_") == []
    assert _listed(api, created_from=submitted["created_at"]) == [approved["id"], submitted["id"]]
    assert _listed(api, created_before=submitted["created_at"]) == [draft["id"]]
    assert _listed(api, supplier="NONE") == []
    refused(api.get(PATH, status="lost"), 400, "invalid-request")


def test_limited_actors_see_and_change_only_orders_of_their_warehouses(
    api: Api, trade: Trade
) -> None:
    elsewhere = make_warehouse(api)
    limited = api.with_key("manager", [elsewhere["id"]])
    hidden = trade.approved()
    receipt = receive(api, hidden, {"line_id": hidden["lines"][0]["id"], "good": 1})
    own = done(limited.post(PATH, trade.body(warehouse_id=elsewhere["id"])), 201)
    before = everything_about(api, hidden, own)

    assert _listed(limited) == [own["id"]]
    for answer in (
        limited.get(path(hidden)),
        limited.get(path(hidden, "receipts")),
        limited.get(path(hidden, f"receipts/{receipt['id']}")),
        limited.patch(path(hidden), {"notes": "Mine"}),
        *(
            attempt(limited, hidden, action)
            for action in ("submission", "approval", "rejection", "cancellation", "receipts")
        ),
    ):
        refused(answer, 404, "purchase-order-not-found")
    refused(limited.post(PATH, trade.body()), 403, "warehouse-not-allowed")
    there = {"warehouse_id": trade.warehouse["id"]}
    refused(limited.patch(path(own), there), 403, "warehouse-not-allowed")
    assert everything_about(api, hidden, own) == before
    for action in ("submission", "approval", "receipts"):
        act(limited, own, action)


def test_orders_of_another_company_do_not_exist(api: Api, other: Api, trade: Trade) -> None:
    order = trade.approved()
    receipt = receive(api, order, {"line_id": order["lines"][0]["id"], "good": 1})
    before = everything_about(api, order)
    own = make_trade(other).approved()

    assert _listed(other) == [own["id"]]
    for answer in (
        other.get(path(order)),
        other.get(path(order, f"receipts/{receipt['id']}")),
        other.patch(path(order), {"lines": [ordered(trade.first, 1, "1")]}),
        *(
            attempt(other, order, action)
            for action in ("submission", "approval", "rejection", "cancellation", "receipts")
        ),
    ):
        refused(answer, 404, "purchase-order-not-found")
    receipt_of_ours = other.get(path(own, f"receipts/{receipt['id']}"))
    refused(receipt_of_ours, 404, "purchase-receipt-not-found")
    assert everything_about(api, order) == before


def test_receipts_come_in_pages(api: Api, trade: Trade) -> None:
    order = trade.approved()
    line_id = order["lines"][0]["id"]
    made = [receive(api, order, {"line_id": line_id, "good": 1}) for _ in range(3)]

    page = done(api.get(path(order, "receipts"), limit=2))
    rest = done(api.get(path(order, "receipts"), limit=2, cursor=page["next_cursor"]))

    assert [row["id"] for row in page["items"] + rest["items"]] == [row["id"] for row in made]
    names = page["items"][0].keys()
    assert made[0].keys() - names == {"order_number", "order_status", "lines"}
