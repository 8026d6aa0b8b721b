"""Asking for adjustments; approving, rejecting and withdrawing what was asked for."""

from typing import Any

import pytest

from stockflow.adjustments import operations
from stockflow.adjustments.commands import ApproveRequest, CreateAdjustmentRequest
from stockflow.foundation.permissions import Role
from stockflow.foundation.scope import Actor
from tests.adjustments.asking import PATH, ask, at, everything_of
from tests.factories import (
    Api,
    done,
    line,
    make_bundle,
    make_product,
    make_warehouse,
    move,
    refused,
)
from tests.scopes import archive, audit_of, run
from tests.stock.reading import everything, findings, held, picture, together


def test_wrong_requests_are_refused(api: Api, other: Api) -> None:
    product, gone, warehouse = make_product(api), make_product(api), make_warehouse(api)
    archive(api, gone["id"])
    retired = make_warehouse(api, active=False)
    bundle = make_bundle(api, (product, 1))
    theirs = make_warehouse(other)
    staff = api.with_key("staff", [warehouse["id"], retired["id"]])
    elsewhere = make_warehouse(api)

    def asked(*lines: Any, **fields: Any) -> Any:
        return staff.post(PATH, {"reason": "R", "lines": list(lines), **fields})

    good = line(product, warehouse, "adjustment", 1)
    refused(asked(), 400, "invalid-request")
    refused(asked(good, reason=" "), 400, "invalid-request")
    refused(asked(good, mode="valid_rows"), 400, "invalid-request")
    refused(asked(line(product, warehouse, "adjustment", 0)), 400, "invalid-request")
    refused(asked(line(product, warehouse, "write_off", -1)), 400, "invalid-request")
    for kind in ("purchase", "sale", "recount", "transfer_in"):
        refused(asked(line(product, warehouse, kind, 1)), 400, "invalid-request")
    unknown = asked(good, line({"id": 999_999_999}, warehouse, "adjustment", 1))
    assert refused(unknown, 404, "line-targets-not-found")["lines"][0]["line"] == 1
    unknown = asked(good, line(product, theirs, "adjustment", 1))
    problem = refused(unknown, 404, "line-targets-not-found")
    assert [(row["line"], row["code"]) for row in problem["lines"]] == [(1, "warehouse-not-found")]
    unfit = asked(line(gone, warehouse, "adjustment", 1), line(bundle, warehouse, "adjustment", 1))
    problem = refused(unfit, 409, "lines-refused")
    assert [row["code"] for row in problem["lines"]] == ["product-archived", "bundle-has-no-stock"]
    problem = refused(asked(line(product, retired, "adjustment", 1)), 409, "lines-refused")
    assert [row["code"] for row in problem["lines"]] == ["warehouse-inactive"]
    refused(asked(line(product, elsewhere, "adjustment", 1)), 403, "warehouse-not-allowed")
    viewer = api.with_key("viewer")
    refused(viewer.post(PATH, {"reason": "R", "lines": [good]}), 403, "forbidden")
    assert everything(api, PATH) == []
    assert audit_of(api, "adjustment_request") == []
    ask(staff, line(product, retired, "adjustment", -1))  # an inactive one may be emptied


