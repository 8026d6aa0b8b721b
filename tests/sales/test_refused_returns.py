"""Returns that are refused, and who may take goods back."""

import pytest

from tests.factories import Api, Json, done, make_warehouse, refused
from tests.sales.returning import (
    all_of,
    asked,
    confirmed,
    draft,
    returns_of,
    shipped,
    stocked,
    take_back,
)
from tests.stock.reading import findings, held


def test_never_more_than_the_customer_has(api: Api) -> None:
    product, _ = stocked(api)
    other_product, _ = stocked(api)
    order = shipped(api, (product, 5), (other_product, 3), (product, 1))
    take_back(api, order, asked(order, good=1, refused=4))
    spare = make_warehouse(api)
    before = all_of(api, order)

    problem = refused(
        api.post(
            returns_of(order),
            {
                "lines": [
                    asked(order, 0, good=3),
                    asked(order, 1, good=2, refused=1.5),
                    asked(order, 2, damaged=1),
                    asked(order, 0, damaged=2, warehouse_id=spare["id"]),
                ]
            },
        ),
        409,
        "more-than-shipped",
    )

    facts = [
        (f["line"], f["line_id"], f["sku"], f["requested"], f["allowed"]) for f in problem["lines"]
    ]
    first, second = order["lines"][:2]
    assert facts == [
        (0, first["id"], product["sku"], 5, 4),
        (1, second["id"], other_product["sku"], 3.5, 3),
        (3, first["id"], product["sku"], 5, 4),
    ]
    assert all_of(api, order) == before
    assert findings(api) == []


def test_every_wrong_line_is_named_and_nothing_is_taken_back(api: Api, other: Api) -> None:
    product, _ = stocked(api)
    gone, _ = stocked(api, 1)
    order = shipped(api, (product, 5), (gone, 1))
    foreign = shipped(api, (product, 1))
    done(api.post(f"/api/products/{gone['id']}/archival"))
    retired = make_warehouse(api)
    done(api.patch(f"/api/warehouses/{retired['id']}", {"active": False}))
    theirs = make_warehouse(other)
    before = all_of(api, order)
    good = asked(order, good=1)
    strange = {"line_id": foreign["lines"][0]["id"], "good": 1}

    for wrong, status, code, reason in [
        (strange, 404, "document-lines-not-found", "line-not-found"),
        (
            {**good, "warehouse_id": theirs["id"]},
            404,
            "line-targets-not-found",
            "warehouse-not-found",
        ),
        ({**good, "warehouse": "nowhere"}, 404, "line-targets-not-found", "warehouse-not-found"),
        ({**good, "warehouse_id": retired["id"]}, 409, "lines-refused", "warehouse-inactive"),
        (good, 409, "lines-refused", "line-repeated"),
        (asked(order, 1, damaged=1), 409, "lines-refused", "product-archived"),
    ]:
        problem = refused(api.post(returns_of(order), {"lines": [good, wrong]}), status, code)
        assert [(fact["line"], fact["code"]) for fact in problem["lines"]] == [(1, reason)]
        assert problem["lines"][0]["line_id"] == wrong["line_id"]

    assert all_of(api, order) == before
    take_back(api, order, asked(order, 1, refused=1))
    assert findings(api) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/lines"),
        ({"lines": []}, "/lines"),
        ({"lines": [{"good": 1}]}, "/lines/0/line_id"),
        ({"lines": [{"line_id": 1}]}, "/lines/0"),
        ({"lines": [{"line_id": 1, "good": 0}]}, "/lines/0"),
        ({"lines": [{"line_id": 1, "good": -1}]}, "/lines/0/good"),
        ({"lines": [{"line_id": 1, "damaged": 0.00001}]}, "/lines/0/damaged"),
        ({"lines": [{"line_id": 1, "refused": "one"}]}, "/lines/0/refused"),
        (
            {"lines": [{"line_id": 1, "refused": 1, "warehouse": "W", "warehouse_id": 1}]},
            "/lines/0",
        ),
        ({"lines": [{"line_id": 1, "refused": 1}], "reason": "a\nb"}, "/reason"),
    ],
)
def test_wrong_input_is_refused(api: Api, body: Json, pointer: str) -> None:
    problem = refused(api.post("/api/sales-orders/1/returns", body), 400, "invalid-request")

    assert [error["pointer"] for error in problem["errors"]] == [pointer]


def test_only_what_was_shipped_comes_back(api: Api) -> None:
    product, warehouse = stocked(api)
    drafted, open_ = draft(api, (product, 1)), confirmed(api, (product, 1))
    cancelled = confirmed(api, (product, 1))
    done(api.post(f"/api/sales-orders/{cancelled['id']}/cancellation", {}))

    for order, status in ((drafted, "draft"), (open_, "confirmed"), (cancelled, "cancelled")):
        before = all_of(api, order)
        answer = api.post(returns_of(order), {"lines": [asked(order, good=1)]})
        problem = refused(answer, 409, "wrong-status")
        assert problem["allowed_in"] == ["partially_shipped", "shipped"]
        assert before[0]["status"] == status
        assert all_of(api, order) == before
    assert held(api, product, warehouse) == (99, 1, 0, 0)


def test_a_stale_version_is_refused_and_a_retry_has_its_effect_once(api: Api) -> None:
    product, warehouse = stocked(api)
    order = shipped(api, (product, 5))
    body = {"lines": [asked(order, good=1)]}
    version = order["version"]
    before = all_of(api, order)

    stale = api.post(returns_of(order), body, If_Match=f'"{version - 1}"')
    assert refused(stale, 412, "stale-version")["current_version"] == version
    assert all_of(api, order) == before
    first = api.post(returns_of(order), body, If_Match=f'"{version}"', Idempotency_Key="once")
    again = api.post(returns_of(order), body, If_Match=f'"{version}"', Idempotency_Key="once")

    assert (again.status_code, again.json()) == (201, done(first, 201))
    assert held(api, product, warehouse) == (96, 0, 0, 0)
    assert len(done(api.get(returns_of(order)))["items"]) == 1


def test_who_may_take_goods_back(api: Api, other: Api) -> None:
    product, warehouse = stocked(api)
    elsewhere = make_warehouse(api)
    order = shipped(api, (product, 5))
    body = {"lines": [asked(order, good=1)]}
    sent = {"lines": [asked(order, good=1, warehouse_id=elsewhere["id"])]}
    staff = api.with_key("staff", [warehouse["id"]])
    stranger = api.with_key("staff", [elsewhere["id"]])
    before = all_of(api, order)

    refused(api.with_key("viewer").post(returns_of(order), body), 403, "forbidden")
    refused(staff.post(returns_of(order), sent), 403, "warehouse-not-allowed")
    for nobody in (stranger, other):
        refused(nobody.post(returns_of(order), body), 404, "sales-order-not-found")
        refused(nobody.get(returns_of(order)), 404, "sales-order-not-found")
    assert all_of(api, order) == before
    here, there = take_back(staff, order, *body["lines"]), take_back(api, order, *sent["lines"])

    def numbers(reader: Api) -> list[str]:
        return [row["number"] for row in done(reader.get(returns_of(order)))["items"]]

    assert numbers(api) == [here["number"], there["number"]]
    assert numbers(staff) == [here["number"]]
    refused(staff.get(f"{returns_of(order)}/{there['id']}"), 404, "return-not-found")
    refused(api.get(f"{returns_of(order)}/{here['id'] + 999}"), 404, "return-not-found")
