"""Shipping and cancelling, and what every action says in every status."""

from datetime import UTC, datetime
from typing import Any

import pytest

from stockflow.sales.commands import SalesOrderStatus
from tests.factories import Api, done, line, make_product, make_warehouse, move, refused
from tests.sales.ordering import (
    all_of,
    confirm,
    confirmed,
    draft,
    path,
    quantities,
    read,
    ship,
    stocked,
    wants,
)
from tests.scopes import audit_of
from tests.stock.reading import everything, findings, held, level, movements


def test_partial_shipments_take_from_what_is_reserved(api: Api) -> None:
    (lamp, desk), (here, there) = stocked(api, [3, 9], [9, 0])
    order = confirmed(
        api, wants(lamp, 5, unit_price="10", discount_percent=5), wants(desk, 2),
        wants(lamp, 3, warehouse_id=here["id"]),
    )  # fmt: skip
    lamps, _, own = order["lines"]

    answer = api.post(
        path(order, "shipments"),
        {
            "lines": [
                {"line_id": lamps["id"], "quantity": 1},
                {"line_id": lamps["id"], "quantity": 2, "warehouse": there["code"]},
                {"line_id": own["id"], "quantity": 0.5},
            ],
            "carrier": "DHL",
            "tracking": "JD 1",
            "notes": "Two parcels.",
        },
        If_Match='"2"',
    )

    first = done(answer, 201)
    assert answer.headers["location"] == path(order, f"shipments/{first['id']}")
    assert (first["carrier"], first["tracking"], first["notes"]) == ("DHL", "JD 1", "Two parcels.")
    shown = ("line", "line_id", "product_id", "sku", "warehouse_code", "quantity")
    assert [tuple(one[name] for name in shown) for one in first["lines"]] == [
        (0, lamps["id"], lamp["id"], lamp["sku"], there["code"], 3),
        (2, own["id"], lamp["id"], lamp["sku"], here["code"], 0.5),
    ]
    assert done(api.get(answer.headers["location"])) == first
    found = movements(api, posting_id=first["posting_id"])
    told = ("type", "bucket", "quantity_change", "unit_price", "reference")
    assert [(one["warehouse_id"], *(one[name] for name in told)) for one in found] == [
        (there["id"], "sale", "reserved", -3, "9.5000", order["number"]),
        (here["id"], "sale", "reserved", -0.5, "9.9900", order["number"]),
    ]
    after = read(api, order)
    assert (after["status"], after["version"]) == ("partially_shipped", 3)
    assert quantities(after) == [(2, 0, 3, 0), (2, 0, 0, 0), (2.5, 0, 0.5, 0)]
    assert held(api, lamp, there) == (4, 2, 0, 0)

    second = ship(api, order, warehouse_id=here["id"])
    assert [(one["line"], one["quantity"]) for one in second["lines"]] == [(1, 2), (2, 2.5)]
    third = ship(api, order)
    assert [(one["line"], one["quantity"]) for one in third["lines"]] == [(0, 2)]
    after = read(api, order)
    assert (after["status"], after["version"]) == ("shipped", 5)
    assert quantities(after) == [(0, 0, 5, 0), (0, 0, 2, 0), (0, 0, 3, 0)]
    assert everything(api, path(order, "shipments"), limit=2) == [
        {name: value for name, value in one.items() if name != "lines"}
        for one in (first, second, third)
    ]
    assert [action for _, action, _ in audit_of(api, "sales_order")] == [
        "created", "confirmed", "shipped", "shipped", "shipped",
    ]  # fmt: skip
    assert level(api, desk, here)["on_hand"] == 7
    assert findings(api) == []
    refused(api.get(path(order, "shipments/999999")), 404, "shipment-not-found")


def test_what_is_shipped_counts_as_sold_and_leaves_at_cost(api: Api) -> None:
    lamp, here = make_product(api, low_stock_threshold=100), make_warehouse(api)
    move(api, line(lamp, here, "purchase", 10, unit_cost="4"))
    order = confirmed(api, wants(lamp, 6))
    alerts = f"/api/companies/{api.company_id}/alerts/low-stock"
    assert done(api.get(alerts))["alerts"] == []

    shipment = ship(api, order)

    (alert,) = done(api.get(alerts))["alerts"]
    assert (alert["current_stock"], alert["avg_daily_sales"]) == (4, 0.2)
    (sale,) = movements(api, posting_id=shipment["posting_id"])
    assert sale["value_change"] == "-24.0000"
    assert findings(api) == []