def test_who_decides(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    staff, manager = api.with_key("staff"), api.with_key("manager")
    request = ask(staff, line(product, warehouse, "adjustment", 1))
    own = ask(manager, line(product, warehouse, "adjustment", 2))
    before = everything_of(api)

    refused(staff.post(at(request, "approval")), 403, "forbidden")
    refused(staff.post(at(request, "rejection"), {"reason": "No"}), 403, "forbidden")
    refused(manager.post(at(request, "withdrawal")), 403, "not-the-requester")
    refused(manager.post(at(own, "approval")), 403, "own-adjustment-request")
    refused(manager.post(at(request, "rejection")), 400, "invalid-request")
    refused(manager.post(at(request, "approval"), None, If_Match='"2"'), 412, "stale-version")
    refused(manager.post(f"{PATH}/999999999/approval"), 404, "adjustment-request-not-found")
    assert everything_of(api) == before

    rejected = done(manager.post(at(request, "rejection"), {"reason": "Count again"}))
    assert (rejected["status"], rejected["decision_reason"]) == ("rejected", "Count again")
    withdrawn = done(manager.post(at(own, "withdrawal")))
    assert (withdrawn["status"], withdrawn["posting_id"]) == ("withdrawn", None)
    assert picture(api) == before[0]
    assert audit_of(api, "adjustment_request")[2:] == [
        (
            request["id"],
            "rejected",
            {"status": ["waiting", "rejected"], "decision_reason": [None, "Count again"]},
        ),
        (own["id"], "withdrawn", {"status": ["waiting", "withdrawn"]}),
    ]


def test_what_cannot_be_posted_goes_on_waiting(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    move(api, line(product, warehouse, "purchase", 5))
    staff = api.with_key("staff")
    taking = ask(
        staff,
        line(product, warehouse, "adjustment", 1),
        line(product, warehouse, "adjustment", -5, expected_quantity=6),
    )
    move(api, line(product, warehouse, "sale", 3))
    before = everything_of(api)

    refused(api.post(at(taking, "approval")), 409, "stock-changed")
    assert everything_of(api) == before
    short = ask(staff, line(product, warehouse, "adjustment", -5))
    before = everything_of(api)
    problem = refused(api.post(at(short, "approval")), 409, "insufficient-stock")

    assert [(row["line"], row["requested"], row["available"]) for row in problem["lines"]] == [
        (0, 5, 2)
    ]
    assert everything_of(api) == before
    move(api, line(product, warehouse, "purchase", 3))
    assert done(api.post(at(short, "approval")))["status"] == "approved"
    assert held(api, product, warehouse) == (0, 0, 0, 0)


def test_lists_and_limits_to_warehouses(api: Api) -> None:
    first, second = make_product(api), make_product(api)
    here, there = make_warehouse(api), make_warehouse(api)
    made = [
        ask(api, line(first, here, "adjustment", 1)),
        ask(api, line(first, here, "adjustment", 1), line(second, there, "adjustment", 1)),
        ask(api, line(second, there, "adjustment", 1)),
    ]
    manager = api.with_key("manager", [here["id"]])
    done(manager.post(at(made[0], "rejection"), {"reason": "No"}))

    def listed(key: Api = api, **query: Any) -> list[int]:
        found = [row["id"] for row in done(key.get(PATH, **query))["items"]]
        return [next(i for i, one in enumerate(made) if one["id"] == id_) for id_ in found]

    assert listed() == [2, 1, 0]
    assert listed(status="waiting") == [2, 1]
    assert listed(warehouse_id=here["id"]) == [1, 0]
    assert listed(warehouse=there["code"].lower()) == [2, 1]
    assert listed(warehouse="NO-SUCH") == []
    assert listed(product_id=second["id"]) == [2, 1]
    assert listed(sku=first["sku"]) == [1, 0]
    assert listed(q="-00002") == [1]
    assert listed(created_from=made[1]["created_at"]) == [2, 1]
    assert listed(created_before=made[1]["created_at"]) == [0]
    assert [row["id"] for row in everything(api, PATH, limit=1)] == [
        one["id"] for one in reversed(made)
    ]
    (row,) = done(api.get(PATH, q="-00002"))["items"]
    assert row == {name: value for name, value in made[1].items() if name != "lines"}
    assert listed(manager) == [0]
    before = everything_of(api)
    refused(manager.get(at(made[1])), 404, "adjustment-request-not-found")
    refused(manager.post(at(made[1], "approval")), 404, "adjustment-request-not-found")
    refused(
        manager.post(at(made[2], "rejection"), {"reason": "No"}),
        404,
        "adjustment-request-not-found",
    )
    assert everything_of(api) == before


def test_a_waiting_request_keeps_its_products_in_use(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    request = ask(api, line(product, warehouse, "adjustment", 1))
    path = f"/api/products/{product['id']}"

    problem = refused(api.delete(path), 409, "product-on-adjustment-requests")

    assert problem["documents"] == [
        {"id": request["id"], "number": request["number"], "status": "waiting"}
    ]
    assert done(api.get(path))["archived_at"] is None
    done(api.post(at(request, "withdrawal")))
    done(api.delete(path))


_DECISIONS = {"approval": "approve", "rejection": "reject", "withdrawal": "withdraw"}


@pytest.mark.parametrize("status", ["waiting", *_DECISIONS])
def test_every_action_in_every_status(api: Api, status: str) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    staff = api.with_key("staff")

    def decide(request: Any, place: str) -> Any:
        key = staff if place == "withdrawal" else api
        return key.post(at(request, place), {"reason": "Because"})

    for place, action in _DECISIONS.items():
        request = ask(staff, line(product, warehouse, "adjustment", 1))
        if status == "waiting":
            done(decide(request, place))
            continue
        done(decide(request, status))
        before = everything_of(api)
        answer = decide(request, place)
        problem = refused(answer, 409, "wrong-status")
        assert (problem["action"], problem["allowed_in"]) == (action, ["waiting"])
        assert everything_of(api) == before


def test_of_many_decisions_at_once_one_holds(api: Api) -> None:
    product, warehouse = make_product(api), make_warehouse(api)
    staff = api.with_key("staff")
    request = ask(staff, line(product, warehouse, "adjustment", 5))
    disputed = ask(staff, line(product, warehouse, "adjustment", 100))

    answers = together(api, [("POST", at(request, "approval"), None)] * 6)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    assert held(api, product, warehouse) == (5, 0, 0, 0)
    approve = ("POST", at(disputed, "approval"), None)
    reject = ("POST", at(disputed, "rejection"), {"reason": "No"})
    answers = together(api, [approve, reject] * 3)
    assert sorted(answer.status_code for answer in answers) == [200] + [409] * 5
    posted = done(api.get(at(disputed)))["status"] == "approved"
    assert held(api, product, warehouse) == ((105 if posted else 5), 0, 0, 0)
    assert findings(api) == []


def test_the_number_of_statements_does_not_depend_on_the_lines(api: Api) -> None:
    warehouse = make_warehouse(api)
    products = [make_product(api) for _ in range(40)]
    move(api, *[line(product, warehouse, "purchase", 9) for product in products])
    counts = []
    for some in (products[:2], products):
        lines = [line(product, warehouse, "adjustment", 1) for product in some]
        command = CreateAdjustmentRequest.model_validate({"reason": "R", "lines": lines})
        staff = Actor(Role.STAFF, user_id=None, api_key_id=1)
        made = run(api, operations.create_request, command, actor=staff)
        arguments = (made.result.id, ApproveRequest(), None)
        posted = run(api, operations.approve_request, *arguments)
        counts.append([made.statements, posted.statements])

    assert counts[0] == counts[1]
    assert max(counts[0]) <= 13
