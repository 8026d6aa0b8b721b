"""Planning transfers: creating, reading, listing and changing them while they are pending."""

from typing import Any

import pytest
from httpx2 import Response

from tests.factories import Api, done, make_bundle, make_product, make_warehouse, refused
from tests.scopes import archive, audit_of
from tests.stock.reading import everything, picture
from tests.transfers.journeys import (
    PATH,
    at,
    body_of,
    everything_of,
    make_transfer,
    shipped,
    stocked,
)


def _plan(api: Api, here: Any, there: Any, first: Any, second: Any) -> Response:
    return api.post(
        PATH,
        {
            "from_warehouse": here["code"].lower(),
            "to_warehouse_id": there["id"],
            "expected_date": "2026-12-24",
            "notes": "Fragile.\nUse the ramp.",
            "lines": [
                {"sku": second["sku"], "quantity": 2.5},
                {"product_id": first["id"], "quantity": 4},
                {"product_id": first["id"], "quantity": 1},
            ],
        },
    )


def test_what_is_given_is_kept_and_no_stock_moves(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    before = picture(api)

    answer = _plan(api, here, there, first, second)

    made = done(answer, 201)
    nothing = {"shipped": 0, "in_transit": 0, "good": 0, "damaged": 0, "missing": 0, "returned": 0}
    year = made["created_at"][:4]
    assert made == {
        "id": made["id"],
        "number": f"TR-{year}-00001",
        "status": "pending",
        "from_warehouse_id": here["id"],
        "from_warehouse_code": here["code"],
        "from_warehouse_name": here["name"],
        "to_warehouse_id": there["id"],
        "to_warehouse_code": there["code"],
        "to_warehouse_name": there["name"],
        "expected_date": "2026-12-24",
        "notes": "Fragile.\nUse the ramp.",
        "line_count": 3,
        "quantity": 7.5,
        **nothing,
        "shipment_posting_id": None,
        "cancellation_posting_id": None,
        "cancellation_reason": None,
        "created_at": made["created_at"],
        "updated_at": made["created_at"],
        "shipped_at": None,
        "completed_at": None,
        "cancelled_at": None,
        "version": 1,
        "lines": [
            {
                "id": made["lines"][place]["id"],
                "line": place,
                "product_id": product["id"],
                "sku": product["sku"],
                "product_name": product["name"],
                "quantity": quantity,
                **nothing,
            }
            for place, (product, quantity) in enumerate([(second, 2.5), (first, 4), (first, 1)])
        ],
    }
    assert answer.headers["location"] == at(made)
    assert answer.headers["etag"] == '"1"'
    assert done(api.get(at(made))) == made
    assert picture(api) == before


def test_a_planned_transfer_is_audited(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)

    made = done(_plan(api, here, there, first, second), 201)

    changes = {
        "number": [None, made["number"]],
        "from_warehouse_id": [None, here["id"]],
        "to_warehouse_id": [None, there["id"]],
        "expected_date": [None, "2026-12-24"],
        "notes": [None, "Fragile.\nUse the ramp."],
        "lines": [None, [[second["id"], "2.5"], [first["id"], "4"], [first["id"], "1"]]],
    }
    assert audit_of(api, "transfer") == [(made["id"], "created", changes)]


def test_a_transfer_is_created_once_under_one_key(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    body = body_of(here, there, (product, 1))

    first = api.post(PATH, body, Idempotency_Key="one")
    second = api.post(PATH, body, Idempotency_Key="one")

    assert (first.status_code, first.content) == (201, second.content)
    assert len(everything(api, PATH)) == 1


@pytest.mark.parametrize(
    ("fields", "pointer"),
    [
        ({"lines": []}, "/lines"),
        ({"lines": [{"product_id": 1, "quantity": 0}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": 1, "quantity": -1}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": 1, "quantity": 0.00001}]}, "/lines/0/quantity"),
        ({"lines": [{"product_id": 1, "sku": "A", "quantity": 1}]}, "/lines/0"),
        ({"lines": [{"quantity": 1}]}, "/lines/0"),
        ({"lines": [{"product_id": 1, "quantity": 1, "price": 1}]}, "/lines/0/price"),
        ({"from_warehouse": "A"}, ""),
        ({"to_warehouse_id": None}, ""),
        ({"expected_date": "tomorrow"}, "/expected_date"),
        ({"notes": "A\x00B"}, "/notes"),
        ({"status": "completed"}, "/status"),
    ],
)
def test_wrong_input_is_refused(api: Api, fields: dict[str, Any], pointer: str) -> None:
    body = {
        "from_warehouse_id": 1,
        "to_warehouse_id": 2,
        "lines": [{"product_id": 1, "quantity": 1}],
    }

    problem = refused(api.post(PATH, {**body, **fields}), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_what_cannot_be_transferred_is_refused(api: Api, other: Api) -> None:
    (product, gone), here, there = stocked(api, 10, 1)
    archive(api, gone["id"])
    bundle = make_bundle(api, (product, 1))
    retired = make_warehouse(api, active=False)
    theirs, foreign = make_warehouse(other), make_product(other)
    before = everything_of(api)

    same = {**body_of(here, here, (product, 1))}
    refused(api.post(PATH, same), 400, "same-warehouse")
    by_code = {"from_warehouse": here["code"], "to_warehouse_id": here["id"]}
    refused(api.post(PATH, {**by_code, "lines": same["lines"]}), 400, "same-warehouse")
    refused(api.post(PATH, body_of(here, theirs, (product, 1))), 404, "warehouse-not-found")
    refused(api.post(PATH, body_of(theirs, here, (product, 1))), 404, "warehouse-not-found")
    refused(api.post(PATH, body_of(here, retired, (product, 1))), 409, "warehouse-inactive")
    unknown = body_of(here, there, (product, 1), (foreign, 1), (gone, 1))
    problem = refused(api.post(PATH, unknown), 404, "line-targets-not-found")
    assert [(row["line"], row["code"]) for row in problem["lines"]] == [
        (1, "product-not-found"),
        (2, "product-archived"),
    ]
    unfit = body_of(here, there, (gone, 1), (product, 1), (bundle, 1))
    problem = refused(api.post(PATH, unfit), 409, "lines-refused")
    assert [(row["line"], row["code"]) for row in problem["lines"]] == [
        (0, "product-archived"),
        (2, "bundle-has-no-stock"),
    ]
    refused(api.with_key("viewer").post(PATH, body_of(here, there, (product, 1))), 403, "forbidden")
    assert everything_of(api) == before
    assert everything(other, PATH) == []


def test_a_pending_transfer_is_changed(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 5)
    third = make_warehouse(api)
    made = make_transfer(api, here, there, (first, 4), notes="Old", expected_date="2026-01-01")

    answer = api.patch(
        at(made),
        {
            "to_warehouse": third["code"],
            "notes": None,
            "lines": [{"sku": second["sku"], "quantity": 2}],
        },
        If_Match='"1"',
    )

    changed = done(answer)
    assert changed["to_warehouse_id"] == third["id"]
    assert (changed["notes"], changed["expected_date"]) == (None, "2026-01-01")
    assert [(row["line"], row["product_id"], row["quantity"]) for row in changed["lines"]] == [
        (0, second["id"], 2)
    ]
    assert (changed["version"], answer.headers["etag"]) == (2, '"2"')
    assert done(api.get(at(made))) == changed
    assert audit_of(api, "transfer")[1:] == [
        (
            made["id"],
            "changed",
            {
                "to_warehouse_id": [there["id"], third["id"]],
                "notes": ["Old", None],
                "lines": [[[first["id"], "4"]], [[second["id"], "2"]]],
            },
        )
    ]
    same = {"to_warehouse_id": third["id"], "lines": [{"product_id": second["id"], "quantity": 2}]}
    assert done(api.patch(at(made), same)) == changed
    assert done(api.patch(at(made), {})) == changed
    before = everything_of(api)
    refused(api.patch(at(made), {"notes": "Late"}, If_Match='"1"'), 412, "stale-version")
    refused(api.patch(at(made), {"to_warehouse_id": here["id"]}), 400, "same-warehouse")
    refused(api.patch(at(made), {"lines": []}), 400, "invalid-request")
    gone = {"lines": [{"sku": "NO-SUCH", "quantity": 1}]}
    refused(api.patch(at(made), gone), 404, "line-targets-not-found")
    refused(api.patch(f"{PATH}/999999999", {"notes": "Who"}), 404, "transfer-not-found")
    assert everything_of(api) == before


def test_transfers_are_listed_newest_first_by_what_is_asked(api: Api) -> None:
    (first, second), here, there = stocked(api, 10, 10)
    third = make_warehouse(api)
    made = [
        make_transfer(api, here, there, (first, 1)),
        make_transfer(api, here, third, (first, 1), (second, 2)),
        make_transfer(api, third, here, (second, 1)),
    ]
    made[0] = shipped(api, made[0])

    def listed(**query: Any) -> list[int]:
        found = [row["id"] for row in done(api.get(PATH, **query))["items"]]
        return [next(i for i, one in enumerate(made) if one["id"] == id_) for id_ in found]

    assert listed() == [2, 1, 0]
    assert listed(status="pending") == [2, 1]
    assert listed(status=["pending", "in_transit"], order="oldest") == [0, 1, 2]
    assert listed(warehouse_id=there["id"]) == [0]
    assert listed(warehouse=third["code"].lower()) == [2, 1]
    assert listed(from_warehouse_id=here["id"]) == [1, 0]
    assert listed(from_warehouse=third["code"]) == [2]
    assert listed(to_warehouse_id=here["id"]) == [2]
    assert listed(to_warehouse=there["code"]) == [0]
    assert listed(product_id=second["id"]) == [2, 1]
    assert listed(sku=first["sku"].lower()) == [1, 0]
    assert listed(sku="NO-SUCH") == []
    assert listed(q="-00002") == [1]
    assert listed(q="tr-") == [2, 1, 0]
    assert listed(created_from=made[1]["created_at"]) == [2, 1]
    assert listed(created_before=made[1]["created_at"]) == [0]
    assert [row["id"] for row in everything(api, PATH, limit=1)] == [
        one["id"] for one in reversed(made)
    ]
    (row,) = done(api.get(PATH, q="-00002"))["items"]
    assert row == {name: value for name, value in made[1].items() if name != "lines"}
    refused(api.get(PATH, status="lost"), 400, "invalid-request")
    refused(api.get(PATH, cursor="x"), 400, "invalid-cursor")


def test_an_open_transfer_keeps_its_products_in_use(api: Api) -> None:
    (product,), here, there = stocked(api, 0.5)
    planned = make_product(api)
    transfer = make_transfer(api, here, there, (planned, 1), (product, 1))
    path = f"/api/products/{planned['id']}"

    problem = refused(api.delete(path), 409, "product-on-transfers")

    assert problem["documents"] == [
        {"id": transfer["id"], "number": transfer["number"], "status": "pending"}
    ]
    assert done(api.get(path))["archived_at"] is None
    done(api.post(at(transfer, "cancellation")))
    done(api.delete(path))


def test_limits_to_warehouses(api: Api) -> None:
    (product,), here, there = stocked(api, 10)
    third = make_warehouse(api)
    theirs = make_transfer(api, here, there, (product, 1))
    elsewhere = make_transfer(api, here, third, (product, 1))
    sender = api.with_key("staff", [here["id"]])
    receiver = api.with_key("staff", [there["id"]])
    nobody = api.with_key("owner", [make_warehouse(api)["id"]])

    assert [row["id"] for row in everything(sender, PATH)] == [elsewhere["id"], theirs["id"]]
    assert [row["id"] for row in everything(receiver, PATH)] == [theirs["id"]]
    assert everything(nobody, PATH) == []
    before = everything_of(api)
    for path, body in [
        (at(elsewhere), None),
        (at(elsewhere, "receipts"), None),
        (at(elsewhere, "receipts/1"), None),
    ]:
        refused(receiver.get(path), 404, "transfer-not-found")
        refused(nobody.get(path), 404, "transfer-not-found")
        assert body is None
    for action in ("shipment", "receipts", "cancellation"):
        refused(nobody.post(at(theirs, action)), 404, "transfer-not-found")
        if action != "receipts":
            refused(receiver.post(at(theirs, action)), 403, "warehouse-not-allowed")
    refused(nobody.patch(at(theirs), {"notes": "Mine"}), 404, "transfer-not-found")
    refused(receiver.patch(at(theirs), {"notes": "Mine"}), 403, "warehouse-not-allowed")
    away = body_of(there, here, (product, 1))
    refused(sender.post(PATH, away), 403, "warehouse-not-allowed")
    moved = {"from_warehouse_id": there["id"], "to_warehouse_id": here["id"]}
    refused(sender.patch(at(theirs), moved), 403, "warehouse-not-allowed")
    assert everything_of(api) == before

    mine = make_transfer(sender, here, there, (product, 2))
    shipped(sender, mine)
    refused(sender.post(at(mine, "receipts")), 403, "warehouse-not-allowed")
    assert done(receiver.post(at(mine, "receipts")), 201)["transfer_status"] == "completed"