def test_more_than_reserved_is_refused_by_line_and_changes_nothing(api: Api, other: Api) -> None:
    (lamp, desk), (here, there) = stocked(api, [9, 9], [9, 9])
    order = confirm(
        api,
        draft(api, wants(lamp, 5), wants(desk, 2, warehouse_id=there["id"])),
        warehouses=[here["id"]],
    )
    lamps, desks = (one["id"] for one in order["lines"])
    before = all_of(api, order)

    def bad(status: int, code: str, *lines: Any, **body: Any) -> Any:
        if lines:
            body["lines"] = [{"line_id": one[0], "quantity": one[1], **one[2]} for one in lines]
        return refused(api.post(path(order, "shipments"), body), status, code)

    problem = bad(409, "more-than-reserved", (lamps, 4, {}), (lamps, 2, {}), (desks, 1, {}))
    assert problem["lines"] == [
        {
            "line": 0, "line_id": lamps, "product_id": lamp["id"], "sku": lamp["sku"],
            "requested": 6, "reserved": 5, "backordered": 0, "expired": 0,
        }
    ]  # fmt: skip
    problem = bad(
        409, "more-than-reserved", (lamps, 1, {"warehouse": there["code"]}), (desks, 3, {})
    )
    assert [(one["requested"], one["reserved"]) for one in problem["lines"]] == [(1, 5), (3, 2)]
    bad(404, "document-lines-not-found", (lamps, 1, {}), (999_999, 1, {}))
    bad(404, "warehouse-not-found", warehouse="NONE")
    bad(404, "warehouse-not-found", (lamps, 1, {"warehouse_id": make_warehouse(other)["id"]}))
    bad(409, "more-than-reserved", warehouse=make_warehouse(api)["code"])
    bad(400, "invalid-request", (lamps, 0, {}))
    bad(400, "invalid-request", lines=[])
    stale = api.post(path(order, "shipments"), {}, If_Match='"1"')
    refused(stale, 412, "stale-version")
    refused(api.with_key("viewer").post(path(order, "shipments")), 403, "forbidden")
    assert all_of(api, order) == before

    # what was promised leaves a warehouse that was retired since
    done(api.patch(f"/api/warehouses/{here['id']}", {"active": False}))
    ship(api, order)
    assert read(api, order)["status"] == "shipped"


def test_cancelling_releases_what_is_reserved(api: Api) -> None:
    (lamp,), (here, there) = stocked(api, [4, 4])
    order = confirmed(api, wants(lamp, 6), wants(lamp, 1))
    assert held(api, lamp, here)[1] + held(api, lamp, there)[1] == 7

    after = done(api.post(path(order, "cancellation"), {"reason": "Changed her mind."}))

    assert (after["status"], after["cancellation_reason"]) == ("cancelled", "Changed her mind.")
    assert quantities(after) == [(0, 0, 0, 6), (0, 0, 0, 1)]
    assert held(api, lamp, here) == held(api, lamp, there) == (4, 0, 0, 0)
    released = movements(api, type="release")
    assert {one["reason"] for one in released} == {"Changed her mind."}
    assert audit_of(api, "sales_order")[-1][1:] == (
        "cancelled",
        {"status": ["confirmed", "cancelled"], "cancellation_reason": [None, "Changed her mind."]},
    )
    assert findings(api) == []


_ACTIONS = {
    "change": ("PATCH", "", {"lines": [{"sku": "LAMP", "quantity": 2}]}),
    "annotate": ("PATCH", "", {"notes": "New."}),
    "confirm": ("POST", "confirmation", {}),
    "reserve": ("POST", "reservation", {}),
    "ship": ("POST", "shipments", {}),
    "cancel": ("POST", "cancellation", {}),
}
_ALLOWED = {
    "draft": {"change", "annotate", "confirm", "cancel"},
    "confirmed": {"annotate", "reserve", "ship", "cancel"},
    "partially_shipped": {"annotate", "reserve", "ship", "cancel"},
    "shipped": set(),
    "returned": set(),
    "cancelled": set(),
}


def _in_status(api: Api, product: Any, status: str) -> Any:
    order = draft(api, wants(product, 4))
    match status:
        case "confirmed":
            confirm(api, order)
        case "partially_shipped":
            ship(api, confirm(api, order), (0, 1))
        case "shipped":
            ship(api, confirm(api, order))
        case "returned":
            ship(api, confirm(api, order))
            back = {"line_id": order["lines"][0]["id"], "good": 4}
            done(api.post(path(order, "returns"), {"lines": [back]}), 201)
        case "cancelled":
            done(api.post(path(order, "cancellation")))
    found = read(api, order)
    assert found["status"] == status
    return found


@pytest.mark.parametrize("status", list(SalesOrderStatus))
def test_each_status_allows_some_actions_and_refuses_the_others(
    api: Api, status: SalesOrderStatus
) -> None:
    lamp, here = make_product(api, sku="LAMP"), make_warehouse(api)
    move(api, line(lamp, here, "purchase", 100))
    barred = _in_status(api, lamp, status)
    for action, (method, place, body) in _ACTIONS.items():
        if action in _ALLOWED[status]:
            order = _in_status(api, lamp, status)
            answer = api.request(method, path(order, place), json=body)
            assert answer.status_code in (200, 201), (action, answer.text)
        else:
            before = all_of(api, barred)
            problem = refused(
                api.request(method, path(barred, place), json=body), 409, "wrong-status"
            )
            assert (problem["current_status"], problem["action"]) == (status, action)
            assert all_of(api, barred) == before
    assert findings(api) == []


def test_a_repeated_request_ships_once(api: Api) -> None:
    (lamp,), (here,) = stocked(api, [5])
    order = confirmed(api, wants(lamp, 4))
    body = {"lines": [{"line_id": order["lines"][0]["id"], "quantity": 1}]}
    before = datetime.now(UTC)

    answers = [api.post(path(order, "shipments"), body, Idempotency_Key="a") for _ in range(3)]

    assert [answer.status_code for answer in answers] == [201] * 3
    assert len({answer.content for answer in answers}) == 1
    assert datetime.fromisoformat(answers[0].json()["shipped_at"]) >= before
    assert held(api, lamp, here) == (1, 3, 0, 0)
