"""What came: into which stock, at which cost, and what it leaves open."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import new_company
from tests.factories import Api, done, refused
from tests.purchasing.ordering import (
    act,
    attempt,
    came,
    everything_about,
    make_trade,
    ordered,
    path,
    read,
    receive,
    set_rules,
    wrong_status,
)
from tests.scopes import audit_of, in_scope
from tests.stock.reading import findings, held, movements


def _lines(order: Any, *names: str) -> list[tuple[Any, ...]]:
    return [tuple(line[name] for name in names) for line in order["lines"]]


def test_each_delivery_is_split_and_posted(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    answer = attempt(
        api,
        order,
        "receipts",
        {
            "delivery_reference": "DN-7",
            "notes": "Wet",
            "lines": [came(order, 1, good=1.5, damaged=0.5), came(order, 0, good=6, missing=1)],
        },
    )

    receipt = done(answer, 201)
    assert answer.headers["location"] == f"{path(order)}/receipts/{receipt['id']}"
    assert done(api.get(answer.headers["location"])) == receipt
    key = done(api.get("/api/api-keys"))["items"][0]["id"]
    assert receipt == {
        "id": receipt["id"],
        "order_id": order["id"],
        "order_number": order["number"],
        "order_status": "partially_received",
        "posting_id": receipt["posting_id"],
        "delivery_reference": "DN-7",
        "notes": "Wet",
        "received_at": receipt["received_at"],
        "created_at": receipt["created_at"],
        "lead_time_days": 0,
        "user_id": None,
        "api_key_id": key,
        "lines": [
            _receipt_line(order, 0, good=6, damaged=0, missing=1, unit_cost="2.5000"),
            _receipt_line(order, 1, good=1.5, damaged=0.5, missing=0, unit_cost="1.2500"),
        ],
    }
    assert read(api, order)["received_at"] is None


def test_a_delivery_is_one_posting_of_the_order(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    receipt = receive(
        api, order, came(order, 1, good=1.5, damaged=0.5), came(order, 0, good=6, missing=1)
    )

    moved = movements(api)
    assert {movement["posting_id"] for movement in moved} == {receipt["posting_id"]}
    shown = ("product_id", "type", "bucket", "quantity_change", "unit_cost", "reference", "line")
    number = order["number"]
    first, second = trade.first["id"], trade.second["id"]
    assert [tuple(movement[name] for name in shown) for movement in moved] == [
        (second, "purchase", "available", 1.5, "1.2500", number, 1),
        (second, "purchase", "damaged", 0.5, "1.2500", number, 1),
        (first, "purchase", "available", 6, "2.5000", number, 0),
    ]
    assert _document_of(api, receipt["posting_id"]) == ("receipt", "purchase_order", order["id"])
    assert held(api, trade.first, trade.warehouse) == (6, 0, 0, 0)
    assert held(api, trade.second, trade.warehouse) == (1.5, 0, 0.5, 0)
    assert findings(api) == []


def test_deliveries_add_up_until_nothing_is_open(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    receipt = receive(
        api, order, came(order, 1, good=1.5, damaged=0.5), came(order, 0, good=6, missing=1)
    )
    order = read(api, order)
    outcome = ("good", "damaged", "missing", "cancelled", "open_quantity")
    assert _lines(order, *outcome) == [(6, 0, 1, 0, 3), (1.5, 0.5, 0, 0, 2)]
    assert order["received_at"] is None

    second_receipt = receive(api, order)

    assert second_receipt["order_status"] == "received"
    assert [(line["good"], line["missing"]) for line in second_receipt["lines"]] == [(3, 0), (2, 0)]
    order = read(api, order)
    assert _lines(order, *outcome) == [(9, 0, 1, 0, 0), (3.5, 0.5, 0, 0, 0)]
    assert order["received_at"] is not None
    assert [row["id"] for row in done(api.get(path(order, "receipts")))["items"]] == [
        receipt["id"],
        second_receipt["id"],
    ]
    assert [entry[1:] for entry in audit_of(api, "purchase_order")[-2:]] == [
        (
            "received",
            {"status": ["approved", "partially_received"], "receipt_id": [None, receipt["id"]]},
        ),
        (
            "received",
            {
                "status": ["partially_received", "received"],
                "receipt_id": [None, second_receipt["id"]],
            },
        ),
    ]
    assert findings(api) == []


def _receipt_line(order: Any, place: int, **fields: Any) -> Any:
    line = order["lines"][place]
    named = {name: line[name] for name in ("line", "product_id", "sku", "product_name")}
    return {"line_id": line["id"], **named, **fields}


def _document_of(api: Api, posting_id: int) -> tuple[Any, ...]:
    async def find(scope: Any) -> tuple[Any, ...]:
        cursor = await scope.execute(
            "SELECT kind, document_type, document_id FROM stock_postings"
            " WHERE company_id = %s AND id = %s",
            (scope.company_id, posting_id),
        )
        row: tuple[Any, ...] = await cursor.fetchone()
        return row

    return in_scope(api, find)


def test_a_delivery_may_cost_something_else(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    receipt = receive(
        api, order, came(order, 0, good=1, unit_cost="2.99"), came(order, 1, good=1, unit_cost="0")
    )

    assert [line["unit_cost"] for line in receipt["lines"]] == ["2.9900", "0.0000"]
    assert [movement["unit_cost"] for movement in movements(api)] == ["2.9900", "0.0000"]
    assert _lines(read(api, order), "unit_cost") == [("2.5000",), ("1.2500",)]


def test_what_is_only_missing_posts_nothing_and_closes_the_line(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    receipt = receive(api, order, came(order, 0, missing=10), came(order, 1, missing=4))

    assert (receipt["posting_id"], receipt["order_status"]) == (None, "received")
    assert movements(api) == []


@pytest.mark.parametrize(
    ("percent", "good", "fits"),
    [
        (0, 10, True),
        (0, 10.0001, False),
        (5, 10.5, True),
        (5, 10.5001, False),
        (12.5, 11.25, True),
        (12.5, 11.2501, False),
        (100, 20, True),
        (100, 20.0001, False),
    ],
)
def test_more_may_come_up_to_the_companys_percentage(
    api: Api, percent: float, good: float, fits: bool
) -> None:
    set_rules(api, over_receipt_percent=percent)
    trade = make_trade(api)
    order = trade.approved()
    receive(api, order, came(order, 0, good=1, damaged=1, missing=1))
    before = everything_about(api, order)
    body = {"lines": [came(order, 1, good=4), came(order, 0, good=good - 3)]}
    body["lines"][1]["good"] = round(good - 3, 4)

    answer = attempt(api, order, "receipts", body)

    if fits:
        assert done(answer, 201)["order_status"] == "received"
        assert read(api, order)["lines"][0]["open_quantity"] == 0
        return
    problem = refused(answer, 409, "more-than-ordered")
    assert problem["lines"] == [
        {
            "line": 0,
            "line_id": order["lines"][0]["id"],
            "product_id": trade.first["id"],
            "sku": trade.first["sku"],
            "ordered": 10,
            "received_before": 3,
            "requested": round(good - 3, 4),
            "allowed": round(10 * (1 + percent / 100) - 3, 4),
        }
    ]
    assert everything_about(api, order) == before


def test_every_line_that_is_too_much_is_named(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()

    body = {"lines": [came(order, 0, missing=11), came(order, 1, damaged=4.5)]}

    problem = refused(attempt(api, order, "receipts", body), 409, "more-than-ordered")
    assert [(line["line"], line["requested"]) for line in problem["lines"]] == [(0, 11), (1, 4.5)]


def test_malformed_and_foreign_receipts_are_refused_and_change_nothing(
    api: Api, other: Api
) -> None:
    trade = make_trade(api)
    order, another = trade.approved(), trade.approved()
    theirs = make_trade(other).approved()
    before = everything_about(api, order, another)

    def attempted(*lines: Any, **fields: Any) -> Any:
        return attempt(api, order, "receipts", {"lines": list(lines), **fields})

    refused(attempted(), 400, "invalid-request")
    refused(attempted(came(order, 0)), 400, "invalid-request")
    refused(attempted(came(order, 0, good=-1, damaged=2)), 400, "invalid-request")
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    refused(attempted(came(order, 0, good=1), received_at=tomorrow), 400, "invalid-request")
    problem = refused(
        attempted(came(order, 0, good=1), came(order, 1, good=1), came(order, 0, damaged=1)),
        400,
        "invalid-request",
    )
    assert [error["pointer"] for error in problem["errors"]] == ["/lines/2/line_id"]
    problem = refused(
        attempted(came(another, 0, good=1), came(order, 1, good=1), came(theirs, 0, good=1)),
        404,
        "document-lines-not-found",
    )
    assert problem["lines"] == [
        {"line": 0, "line_id": another["lines"][0]["id"]},
        {"line": 2, "line_id": theirs["lines"][0]["id"]},
    ]
    viewer = api.with_key("viewer")
    refused(attempt(viewer, order, "receipts"), 403, "forbidden")
    assert everything_about(api, order, another) == before


def test_a_retired_warehouse_takes_no_delivery(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    done(api.patch(f"/api/warehouses/{trade.warehouse['id']}", {"active": False}))
    before = everything_about(api, order)

    refused(attempt(api, order, "receipts"), 409, "levels-closed")

    assert everything_about(api, order) == before


def test_what_does_not_come_any_more_is_closed(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    receive(api, order, came(order, 0, good=4, damaged=1))

    closed = act(api, order, "cancellation")

    assert (closed["status"], closed["cancellation_reason"]) == ("received", "Not needed")
    assert closed["received_at"] is not None
    assert _lines(closed, "good", "damaged", "cancelled", "open_quantity") == [
        (4, 1, 5, 0),
        (0, 0, 4, 0),
    ]
    wrong_status(attempt(api, order, "receipts"), "received", "approved", "partially_received")
    assert held(api, trade.first, trade.warehouse) == (4, 0, 1, 0)


def test_the_lead_time_is_counted_in_days_of_the_company(api: Api) -> None:
    far = new_company(api.http, timezone="Pacific/Kiritimati")
    trade = make_trade(far)
    order = trade.approved(ordered(trade.first, 10, "1"))

    def lead_time(moment: datetime | None) -> Any:
        when = {} if moment is None else {"received_at": moment.isoformat()}
        receipt = receive(far, order, came(order, 0, good=1), **when)
        return receipt["lead_time_days"]

    assert lead_time(None) == 0
    # 14 hours ahead of UTC: a day begins there at 10 in the morning of the day before
    _approve_at(far, order, datetime(2026, 1, 10, 9, 59, tzinfo=UTC))
    assert lead_time(datetime(2026, 1, 10, 10, 0, tzinfo=UTC)) == 1
    assert lead_time(datetime(2026, 1, 24, 9, 59, tzinfo=UTC)) == 14
    assert lead_time(datetime(2026, 1, 24, 10, 0, tzinfo=UTC)) == 15
    assert lead_time(datetime(2026, 1, 9, 0, 0, tzinfo=UTC)) is None
    moved = [movement["occurred_at"] for movement in movements(far)]
    assert "2026-01-24T09:59:00Z" in moved


def _approve_at(api: Api, order: Any, moment: datetime) -> None:
    async def write(scope: Any) -> None:
        await scope.execute(
            "UPDATE purchase_orders SET approved_at = %s WHERE company_id = %s AND id = %s",
            (moment, scope.company_id, order["id"]),
        )

    in_scope(api, write)


def test_a_retry_receives_once(api: Api) -> None:
    trade = make_trade(api)
    order = trade.approved()
    body = {"lines": [came(order, 0, good=2)]}

    first = attempt(api, order, "receipts", body, Idempotency_Key="one")
    second = attempt(api, order, "receipts", body, Idempotency_Key="one")

    assert first.content == second.content
    assert held(api, trade.first, trade.warehouse) == (2, 0, 0, 0)
    assert len(done(api.get(path(order, "receipts")))["items"]) == 1
