"""Shipping, receiving and cancelling: what becomes of stock, documents and the ledger."""

from typing import Any

import pytest

from stockflow.stock.documents import CancelDocument
from stockflow.transfers import operations
from stockflow.transfers.commands import CreateTransfer, ReceiveTransfer, ShipTransfer
from tests.factories import Api, done, line, make_product, move, refused
from tests.scopes import audit_of, run
from tests.stock.reading import everything, findings, held, movements
from tests.transfers.journeys import (
    at,
    body_of,
    everything_of,
    make_transfer,
    quantities,
    received,
    shipped,
    stocked,
)


def _moved(api: Api, posting_id: int) -> list[tuple[Any, ...]]:
    names = ("line", "warehouse_id", "type", "bucket", "quantity_change", "reason", "reference")
    return [tuple(row[n] for n in names) for row in movements(api, posting_id=posting_id)]


def test_what_is_shipped_is_in_transit(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    made = make_transfer(api, here, there, (first, 6), (second, 5))
    number = made["number"]

    gone = shipped(api, made)

    assert (gone["status"], gone["version"]) == ("in_transit", 2)
    assert gone["shipped_at"] is not None
    assert quantities(gone) == [(6, 6, 0, 0, 0, 0), (5, 5, 0, 0, 0, 0)]
    assert held(api, first, here) == (4, 0, 0, 0)
    assert held(api, first, there) == (0, 0, 0, 6)
    assert held(api, second, here) == (0, 0, 0, 0)
    assert held(api, second, there) == (0, 0, 0, 5)
    assert _moved(api, gone["shipment_posting_id"]) == [
        (0, here["id"], "transfer_out", "available", -6, None, number),
        (0, there["id"], "transfer_in", "in_transit", 6, None, number),
        (1, here["id"], "transfer_out", "available", -5, None, number),
        (1, there["id"], "transfer_in", "in_transit", 5, None, number),
    ]
    assert findings(api) == []


def test_a_part_arrives_good_or_damaged_and_the_rest_stays_in_transit(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    made = make_transfer(api, here, there, (first, 6), (second, 5))
    number = made["number"]
    gone = shipped(api, made)

    answer = api.post(at(made, "receipts"), received(gone, (0, 3, 2, 0)), If_Match='"2"')

    receipt = done(answer, 201)
    assert receipt == {
        "id": receipt["id"],
        "transfer_id": made["id"],
        "received_at": receipt["received_at"],
        "notes": None,
        "posting_id": receipt["posting_id"],
        "good": 3,
        "damaged": 2,
        "missing": 0,
        "transfer_status": "in_transit",
        "version": 3,
        "lines": [
            {
                "line_id": gone["lines"][0]["id"],
                "line": 0,
                "product_id": first["id"],
                "sku": first["sku"],
                "product_name": first["name"],
                "good": 3,
                "damaged": 2,
                "missing": 0,
                "reason": "dropped",
            }
        ],
    }
    assert answer.headers["location"] == at(made, f"receipts/{receipt['id']}")
    assert answer.headers["etag"] == '"3"'
    assert done(api.get(answer.headers["location"])) == receipt
    assert held(api, first, there) == (3, 0, 2, 1)
    assert _moved(api, receipt["posting_id"]) == [
        (0, there["id"], "transfer_in", "in_transit", -3, None, number),
        (0, there["id"], "transfer_in", "available", 3, None, number),
        (0, there["id"], "transfer_in", "in_transit", -2, "dropped", number),
        (0, there["id"], "transfer_in", "damaged", 2, "dropped", number),
    ]
    assert findings(api) == []


def test_a_transfer_is_completed_when_nothing_is_in_transit_any_more(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    made = make_transfer(api, here, there, (first, 6), (second, 5))
    gone = shipped(api, made)
    receipt = done(api.post(at(made, "receipts"), received(gone, (0, 3, 2, 0))), 201)

    last = {**received(gone, (1, 4, 0, 1), (0, 1, 0, 0)), "notes": "Second van"}
    final = done(api.post(at(made, "receipts"), last), 201)

    assert (final["transfer_status"], final["notes"]) == ("completed", "Second van")
    assert [row["line"] for row in final["lines"]] == [0, 1]
    assert held(api, first, there) == (4, 0, 2, 0)
    assert held(api, second, there) == (4, 0, 0, 0)
    end = done(api.get(at(made)))
    assert (end["status"], end["version"]) == ("completed", 4)
    assert end["completed_at"] is not None
    assert quantities(end) == [(6, 0, 4, 2, 0, 0), (5, 0, 4, 0, 1, 0)]
    totals = ("quantity", "shipped", "in_transit", "good", "damaged", "missing", "returned")
    assert [end[name] for name in totals] == [11, 11, 0, 8, 2, 1, 0]
    listed = everything(api, at(made, "receipts"))
    names = ("id", "good", "damaged", "missing", "notes")
    assert [tuple(row[n] for n in names) for row in listed] == [
        (receipt["id"], 3, 2, 0, None),
        (final["id"], 5, 0, 1, "Second van"),
    ]
    assert audit_of(api, "transfer")[1:] == [
        (
            made["id"],
            "shipped",
            {
                "status": ["pending", "in_transit"],
                "posting_id": [None, gone["shipment_posting_id"]],
            },
        ),
        (made["id"], "received", {"posting_id": [None, receipt["posting_id"]]}),
        (
            made["id"],
            "received",
            {"status": ["in_transit", "completed"], "posting_id": [None, final["posting_id"]]},
        ),
    ]
    assert findings(api) == []
    alerts = done(api.get(f"/api/companies/{api.company_id}/alerts/low-stock"))
    assert alerts["alerts"] == []  # transfers are no demand


def test_less_may_be_shipped_than_was_asked(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    made = make_transfer(api, here, there, (first, 6), (second, 5))
    only = {"lines": [{"line_id": made["lines"][0]["id"], "quantity": 2}]}

    gone = done(api.post(at(made, "shipment"), only))

    assert quantities(gone) == [(2, 2, 0, 0, 0, 0), (0, 0, 0, 0, 0, 0)]
    receipt = done(api.post(at(made, "receipts")), 201)
    assert receipt["transfer_status"] == "completed"
    assert [(row["line"], row["good"]) for row in receipt["lines"]] == [(0, 2)]
    assert held(api, first, there) == (2, 0, 0, 0)
    assert held(api, second, here) == (5, 0, 0, 0)


def test_wrong_shipments_change_nothing(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    free = make_product(api, allow_backorders=True)
    made = make_transfer(api, here, there, (first, 9), (second, 5), (second, 1), (free, 1))
    ids = [row["id"] for row in made["lines"]]
    elsewhere = make_transfer(api, here, there, (first, 1))
    before = everything_of(api)

    def ship(*lines: tuple[int, float]) -> Any:
        given = [{"line_id": id_, "quantity": quantity} for id_, quantity in lines]
        return api.post(at(made, "shipment"), {"lines": given})

    problem = refused(ship((ids[0], 9.5), (ids[1], 5)), 409, "more-than-asked")
    facts = {"line": 0, "line_id": ids[0], "product_id": first["id"], "sku": first["sku"]}
    assert problem["lines"] == [{**facts, "requested": 9.5, "allowed": 9}]
    foreign = elsewhere["lines"][0]["id"]
    problem = refused(ship((ids[0], 1), (foreign, 1)), 404, "document-lines-not-found")
    assert problem["lines"] == [{"line": 1, "line_id": foreign}]
    refused(ship((ids[0], 1), (ids[0], 1)), 400, "invalid-request")
    refused(ship((ids[0], 0)), 400, "invalid-request")
    refused(ship(), 400, "invalid-request")
    problem = refused(api.post(at(made, "shipment")), 409, "insufficient-stock")
    assert [
        (row["line"], row["warehouse_id"], row["requested"], row["available"])
        for row in problem["lines"]
    ] == [(2, here["id"], 1, 0), (3, here["id"], 1, 0)]
    refused(api.post(at(made, "shipment"), None, If_Match='"2"'), 412, "stale-version")
    refused(api.with_key("viewer").post(at(made, "shipment")), 403, "forbidden")
    assert everything_of(api) == before
    assert held(api, first, here) == (10, 0, 0, 0)


def test_wrong_receipts_change_nothing(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    made = shipped(api, make_transfer(api, here, there, (first, 9), (second, 5)))
    path = at(made, "receipts")
    first_receipt = done(api.post(path, received(made, (0, 4, 0, 0))), 201)
    elsewhere = shipped(api, make_transfer(api, here, there, (first, 1)))
    ids = [row["id"] for row in made["lines"]]
    before = everything_of(api)

    problem = refused(
        api.post(path, received(made, (0, 3, 2, 1), (1, 5, 0, 0))),
        409,
        "more-than-in-transit",
    )
    facts = {"line": 0, "line_id": ids[0], "product_id": first["id"], "sku": first["sku"]}
    assert problem["lines"] == [{**facts, "requested": 6, "allowed": 5}]
    refused(api.post(path, received(elsewhere, (0, 1, 0, 0))), 404, "document-lines-not-found")
    for wrong in (
        {"line_id": ids[0]},
        {"line_id": ids[0], "good": 0},
        {"line_id": ids[0], "good": -1},
        {"line_id": ids[0], "damaged": 1},
        {"line_id": ids[0], "missing": 1, "reason": " "},
        {"line_id": ids[0], "lost": 1},
    ):
        refused(api.post(path, {"lines": [wrong]}), 400, "invalid-request")
    twice = [{"line_id": ids[0], "good": 1}] * 2
    refused(api.post(path, {"lines": twice}), 400, "invalid-request")
    refused(api.post(path, None, If_Match='"2"'), 412, "stale-version")
    refused(api.get(f"{path}/{first_receipt['id'] + 999}"), 404, "transfer-receipt-not-found")
    refused(
        api.get(at(elsewhere, f"receipts/{first_receipt['id']}")), 404, "transfer-receipt-not-found"
    )
    assert everything_of(api) == before
    assert len(everything(api, path)) == 1


def test_a_cancelled_transfer_comes_back(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    pending = make_transfer(api, here, there, (product, 1))
    gone = shipped(api, make_transfer(api, here, there, (product, 4)))
    part = shipped(api, make_transfer(api, here, there, (product, 5)))
    done(api.post(at(part, "receipts"), received(part, (0, 1, 0, 1))), 201)

    first = done(api.post(at(pending, "cancellation")))
    second = done(api.post(at(gone, "cancellation"), {"reason": "Van broke down"}))
    third = done(api.post(at(part, "cancellation"), {"reason": "Turned back"}, If_Match='"3"'))

    names = ("status", "cancellation_reason", "version")
    assert [tuple(one[n] for n in names) for one in (first, second, third)] == [
        ("cancelled", None, 2),
        ("cancelled", "Van broke down", 3),
        ("completed", "Turned back", 4),
    ]
    assert first["cancellation_posting_id"] is None
    assert [one["completed_at"] is None for one in (first, second, third)] == [True, True, False]
    assert None not in [one["cancelled_at"] for one in (first, second, third)]
    assert quantities(second) == [(4, 0, 0, 0, 0, 4)]
    assert quantities(third) == [(5, 0, 1, 0, 1, 3)]
    assert _moved(api, third["cancellation_posting_id"]) == [
        (0, there["id"], "transfer_in", "in_transit", -3, "Turned back", part["number"]),
        (0, here["id"], "transfer_out", "available", 3, "Turned back", part["number"]),
    ]
    assert held(api, product, here) == (8, 0, 0, 0)
    assert held(api, product, there) == (1, 0, 0, 0)
    assert audit_of(api, "transfer")[-1] == (
        part["id"],
        "cancelled",
        {
            "status": ["in_transit", "completed"],
            "posting_id": [None, third["cancellation_posting_id"]],
            "reason": [None, "Turned back"],
        },
    )
    assert findings(api) == []


def test_value_travels_with_the_stock(api: Api) -> None:
    """10 at 2 and 10 at 4 are worth 3 each; 6 of them meet 2 that are worth 7 each."""
    (product,), here, there = stocked(api, 10)
    move(api, line(product, here, "purchase", 10, unit_cost="4"))
    move(api, line(product, there, "purchase", 2, unit_cost="7"))
    made = shipped(api, make_transfer(api, here, there, (product, 8)))
    done(api.post(at(made, "receipts"), received(made, (0, 5, 1, 1))), 201)

    async def values(scope: Any) -> Any:
        cursor = await scope.execute(
            "SELECT value, transit_value, average_cost FROM stock_levels"
            " WHERE company_id = %s ORDER BY warehouse_id",
            (scope.company_id,),
        )
        return await cursor.fetchall()

    assert run(api, values).result == [(36, 0, 3), (32, 3, 4)]
    done(api.post(at(made, "cancellation")))
    assert run(api, values).result == [(39, 0, 3), (32, 0, 4)]
    assert findings(api) == []


def test_inactive_warehouses_may_be_emptied_but_take_nothing(api: Api) -> None:
    (product,), here, there = stocked(api, 10)

    def active(warehouse: Any, value: bool) -> None:
        done(api.patch(f"/api/warehouses/{warehouse['id']}", {"active": value}))

    made = make_transfer(api, here, there, (product, 6))
    active(there, False)
    before = everything_of(api)
    refused(api.post(at(made, "shipment")), 409, "warehouse-inactive")
    assert everything_of(api) == before
    assert done(api.patch(at(made), {"notes": "Waits"}))["notes"] == "Waits"
    active(there, True)
    active(here, False)
    made = shipped(api, made)
    assert held(api, product, here) == (4, 0, 0, 0)
    active(there, False)
    before = everything_of(api)
    refused(api.post(at(made, "receipts")), 409, "warehouse-inactive")
    refused(api.post(at(made, "receipts"), received(made, (0, 0, 1, 0))), 409, "warehouse-inactive")
    refused(api.post(at(made, "cancellation")), 409, "warehouse-inactive")
    assert everything_of(api) == before
    done(api.post(at(made, "receipts"), received(made, (0, 0, 0, 2))), 201)
    active(here, True)
    end = done(api.post(at(made, "cancellation")))
    assert (end["status"], quantities(end)) == ("completed", [(6, 0, 0, 0, 2, 4)])
    assert held(api, product, here) == (8, 0, 0, 0)
    assert findings(api) == []


_ACTIONS = {
    "change": ("PATCH", "", {"notes": "Other"}, 200),
    "ship": ("POST", "shipment", None, 200),
    "receive": ("POST", "receipts", None, 201),
    "cancel": ("POST", "cancellation", None, 200),
}
_ALLOWED = {
    "pending": {"change", "ship", "cancel"},
    "in_transit": {"receive", "cancel"},
    "completed": set[str](),
    "cancelled": set[str](),
}


@pytest.mark.parametrize("status", _ALLOWED)
def test_every_action_in_every_status(api: Api, status: str) -> None:
    (product,), here, there = stocked(api, 100)

    def make() -> Any:
        made = make_transfer(api, here, there, (product, 1))
        if status in {"in_transit", "completed"}:
            shipped(api, made)
        if status == "completed":
            done(api.post(at(made, "receipts")), 201)
        if status == "cancelled":
            done(api.post(at(made, "cancellation")))
        return done(api.get(at(made)))

    for action, (method, place, body, success) in _ACTIONS.items():
        transfer = make()
        assert transfer["status"] == status
        before = everything_of(api)
        answer = api.request(method, at(transfer, place), json=body)
        if action in _ALLOWED[status]:
            done(answer, success)
        else:
            problem = refused(answer, 409, "wrong-status")
            assert (problem["current_status"], problem["action"]) == (status, action)
            assert problem["allowed_in"] == sorted(
                s for s, some in _ALLOWED.items() if action in some
            )
            assert everything_of(api) == before


def test_the_number_of_statements_does_not_depend_on_the_lines(api: Api) -> None:
    products, here, there = stocked(api, *[10] * 60)
    counts = []
    for some in (products[:2], products):
        for _ in range(2):  # the second time round, no level is new
            command = CreateTransfer.model_validate(
                body_of(here, there, *[(product, 2) for product in some])
            )
            ran = [run(api, operations.create_transfer, command)]
            transfer = ran[0].result
            ran.append(run(api, operations.ship_transfer, transfer.id, ShipTransfer(), None))
            arrived = {
                "lines": [
                    {"line_id": row.id, "good": 0.5, "damaged": 0.5, "missing": 0.5, "reason": "R"}
                    for row in transfer.lines
                ]
            }
            delivery = ReceiveTransfer.model_validate(arrived)
            ran.append(run(api, operations.receive_transfer, transfer.id, delivery, None))
            ran.append(run(api, operations.cancel_transfer, transfer.id, CancelDocument(), None))
        counts.append([one.statements for one in ran])

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 12
    assert findings(api) == []
